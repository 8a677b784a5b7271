/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads words up to the cursor with a small state: where it is, and which quote or bracket is
 * open there. Quoting is the shell's, as in words.c.
 */
#include "qmpbridge/shell/prompt/typed.h"

#include <string.h>

/* A reader of words; @end is where the text ends that counts. */
typedef struct {
    const char *at, *end;
    GString *word;
    char quote;      /* open at the end */
    gboolean closed; /* the text ends in JSON or behind a backslash */
} Reader;

static void take(Reader *reader)
{
    g_string_append_c(reader->word, *reader->at++);
}

/* The quoted part whose opening quote is at the cursor of @reader. */
static void read_quoted(Reader *reader)
{
    char quote = *reader->at++;

    reader->quote = quote;
    while (reader->at < reader->end) {
        if (*reader->at == quote) {
            reader->quote = 0;
            reader->at++;
            return;
        }
        if (quote == '"' && *reader->at == '\\') {
            if (reader->at + 1 == reader->end) {
                reader->closed = TRUE;
                reader->at++;
                return;
            }
            if (strchr("\"\\`$\n", reader->at[1]))
                reader->at++;
        }
        take(reader);
    }
}

/* A JSON object or array: as it is, up to the bracket that closes it. */
static void read_json(Reader *reader)
{
    guint depth = 0;
    char quote = 0;

    while (reader->at < reader->end) {
        char c = *reader->at;

        take(reader);
        if (quote && c == '\\' && reader->at < reader->end)
            take(reader);
        else if (quote)
            quote = c == quote ? 0 : quote;
        else if (c == '"' || c == '\'')
            quote = c;
        else if (c == '{' || c == '[')
            depth++;
        else if ((c == '}' || c == ']') && --depth == 0)
            return;
    }
    reader->closed = TRUE;
}

/* One word; the cursor of @reader is at its first character. */
static void read_word(Reader *reader)
{
    gboolean value = TRUE; /* JSON may begin here */

    g_string_truncate(reader->word, 0);
    while (reader->at < reader->end && !g_ascii_isspace(*reader->at)) {
        char c = *reader->at;

        if (value && (c == '{' || c == '[')) {
            read_json(reader);
        } else if (c == '\'' || c == '"') {
            read_quoted(reader);
        } else if (c == '\\') {
            reader->at++;
            if (reader->at == reader->end)
                reader->closed = TRUE;
            else if (*reader->at == '\n')
                reader->at++; /* the line goes on */
            else
                take(reader);
        } else {
            take(reader);
        }
        value = c == '=';
    }
}

/* A line end that a backslash takes back is a blank, too, where no word is under way. */
static void skip_blanks(Reader *reader)
{
    for (; reader->at < reader->end; reader->at++) {
        if (*reader->at == '\\' && reader->at + 1 < reader->end && reader->at[1] == '\n')
            reader->at++;
        else if (!g_ascii_isspace(*reader->at))
            return;
    }
}

/* What is behind the cursor: the rest of the word under it is skipped. */
static void read_behind(Typed *typed, const char *at)
{
    g_autoptr(GString) word = g_string_new(NULL);
    Reader reader = {.at = at, .end = at + strlen(at), .word = word};

    read_word(&reader);
    for (skip_blanks(&reader); reader.at < reader.end && *reader.at != '#'; skip_blanks(&reader)) {
        read_word(&reader);
        g_ptr_array_add(typed->words, g_strdup(word->str));
    }
}

Typed *typed_parse(const char *line, gsize cursor)
{
    Typed *typed = g_new0(Typed, 1);
    g_autoptr(GString) word = g_string_new(NULL);
    Reader reader = {.at = line, .end = line + cursor, .word = word};

    typed->words = g_ptr_array_new_with_free_func(g_free);
    skip_blanks(&reader);
    typed->closed = *reader.at == '{';
    for (;;) {
        typed->start = (gsize)(reader.at - line);
        g_string_truncate(word, 0);
        if (reader.at < reader.end && *reader.at == '#')
            typed->closed = TRUE;
        if (typed->closed)
            break;
        read_word(&reader);
        if (reader.at == reader.end)
            break;
        g_ptr_array_add(typed->words, g_strdup(word->str));
        skip_blanks(&reader);
        if (!typed->rest)
            typed->rest = (gsize)(reader.at - line);
    }
    typed->before = typed->words->len;
    typed->word = g_strdup(word->str);
    typed->quote = reader.quote;
    typed->closed |= reader.closed;
    if (!typed->closed && !typed->quote)
        read_behind(typed, line + cursor);
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
