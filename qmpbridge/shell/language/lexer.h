/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lexer of command lines: it reads one word after the other up to the end of a text, or up to
 * the cursor, and knows what is still open there. Quoting is the shell's, without any expansion; a
 * JSON object or array that stands by itself or behind a '=' is taken as it is. A '#' where a word
 * would begin opens a comment, up to the line's end. It never fails: whether something that is open
 * is an error is up to its user. Pure.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** What the text ends in. */
typedef enum {
    LEXER_OPEN_NOTHING,
    LEXER_OPEN_QUOTE,
    LEXER_OPEN_JSON,
    LEXER_OPEN_COMMENT,
} LexerOpen;

/** A lexer at work; its members are there to be read. */
typedef struct {
    const char *at;      /**< where it reads on */
    const char *end;     /**< nothing from here on is read */
    const char *begin;   /**< where the last word begins; @end behind the last one */
    GString *word;       /**< the last word, unquoted */
    LexerOpen open;      /**< what is open at @end, once @at is there */
    const char *open_at; /**< its first character; NULL for nothing */
    const char *escape;  /**< a backslash right before @end that escapes nothing, or NULL */
} Lexer;

/** Starts at the beginning of a text, which must outlive the lexer. @len: in bytes. */
void lexer_init(Lexer *lexer, const char *text, gsize len);
void lexer_clear(Lexer *lexer);

/** Reads the next word. Returns: FALSE, with an empty word, where there is none. */
gboolean lexer_next(Lexer *lexer);

/** One past the bracket that closes the one at @at, or NULL if none does before @end. Strings
 * are skipped. */
const char *lexer_json_end(const char *at, const char *end);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Lexer, lexer_clear)

G_END_DECLS
