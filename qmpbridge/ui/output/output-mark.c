/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The line that an error is about, with the part that is wrong marked under it.
 */
#include "qmpbridge/core/error.h"
#include "qmpbridge/ui/output/escape.h"
#include "qmpbridge/ui/output/output-style.h"

/* Before the line, and before the mark. */
#define INDENT "  "

/* Columns of a terminal that a printable text takes. */
static guint columns_of(const char *text)
{
    guint columns = 0;

    for (; *text; text = g_utf8_next_char(text)) {
        gunichar c = g_utf8_get_char(text);

        columns += g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
    }
    return columns;
}

/* @count characters of @text from @from on, fit for a terminal. */
static char *part(const char *text, guint from, guint count)
{
    g_autofree char *raw = g_utf8_substring(text, from, (glong)from + count);

    return escape_text(raw, -1);
}

void output_human_mark(GString *out, const OutputForm *form, const ErrorMark *mark)
{
    guint length = (guint)g_utf8_strlen(mark->line, -1);
    guint at = MIN(mark->column - 1, length), marked = MIN(mark->length, length - at);
    guint room = MAX(form->width ? form->width : 80, 20) - 4;
    guint first = at + MIN(marked, room / 2) > room ? at - room / 2 : 0;
    g_autofree char *before = part(mark->line, first, at - first);
    g_autofree char *wrong = part(mark->line, at, MIN(marked, room));
    g_autofree char *after = part(mark->line, at + marked, length - at - marked);
    guint shown = columns_of(before) + columns_of(wrong);
    g_autofree char *rest = g_utf8_substring(
        after, 0, MIN((glong)(room > shown ? room - shown : 0), g_utf8_strlen(after, -1)));

    g_string_append_printf(out, INDENT "%s", before);
    theme_append(out, form, THEME_BAD, wrong);
    g_string_append_printf(out, "%s\n" INDENT "%*s", rest, (int)columns_of(before), "");
    theme_begin(out, form, THEME_BAD);
    g_string_append_c(out, '^');
    for (guint i = 1; i < columns_of(wrong); i++)
        g_string_append_c(out, '~');
    theme_end(out, form, THEME_BAD);
    g_string_append_c(out, '\n');
}
