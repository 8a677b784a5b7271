/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words and quotes of a command line, up to its end or the cursor; see lexer.h.
 */
#include "qmpbridge/shell/language/lexer.h"

#include <string.h>

void lexer_init(Lexer *lexer, const char *text, gsize len)
{
    *lexer = (Lexer){.at = text, .end = text + len, .word = g_string_new(NULL)};
}

void lexer_clear(Lexer *lexer)
{
    if (lexer->word)
        g_string_free(lexer->word, TRUE);
    lexer->word = NULL;
}

static void take(Lexer *lexer)
{
    g_string_append_c(lexer->word, *lexer->at++);
}

static void leave_open(Lexer *lexer, LexerOpen open, const char *at)
{
    lexer->at = lexer->end;
    lexer->open = open;
    lexer->open_at = at;
}

/* Takes the character behind a backslash. @only: (nullable): the characters that one escapes
 * here; before others the backslash stays. A line end is taken back where @only is NULL. */
static void read_escaped(Lexer *lexer, const char *only)
{
    const char *backslash = lexer->at++;

    if (lexer->at == lexer->end) {
        lexer->escape = backslash;
    } else if (!only && *lexer->at == '\n') {
        lexer->at++;
    } else {
        if (only && !strchr(only, *lexer->at))
            g_string_append_c(lexer->word, '\\');
        take(lexer);
    }
}

static void read_quoted(Lexer *lexer)
{
    const char *begin = lexer->at++;

    while (lexer->at < lexer->end && *lexer->at != *begin) {
        if (*begin == '"' && *lexer->at == '\\')
            read_escaped(lexer, "\"\\`$\n");
        else
            take(lexer);
    }
    if (lexer->at < lexer->end)
        lexer->at++;
    else
        leave_open(lexer, LEXER_OPEN_QUOTE, begin);
}

const char *lexer_json_end(const char *at, const char *end)
{
    char quote = 0;
    guint depth = 0;

    for (; at < end; at++) {
        if (quote) {
            if (*at == '\\' && at + 1 < end)
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

static void read_json(Lexer *lexer)
{
    const char *begin = lexer->at, *end = lexer_json_end(begin, lexer->end);

    g_string_append_len(lexer->word, begin, (end ? end : lexer->end) - begin);
    if (end)
        lexer->at = end;
    else
        leave_open(lexer, LEXER_OPEN_JSON, begin);
}

static void read_word(Lexer *lexer)
{
    gboolean value = TRUE; /* JSON may begin here */

    while (lexer->at < lexer->end && !g_ascii_isspace(*lexer->at)) {
        char c = *lexer->at;

        if (value && (c == '{' || c == '['))
            read_json(lexer);
        else if (c == '\'' || c == '"')
            read_quoted(lexer);
        else if (c == '\\')
            read_escaped(lexer, NULL);
        else
            take(lexer);
        value = c == '=';
    }
}

static void skip_comment(Lexer *lexer)
{
    const char *feed = memchr(lexer->at, '\n', (gsize)(lexer->end - lexer->at));

    if (feed)
        lexer->at = feed;
    else
        leave_open(lexer, LEXER_OPEN_COMMENT, lexer->at);
}

/* Where no word is under way, a line end that a backslash takes back is a blank, too. */
static void skip_blanks(Lexer *lexer)
{
    while (lexer->at < lexer->end) {
        if (g_ascii_isspace(*lexer->at))
            lexer->at++;
        else if (*lexer->at == '\\' && lexer->at + 1 < lexer->end && lexer->at[1] == '\n')
            lexer->at += 2;
        else if (*lexer->at == '#')
            skip_comment(lexer);
        else
            return;
    }
}

gboolean lexer_next(Lexer *lexer)
{
    g_string_truncate(lexer->word, 0);
    skip_blanks(lexer);
    lexer->begin = lexer->at;
    if (lexer->at == lexer->end)
        return FALSE;
    read_word(lexer);
    return TRUE;
}
