/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The colours: one row for each role, as the parameters of SGR (ECMA-48). Only the sixteen that
 * every terminal's own palette makes readable, and no background.
 */
#include "qmpbridge/ui/output/output-style.h"

static const char *const theme[THEME_ROLES] = {
    [THEME_PLAIN] = NULL, [THEME_HEADING] = "1", [THEME_NAME] = "1",    [THEME_GOOD] = "32",
    [THEME_BAD] = "31",   [THEME_ODD] = "33",    [THEME_EVENT] = "36",  [THEME_RECORD_EVENT] = "33",
    [THEME_KEY] = "36",   [THEME_STRING] = "32", [THEME_NUMBER] = "33", [THEME_TRUTH] = "35",
    [THEME_NULL] = "2",
};

void theme_begin(GString *out, const OutputForm *form, ThemeRole role)
{
    if (form->colour && theme[role])
        g_string_append_printf(out, "\033[%sm", theme[role]);
}

void theme_end(GString *out, const OutputForm *form, ThemeRole role)
{
    if (form->colour && theme[role])
        g_string_append(out, "\033[0m");
}

void theme_append(GString *out, const OutputForm *form, ThemeRole role, const char *text)
{
    theme_begin(out, form, role);
    g_string_append(out, text);
    theme_end(out, form, role);
}
