/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of recordings, for people: columns as wide as their widest cell. Names and reasons
 * are untrusted and escaped.
 */
#include "qmpbridge/ui/output/escape.h"
#include "qmpbridge/ui/output/format.h"
#include "qmpbridge/ui/output/output-style.h"

ThemeRole output_verdict_role(Verdict verdict)
{
    return verdict == VERDICT_IDENTICAL ? THEME_GOOD
           : verdict == VERDICT_NONE    ? THEME_PLAIN
                                        : THEME_BAD;
}

enum {
    LIST_NAME,
    LIST_STATE,
    LIST_BEGUN,
    LIST_TIME,
    LIST_INSNS,
    LIST_SIZE,
    LIST_VERDICT,
    LIST_REASON,
    LIST_COLUMNS
};

static const char *const headings[LIST_COLUMNS] = {
    "NAME", "STATE", "BEGUN", "DURATION", "INSTRUCTIONS", "SIZE", "REPLAY", "REASON",
};

typedef struct {
    char *cells[LIST_COLUMNS];
    ThemeRole roles[LIST_COLUMNS];
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
    row->cells[LIST_VERDICT] =
        g_strdup(r->verdict == VERDICT_NONE ? "-" : verdict_name(r->verdict));
    row->cells[LIST_REASON] = escape_text(r->reason, -1);
    row->roles[LIST_NAME] = THEME_NAME;
    row->roles[LIST_STATE] = r->state == RECORDING_COMPLETE ? THEME_PLAIN : THEME_ODD;
    row->roles[LIST_VERDICT] = output_verdict_role(r->verdict);
}

/* A cell and the blanks up to the next column; numbers stand at the right. */
static void append_cell(GString *out, const OutputForm *form, const ListRow *row, int column,
                        glong width)
{
    const char *cell = row->cells[column];
    glong pad = width - g_utf8_strlen(cell, -1);
    gboolean right = column == LIST_TIME || column == LIST_INSNS || column == LIST_SIZE;

    g_string_append_printf(out, "%*s", right ? (int)pad : 0, "");
    theme_append(out, form, row->roles[column], cell);
    if (column + 1 < LIST_COLUMNS)
        g_string_append_printf(out, "%*s", (right ? 0 : (int)pad) + 2, "");
}

static void append_row(GString *out, const OutputForm *form, const ListRow *row,
                       const glong *widths)
{
    for (int i = 0; i < LIST_COLUMNS; i++)
        append_cell(out, form, row, i, widths[i]);
    while (out->len && out->str[out->len - 1] == ' ')
        g_string_truncate(out, out->len - 1);
    g_string_append_c(out, '\n');
}

void output_human_list(GString *out, const OutputForm *form, GPtrArray *recordings)
{
    g_autofree ListRow *rows = g_new0(ListRow, recordings->len + 1);
    glong widths[LIST_COLUMNS] = {0};

    if (!recordings->len)
        return;
    for (int i = 0; i < LIST_COLUMNS; i++) {
        rows[0].cells[i] = g_strdup(headings[i]);
        rows[0].roles[i] = THEME_HEADING;
    }
    for (guint r = 0; r < recordings->len; r++)
        fill_row(&rows[r + 1], recordings->pdata[r]);
    for (guint r = 0; r <= recordings->len; r++) {
        for (int i = 0; i < LIST_COLUMNS; i++)
            widths[i] = MAX(widths[i], g_utf8_strlen(rows[r].cells[i], -1));
    }
    for (guint r = 0; r <= recordings->len; r++) {
        append_row(out, form, &rows[r], widths);
        for (int i = 0; i < LIST_COLUMNS; i++)
            g_free(rows[r].cells[i]);
    }
}
