/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shell: a connection, a store, an event queue, and at most one command at work. A command's end
 * is always told from an idle source, so whoever drives the shell never recurses.
 */
#include "qmpbridge/shell/shell.h"

#include "qmpbridge/core/error.h"
#include "qmpbridge/shell/commands.h"
#include "qmpbridge/shell/words.h"

struct Shell {
    ShellOptions options;
    const ShellHandlers *handlers;
    gpointer user_data;
    QmpClient *client;
    Store *store;
    EventQueue *events;
    Schema *schema;
    gboolean schema_asked, schema_over;
    GPtrArray *schema_waiters; /* Waiter */
    gboolean ended, quit, recording_failed, diverged;

    CommandCall *call; /* the one at work */
    ShellDone done;
    gpointer done_data;
    GError *result;
    guint idle;
};

typedef struct {
    ShellSchemaFunc func;
    gpointer data;
} Waiter;

Shell *shell_new(const ShellOptions *options, const ShellHandlers *handlers, gpointer user_data)
{
    Shell *shell = g_new0(Shell, 1);

    shell->options = *options;
    shell->options.store = g_strdup(options->store);
    shell->options.emulator = g_strdup(options->emulator);
    shell->options.plugin = g_strdup(options->plugin);
    shell->handlers = handlers;
    shell->user_data = user_data;
    shell->events = event_queue_new();
    shell->schema_waiters = g_ptr_array_new_with_free_func(g_free);
    return shell;
}

void shell_free(Shell *shell)
{
    if (!shell)
        return;
    shell_cancel(shell);
    shell->ended = TRUE; /* what the close fails finds a shell that does nothing more */
    if (shell->client)
        qmp_client_close(shell->client);
    g_clear_pointer(&shell->client, qmp_client_unref);
    g_clear_pointer(&shell->store, store_free);
    g_clear_pointer(&shell->schema, schema_unref);
    event_queue_free(shell->events);
    g_ptr_array_free(shell->schema_waiters, TRUE);
    g_free((char *)shell->options.store);
    g_free((char *)shell->options.emulator);
    g_free((char *)shell->options.plugin);
    g_free(shell);
}

/* --- the connection ---------------------------------------------------------------------- */

static void take_event(Shell *shell, JsonObject *event, GBytes *text)
{
    JsonObject *data = json_as_object(json_lookup(event, "data"));
    const char *name = json_as_string(json_lookup(event, "event"));
    const char *result = json_as_string(json_lookup(data, "result"));

    if (g_strcmp0(name, "RECORD_ERROR") == 0)
        shell->recording_failed = TRUE;
    if (g_strcmp0(name, "RECORD_VERIFIED") == 0 && g_strcmp0(result, "diverged") == 0)
        shell->diverged = TRUE;
    event_queue_push(shell->events, text);
    output_event(shell->options.output, NULL, text);
    if (shell->handlers->event)
        shell->handlers->event(shell, event, shell->user_data);
    if (shell->call)
        call_notify(shell->call);
}

static void on_ready(QmpClient *client, JsonNode *greeting, gpointer user_data)
{
    Shell *shell = user_data;

    (void)client;
    if (shell->handlers->attached)
        shell->handlers->attached(shell, json_as_object(greeting), shell->user_data);
}

static void on_event(QmpClient *client, JsonNode *event, gpointer user_data)
{
    Shell *shell = user_data;
    GBytes *text = qmp_client_event_text(client);

    eventlog_write_text(shell->options.log, EVENTLOG_IN, json_slice_of(text));
    take_event(shell, json_node_get_object(event), text);
}

static void on_notice(QmpClient *client, const GError *what, gpointer user_data)
{
    Shell *shell = user_data;

    (void)client;
    eventlog_note(shell->options.log, "%s", what->message);
}

static void on_closed(QmpClient *client, const GError *error, gpointer user_data)
{
    (void)client;
    shell_end(user_data, error);
}

void shell_attach(Shell *shell, GIOStream *stream)
{
    static const QmpClientOps ops = {on_ready, on_event, on_notice, on_closed};

    g_return_if_fail(!shell->client);
    shell->client = qmp_client_new(stream, 0, &ops, shell);
}

void shell_end(Shell *shell, const GError *error)
{
    if (shell->ended)
        return;
    shell->ended = TRUE;
    eventlog_note(shell->options.log, "%s", error ? error->message : "the VM has ended");
    if (shell->call)
        call_notify(shell->call);
    if (shell->handlers->closed)
        shell->handlers->closed(shell, error, shell->user_data);
}

/* How long the answer behind the last event is waited for. */
#define SETTLE_TIMEOUT_MS 2000

typedef struct {
    void (*settled)(gpointer user_data);
    gpointer user_data;
} Settle;

static void on_settled(QmpClient *client, JsonNode *value, const GError *error, gpointer user_data)
{
    Settle *settle = user_data;

    (void)client;
    (void)value;
    (void)error; /* an error is an answer too */
    settle->settled(settle->user_data);
}

/* Whatever was sent before the answer to a command is there when the answer is. */
void shell_settle(Shell *shell, void (*settled)(gpointer user_data), gpointer user_data)
{
    Settle *settle;

    if (!shell_is_attached(shell)) {
        settled(user_data);
        return;
    }
    settle = g_new(Settle, 1);
    *settle = (Settle){settled, user_data};
    qmp_client_execute_full(shell->client, "query-record", NULL, QMP_EXECUTE, SETTLE_TIMEOUT_MS,
                            on_settled, settle, g_free);
}

gboolean shell_is_attached(const Shell *shell)
{
    return shell->client && !shell->ended;
}

/* --- commands ---------------------------------------------------------------------------- */

static gboolean tell_end(gpointer user_data)
{
    Shell *shell = user_data;
    ShellDone done = shell->done;
    g_autoptr(GError) result = g_steal_pointer(&shell->result);

    shell->idle = 0;
    shell->done = NULL;
    done(shell, result, shell->done_data);
    return G_SOURCE_REMOVE;
}

/* @error: (transfer full) (nullable). */
static void finish(Shell *shell, GError *error)
{
    g_clear_pointer(&shell->call, call_unref);
    shell->result = error;
    shell->idle = g_idle_add(tell_end, shell);
}

static void on_call_done(CommandCall *call, const GError *error, gpointer user_data)
{
    (void)call;
    finish(user_data, error ? g_error_copy(error) : NULL);
}

static void start(Shell *shell, const char *name, char **values, char **pairs)
{
    shell->call = call_new(shell, name, values, pairs, on_call_done, shell);
}

static gboolean check_needs(Shell *shell, const Command *command, GError **error)
{
    if (command && command->needs == NEEDS_STORE && !shell_store(shell, error))
        return FALSE;
    if ((command && command->needs != NEEDS_MONITOR) || shell_is_attached(shell))
        return TRUE;
    g_set_error_literal(error, BRIDGE_ERROR, BRIDGE_ERROR_CLOSED,
                        shell->ended ? "the connection to the VM is over"
                                     : "not connected to a VM; name its control socket");
    return FALSE;
}

static void execute_words(Shell *shell, char **words)
{
    const Command *command = command_find(words[0]);
    char **values = NULL, **pairs = NULL;
    GError *error = NULL;

    if (!check_needs(shell, command, &error) ||
        (command && !command_bind(command, words + 1, &values, &pairs, &error))) {
        finish(shell, error);
        return;
    }
    start(shell, words[0], values, command ? pairs : g_strdupv(words + 1));
    if (command)
        command->run(shell->call);
    else
        call_qmp(shell->call, words[0]);
}

static void execute_json(Shell *shell, const char *line)
{
    GError *error = NULL;

    if (!check_needs(shell, &command_qmp, &error)) {
        finish(shell, error);
        return;
    }
    start(shell, "qmp", NULL, NULL);
    call_qmp_json(shell->call, line);
}

static void begin(Shell *shell, ShellDone done, gpointer user_data)
{
    g_return_if_fail(!shell_is_busy(shell));
    shell->done = done;
    shell->done_data = user_data;
}

void shell_execute_words(Shell *shell, char **words, ShellDone done, gpointer user_data)
{
    begin(shell, done, user_data);
    execute_words(shell, words);
}

void shell_execute(Shell *shell, const char *line, ShellDone done, gpointer user_data)
{
    g_auto(GStrv) words = NULL;
    GError *error = NULL;

    begin(shell, done, user_data);
    if (words_is_json(line)) {
        execute_json(shell, line);
        return;
    }
    words = words_split(line, &error);
    if (words && words[0])
        execute_words(shell, words);
    else
        finish(shell, error);
}

gboolean shell_is_busy(const Shell *shell)
{
    return shell->done != NULL;
}

void shell_cancel(Shell *shell)
{
    if (shell->call) {
        call_cancel(shell->call);
        g_clear_pointer(&shell->call, call_unref);
    }
    if (shell->idle)
        g_source_remove(shell->idle);
    shell->idle = 0;
    g_clear_error(&shell->result);
    shell->done = NULL;
}

gboolean shell_wants_quit(const Shell *shell)
{
    return shell->quit;
}

void shell_set_quit(Shell *shell)
{
    shell->quit = TRUE;
}

void shell_note_verdict(Shell *shell, Verdict verdict)
{
    if (verdict == VERDICT_DIVERGED)
        shell->diverged = TRUE;
}

int shell_exit_code(const Shell *shell, int code)
{
    if (code != EXIT_CODE_OK && code != EXIT_CODE_COMMAND)
        return code;
    if (shell->diverged)
        return EXIT_CODE_DIVERGED;
    return shell->recording_failed ? EXIT_CODE_RECORDING : code;
}

/* --- what commands work with ------------------------------------------------------------- */

Output *shell_output(const Shell *shell)
{
    return shell->options.output;
}

const ShellOptions *shell_options(const Shell *shell)
{
    return &shell->options;
}

EventQueue *shell_events(const Shell *shell)
{
    return shell->events;
}

Store *shell_store(Shell *shell, GError **error)
{
    g_autofree char *path = NULL;

    if (!shell->store) {
        path = shell->options.store ? g_strdup(shell->options.store) : store_default_path();
        shell->store = store_open(path, FALSE, error);
    }
    return shell->store;
}

Schema *shell_schema(const Shell *shell)
{
    return shell->schema;
}

static void on_schema(QmpClient *client, GBytes *value, const GError *error, gpointer user_data)
{
    Shell *shell = user_data;
    g_autoptr(GPtrArray) waiters = shell->schema_waiters;

    (void)client;
    (void)error; /* without a schema values are typed by their look */
    shell->schema = value ? schema_new(value, NULL) : NULL;
    shell->schema_over = TRUE;
    shell->schema_waiters = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < waiters->len; i++) {
        Waiter *waiter = waiters->pdata[i];

        waiter->func(waiter->data);
    }
}

void shell_with_schema(Shell *shell, ShellSchemaFunc func, gpointer user_data)
{
    if (func && (shell->schema_over || !shell_is_attached(shell))) {
        func(user_data);
        return;
    }
    if (func) {
        Waiter *waiter = g_new(Waiter, 1);

        *waiter = (Waiter){func, user_data};
        g_ptr_array_add(shell->schema_waiters, waiter);
    }
    if (!shell->schema_asked && shell_is_attached(shell)) {
        shell->schema_asked = TRUE;
        qmp_client_execute_text(shell->client, "query-qmp-schema", NULL, QMP_EXECUTE,
                                QMP_TIMEOUT_NONE, on_schema, shell, NULL);
    }
}

static void log_command(Shell *shell, const char *name, GBytes *args, QmpExecuteFlags flags)
{
    JsonSlice slice = json_slice_of(args);
    g_autoptr(GString) line = g_string_new(NULL);

    if (!shell->options.log)
        return;
    g_string_printf(line, "{\"%s\": ", flags & QMP_EXECUTE_OOB ? "exec-oob" : "execute");
    json_append_string(line, name);
    if (slice.text) {
        g_string_append(line, ", \"arguments\": ");
        g_string_append_len(line, slice.text, (gssize)slice.len);
    }
    g_string_append_c(line, '}');
    eventlog_write_text(shell->options.log, EVENTLOG_OUT, (JsonSlice){line->str, line->len});
}

void shell_qmp_text(Shell *shell, const char *name, GBytes *args, QmpExecuteFlags flags,
                    QmpTextFunc func, gpointer user_data)
{
    guint timeout = (guint)CLAMP(shell->options.timeout * 1000, 0, G_MAXINT / 2);

    /* The time it takes to be let in is not the command's. */
    if (timeout && shell->client && !qmp_client_is_ready(shell->client))
        timeout += 2 * QMP_GREETING_TIMEOUT_MS;
    if (!shell_is_attached(shell)) {
        g_autoptr(GError) error = g_error_new_literal(BRIDGE_ERROR, BRIDGE_ERROR_CLOSED,
                                                      "the connection to the VM is over");

        func(NULL, NULL, error, user_data);
        return;
    }
    log_command(shell, name, args, flags);
    qmp_client_execute_text(shell->client, name, args, flags, timeout, func, user_data, NULL);
}
