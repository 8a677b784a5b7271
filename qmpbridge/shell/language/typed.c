/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See typed.h; the lexer does the reading. */
#include "qmpbridge/shell/language/typed.h"

#include <string.h>

#include "qmpbridge/shell/language/lexer.h"
#include "qmpbridge/shell/language/words.h"

/* Adds the words that begin behind the one under the cursor. */
static void read_behind(Typed *typed, const char *line, gsize cursor)
{
    g_auto(Lexer) lexer = {0};

    lexer_init(&lexer, line, strlen(line));
    while (lexer_next(&lexer)) {
        if (lexer.begin > line + cursor)
            g_ptr_array_add(typed->words, g_strdup(lexer.word->str));
    }
}

Typed *typed_parse(const char *line, gsize cursor)
{
    Typed *typed = g_new0(Typed, 1);
    gboolean json = words_is_json(line); /* has no words */
    g_auto(Lexer) lexer = {0};

    typed->words = g_ptr_array_new_with_free_func(g_free);
    lexer_init(&lexer, line, json ? 0 : cursor);
    while (lexer_next(&lexer) && lexer.at < lexer.end)
        g_ptr_array_add(typed->words, g_strdup(lexer.word->str));
    typed->before = typed->words->len;
    typed->start = (gsize)(lexer.begin - line);
    typed->word = g_strdup(lexer.word->str);
    typed->quote = lexer.open == LEXER_OPEN_QUOTE ? *lexer.open_at : 0;
    typed->closed =
        json || lexer.escape || lexer.open == LEXER_OPEN_JSON || lexer.open == LEXER_OPEN_COMMENT;
    if (!typed->closed && !typed->quote)
        read_behind(typed, line, cursor);
    g_ptr_array_add(typed->words, NULL);
    return typed;
}

void typed_free(Typed *typed)
{
    if (!typed)
        return;
    g_ptr_array_unref(typed->words);
    g_free(typed->word);
    g_free(typed);
}

/* TRUE if @c would begin something else here: a comment, or JSON. */
static gboolean begins_other(const GString *out, char c)
{
    if (c == '#')
        return !out->len;
    return (c == '{' || c == '[') && (!out->len || out->str[out->len - 1] == '=');
}

/* One character that the candidate adds, fit for where it stands. */
static void append_quoted(GString *out, char quote, char c)
{
    if (quote == '\'' && c == '\'')
        g_string_append(out, "'\\''");
    else if (quote == '"' && strchr("\"\\`$", c))
        g_string_append_printf(out, "\\%c", c);
    else if (!quote && c == '\n') /* a backslash would take it back */
        g_string_append(out, "'\n'");
    else if (!quote && (g_ascii_isspace(c) || strchr("\"'\\", c) || begins_other(out, c)))
        g_string_append_printf(out, "\\%c", c);
    else
        g_string_append_c(out, c);
}

char *typed_insert(const Typed *typed, const char *line, gsize cursor, const char *candidate,
                   gboolean goes_on)
{
    GString *out = g_string_new_len(line + typed->start, (gssize)(cursor - typed->start));

    for (const char *c = candidate + strlen(typed->word); *c; c++)
        append_quoted(out, typed->quote, *c);
    if (typed->quote && !goes_on)
        g_string_append_c(out, typed->quote);
    return g_string_free(out, FALSE);
}
