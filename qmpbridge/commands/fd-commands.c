/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * getfd and add-fd: a file is opened here and its descriptor goes with the QMP command, so that
 * QEMU may use what it couldn't open itself. The arguments that QEMU's own commands take are kept.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/commands/commands.h"
#include "qmpbridge/shell/language/qmp-command.h"

/* "fd:N": one that this program was started with. It stays open: it may be given again. */
static int duplicate(const char *number, GError **error)
{
    guint64 fd;
    int copy = -1;

    if (g_ascii_string_to_unsigned(number, 10, 0, G_MAXINT, &fd, NULL))
        copy = fcntl((int)fd, F_DUPFD_CLOEXEC, 3);
    if (copy < 0)
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_NOT_FOUND,
                    "fd:%s is no descriptor that qmpbridge was started with", number);
    return copy;
}

static int open_file(const char *file, const char *mode, GError **error)
{
    static const struct {
        const char *mode;
        int flags;
    } modes[] = {{"r", O_RDONLY}, {"w", O_WRONLY | O_CREAT}, {"rw", O_RDWR}};
    int fd;

    if (g_str_has_prefix(file, "fd:"))
        return duplicate(file + 3, error);
    for (gsize i = 0; i < G_N_ELEMENTS(modes); i++) {
        if (strcmp(mode ? mode : "r", modes[i].mode))
            continue;
        fd = open(file, modes[i].flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
        if (fd < 0)
            g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_NOT_FOUND, "%s: %s", file,
                        g_strerror(errno));
        else /* only opening a FIFO must not block */
            fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
        return fd;
    }
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE, "the mode is r, w or rw, not '%s'", mode);
    return -1;
}

static void on_reply(QmpClient *client, GBytes *value, const GError *error, gpointer user_data)
{
    g_autoptr(CommandCall) call = user_data;

    (void)client;
    call_answer(call, call_name(call), value, error);
}

static void execute(CommandCall *call, const char *file, const char *mode, GBytes *args)
{
    g_autoptr(Fds) fds = fds_new();
    GError *error = NULL;
    int fd = open_file(file, mode, &error);

    if (fd < 0) {
        call_finish(call, error);
        return;
    }
    fds_take(fds, fd);
    attached_vm_qmp_fds(call_vm(call), call_name(call), args, fds, on_reply, call_ref(call));
}

static void run_getfd(CommandCall *call)
{
    g_autoptr(GString) text = g_string_new("{\"fdname\": ");
    g_autoptr(GBytes) args = NULL;

    json_append_string(text, call_value(call, 0));
    g_string_append_c(text, '}');
    args = g_bytes_new(text->str, text->len);
    execute(call, call_value(call, 1), call_value(call, 2), args);
}

static void on_schema(gpointer user_data)
{
    g_autoptr(CommandCall) call = user_data;
    g_autoptr(QmpCommand) qmp = NULL;
    GError *error = NULL;

    if (call_is_over(call))
        return;
    qmp =
        qmp_command_from_pairs(attached_vm_schema(call_vm(call)), shell_commands(call_shell(call)),
                               "add-fd", call_pairs(call), call_words(call), &error);
    if (qmp)
        execute(call, call_value(call, 0), call_value(call, 1), qmp->args);
    else
        call_finish(call, error);
}

static void run_add_fd(CommandCall *call)
{
    attached_vm_with_schema(call_vm(call), on_schema, call_ref(call));
}

/* clang-format off */
#define MODES {"r", "w", "rw"}
/* clang-format on */

static void complete_pairs(Candidates *c)
{
    candidates_offer_arguments(c, "add-fd");
}

const Command command_add_fd = {
    .name = "add-fd",
    .arguments = {{"file", .complete = complete_files},
                  {"mode", .optional = TRUE, .keywords = MODES},
                  {"arguments", ARGUMENT_PAIRS, TRUE, "[fdset-id=N] [opaque=TEXT]",
                   complete_pairs}},
    .help = "Open a file and add it to a set of descriptors",
    .details =
        "FILE is opened here, and may be one that QEMU itself could not open; fd:N is a\n"
        "descriptor that qmpbridge was started with. MODE is r (the default), w or rw. QEMU then\n"
        "takes /dev/fdset/N as the name of the file. Descriptors don't go over TCP and TLS.",
    .family = FAMILY_QMP,
    .needs = NEEDS_MONITOR,
    .run = run_add_fd,
};

const Command command_getfd = {
    .name = "getfd",
    .arguments = {{"fdname", .complete = complete_by_name},
                  {"file", .complete = complete_files},
                  {"mode", .optional = TRUE, .keywords = MODES}},
    .help = "Open a file and give it to QEMU under a name",
    .details =
        "FILE and MODE are as with add-fd. QEMU then takes FDNAME where a descriptor's name is\n"
        "wanted, as in 'migrate uri=fd:FDNAME'; 'closefd fdname=FDNAME' closes it again. QEMU\n"
        "forgets it when the connection ends.",
    .family = FAMILY_QMP,
    .needs = NEEDS_MONITOR,
    .run = run_getfd,
};
