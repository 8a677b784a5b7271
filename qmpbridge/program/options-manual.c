/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands as a part of a man page, made from the command table, so that what `help` says and
 * what qmpbridge-shell(1) says is written once. Only the build uses it.
 */
#include <string.h>

#include "qmpbridge/program/options.h"
#include "qmpbridge/commands/command-table.h"

static void append_char(GString *out, char c)
{
    if (c == '\\')
        g_string_append(out, "\\e");
    else if (c == '-')
        g_string_append(out, "\\-");
    else
        g_string_append_c(out, c);
}

/* At a line's beginning a dot or an apostrophe would be a request to troff. */
static void append_text(GString *out, const char *text)
{
    for (const char *at = text; *at; at++) {
        if ((at == text || at[-1] == '\n') && (*at == '.' || *at == '\''))
            g_string_append(out, "\\&");
        append_char(out, *at);
    }
}

/* What is typed as it stands is bold, what it stands for is in italics: "wait EVENT [SECONDS]". */
static char font_of(char c, char font)
{
    if (g_ascii_isupper(c) || (c == '_' && font == 'I'))
        return 'I';
    return strchr("[]|.", c) ? 'R' : 'B';
}

static void append_usage(GString *out, const char *usage)
{
    char font = 'B';

    g_string_append(out, ".B ");
    for (const char *at = usage; *at; at++) {
        char wanted = *at == ' ' ? font : font_of(*at, font);

        if (wanted != font)
            g_string_append_printf(out, "\\f%c", wanted);
        font = wanted;
        append_char(out, *at);
    }
    g_string_append(out, "\\fR\n");
}

static void append_command(GString *out, const Command *command)
{
    g_autofree char *usage = command_usage(command);

    g_string_append(out, ".TP\n");
    append_usage(out, usage);
    append_text(out, command->help);
    g_string_append(out, ".\n");
    append_text(out, command->details);
    g_string_append_c(out, '\n');
}

char *options_manual(void)
{
    GString *out = g_string_new(NULL);

    for (CommandFamily family = FAMILY_NONE + 1; command_family_name(family); family++) {
        g_string_append_printf(out, ".SS %s\n", command_family_name(family));
        for (const Command *const *row = command_table()->rows; *row; row++) {
            if ((*row)->family == family)
                append_command(out, *row);
        }
    }
    return g_string_free(out, FALSE);
}
