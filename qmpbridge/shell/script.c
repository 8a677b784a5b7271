/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs command lines in order. States: reading a line, executing it, over; one thing at a time,
 * always from the main context.
 */
#include "qmpbridge/shell/script.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixinputstream.h>
#include <string.h>
#include <unistd.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/shell/line-stream.h"

/* Where lines come from: a command of -c, or a stream. */
typedef struct {
    char *label; /* "-c 2", or the file's name */
    char *line;  /* -c */
    LineStream *lines;
    guint number;  /* of the line read last */
    GString *open; /* lines that go on in the next one; NULL: none */
    guint first;   /* number of the first one of them */
} LineSource;

/* Lines that one command may take. Each is looked at with all before it. */
#define MAX_OPEN_LINES 4096u

struct Script {
    Executor *executor;
    ScriptFailed failed;
    ScriptDone done;
    gpointer user_data;
    GQueue sources;
    guint commands;
    gboolean executing;
    guint idle;
};

static void source_free(LineSource *source)
{
    g_free(source->label);
    g_free(source->line);
    line_stream_free(source->lines);
    if (source->open)
        g_string_free(source->open, TRUE);
    g_free(source);
}

Script *script_new(Executor *executor, ScriptFailed failed, ScriptDone done, gpointer user_data)
{
    Script *script = g_new0(Script, 1);

    script->executor = executor;
    script->failed = failed;
    script->done = done;
    script->user_data = user_data;
    g_queue_init(&script->sources);
    return script;
}

void script_free(Script *script)
{
    if (!script)
        return;
    if (script->idle)
        g_source_remove(script->idle);
    if (script->executing)
        executor_cancel(script->executor);
    g_queue_clear_full(&script->sources, (GDestroyNotify)source_free);
    g_free(script);
}

void script_add_command(Script *script, const char *line)
{
    LineSource *source = g_new0(LineSource, 1);

    source->label = g_strdup_printf("-c %u", ++script->commands);
    source->line = g_strdup(line);
    g_queue_push_tail(&script->sources, source);
}

gboolean script_add_file(Script *script, const char *path, GError **error)
{
    gboolean input = strcmp(path, "-") == 0;
    int fd = input ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC);
    LineSource *source;

    if (fd < 0) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_NOT_FOUND, "%s: %s",
                    input ? "standard input" : path, g_strerror(errno));
        return FALSE;
    }
    source = g_new0(LineSource, 1);
    source->label = g_strdup(input ? "stdin" : path);
    source->lines = line_stream_new(g_unix_input_stream_new(fd, TRUE), SCRIPT_MAX_LINE);
    g_queue_push_tail(&script->sources, source);
    return TRUE;
}

static char *where(const LineSource *source)
{
    return source->lines ? g_strdup_printf("%s:%u", source->label, source->first)
                         : g_strdup(source->label);
}

static void finish(Script *script, const GError *error)
{
    LineSource *source = g_queue_peek_head(&script->sources);
    g_autofree char *at = error && source ? where(source) : NULL;

    script->done(script, at, error, script->user_data);
}

static void next(Script *script);

static void on_executed(Executor *executor, const GError *error, gpointer user_data)
{
    Script *script = user_data;
    const Shell *shell = executor_shell(executor);

    script->executing = FALSE;
    if (error && shell_keeps_going(shell)) {
        g_autofree char *at = where(g_queue_peek_head(&script->sources));

        script->failed(script, at, error, script->user_data);
        error = NULL;
    }
    if (error || shell_wants_quit(shell))
        finish(script, error);
    else
        next(script);
}

static void execute(Script *script, const char *line)
{
    script->executing = TRUE;
    executor_execute(script->executor, line, on_executed, script);
}

/* Appends a line to those that are open. Returns: TRUE if the whole is still open; then it goes on
 * unless it gets too long. */
static gboolean is_still_open(const Script *script, LineSource *source, const char *line)
{
    const CommandTable *table = shell_commands(executor_shell(script->executor));

    if (!source->open) {
        source->first = source->number;
        if (!command_line_is_open(table, line))
            return FALSE;
        source->open = g_string_new(line);
        return TRUE;
    }
    g_string_append_printf(source->open, "\n%s", line);
    return source->number - source->first < MAX_OPEN_LINES && source->open->len < SCRIPT_MAX_LINE &&
           command_line_is_open(table, source->open->str);
}

static void execute_open(Script *script, LineSource *source)
{
    g_autofree char *text = g_string_free(g_steal_pointer(&source->open), FALSE);

    execute(script, text);
}

static void on_line(const char *line, const GError *error, gpointer user_data)
{
    Script *script = user_data;
    LineSource *source = g_queue_peek_head(&script->sources);

    source->number++;
    if (error) {
        source->first = source->number;
        finish(script, error);
    } else if (line && is_still_open(script, source, line)) {
        script_start(script);  /* not from here: lines may come without end */
    } else if (source->open) { /* closed now, or never: then the executor says so */
        execute_open(script, source);
    } else if (line) {
        execute(script, line);
    } else {
        source_free(g_queue_pop_head(&script->sources));
        next(script);
    }
}

/* What is open at the end was never done, so the script is wrong. */
static void finish_all(Script *script)
{
    const ShellMode *mode = shell_mode(executor_shell(script->executor));
    g_autoptr(GError) error = NULL;

    if (mode)
        error = g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                            "the %s is still open at the end: nothing of it was done", mode->name);
    finish(script, error);
}

static void next(Script *script)
{
    LineSource *source = g_queue_peek_head(&script->sources);
    g_autofree char *line = NULL;

    if (!source) {
        finish_all(script);
    } else if (source->lines) {
        line_stream_next(source->lines, on_line, script);
    } else if (!source->line) { /* it was executed */
        source_free(g_queue_pop_head(&script->sources));
        next(script);
    } else {
        line = g_steal_pointer(&source->line);
        execute(script, line);
    }
}

static gboolean on_start(gpointer user_data)
{
    Script *script = user_data;

    script->idle = 0;
    next(script);
    return G_SOURCE_REMOVE;
}

void script_start(Script *script)
{
    script->idle = g_idle_add(on_start, script);
}
