/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Splits a command line. A first pass quotes the JSON in it and cuts the comment off; then
 * g_shell_parse_argv() does the splitting. Nothing is ever expanded or run.
 */
#include "qmpbridge/shell/words.h"

#include <string.h>

#include "qmpbridge/core/error.h"

/* One past the bracket that closes the one at @at, or NULL. Strings are skipped as a whole. */
static const char *json_end(const char *at)
{
    char quote = 0;
    guint depth = 0;

    for (; *at; at++) {
        if (quote) {
            if (*at == '\\' && at[1])
                at++;
            else if (*at == quote)
                quote = 0;
        } else if (*at == '"' || *at == '\'') {
            quote = *at;
        } else if (*at == '{' || *at == '[') {
            depth++;
        } else if ((*at == '}' || *at == ']') && --depth == 0) {
            return at + 1;
        }
    }
    return NULL;
}

/* One past the quoted part that begins at @at; an open quote ends with the line. */
static const char *quote_end(const char *at)
{
    char quote = *at++;

    for (; *at && *at != quote; at++) {
        if (quote == '"' && *at == '\\' && at[1])
            at++;
    }
    return *at ? at + 1 : at;
}

/* The length of the plain part at @at: up to and including one character or one quoted part. */
static const char *plain_end(const char *at)
{
    if (*at == '\'' || *at == '"')
        return quote_end(at);
    if (*at == '\\' && at[1])
        return at + 2;
    return at + 1;
}

static gboolean quote_json(const char *line, GString *out, GError **error)
{
    gboolean value = TRUE, word = TRUE; /* a value, a word may begin here */

    for (const char *at = line, *next; *at; at = next) {
        if (word && *at == '#')
            return TRUE;
        if (value && (*at == '{' || *at == '[')) {
            g_autofree char *json = NULL, *quoted = NULL;

            next = json_end(at);
            if (!next) {
                g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                            "the '%c' at column %d is never closed", *at, (int)(at - line) + 1);
                return FALSE;
            }
            json = g_strndup(at, (gsize)(next - at));
            quoted = g_shell_quote(json);
            g_string_append(out, quoted);
        } else {
            next = plain_end(at);
            g_string_append_len(out, at, next - at);
        }
        word = g_ascii_isspace(*at);
        value = word || *at == '=';
    }
    return TRUE;
}

char **words_split(const char *line, GError **error)
{
    g_autoptr(GString) quoted = g_string_new(NULL);
    g_autoptr(GError) reason = NULL;
    char **words = NULL;

    if (!g_utf8_validate(line, -1, NULL)) {
        g_set_error_literal(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE, "the line is not UTF-8");
        return NULL;
    }
    if (!quote_json(line, quoted, error))
        return NULL;
    if (g_shell_parse_argv(quoted->str, NULL, &words, &reason))
        return words;
    if (g_error_matches(reason, G_SHELL_ERROR, G_SHELL_ERROR_EMPTY_STRING))
        return g_new0(char *, 1);
    g_set_error_literal(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                        "a quote is not closed, or a backslash ends the line");
    return NULL;
}

gboolean words_is_json(const char *line)
{
    return line[strspn(line, " \t")] == '{';
}
