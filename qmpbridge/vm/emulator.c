/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A QEMU on this host; see emulator.h.
 */
#include "qmpbridge/vm/emulator.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/json.h"

/** Bytes of a program's output that are kept; the rest is ignored. */
#define MAX_OUTPUT (1u << 20)

gboolean emulator_error(GError **error, const char *path, const char *what)
{
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_EMULATOR, "%s: %s", path, what);
    return FALSE;
}

void emulator_output_clear(EmulatorOutput *output)
{
    g_free(output->out);
    g_free(output->err);
}

/** One run of a program, in a main context of its own. */
typedef struct {
    GMainLoop *loop;
    GSubprocess *process;
    GCancellable *late;
    EmulatorOutput *output;
    GError *error;
} Run;

static char *text_of(GBytes *bytes)
{
    gsize len = 0;
    const char *data = g_bytes_get_data(bytes, &len);

    return data ? g_strndup(data, MIN(len, MAX_OUTPUT)) : g_strdup("");
}

static void run_finished(GObject *source, GAsyncResult *result, gpointer user_data)
{
    Run *run = user_data;
    g_autoptr(GBytes) out = NULL;
    g_autoptr(GBytes) err = NULL;

    if (g_subprocess_communicate_finish(G_SUBPROCESS(source), result, &out, &err, &run->error)) {
        run->output->out = text_of(out);
        run->output->err = text_of(err);
        run->output->success = g_subprocess_get_successful(run->process);
    }
    g_main_loop_quit(run->loop);
}

/* Kills the program and stops reading: a child of it may outlive it and hold its output open. */
static gboolean run_too_long(gpointer user_data)
{
    Run *run = user_data;

    g_subprocess_force_exit(run->process);
    g_cancellable_cancel(run->late);
    return G_SOURCE_REMOVE;
}

/* A pipe that holds @input already, so that a program that doesn't read it blocks nothing. Returns:
 * the end to read from, or -1. */
static int input_pipe(const char *input)
{
    gsize len = strlen(input); /* far below a pipe's capacity */
    int fd[2];

    if (pipe2(fd, O_CLOEXEC) != 0)
        return -1;
    if (write(fd[1], input, len) != (ssize_t)len) {
        close(fd[0]);
        fd[0] = -1;
    }
    close(fd[1]);
    return fd[0];
}

static GSubprocess *spawn(const char *const *argv, const char *input, GError **error)
{
    g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);

    g_subprocess_launcher_take_stdin_fd(launcher, input_pipe(input));
    return g_subprocess_launcher_spawnv(launcher, argv, error);
}

static void wait_for_end(Run *run, GMainContext *context, guint timeout_ms)
{
    g_autoptr(GSource) timer = g_timeout_source_new(timeout_ms ? timeout_ms : EMULATOR_TIMEOUT_MS);

    run->late = g_cancellable_new();
    run->loop = g_main_loop_new(context, FALSE);
    g_source_set_callback(timer, run_too_long, run, NULL);
    g_source_attach(timer, context);
    g_subprocess_communicate_async(run->process, NULL, run->late, run_finished, run);
    g_main_loop_run(run->loop);
    g_source_destroy(timer);
    g_main_loop_unref(run->loop);
    g_object_unref(run->late);
}

gboolean emulator_run(const Emulator *emulator, const char *const *argv, const char *input,
                      EmulatorOutput *output, GError **error)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    Run run = {.output = output};

    g_main_context_push_thread_default(context);
    run.process = spawn(argv, input, &run.error);
    if (run.process) {
        wait_for_end(&run, context, emulator->timeout_ms);
        g_object_unref(run.process);
    }
    g_main_context_pop_thread_default(context);
    if (!run.error)
        return TRUE;
    if (g_error_matches(run.error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        emulator_error(error, argv[0], "it didn't end in time, as a trial run should");
    else
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_EMULATOR,
                    "%s can't be run; " EMULATOR_REMEDY ": %s", argv[0], run.error->message);
    g_error_free(run.error);
    return FALSE;
}

char *emulator_first_line(const char *text)
{
    g_auto(GStrv) line = g_strsplit(text ? text : "", "\n", 64);

    for (char **l = line; *l; l++) {
        if (*g_strstrip(*l))
            return g_utf8_make_valid(*l, -1);
    }
    return g_strdup("it said nothing");
}

static gboolean find_program(Emulator *emulator, const char *path, GError **error)
{
    g_autofree char *directory = NULL;
    const char *name = path ? path : TARGET_DEFAULT_EMULATOR;
    g_autofree char *found = g_find_program_in_path(name);

    if (!found)
        return emulator_error(error, name, "no such program; " EMULATOR_REMEDY);
    emulator->path = g_canonicalize_filename(found, NULL);
    directory = g_path_get_dirname(emulator->path);
    emulator->image_tool = g_build_filename(directory, "qemu-img", NULL);
    if (!g_file_test(emulator->image_tool, G_FILE_TEST_IS_EXECUTABLE)) {
        g_free(emulator->image_tool);
        emulator->image_tool = g_find_program_in_path("qemu-img");
    }
    if (!emulator->image_tool)
        return emulator_error(error, "qemu-img",
                              "no such program; install the Debian package "
                              "qemu-utils");
    return TRUE;
}

/* "QEMU emulator version 11.1.3 (Debian ...)". */
static gboolean read_version(Emulator *emulator, GError **error)
{
    const char *const argv[] = {emulator->path, "--version", NULL};
    static const char intro[] = "QEMU emulator version ";
    g_auto(EmulatorOutput) output = {0};
    g_autofree char *line = NULL;

    if (!emulator_run(emulator, argv, "", &output, error))
        return FALSE;
    line = emulator_first_line(output.out);
    if (!g_str_has_prefix(line, intro) || !version_parse(line + strlen(intro), &emulator->number))
        return emulator_error(error, emulator->path,
                              "this is no QEMU system emulator; " EMULATOR_REMEDY);
    emulator->version = g_strdup(line + strlen(intro));
    return TRUE;
}

Emulator *emulator_find(const char *path, guint timeout_ms, GError **error)
{
    g_autoptr(Emulator) emulator = g_new0(Emulator, 1);

    emulator->timeout_ms = timeout_ms;
    if (!find_program(emulator, path, error) || !read_version(emulator, error))
        return NULL;
    return g_steal_pointer(&emulator);
}

void emulator_free(Emulator *emulator)
{
    if (!emulator)
        return;
    g_free(emulator->path);
    g_free(emulator->image_tool);
    g_free(emulator->version);
    g_clear_pointer(&emulator->trial, g_bytes_unref);
    g_free(emulator);
}

/* Runs qemu-img. @wrong: (out) (transfer full): NULL: it has succeeded; else what it says of its
 * failure. Errors: EMULATOR: it can't be run. */
static gboolean run_image_tool(const Emulator *emulator, const char *const *argv, char **wrong,
                               GError **error)
{
    g_auto(EmulatorOutput) output = {0};

    if (!emulator_run(emulator, argv, "", &output, error))
        return FALSE;
    *wrong = output.success ? NULL : emulator_first_line(output.err);
    return TRUE;
}

gboolean emulator_create_image(const Emulator *emulator, const char *path, guint64 size,
                               GError **error)
{
    g_autofree char *bytes = g_strdup_printf("%" G_GUINT64_FORMAT, size);
    const char *argv[] = {emulator->image_tool, "create", "-q", "-f", "qcow2", path, bytes, NULL};
    g_autofree char *wrong = NULL;

    if (!run_image_tool(emulator, argv, &wrong, error))
        return FALSE;
    if (wrong)
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_STORE, "%s", wrong);
    return !wrong;
}

gboolean emulator_create_overlay(const Emulator *emulator, const char *path, const char *base,
                                 const char *format, GError **error)
{
    const char *argv[] = {
        emulator->image_tool, "create", "-q", "-f", "qcow2", "-b", base, "-F", format, path, NULL};
    g_autofree char *wrong = NULL;

    if (!run_image_tool(emulator, argv, &wrong, error))
        return FALSE;
    if (wrong)
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE, "the disk image %s can't be used: %s",
                    base, wrong);
    return !wrong;
}
