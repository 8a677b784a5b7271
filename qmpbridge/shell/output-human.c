/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Output for people. Whatever may come from a guest, a peer or a file goes through escape_text()
 * or core/json.h before it is appended, so it can't drive the terminal.
 */
#include <string.h>

#include "qmpbridge/shell/escape.h"
#include "qmpbridge/shell/format.h"
#include "qmpbridge/shell/output-style.h"

#define BOLD "1"
#define RED "31"
#define GREEN "32"
#define YELLOW "33"
#define CYAN "36"

static void append_coloured(GString *out, gboolean colour, const char *code, const char *text)
{
    if (colour && code)
        g_string_append_printf(out, "\033[%sm%s\033[0m", code, text);
    else
        g_string_append(out, text);
}

static void append_escaped(GString *out, const char *text)
{
    g_autofree char *safe = escape_text(text, -1);

    g_string_append(out, safe);
}

static void human_running(GString *out, gboolean colour, const char *socket, const char *console)
{
    append_coloured(out, colour, BOLD, "Control socket: ");
    append_escaped(out, socket);
    g_string_append_c(out, '\n');
    append_coloured(out, colour, BOLD, "Guest console:  ");
    append_escaped(out, console);
    g_string_append_c(out, '\n');
}

/* "10:05:18.123 " of an event's timestamp, if it has a sane one. */
static void append_timestamp(GString *out, JsonObject *event)
{
    JsonObject *stamp = json_as_object(json_lookup(event, "timestamp"));
    gint64 seconds = 0, micros = 0;
    g_autofree char *clock = NULL;

    if (!json_get_int(stamp, "seconds", &seconds, NULL) ||
        !json_get_int(stamp, "microseconds", &micros, NULL))
        return;
    if (seconds < 0 || seconds > G_MAXINT32 * (gint64)100 || micros < 0 || micros > 999999)
        return;
    clock = format_clock(seconds * G_USEC_PER_SEC + micros);
    g_string_append_printf(out, "%s ", clock);
}

static const char *event_colour(const char *name, JsonObject *data)
{
    const char *result = json_as_string(json_lookup(data, "result"));

    if (strcmp(name, "RECORD_ERROR") == 0)
        return RED;
    if (strcmp(name, "RECORD_VERIFIED") == 0)
        return g_strcmp0(result, "identical") == 0 ? GREEN : RED;
    return g_str_has_prefix(name, "RECORD_") ? YELLOW : CYAN;
}

static void human_event(GString *out, gboolean colour, JsonObject *event)
{
    const char *raw = json_as_string(json_lookup(event, "event"));
    g_autofree char *name = escape_text(raw, -1);
    JsonObject *data = json_as_object(json_lookup(event, "data"));
    g_autoptr(GList) members = data ? json_object_get_members(data) : NULL;

    append_timestamp(out, event);
    append_coloured(out, colour, event_colour(name, data), name);
    for (GList *link = members; link; link = link->next) {
        g_string_append_c(out, ' ');
        append_escaped(out, link->data);
        g_string_append_c(out, '=');
        json_append(out, json_object_get_member(data, link->data));
    }
    g_string_append_c(out, '\n');
}

/* The answer to an HMP command is text with lines; nothing to say is an empty object. */
static void human_reply(GString *out, const char *command, JsonNode *value)
{
    JsonObject *object = json_as_object(value);
    const char *text = json_as_string(value);

    if (!value || (object && json_object_get_size(object) == 0) ||
        output_human_recorded(out, command, object))
        return;
    if (text) {
        g_autofree char *safe = escape_console(text, strlen(text));

        g_string_append(out, safe);
    } else {
        output_pretty(out, value, 0);
    }
    if (out->len && out->str[out->len - 1] != '\n')
        g_string_append_c(out, '\n');
}

static void human_text(GString *out, const char *text)
{
    g_string_append(out, text);
    if (out->len && out->str[out->len - 1] != '\n')
        g_string_append_c(out, '\n');
}

static const char *verdict_colour(Verdict verdict)
{
    return verdict == VERDICT_IDENTICAL ? GREEN : verdict == VERDICT_NONE ? NULL : RED;
}

enum { LIST_NAME, LIST_STATE, LIST_BEGUN, LIST_TIME, LIST_INSNS, LIST_SIZE, LIST_VERDICT,
       LIST_REASON, LIST_COLUMNS };

static const char *const headings[LIST_COLUMNS] = {
    "NAME", "STATE", "BEGUN", "DURATION", "INSTRUCTIONS", "SIZE", "REPLAY", "REASON",
};

typedef struct {
    char *cells[LIST_COLUMNS];
    const char *colours[LIST_COLUMNS];
} ListRow;

static void fill_row(ListRow *row, const Recording *r)
{
    gboolean ended = r->wall_begin && r->wall_end >= r->wall_begin;

    row->cells[LIST_NAME] = escape_text(r->name, -1);
    row->cells[LIST_STATE] = g_strdup(recording_state_name(r->state));
    row->cells[LIST_BEGUN] = format_time(r->wall_begin);
    row->cells[LIST_TIME] = ended ? format_duration(r->wall_end - r->wall_begin) : g_strdup("-");
    row->cells[LIST_INSNS] = format_count(recording_insns(r));
    row->cells[LIST_SIZE] = format_size(r->bytes);
    row->cells[LIST_VERDICT] = g_strdup(r->verdict == VERDICT_NONE ? "-"
                                                                   : verdict_name(r->verdict));
    row->cells[LIST_REASON] = escape_text(r->reason, -1);
    row->colours[LIST_NAME] = BOLD;
    row->colours[LIST_STATE] = r->state == RECORDING_COMPLETE ? NULL : YELLOW;
    row->colours[LIST_VERDICT] = verdict_colour(r->verdict);
}

/* A cell and the blanks up to the next column; numbers stand at the right. */
static void append_cell(GString *out, gboolean colour, const ListRow *row, int column,
                        glong width)
{
    const char *cell = row->cells[column];
    glong pad = width - g_utf8_strlen(cell, -1);
    gboolean right = column == LIST_TIME || column == LIST_INSNS || column == LIST_SIZE;

    g_string_append_printf(out, "%*s", right ? (int)pad : 0, "");
    append_coloured(out, colour, row->colours[column], cell);
    if (column + 1 < LIST_COLUMNS)
        g_string_append_printf(out, "%*s", (right ? 0 : (int)pad) + 2, "");
}

static void append_row(GString *out, gboolean colour, const ListRow *row, const glong *widths)
{
    for (int i = 0; i < LIST_COLUMNS; i++)
        append_cell(out, colour, row, i, widths[i]);
    while (out->len && out->str[out->len - 1] == ' ')
        g_string_truncate(out, out->len - 1);
    g_string_append_c(out, '\n');
}

static void human_list(GString *out, gboolean colour, GPtrArray *recordings)
{
    g_autofree ListRow *rows = g_new0(ListRow, recordings->len + 1);
    glong widths[LIST_COLUMNS] = {0};

    if (!recordings->len)
        return;
    for (int i = 0; i < LIST_COLUMNS; i++) {
        rows[0].cells[i] = g_strdup(headings[i]);
        rows[0].colours[i] = BOLD;
    }
    for (guint r = 0; r < recordings->len; r++)
        fill_row(&rows[r + 1], recordings->pdata[r]);
    for (guint r = 0; r <= recordings->len; r++) {
        for (int i = 0; i < LIST_COLUMNS; i++)
            widths[i] = MAX(widths[i], g_utf8_strlen(rows[r].cells[i], -1));
    }
    for (guint r = 0; r <= recordings->len; r++) {
        append_row(out, colour, &rows[r], widths);
        for (int i = 0; i < LIST_COLUMNS; i++)
            g_free(rows[r].cells[i]);
    }
}

static void human_progress(GString *out, const char *command, guint64 done, guint64 total)
{
    guint percent = total ? (guint)((double)MIN(done, total) * 100 / (double)total) : 0;
    char bar[31];

    memset(bar, '.', sizeof(bar) - 1);
    memset(bar, '#', (sizeof(bar) - 1) * percent / 100);
    bar[sizeof(bar) - 1] = '\0';
    g_string_append_printf(out, "%s [%s] %3u %%", command, bar, percent);
}

static void human_console(GString *out, const char *bytes, gsize len)
{
    g_autofree char *safe = escape_console(bytes, len);

    g_string_append(out, safe);
}

static void human_verdict(GString *out, gboolean colour, const char *command,
                          const Recording *recording, Verdict verdict, const char *detail,
                          double seconds)
{
    (void)command;
    append_escaped(out, recording->name);
    g_string_append(out, ": ");
    append_coloured(out, colour, verdict_colour(verdict), verdict_name(verdict));
    g_string_append_printf(out, " (replayed in %.1f s)", seconds);
    if (detail && *detail) {
        g_string_append(out, ": ");
        append_escaped(out, detail);
    }
    g_string_append_c(out, '\n');
}

static void human_error(GString *out, gboolean colour, const char *where, const GError *error)
{
    if (where) {
        append_escaped(out, where);
        g_string_append(out, ": ");
    }
    append_coloured(out, colour, RED, "error: ");
    append_escaped(out, error->message);
    g_string_append_c(out, '\n');
}

const OutputStyle output_human = {
    .running = human_running,
    .event = human_event,
    .reply = human_reply,
    .text = human_text,
    .list = human_list,
    .recording = output_human_recording,
    .progress = human_progress,
    .console = human_console,
    .verdict = human_verdict,
    .error = human_error,
    .error_sink = OUTPUT_NOTICE,
};
