/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON texts into trees that know where each part stands. Numbers stay text, so none gets lost.
 */
#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/json-lex.h"
#include "qmpbridge/shell/language/value.h"

typedef struct {
    JsonLexer lexer;
    Place place; /* of the whole text */
} Reader;

static Value *read_value(Reader *reader);

/* From @from up to where the lexer is. */
static Place place_from(const Reader *reader, const char *from)
{
    return (Place){reader->place.word, reader->place.from + (gsize)(from - reader->lexer.begin),
                   (gsize)(reader->lexer.at - from)};
}

static Value *read_string(Reader *reader)
{
    const char *from = reader->lexer.at;

    if (!json_lex_string(&reader->lexer))
        return NULL;
    return value_new(VALUE_STRING, NULL, reader->lexer.scratch->str, place_from(reader, from));
}

static Value *read_word(Reader *reader)
{
    JsonLexer *lexer = &reader->lexer;
    const char *from = lexer->at;
    g_autofree char *text = NULL;
    gboolean is_integer;
    gint64 integer;
    double number;

    if (!json_lex_word(lexer, "true") && !json_lex_word(lexer, "false") &&
        !json_lex_word(lexer, "null") && !json_lex_number(lexer, &is_integer, &integer, &number))
        return NULL;
    text = g_strndup(from, (gsize)(lexer->at - from));
    return value_new(VALUE_LITERAL, NULL, text, place_from(reader, from));
}

static gboolean read_member(Reader *reader, Value *object)
{
    JsonLexer *lexer = &reader->lexer;
    g_autofree char *name = NULL;
    const char *from;
    Place place;
    Value *value;

    if (!json_lex_name(lexer))
        return FALSE;
    name = g_strdup(lexer->scratch->str);
    from = lexer->string - 1;
    place = place_from(reader, from);
    place.len = lexer->string_len + 2;
    value = read_value(reader);
    if (!value)
        return FALSE;
    value->name = g_steal_pointer(&name);
    value->name_place = place;
    g_ptr_array_add(object->children, value);
    return TRUE;
}

static gboolean read_element(Reader *reader, Value *array)
{
    Value *value = read_value(reader);

    if (value)
        g_ptr_array_add(array->children, value);
    return value != NULL;
}

static Value *read_container(Reader *reader, ValueKind kind)
{
    gboolean (*read_one)(Reader *, Value *) = kind == VALUE_OBJECT ? read_member : read_element;
    char close = kind == VALUE_OBJECT ? '}' : ']';
    JsonLexer *lexer = &reader->lexer;
    const char *from = lexer->at;
    g_autoptr(Value) value = value_new(kind, NULL, NULL, reader->place);

    if (!json_lex_enter(lexer))
        return NULL;
    if (!json_lex_accept(lexer, close)) {
        do {
            if (!read_one(reader, value))
                return NULL;
        } while (json_lex_accept(lexer, ','));
        if (!json_lex_accept(lexer, close)) {
            json_lex_fail(lexer, close == '}' ? "',' or '}' is missing" : "',' or ']' is missing");
            return NULL;
        }
    }
    lexer->depth--;
    value->place = place_from(reader, from);
    return g_steal_pointer(&value);
}

static Value *read_value(Reader *reader)
{
    if (!json_lex_value(&reader->lexer))
        return NULL;
    switch (json_lex_peek(&reader->lexer)) {
    case '{':
        return read_container(reader, VALUE_OBJECT);
    case '[':
        return read_container(reader, VALUE_ARRAY);
    case '"':
    case '\'':
        return read_string(reader);
    default:
        return read_word(reader);
    }
}

Value *value_from_json(const char *text, const Words *words, Place place, GError **error)
{
    g_autoptr(GString) scratch = g_string_new(NULL);
    g_autoptr(GError) reason = NULL;
    GError *usage;
    Reader reader = {
        {.begin = text,
         .at = text,
         .end = text + strlen(text),
         .scratch = scratch,
         .depth = VALUE_MAX_PARTS, /* it may stand that deep already */
         .error = &reason},
        place,
    };
    g_autoptr(Value) value = read_value(&reader);

    if (value && json_lex_end(&reader.lexer))
        return g_steal_pointer(&value);
    usage = g_error_new_literal(BRIDGE_ERROR, BRIDGE_ERROR_USAGE, reason->message);
    words_mark(words, place.word, place.from + (gsize)(reader.lexer.at - text), 1, usage);
    g_propagate_error(error, usage);
    return NULL;
}
