/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a line to the handler that runs it; see executor.h.
 */
#include "qmpbridge/shell/executor.h"

#include "qmpbridge/core/error.h"
#include "qmpbridge/shell/language/words.h"

struct Executor {
    Shell *shell;
    CommandCall *call; /* the one that runs, or NULL */
    ExecutorDone done; /* NULL unless busy */
    gpointer done_data;
    GError *result;
    guint idle;
};

/* --- a line as a call -------------------------------------------------------------------- */

/* A call whose row runs once its VM is ready. */
typedef struct {
    CommandCall *call;
    const Command *command;
} Waiting;

static void on_ready(const GError *error, gpointer user_data)
{
    g_autofree Waiting *waiting = user_data;
    g_autoptr(CommandCall) call = waiting->call;

    if (call_is_over(call))
        return;
    if (error)
        call_finish(call, g_error_copy(error));
    else
        waiting->command->run(call);
}

static void start(CommandCall *call, const Command *command)
{
    Waiting *waiting = g_new(Waiting, 1);

    *waiting = (Waiting){call_ref(call), command};
    if (command->needs == NEEDS_MONITOR)
        attached_vm_when_ready(call_vm(call), on_ready, waiting);
    else
        on_ready(NULL, waiting);
}

static gboolean check_needs(CommandCall *call, const Command *command, GError **error)
{
    if (command->needs == NEEDS_STORE)
        return shell_store(call_shell(call), error) != NULL;
    if (command->needs != NEEDS_MONITOR || call_vm(call))
        return TRUE;
    g_set_error_literal(error, BRIDGE_ERROR, BRIDGE_ERROR_CLOSED,
                        "not connected to a VM; name its control socket");
    return FALSE;
}

/* @line: (transfer full): at least one. */
static void execute_parsed(CommandCall *call, Words *line)
{
    char **words = line->texts;
    const CommandTable *table = shell_commands(call_shell(call));
    const Command *row = command_find(table, words[0]), *command = row ? row : table->qmp;
    char **values = NULL, **pairs = NULL;
    GError *error = NULL;

    call_set_typed(call, line);
    if (!check_needs(call, command, &error) ||
        (row && !command_bind(row, words + 1, &values, &pairs, &error))) {
        call_finish(call, error);
        return;
    }
    call_set_words(call, words[0], values, row ? pairs : g_strdupv(words + 1));
    start(call, command);
}

static void execute_words(CommandCall *call, char **words)
{
    execute_parsed(call, words_quote(words));
}

static void execute_json(CommandCall *call)
{
    const Command *command = shell_commands(call_shell(call))->json;
    GError *error = NULL;

    if (!check_needs(call, command, &error)) {
        call_finish(call, error);
        return;
    }
    call_set_words(call, "qmp", NULL, NULL);
    start(call, command);
}

void execute_line(CommandCall *call, const char *line)
{
    g_autoptr(Words) words = NULL;
    g_auto(GStrv) raw = NULL;
    GError *error = NULL;

    call_set_line(call, line);
    if (words_is_json(line)) {
        execute_json(call);
        return;
    }
    raw = command_line_words(shell_commands(call_shell(call)), line);
    if (raw) {
        execute_words(call, raw);
        return;
    }
    words = words_parse(line, &error);
    if (words && words->count)
        execute_parsed(call, g_steal_pointer(&words));
    else
        call_finish(call, error);
}

/* --- one at a time ----------------------------------------------------------------------- */

Executor *executor_new(Shell *shell)
{
    Executor *executor = g_new0(Executor, 1);

    executor->shell = shell;
    return executor;
}

void executor_free(Executor *executor)
{
    if (!executor)
        return;
    executor_cancel(executor);
    g_free(executor);
}

Shell *executor_shell(const Executor *executor)
{
    return executor->shell;
}

static gboolean report_end(gpointer user_data)
{
    Executor *executor = user_data;
    ExecutorDone done = executor->done;
    g_autoptr(GError) result = g_steal_pointer(&executor->result);

    executor->idle = 0;
    executor->done = NULL;
    done(executor, result, executor->done_data);
    return G_SOURCE_REMOVE;
}

static void on_call_done(CommandCall *call, const GError *error, gpointer user_data)
{
    Executor *executor = user_data;

    (void)call;
    g_clear_pointer(&executor->call, call_unref);
    executor->result = error ? g_error_copy(error) : NULL;
    executor->idle = g_idle_add(report_end, executor);
}

/* The call may be over before this function's caller is done with it: it gets a reference. */
static CommandCall *begin(Executor *executor, ExecutorDone done, gpointer user_data)
{
    executor->done = done;
    executor->done_data = user_data;
    executor->call = call_new(executor->shell, shell_vm(executor->shell), on_call_done, executor);
    return call_ref(executor->call);
}

void executor_execute_words(Executor *executor, char **words, ExecutorDone done, gpointer user_data)
{
    g_autoptr(CommandCall) call = NULL;

    g_return_if_fail(!executor_is_busy(executor));
    call = begin(executor, done, user_data);
    execute_words(call, words);
}

void executor_execute(Executor *executor, const char *line, ExecutorDone done, gpointer user_data)
{
    const ShellMode *mode = shell_mode(executor->shell);
    g_autoptr(CommandCall) call = NULL;

    g_return_if_fail(!executor_is_busy(executor));
    call = begin(executor, done, user_data);
    if (mode) {
        call_set_words(call, mode->name, NULL, NULL);
        mode->execute(call, line, shell_mode_data(executor->shell));
    } else {
        execute_line(call, line);
    }
}

gboolean executor_is_busy(const Executor *executor)
{
    return executor->done != NULL;
}

void executor_cancel(Executor *executor)
{
    if (executor->call) {
        call_cancel(executor->call);
        g_clear_pointer(&executor->call, call_unref);
    }
    g_clear_handle_id(&executor->idle, g_source_remove);
    g_clear_error(&executor->result);
    executor->done = NULL;
}
