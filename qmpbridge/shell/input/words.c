/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Splits a command line. The scanner here finds where words begin and end; what a word says is
 * then up to g_shell_unquote(), with the JSON in it quoted first. Nothing is expanded or run.
 */
#include "qmpbridge/shell/input/words.h"

#include <string.h>

#include "qmpbridge/core/error.h"

/* What is left open at the end of a line. */
typedef struct {
    const char *at; /* where it begins; NULL: nothing is open */
    const char *what;
} Open;

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

/* One past the quoted part that begins at @at, or NULL. */
static const char *quote_end(const char *at)
{
    char quote = *at++;

    for (; *at && *at != quote; at++) {
        if (quote == '"' && *at == '\\' && at[1])
            at++;
    }
    return *at ? at + 1 : NULL;
}

static gboolean is_bracket(char c)
{
    return c == '{' || c == '[';
}

/* One past the part of a word at @at: a JSON value, a quoted part, or one character. @value: one
 * may begin here. NULL if it isn't closed. */
static const char *part_end(const char *at, gboolean value, Open *open)
{
    const char *end;

    if (value && is_bracket(*at)) {
        end = json_end(at);
        *open = (Open){at, *at == '{' ? "the '{' is never closed" : "the '[' is never closed"};
    } else if (*at == '\'' || *at == '"') {
        end = quote_end(at);
        *open = (Open){at, "the quote is never closed"};
    } else if (*at == '\\') {
        end = at[1] ? at + 2 : NULL;
        *open = (Open){at, "a backslash ends the line"};
    } else {
        end = at + 1;
    }
    if (end)
        *open = (Open){NULL, NULL};
    return end;
}

/* One past the word at @at, or NULL. @quoted: (nullable): gets it with its JSON quoted. */
static const char *word_end(const char *at, GString *quoted, Open *open)
{
    gboolean value = TRUE;

    while (*at && !g_ascii_isspace(*at)) {
        const char *end = part_end(at, value, open);

        if (!end)
            return NULL;
        if (quoted && value && is_bracket(*at)) {
            g_autofree char *json = g_strndup(at, (gsize)(end - at));
            g_autofree char *safe = g_shell_quote(json);

            g_string_append(quoted, safe);
        } else if (quoted) {
            g_string_append_len(quoted, at, end - at);
        }
        value = *at == '=';
        at = end;
    }
    return at;
}

/* Where the next word begins: blanks, line ends that a backslash takes back, and comments are
 * passed. */
static const char *word_begin(const char *at)
{
    for (;;) {
        while (g_ascii_isspace(*at) || (*at == '\\' && at[1] == '\n'))
            at += *at == '\\' ? 2 : 1;
        if (*at != '#')
            return at;
        at += strcspn(at, "\n");
    }
}

/* --- the words of a line ------------------------------------------------------------------ */

typedef struct {
    GPtrArray *texts;
    GArray *begin, *end;
} Collected;

static void collect(Collected *words, const char *line, const char *from, const char *to,
                    char *text)
{
    gsize begin = (gsize)(from - line), end = (gsize)(to - line);

    g_ptr_array_add(words->texts, text);
    g_array_append_val(words->begin, begin);
    g_array_append_val(words->end, end);
}

static gboolean collect_all(Collected *words, const char *line, Open *open)
{
    const char *at = word_begin(line), *end;

    for (; *at; at = word_begin(end)) {
        g_autoptr(GString) quoted = g_string_new(NULL);

        end = word_end(at, quoted, open);
        if (!end)
            return FALSE;
        collect(words, line, at, end, g_shell_unquote(quoted->str, NULL));
    }
    return TRUE;
}

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

static Collected collected_new(void)
{
    return (Collected){g_ptr_array_new(), g_array_new(FALSE, FALSE, sizeof(gsize)),
                       g_array_new(FALSE, FALSE, sizeof(gsize))};
}

Words *words_parse(const char *line, GError **error)
{
    Collected collected;
    Open open = {NULL, NULL};
    GError *reason;
    g_autoptr(Words) words = NULL;

    if (!g_utf8_validate(line, -1, NULL)) {
        g_set_error_literal(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE, "the line is not UTF-8");
        return NULL;
    }
    collected = collected_new();
    collect_all(&collected, line, &open);
    words = take(&collected, g_strdup(line));
    if (!open.at)
        return g_steal_pointer(&words);
    reason = g_error_new_literal(BRIDGE_ERROR, BRIDGE_ERROR_USAGE, open.what);
    bridge_error_set_mark(reason, line, (gsize)(open.at - line), 1);
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
    if (is_bracket(*end) && (end == text || end[-1] == '='))
        end = json_end(end);
    return *text && end && !*end ? g_strdup(text) : g_shell_quote(text);
}

Words *words_quote(char **texts)
{
    Collected collected = collected_new();
    GString *line = g_string_new(NULL);

    for (; *texts; texts++) {
        g_autofree char *typed = as_typed(*texts);
        gsize begin, end;

        if (line->len)
            g_string_append_c(line, ' ');
        begin = line->len;
        g_string_append(line, typed);
        end = line->len;
        g_ptr_array_add(collected.texts, g_strdup(*texts));
        g_array_append_val(collected.begin, begin);
        g_array_append_val(collected.end, end);
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
    Open open = {NULL, NULL};
    const char *at = word_begin(line);

    while (at && *at) {
        at = word_end(at, NULL, &open);
        at = at ? word_begin(at) : NULL;
    }
    return open.at != NULL;
}

gboolean words_is_json(const char *line)
{
    return line[strspn(line, " \t\r\n")] == '{';
}
