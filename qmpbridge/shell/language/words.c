/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See words.h; the lexer does the reading. */
#include "qmpbridge/shell/language/words.h"

#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/shell/language/lexer.h"

/* Words in the making. */
typedef struct {
    GPtrArray *texts;
    GArray *begin, *end;
} Collected;

static Collected collected_new(void)
{
    return (Collected){g_ptr_array_new(), g_array_new(FALSE, FALSE, sizeof(gsize)),
                       g_array_new(FALSE, FALSE, sizeof(gsize))};
}

static void collect(Collected *words, const char *text, gsize begin, gsize end)
{
    g_ptr_array_add(words->texts, g_strdup(text));
    g_array_append_val(words->begin, begin);
    g_array_append_val(words->end, end);
}

/* @line: (transfer full). */
static Words *take(Collected *collected, char *line)
{
    Words *words = g_new0(Words, 1);

    words->line = line;
    words->count = collected->texts->len;
    g_ptr_array_add(collected->texts, NULL);
    words->texts = (char **)g_ptr_array_free(collected->texts, FALSE);
    words->begin = (gsize *)(void *)g_array_free(collected->begin, FALSE);
    words->end = (gsize *)(void *)g_array_free(collected->end, FALSE);
    return words;
}

/* What makes the line one that goes on in the next, with its place; NULL: nothing does. */
static const char *open_part(const Lexer *lexer, const char **at)
{
    *at = lexer->open_at;
    switch (lexer->open) {
    case LEXER_OPEN_QUOTE:
        return "the quote is never closed";
    case LEXER_OPEN_JSON:
        return **at == '{' ? "the '{' is never closed" : "the '[' is never closed";
    case LEXER_OPEN_NOTHING:
    case LEXER_OPEN_COMMENT:
        break;
    }
    *at = lexer->escape;
    return *at ? "a backslash ends the line" : NULL;
}

Words *words_parse(const char *line, GError **error)
{
    g_auto(Lexer) lexer = {0};
    g_autoptr(Words) words = NULL;
    Collected collected;
    const char *open, *at;
    GError *reason;

    if (!g_utf8_validate(line, -1, NULL)) {
        g_set_error_literal(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE, "the line is not UTF-8");
        return NULL;
    }
    collected = collected_new();
    lexer_init(&lexer, line, strlen(line));
    while (lexer_next(&lexer))
        collect(&collected, lexer.word->str, (gsize)(lexer.begin - line), (gsize)(lexer.at - line));
    words = take(&collected, g_strdup(line));
    open = open_part(&lexer, &at);
    if (!open)
        return g_steal_pointer(&words);
    reason = g_error_new_literal(BRIDGE_ERROR, BRIDGE_ERROR_USAGE, open);
    bridge_error_set_mark(reason, line, (gsize)(at - line), 1);
    g_propagate_error(error, reason);
    return NULL;
}

/* A word as it would have to be typed. JSON by itself or behind a '=' needs no quotes, if that is
 * where the word ends. */
static char *as_typed(const char *text)
{
    const char *end = text;

    while (*end && !strchr("'\"\\#{[$`*?~&|;<>()!", *end) && !g_ascii_isspace(*end))
        end++;
    if ((*end == '{' || *end == '[') && (end == text || end[-1] == '='))
        end = lexer_json_end(end, end + strlen(end));
    return *text && end && !*end ? g_strdup(text) : g_shell_quote(text);
}

Words *words_quote(char **texts)
{
    Collected collected = collected_new();
    GString *line = g_string_new(NULL);

    for (; *texts; texts++) {
        g_autofree char *typed = as_typed(*texts);
        gsize begin;

        if (line->len)
            g_string_append_c(line, ' ');
        begin = line->len;
        g_string_append(line, typed);
        collect(&collected, *texts, begin, line->len);
    }
    return take(&collected, g_string_free(line, FALSE));
}

void words_free(Words *words)
{
    if (!words)
        return;
    g_strfreev(words->texts);
    g_free(words->begin);
    g_free(words->end);
    g_free(words->line);
    g_free(words);
}

/* The first @len bytes of the word are typed as they are meant. */
static gboolean is_verbatim(const Words *words, guint index, gsize len)
{
    gsize typed = words->end[index] - words->begin[index];

    return len <= typed && len <= strlen(words->texts[index]) &&
           memcmp(words->line + words->begin[index], words->texts[index], len) == 0;
}

void words_mark(const Words *words, guint index, gsize from, gsize len, GError *error)
{
    gsize begin, end;

    if (!words || index >= words->count)
        return;
    begin = words->begin[index];
    end = words->end[index];
    if (is_verbatim(words, index, from + len))
        end = begin + from + len;
    if (is_verbatim(words, index, from))
        begin += from;
    bridge_error_set_mark(error, words->line, begin, end - begin);
}

gboolean words_is_quoted(const Words *words, guint index, gsize from)
{
    return words && index < words->count && is_verbatim(words, index, from) &&
           words->line[words->begin[index] + from] == '"';
}

char **words_split(const char *line, GError **error)
{
    g_autoptr(Words) words = words_parse(line, error);

    return words ? g_steal_pointer(&words->texts) : NULL;
}

/* --- questions about a line --------------------------------------------------------------- */

gboolean words_is_open(const char *line)
{
    g_auto(Lexer) lexer = {0};
    const char *at;

    lexer_init(&lexer, line, strlen(line));
    while (lexer_next(&lexer))
        ;
    return open_part(&lexer, &at) != NULL;
}

gboolean words_is_json(const char *line)
{
    return line[strspn(line, " \t\r\n")] == '{';
}
