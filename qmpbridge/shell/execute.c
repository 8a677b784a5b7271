/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines to handlers. A command that needs a VM which is still connecting is kept until it is
 * there.
 */
#include "qmpbridge/shell/execute.h"

#include "qmpbridge/core/error.h"
#include "qmpbridge/commands/commands.h"
#include "qmpbridge/shell/language/words.h"

/* What runs once the VM is there. */
typedef struct {
    CommandCall *call;
    const Command *command; /* (nullable): a QMP command */
    char *json;             /* (nullable): a whole one */
} Ready;

static void ready_free(Ready *ready)
{
    call_unref(ready->call);
    g_free(ready->json);
    g_free(ready);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Ready, ready_free)

static void run(const Ready *ready)
{
    if (ready->json)
        call_qmp_json(ready->call, ready->json);
    else if (ready->command)
        ready->command->run(ready->call);
    else
        call_qmp(ready->call, call_name(ready->call));
}

static void on_ready(const GError *error, gpointer user_data)
{
    g_autoptr(Ready) ready = user_data;

    if (call_is_over(ready->call))
        return;
    if (error)
        call_finish(ready->call, g_error_copy(error));
    else
        run(ready);
}

/* @json: (nullable). */
static void start(CommandCall *call, const Command *command, const char *json)
{
    Ready *ready = g_new(Ready, 1);

    *ready = (Ready){call_ref(call), command, g_strdup(json)};
    if (command && command->needs != NEEDS_MONITOR)
        on_ready(NULL, ready);
    else
        attached_vm_when_ready(call_vm(call), on_ready, ready);
}

static gboolean check_needs(CommandCall *call, const Command *command, GError **error)
{
    if (command && command->needs == NEEDS_STORE)
        return shell_store(call_shell(call), error) != NULL;
    if ((command && command->needs != NEEDS_MONITOR) || call_vm(call))
        return TRUE;
    g_set_error_literal(error, BRIDGE_ERROR, BRIDGE_ERROR_CLOSED,
                        "not connected to a VM; name its control socket");
    return FALSE;
}

/* @line: (transfer full): at least one. */
static void execute_parsed(CommandCall *call, Words *line)
{
    char **words = line->texts;
    const Command *command = command_find(words[0]);
    char **values = NULL, **pairs = NULL;
    GError *error = NULL;

    call_set_typed(call, line);
    if (!check_needs(call, command, &error) ||
        (command && !command_bind(command, words + 1, &values, &pairs, &error))) {
        call_finish(call, error);
        return;
    }
    call_set_words(call, words[0], values, command ? pairs : g_strdupv(words + 1));
    start(call, command, NULL);
}

void execute_words(CommandCall *call, char **words)
{
    execute_parsed(call, words_quote(words));
}

static void execute_json(CommandCall *call, const char *line)
{
    GError *error = NULL;

    if (!check_needs(call, &command_qmp, &error)) {
        call_finish(call, error);
        return;
    }
    call_set_words(call, "qmp", NULL, NULL);
    start(call, &command_qmp, line);
}

void execute_line(CommandCall *call, const char *line)
{
    g_autoptr(Words) words = NULL;
    g_auto(GStrv) raw = NULL;
    GError *error = NULL;

    call_set_line(call, line);
    if (words_is_json(line)) {
        execute_json(call, line);
        return;
    }
    raw = command_line_words(line);
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
