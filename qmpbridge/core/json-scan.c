/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The scanner: the parser's twin that builds nothing. It either only walks, or also writes what
 * it passes in plain form.
 */
#include "qmpbridge/core/json-scan.h"

#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/json-lex.h"
#include "qmpbridge/core/json.h"

/* The members to find in the outermost object, or the function that gets all of them. */
typedef struct {
    const char *const *names;
    JsonSlice *values;
    JsonScan *scan;
    JsonMemberFunc func;
    gpointer user_data;
} Wanted;

typedef struct {
    JsonLexer lexer;
    GString *out; /* (nullable): the plain text */
    gsize max;    /* bytes that it may have */
} Scanner;

static gboolean scan_value(Scanner *scanner, const Wanted *wanted);

static void put(Scanner *scanner, const char *text)
{
    if (scanner->out)
        g_string_append(scanner->out, text);
}

static gboolean too_big(const Scanner *scanner)
{
    g_set_error(scanner->lexer.error, BRIDGE_ERROR, BRIDGE_ERROR_TOO_BIG,
                "JSON too big: over %" G_GSIZE_FORMAT " bytes with \\u escapes for what "
                "isn't ASCII",
                scanner->max);
    return FALSE;
}

/* Writes the string read last. */
static gboolean put_string(Scanner *scanner)
{
    return !scanner->out ||
           json_append_string_within(scanner->out, scanner->lexer.scratch->str, scanner->max) ||
           too_big(scanner);
}

static gboolean scan_string(Scanner *scanner)
{
    return json_lex_string(&scanner->lexer) && put_string(scanner);
}

static gboolean scan_word(Scanner *scanner)
{
    JsonLexer *lexer = &scanner->lexer;
    const char *from = lexer->at;
    gboolean is_integer;
    gint64 integer;
    double number;

    if (!json_lex_word(lexer, "true") && !json_lex_word(lexer, "false") &&
        !json_lex_word(lexer, "null") && !json_lex_number(lexer, &is_integer, &integer, &number))
        return FALSE;
    if (scanner->out)
        g_string_append_len(scanner->out, from, lexer->at - from);
    return TRUE;
}

/* @raw: between its quotes; escapes may spell any name. */
static gboolean name_is(JsonSlice raw, const char *name)
{
    if (memchr(raw.text, '\\', raw.len))
        return json_slice_is((JsonSlice){raw.text - 1, raw.len + 2}, name);
    return raw.len == strlen(name) && memcmp(raw.text, name, raw.len) == 0;
}

/* @name: between its quotes. */
static void note_member(const Wanted *wanted, JsonSlice name, JsonSlice value)
{
    if (wanted->func) {
        wanted->func((JsonSlice){name.text - 1, name.len + 2}, value, wanted->user_data);
        return;
    }
    for (guint i = 0; wanted->names && wanted->names[i]; i++) {
        if (name_is(name, wanted->names[i])) {
            wanted->values[i] = value;
            return;
        }
    }
    if (!wanted->scan->unknown.text)
        wanted->scan->unknown = name;
}

static gboolean scan_member(Scanner *scanner, const Wanted *wanted)
{
    JsonLexer *lexer = &scanner->lexer;
    JsonSlice name;
    const char *from;

    if (!json_lex_name(lexer) || !put_string(scanner))
        return FALSE;
    name = (JsonSlice){lexer->string, lexer->string_len};
    put(scanner, ": ");
    json_lex_space(lexer);
    from = lexer->at;
    if (!scan_value(scanner, NULL))
        return FALSE;
    if (wanted)
        note_member(wanted, name, (JsonSlice){from, (gsize)(lexer->at - from)});
    return TRUE;
}

static gboolean scan_object(Scanner *scanner, const Wanted *wanted)
{
    JsonLexer *lexer = &scanner->lexer;

    if (!json_lex_enter(lexer))
        return FALSE;
    put(scanner, "{");
    if (!json_lex_accept(lexer, '}')) {
        do {
            if (!scan_member(scanner, wanted))
                return FALSE;
        } while (json_lex_accept(lexer, ',') && (put(scanner, ", "), TRUE));
        if (!json_lex_accept(lexer, '}'))
            return json_lex_fail(lexer, "',' or '}' is missing");
    }
    put(scanner, "}");
    lexer->depth--;
    return TRUE;
}

static gboolean scan_array(Scanner *scanner, JsonElementFunc func, gpointer user_data)
{
    JsonLexer *lexer = &scanner->lexer;

    if (!json_lex_enter(lexer))
        return FALSE;
    put(scanner, "[");
    if (!json_lex_accept(lexer, ']')) {
        do {
            const char *from;

            json_lex_space(lexer);
            from = lexer->at;
            if (!scan_value(scanner, NULL))
                return FALSE;
            if (func)
                func((JsonSlice){from, (gsize)(lexer->at - from)}, user_data);
        } while (json_lex_accept(lexer, ',') && (put(scanner, ", "), TRUE));
        if (!json_lex_accept(lexer, ']'))
            return json_lex_fail(lexer, "',' or ']' is missing");
    }
    put(scanner, "]");
    lexer->depth--;
    return TRUE;
}

/* @wanted: (nullable): for the outermost value. */
static gboolean scan_value(Scanner *scanner, const Wanted *wanted)
{
    if (!json_lex_value(&scanner->lexer))
        return FALSE;
    switch (json_lex_peek(&scanner->lexer)) {
    case '{':
        if (wanted)
            wanted->scan->is_object = TRUE;
        return scan_object(scanner, wanted);
    case '[':
        return scan_array(scanner, NULL, NULL);
    case '"':
    case '\'':
        return scan_string(scanner);
    default:
        return scan_word(scanner);
    }
}

static JsonLexer lexer_on(JsonSlice text, GError **error)
{
    return (JsonLexer){
        .begin = text.text,
        .at = text.text,
        .end = text.text ? text.text + text.len : NULL, /* an absent slice: nothing added to NULL */
        .error = error,
    };
}

gboolean json_scan(JsonSlice text, const char *const *names, JsonSlice *values, JsonScan *scan,
                   GError **error)
{
    Scanner scanner = {.lexer = lexer_on(text, error)};
    Wanted wanted = {.names = names, .values = values, .scan = scan};

    memset(scan, 0, sizeof(*scan));
    for (guint i = 0; names && names[i]; i++)
        values[i] = (JsonSlice){NULL, 0};
    if (!scan_value(&scanner, &wanted) || !json_lex_end(&scanner.lexer))
        return FALSE;
    scan->plain = !scanner.lexer.not_plain;
    return TRUE;
}

GString *json_make_plain_within(JsonSlice text, gsize max, GError **error)
{
    g_autoptr(GString) scratch = g_string_sized_new(128);
    g_autoptr(GString) out = g_string_sized_new(text.len + 16);
    Scanner scanner = {lexer_on(text, error), out, max};

    scanner.lexer.scratch = scratch;
    return scan_value(&scanner, NULL) && (out->len <= max || too_big(&scanner))
               ? g_steal_pointer(&out)
               : NULL;
}

GString *json_make_plain(JsonSlice text)
{
    return json_make_plain_within(text, G_MAXSIZE, NULL);
}

/* Behind a string of plain text, whose opening quote is at @at. */
static const char *behind_string(const char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++)
        at += *at == '\\';
    return at < end ? at + 1 : end;
}

static gboolean is_of_word(char c)
{
    return g_ascii_isalnum(c) || c == '-' || c == '+' || c == '.';
}

void json_measure(JsonSlice plain, gsize *tokens, gsize *depth)
{
    const char *at = plain.text, *end = plain.text + plain.len;
    gsize open = 0;

    *tokens = 0;
    *depth = 0;
    while (at < end) {
        char c = *at;

        if (c == '"')
            at = behind_string(at, end);
        else
            at++;
        while (is_of_word(c) && at < end && is_of_word(*at))
            at++;
        if (c == '{' || c == '[')
            open++;
        else if (c == '}' || c == ']')
            open--;
        *depth = MAX(*depth, open);
        *tokens += c != ' ' && c != '\t';
    }
}

gboolean json_scan_array(JsonSlice text, JsonElementFunc func, gpointer user_data)
{
    Scanner scanner = {.lexer = lexer_on(text, NULL)};

    json_lex_space(&scanner.lexer);
    return json_lex_peek(&scanner.lexer) == '[' && scan_array(&scanner, func, user_data) &&
           json_lex_end(&scanner.lexer);
}

gboolean json_scan_members(JsonSlice text, JsonMemberFunc func, gpointer user_data)
{
    Scanner scanner = {.lexer = lexer_on(text, NULL)};
    Wanted wanted = {.func = func, .user_data = user_data};

    json_lex_space(&scanner.lexer);
    return json_lex_peek(&scanner.lexer) == '{' && scan_object(&scanner, &wanted) &&
           json_lex_end(&scanner.lexer);
}

char *json_slice_string(JsonSlice slice)
{
    GString *scratch;
    JsonLexer lexer = lexer_on(slice, NULL);

    if (slice.len < 2 || (*slice.text != '"' && *slice.text != '\''))
        return NULL;
    scratch = g_string_sized_new(slice.len);
    lexer.scratch = scratch;
    return g_string_free(scratch, !json_lex_string(&lexer) || lexer.at != lexer.end);
}

gboolean json_slice_is(JsonSlice slice, const char *text)
{
    g_autofree char *string = NULL;

    if (slice.len < 2)
        return FALSE;
    if (*slice.text == '"' && !memchr(slice.text, '\\', slice.len))
        return slice.len - 2 == strlen(text) && memcmp(slice.text + 1, text, slice.len - 2) == 0;
    string = json_slice_string(slice);
    return g_strcmp0(string, text) == 0;
}

gboolean json_slice_int(JsonSlice slice, gint64 *value)
{
    JsonLexer lexer = lexer_on(slice, NULL);
    gboolean is_integer = FALSE;
    double number;

    return slice.len && json_lex_number(&lexer, &is_integer, value, &number) && is_integer &&
           lexer.at == lexer.end;
}

gboolean json_slice_is_true(JsonSlice slice)
{
    return slice.len == 4 && memcmp(slice.text, "true", 4) == 0;
}

JsonSlice json_slice_of(GBytes *bytes)
{
    JsonSlice slice = {NULL, 0};

    if (bytes)
        slice.text = g_bytes_get_data(bytes, &slice.len);
    return slice;
}

GBytes *json_slice_to_bytes(JsonSlice slice)
{
    return slice.text ? g_bytes_new(slice.text, slice.len) : NULL;
}
