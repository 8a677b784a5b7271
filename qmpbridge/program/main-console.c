/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `qmpbridge console VM`. It is a QMP client of the control socket, which says where the console's
 * output is (query-console), and takes what is typed (console-write), a command at a time: its
 * reply comes when the guest has got it. Output is followed in its file.
 *
 *     connect -> query-console -> the writer's place -> typing until the end
 *                              \-> reading (--read-only, a replay, a VM without input)
 *
 * The terminal is raw only while typing, so that Ctrl-C ends what only reads.
 */
#include "qmpbridge/program/main-console.h"

#include <errno.h>
#include <glib-unix.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/limits.h"
#include "qmpbridge/core/record-protocol.h"
#include "qmpbridge/io/client.h"
#include "qmpbridge/program/running-vms.h"
#include "qmpbridge/ui/console/escape-key.h"
#include "qmpbridge/ui/console/file-follower.h"
#include "qmpbridge/ui/console/raw-terminal.h"

/** Bytes in one console-write; what waits here can still be forgotten. */
#define WRITE_BYTES 1024u
/** How long an output that isn't read may hold up the end, in milliseconds. */
#define END_MS 2000

typedef struct {
    const Options *options;
    GMainLoop *loop;
    QmpClient *client;
    FileFollower *follower;
    EscapeKey key;
    GByteArray *typed;   /* not yet written */
    guint input, output; /* sources */
    gboolean replay;     /* its end is the connection's */
    gboolean writing;    /* a console-write is under way */
    gboolean typing;     /* this is the writer */
    gboolean at_end;     /* standard input has ended */
    gboolean leaving;
    int code;
} Console;

static void pump(Console *console);

/* --- what a person sees ------------------------------------------------------------------------
 */

static void say(const char *format, ...) G_GNUC_PRINTF(1, 2);

static void say(const char *format, ...)
{
    const char *end = raw_terminal_is_on() ? "\r\n" : "\n";
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    fprintf(stderr, "%sqmpbridge: %s%s", raw_terminal_is_on() ? "\r\n" : "", text, end);
}

static void finish(Console *console, int code)
{
    if (!console->leaving)
        console->code = code;
    console->leaving = TRUE;
    g_main_loop_quit(console->loop);
}

static void fail(Console *console, const GError *error)
{
    if (!console->leaving)
        say("%s", error->message);
    finish(console, bridge_error_exit_code(error));
}

static gboolean on_writable(int fd, GIOCondition condition, gpointer user_data)
{
    Console *console = user_data;

    (void)fd;
    (void)condition;
    console->output = 0;
    if (console->follower)
        file_follower_read(console->follower);
    return G_SOURCE_REMOVE;
}

/* Bytes of the guest go to the terminal as they are: it is a terminal of the guest's. What isn't
 * read there waits in the file. */
static gsize on_came(const char *bytes, gsize len, gpointer user_data)
{
    Console *console = user_data;
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    gsize done = 0;

    while (done < len && poll(&out, 1, 0) > 0) {
        ssize_t n = write(STDOUT_FILENO, bytes + done, MIN(len - done, PIPE_BUF));

        if (n < 0 && errno != EINTR && errno != EAGAIN) {
            finish(console, EXIT_CODE_COMMAND); /* its reader has gone */
            return len;
        }
        done += n > 0 ? (gsize)n : 0;
    }
    if (done < len && !console->output)
        console->output = g_unix_fd_add(STDOUT_FILENO, G_IO_OUT, on_writable, console);
    return done;
}

/* The guest's last words, if they are read in time. */
static void drain(Console *console)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};

    while (console->follower && !file_follower_read(console->follower)) {
        if (poll(&out, 1, END_MS) <= 0)
            return;
    }
}

static void query(Console *console);

/* A replay that is opened anew has another file. */
static void on_removed(gpointer user_data)
{
    Console *console = user_data;

    g_clear_pointer(&console->follower, file_follower_free);
    if (console->replay && !console->leaving)
        query(console);
}

static const FileFollowerHandlers follower_handlers = {on_came, on_removed};

static gboolean follow(Console *console, const char *path, GError **error)
{
    file_follower_free(console->follower);
    console->follower =
        file_follower_new(path, CONSOLE_BACKLOG, &follower_handlers, console, error);
    return console->follower != NULL;
}

/* --- typing ------------------------------------------------------------------------------------
 */

static void help(const Console *console)
{
    g_autofree char *name = escape_key_name(&console->key);

    say("%s q leaves, %s %s types %s", name, name, name, name);
}

static void stop_typing(Console *console)
{
    raw_terminal_end();
    g_clear_handle_id(&console->input, g_source_remove);
    g_byte_array_set_size(console->typed, 0);
    console->typing = FALSE;
}

static void written(QmpClient *client, JsonNode *value, const GError *error, gpointer user_data)
{
    Console *console = user_data;

    (void)client;
    (void)value;
    console->writing = FALSE;
    if (error && bridge_error_is_qmp(error)) {
        stop_typing(console);
        say("%s; reading on", error->message);
    } else if (!error) {
        pump(console);
    }
}

/* @take: claims the writer's place, with no bytes. */
static void send_write(Console *console, const guint8 *bytes, gsize len, gboolean take,
                       QmpReplyFunc func)
{
    g_autofree char *data = g_base64_encode(bytes, len);
    JsonObject *args = json_object_new();

    json_object_set_string_member(args, MEMBER_DATA, data);
    json_object_set_string_member(args, MEMBER_FORMAT, "base64");
    if (take)
        json_object_set_boolean_member(args, MEMBER_TAKE, TRUE);
    qmp_client_execute(console->client, COMMAND_CONSOLE_WRITE, args, QMP_TIMEOUT_NONE, func,
                       console);
}

static gboolean on_input(int fd, GIOCondition condition, gpointer user_data)
{
    Console *console = user_data;
    guint8 buffer[4096];
    const guint8 *bytes = buffer;
    ssize_t n = read(fd, buffer, sizeof(buffer));
    gsize len = n > 0 ? (gsize)n : 0;

    (void)condition;
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return G_SOURCE_CONTINUE;
    console->input = 0;
    console->at_end = n <= 0;
    while (len > 0) {
        EscapeKeyAction action = escape_key_take(&console->key, &bytes, &len, console->typed);

        if (action == ESCAPE_KEY_HELP)
            help(console);
        if (action == ESCAPE_KEY_LEAVE) {
            finish(console, EXIT_CODE_OK);
            return G_SOURCE_REMOVE;
        }
    }
    pump(console);
    return G_SOURCE_REMOVE;
}

/* Does what can be done now: sends what was typed, reads more, leaves at the end. */
static void pump(Console *console)
{
    gsize len = MIN(console->typed->len, WRITE_BYTES);

    if (!console->typing)
        return;
    if (len > 0 && !console->writing) {
        console->writing = TRUE;
        send_write(console, console->typed->data, len, FALSE, written);
        g_byte_array_remove_range(console->typed, 0, (guint)len);
    }
    if (!console->at_end && !console->input && console->typed->len < CONSOLE_MAX_INPUT)
        console->input = g_unix_fd_add(STDIN_FILENO, G_IO_IN | G_IO_HUP, on_input, console);
    if (console->at_end && !console->writing && !console->options->stay)
        finish(console, EXIT_CODE_OK);
}

static void claimed(QmpClient *client, JsonNode *value, const GError *error, gpointer user_data)
{
    Console *console = user_data;
    g_autofree char *name = escape_key_name(&console->key);
    g_autoptr(GError) wrong = NULL;

    (void)client;
    (void)value;
    if (error) {
        fail(console, error);
        return;
    }
    console->typing = TRUE;
    if (isatty(STDIN_FILENO)) {
        if (console->key.key >= 0)
            say("connected to the console; %s q leaves", name);
        if (!raw_terminal_begin(STDIN_FILENO, &wrong)) {
            fail(console, wrong);
            return;
        }
    } else {
        console->key.key = -1; /* what a program types has no escape */
    }
    pump(console);
}

/* --- the connection ----------------------------------------------------------------------------
 */

static gboolean read_only(Console *console, gboolean writable)
{
    if (!writable && !console->options->read_only)
        say("nothing can be typed here: reading only");
    return !writable || console->options->read_only;
}

static void described(QmpClient *client, JsonNode *value, const GError *error, gpointer user_data)
{
    Console *console = user_data;
    JsonObject *object = json_as_object(value);
    const char *file = NULL, *writer = NULL;
    gboolean writable = FALSE;
    g_autoptr(GError) wrong = NULL;

    (void)client;
    if (g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_COMMAND_NOT_FOUND))
        wrong = g_error_new_literal(BRIDGE_ERROR, BRIDGE_ERROR_UNSUPPORTED,
                                    "this monitor has no console: name a VM of 'qmpbridge run'");
    if (error && console->replay)
        return; /* it is over, or will be open again: on_event() */
    if (error) {
        fail(console, wrong ? wrong : error);
        return;
    }
    if (!json_get_string(object, MEMBER_FILE, &file, &wrong) ||
        !json_opt_bool(object, MEMBER_WRITABLE, &writable, &wrong) ||
        !json_opt_string(object, MEMBER_WRITER, &writer, &wrong) ||
        !follow(console, file, &wrong)) {
        fail(console, wrong);
        return;
    }
    if (console->replay)
        return;
    console->replay = !writable;
    if (read_only(console, writable))
        return;
    if (g_strcmp0(writer, "other") == 0 && !console->options->take) {
        wrong = g_error_new_literal(BRIDGE_ERROR, BRIDGE_ERROR_BUSY,
                                    "another client types on this console: --take takes it over, "
                                    "--read-only only reads");
        fail(console, wrong);
        return;
    }
    send_write(console, NULL, 0, console->options->take, claimed);
}

static void query(Console *console)
{
    qmp_client_execute(console->client, COMMAND_QUERY_CONSOLE, NULL, QMP_TIMEOUT_NONE, described,
                       console);
}

static void on_ready(QmpClient *client, JsonNode *greeting, gpointer user_data)
{
    (void)client;
    (void)greeting;
    query(user_data);
}

/* A replay's QEMU also ends where the replay is opened anew. */
static void on_event(QmpClient *client, JsonNode *event, gpointer user_data)
{
    Console *console = user_data;
    const char *name = json_as_string(json_lookup(json_as_object(event), "event"));

    (void)client;
    if (g_strcmp0(name, "SHUTDOWN") == 0 && !console->replay)
        finish(console, EXIT_CODE_OK);
    if (g_strcmp0(name, EVENT_REPLAY_BEGIN) == 0 && console->replay && !console->follower)
        query(console);
}

static void on_closed(QmpClient *client, const GError *error, gpointer user_data)
{
    Console *console = user_data;

    (void)client;
    if (console->replay)
        finish(console, EXIT_CODE_OK);
    else
        fail(console, error);
}

static const QmpClientOps client_ops = {
    .ready = on_ready,
    .event = on_event,
    .closed = on_closed,
};

static gboolean connect_to(Console *console, GError **error)
{
    const Options *options = console->options;
    g_autofree char *address = running_vms_address(options->address, options->addresses, error);
    GIOStream *stream = address ? transport_connect(address, error) : NULL;

    if (stream)
        console->client = qmp_client_new(stream, 0, &client_ops, console);
    return stream != NULL;
}

/* --- the program -------------------------------------------------------------------------------
 */

static gboolean on_signal(gpointer user_data)
{
    finish(user_data, EXIT_CODE_COMMAND);
    return G_SOURCE_CONTINUE;
}

static gboolean on_interrupt(gpointer user_data)
{
    finish(user_data, EXIT_CODE_OK); /* the way out for what only reads */
    return G_SOURCE_CONTINUE;
}

static void run(Console *console)
{
    guint sources[] = {
        g_unix_signal_add(SIGINT, on_interrupt, console),
        g_unix_signal_add(SIGTERM, on_signal, console),
        g_unix_signal_add(SIGHUP, on_signal, console),
    };

    g_main_loop_run(console->loop);
    for (gsize i = 0; i < G_N_ELEMENTS(sources); i++)
        g_source_remove(sources[i]);
    drain(console);
    if (raw_terminal_is_on())
        fputs("\r\n", stderr);
    raw_terminal_end();
}

int main_console(const Options *options)
{
    Console console = {.options = options, .typed = g_byte_array_new()};
    g_autoptr(GError) error = NULL;

    if (!escape_key_parse(options->escape ? options->escape : ESCAPE_KEY_DEFAULT, &console.key,
                          &error) ||
        !connect_to(&console, &error)) {
        say("%s", error->message);
        console.code = bridge_error_exit_code(error);
    } else {
        console.loop = g_main_loop_new(NULL, FALSE);
        run(&console);
        g_main_loop_unref(console.loop);
        g_clear_handle_id(&console.input, g_source_remove);
        g_clear_handle_id(&console.output, g_source_remove);
    }
    g_clear_pointer(&console.follower, file_follower_free);
    if (console.client)
        qmp_client_close(console.client);
    g_clear_pointer(&console.client, qmp_client_unref);
    g_byte_array_unref(console.typed);
    return console.code;
}
