/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of JSON, for the parser (json-read.c) and the scanner (json-scan.c), so that both take
 * exactly the same texts, and for the printer (ui/output/output-pretty.c), which passes what these
 * have taken. Private to the three. It reads each byte once, none past the end.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    const char *begin;
    const char *at;
    const char *end;
    guint depth;
    guint values;
    GString *scratch;   /* (nullable): gets the string read last, decoded */
    const char *string; /* that string as it stands, without its quotes */
    gsize string_len;
    gboolean not_plain; /* something was not as QEMU writes it: quotes, line ends, raw UTF-8 */
    GError **error;
} JsonLexer;

/** Sets BRIDGE_ERROR_SYNTAX with the byte offset, unless there is an error. Returns: FALSE. */
gboolean json_lex_fail(JsonLexer *lexer, const char *what);

/** The byte at hand, or 0 at the end; a NUL in the text is an error wherever it stands. */
static inline char json_lex_peek(const JsonLexer *lexer)
{
    return lexer->at < lexer->end ? *lexer->at : '\0';
}

/** Passes white space. */
void json_lex_space(JsonLexer *lexer);

/** Passes white space, then @c if it is there. */
gboolean json_lex_accept(JsonLexer *lexer, char c);

/** Counts a value in and passes the white space before it. FALSE with BRIDGE_ERROR_TOO_BIG. */
gboolean json_lex_value(JsonLexer *lexer);

/** Goes one container down, past its bracket. FALSE with BRIDGE_ERROR_TOO_DEEP. */
gboolean json_lex_enter(JsonLexer *lexer);

/** Passes a string; its opening quote is at hand. */
gboolean json_lex_string(JsonLexer *lexer);

/** Passes a member's name and the colon. */
gboolean json_lex_name(JsonLexer *lexer);

/** Passes a number, which must be a useful one. @is_integer: it has no fraction or exponent and
 * is within gint64, being then *@integer; otherwise its value is *@number. */
gboolean json_lex_number(JsonLexer *lexer, gboolean *is_integer, gint64 *integer, double *number);

/** Passes @word if it is there. */
gboolean json_lex_word(JsonLexer *lexer, const char *word);

/** Passes white space up to the end of the text, where there must be nothing more. */
gboolean json_lex_end(JsonLexer *lexer);

G_END_DECLS
