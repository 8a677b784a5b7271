/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was typed for a QMP command, as a tree whose parts know their places in the words. It says
 * what is there and decides no types: a word like "5" may become a string or a number. Pure.
 */
#pragma once

#include "qmpbridge/shell/language/words.h"

G_BEGIN_DECLS

/** Most parts of a dotted key. */
#define VALUE_MAX_PARTS 64u
/** Most key=value words; each is compared with those before it. */
#define VALUE_MAX_PAIRS 4096u

typedef enum {
    VALUE_WORD,    /**< what follows "key="; the type decides what it is */
    VALUE_STRING,  /**< a JSON string */
    VALUE_LITERAL, /**< a JSON number, true, false or null */
    VALUE_OBJECT,  /**< a JSON object */
    VALUE_ARRAY,   /**< a JSON array */
    VALUE_PARTS,   /**< made of "key.name=" words: an object, or an array by index */
} ValueKind;

/** A place within a word: bytes of the word's text. */
typedef struct {
    guint word;
    gsize from, len;
} Place;

typedef struct {
    ValueKind kind;
    char *name;          /**< as a member; NULL in an array and at the top */
    char *text;          /**< the word, the string, or the literal as it stands */
    gboolean quoted;     /**< a word typed in double quotes: a string where that is possible */
    GPtrArray *children; /**< (element-type Value) (nullable): in their order */
    Place name_place, place;
} Value;

/** @name: (nullable). @text: (nullable). Returns: (transfer full). */
Value *value_new(ValueKind kind, const char *name, const char *text, Place place);
/** @value: (nullable). */
void value_free(Value *value);

/** The child with a name, or NULL. @value: (nullable). */
Value *value_child(const Value *value, const char *name);

/**
 * Reads a JSON text into a tree.
 *
 * @words: (nullable): where the text is from, for the mark of errors.
 * @place: where the text is; that of the whole value.
 *
 * Returns: (transfer full): NULL with BRIDGE_ERROR_USAGE.
 */
Value *value_from_json(const char *text, const Words *words, Place place, GError **error);

/**
 * Reads "key=value" words into a tree, VALUE_PARTS at its top.
 *
 * @pairs: (nullable): the words.
 * @words: (nullable): the line's words, @pairs among them in the same order.
 *
 * Returns: (transfer full): NULL with BRIDGE_ERROR_USAGE: no key=value, no good key, given twice,
 * given whole and in parts.
 */
Value *value_from_pairs(char **pairs, const Words *words, GError **error);

/** Which of the words @pairs[@index] is. */
guint value_word_of(char **pairs, guint index, const Words *words);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Value, value_free)

G_END_DECLS
