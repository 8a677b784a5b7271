/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of JSON: strict RFC 8259 plus single-quoted strings, as in QEMU. Nothing here knows
 * what becomes of them.
 */
#include "qmpbridge/core/json-lex.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/json.h"

/* Longest number in bytes; a longer one would be no useful number. */
#define MAX_NUMBER 64u

/* Bytes in a string that need a look: quotes, backslash, control characters, all beyond ASCII. */
static const guint8 special[256] = {
    [0x00 ... 0x1f] = 1, ['"'] = 1, ['\''] = 1, ['\\'] = 1, [0x7f ... 0xff] = 1,
};

gboolean json_lex_fail(JsonLexer *lexer, const char *what)
{
    if (lexer->error && !*lexer->error)
        g_set_error(lexer->error, BRIDGE_ERROR, BRIDGE_ERROR_SYNTAX,
                    "JSON syntax: %s at byte %" G_GSIZE_FORMAT, what,
                    (gsize)(lexer->at - lexer->begin));
    return FALSE;
}

void json_lex_space(JsonLexer *lexer)
{
    for (; lexer->at < lexer->end; lexer->at++) {
        if (*lexer->at == '\n' || *lexer->at == '\r')
            lexer->not_plain = TRUE;
        else if (*lexer->at != ' ' && *lexer->at != '\t')
            return;
    }
}

gboolean json_lex_accept(JsonLexer *lexer, char c)
{
    json_lex_space(lexer);
    if (json_lex_peek(lexer) != c)
        return FALSE;
    lexer->at++;
    return TRUE;
}

gboolean json_lex_value(JsonLexer *lexer)
{
    if (++lexer->values > JSON_MAX_VALUES) {
        g_set_error(lexer->error, BRIDGE_ERROR, BRIDGE_ERROR_TOO_BIG,
                    "JSON with more than %u values", JSON_MAX_VALUES);
        return FALSE;
    }
    json_lex_space(lexer);
    return TRUE;
}

gboolean json_lex_enter(JsonLexer *lexer)
{
    if (++lexer->depth > JSON_MAX_DEPTH) {
        g_set_error(lexer->error, BRIDGE_ERROR, BRIDGE_ERROR_TOO_DEEP, "JSON nested deeper than %u",
                    JSON_MAX_DEPTH);
        return FALSE;
    }
    lexer->at++;
    return TRUE;
}

static gboolean read_hex4(JsonLexer *lexer, gunichar *unit)
{
    *unit = 0;
    for (int i = 0; i < 4; i++) {
        int digit = g_ascii_xdigit_value(json_lex_peek(lexer));

        if (digit < 0)
            return json_lex_fail(lexer, "\\u needs four hexadecimal digits");
        *unit = *unit << 4 | (gunichar)digit;
        lexer->at++;
    }
    return TRUE;
}

/* What follows "\u": one unit, or two that make a surrogate pair. */
static gboolean read_unicode(JsonLexer *lexer)
{
    gunichar high, low;

    if (!read_hex4(lexer, &high))
        return FALSE;
    if (high == 0)
        return json_lex_fail(lexer, "\\u0000 in a string");
    if (high >= 0xdc00 && high <= 0xdfff)
        return json_lex_fail(lexer, "lone surrogate");
    if (high >= 0xd800 && high <= 0xdbff) {
        if (lexer->end - lexer->at < 2 || lexer->at[0] != '\\' || lexer->at[1] != 'u')
            return json_lex_fail(lexer, "lone surrogate");
        lexer->at += 2;
        if (!read_hex4(lexer, &low))
            return FALSE;
        if (low < 0xdc00 || low > 0xdfff)
            return json_lex_fail(lexer, "lone surrogate");
        high = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    }
    if (lexer->scratch)
        g_string_append_unichar(lexer->scratch, high);
    return TRUE;
}

static gboolean read_escape(JsonLexer *lexer)
{
    static const char from[] = "\"'\\/bfnrt", to[] = "\"'\\/\b\f\n\r\t";
    char c = json_lex_peek(lexer);
    const char *found = c ? strchr(from, c) : NULL;

    if (c == 'u') {
        lexer->at++;
        return read_unicode(lexer);
    }
    if (!found)
        return json_lex_fail(lexer, "unknown escape");
    if (c == '\'')
        lexer->not_plain = TRUE;
    if (lexer->scratch)
        g_string_append_c(lexer->scratch, to[found - from]);
    lexer->at++;
    return TRUE;
}

/* Passes bytes up to the quote or a backslash. Returns: FALSE at what no string may hold. */
static gboolean read_run(JsonLexer *lexer, char quote, gboolean *ascii)
{
    const char *run = lexer->at;

    for (; lexer->at < lexer->end; lexer->at++) {
        guchar c = (guchar)*lexer->at;

        if (!special[c])
            continue;
        if (c == (guchar)quote || c == '\\' || c < 0x20)
            break;
        if (c >= 0x7f) {
            *ascii = *ascii && c == 0x7f;
            lexer->not_plain = TRUE;
        }
    }
    if (lexer->scratch)
        g_string_append_len(lexer->scratch, run, lexer->at - run);
    if (lexer->at == lexer->end)
        return json_lex_fail(lexer, "unfinished string");
    return (guchar)*lexer->at >= 0x20 || json_lex_fail(lexer, "control character in a string");
}

/* Escapes stand for whole characters, so the bytes are UTF-8 if and only if the string is. */
gboolean json_lex_string(JsonLexer *lexer)
{
    char quote = *lexer->at++;
    const char *from = lexer->at;
    gboolean ascii = TRUE;

    if (quote != '"')
        lexer->not_plain = TRUE;
    if (lexer->scratch)
        g_string_truncate(lexer->scratch, 0);
    for (;;) {
        if (!read_run(lexer, quote, &ascii))
            return FALSE;
        if (*lexer->at == quote)
            break;
        lexer->at++;
        if (!read_escape(lexer))
            return FALSE;
    }
    if (!ascii && !g_utf8_validate(from, lexer->at - from, NULL))
        return json_lex_fail(lexer, "string is not UTF-8");
    lexer->string = from;
    lexer->string_len = (gsize)(lexer->at - from);
    lexer->at++;
    return TRUE;
}

gboolean json_lex_name(JsonLexer *lexer)
{
    json_lex_space(lexer);
    if (json_lex_peek(lexer) != '"' && json_lex_peek(lexer) != '\'')
        return json_lex_fail(lexer, "a member's name must be a string");
    return json_lex_string(lexer) &&
           (json_lex_accept(lexer, ':') || json_lex_fail(lexer, "':' is missing"));
}

static gsize skip_digits(JsonLexer *lexer)
{
    const char *from = lexer->at;

    while (g_ascii_isdigit(json_lex_peek(lexer)))
        lexer->at++;
    return (gsize)(lexer->at - from);
}

/* Walks over a number by the grammar. Returns FALSE if it breaks it. */
static gboolean walk_number(JsonLexer *lexer, gboolean *is_integer)
{
    gboolean zero;

    *is_integer = TRUE;
    if (json_lex_peek(lexer) == '-')
        lexer->at++;
    zero = json_lex_peek(lexer) == '0';
    if (zero)
        lexer->at++;
    else if (skip_digits(lexer) == 0)
        return json_lex_fail(lexer, "no JSON value");
    if (json_lex_peek(lexer) == '.') {
        *is_integer = FALSE;
        lexer->at++;
        if (skip_digits(lexer) == 0)
            return json_lex_fail(lexer, "digits are missing");
    }
    if (json_lex_peek(lexer) == 'e' || json_lex_peek(lexer) == 'E') {
        *is_integer = FALSE;
        lexer->at++;
        if (json_lex_peek(lexer) == '+' || json_lex_peek(lexer) == '-')
            lexer->at++;
        if (skip_digits(lexer) == 0)
            return json_lex_fail(lexer, "digits are missing");
    }
    return TRUE;
}

gboolean json_lex_number(JsonLexer *lexer, gboolean *is_integer, gint64 *integer, double *number)
{
    const char *from = lexer->at;
    char text[MAX_NUMBER + 1];
    gsize len;

    if (!walk_number(lexer, is_integer))
        return FALSE;
    len = (gsize)(lexer->at - from);
    if (len > MAX_NUMBER)
        return json_lex_fail(lexer, "number too long");
    memcpy(text, from, len);
    text[len] = '\0';
    errno = 0;
    if (*is_integer) {
        *integer = g_ascii_strtoll(text, NULL, 10);
        *is_integer = errno != ERANGE;
    }
    if (*is_integer)
        return TRUE;
    *number = g_ascii_strtod(text, NULL);
    return isfinite(*number) || json_lex_fail(lexer, "number out of range");
}

gboolean json_lex_word(JsonLexer *lexer, const char *word)
{
    gsize len = strlen(word);

    if ((gsize)(lexer->end - lexer->at) < len || memcmp(lexer->at, word, len) != 0)
        return FALSE;
    lexer->at += len;
    return TRUE;
}

gboolean json_lex_end(JsonLexer *lexer)
{
    json_lex_space(lexer);
    return lexer->at == lexer->end || json_lex_fail(lexer, "more than one value");
}
