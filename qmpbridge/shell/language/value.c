/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Trees of what was typed, from key=value words.
 */
#include "qmpbridge/shell/language/value.h"

#include <string.h>

#include "qmpbridge/core/error.h"

Value *value_new(ValueKind kind, const char *name, const char *text, Place place)
{
    Value *value = g_new0(Value, 1);

    value->kind = kind;
    value->name = g_strdup(name);
    value->text = g_strdup(text);
    value->place = value->name_place = place;
    if (kind >= VALUE_OBJECT)
        value->children = g_ptr_array_new_with_free_func((GDestroyNotify)value_free);
    return value;
}

void value_free(Value *value)
{
    if (!value)
        return;
    if (value->children)
        g_ptr_array_unref(value->children);
    g_free(value->name);
    g_free(value->text);
    g_free(value);
}

Value *value_child(const Value *value, const char *name)
{
    for (guint i = 0; value && value->children && i < value->children->len; i++) {
        Value *child = value->children->pdata[i];

        if (g_strcmp0(child->name, name) == 0)
            return child;
    }
    return NULL;
}

/* Equal pairs are equal words, in the same order. */
guint value_word_of(char **pairs, guint index, const Words *words)
{
    guint equal = 0, word = 0;

    for (guint i = 0; i < index; i++)
        equal += strcmp(pairs[i], pairs[index]) == 0;
    for (; words && word < words->count; word++) {
        if (strcmp(words->texts[word], pairs[index]) == 0 && equal-- == 0)
            break;
    }
    return word;
}

/* A pair being put into the tree. */
typedef struct {
    const char *text; /* the whole word */
    gsize key;        /* length of the key */
    guint word;
    const Words *words;
    GError **error;
} Pair;

G_GNUC_PRINTF(4, 5)
static gboolean fail(const Pair *pair, gsize from, gsize len, const char *format, ...)
{
    va_list args;
    GError *error;

    va_start(args, format);
    error = g_error_new_valist(BRIDGE_ERROR, BRIDGE_ERROR_USAGE, format, args);
    va_end(args);
    words_mark(pair->words, pair->word, from, len, error);
    g_propagate_error(pair->error, error);
    return FALSE;
}

static Value *add_child(Value *parent, const Pair *pair, gsize from, gsize len, gboolean last)
{
    g_autofree char *name = g_strndup(pair->text + from, len);
    gsize value = pair->key + 1;
    Value *child = value_new(last ? VALUE_WORD : VALUE_PARTS, name,
                             last ? pair->text + value : NULL, (Place){pair->word, 0, pair->key});

    child->name_place = (Place){pair->word, from, len};
    if (last) {
        child->place = (Place){pair->word, value, strlen(pair->text + value)};
        child->quoted = words_is_quoted(pair->words, pair->word, value);
    }
    g_ptr_array_add(parent->children, child);
    return child;
}

/* Puts one pair into the tree, making the objects on its way. */
static gboolean put(Value *top, const Pair *pair)
{
    Value *at = top;
    guint parts = 0;

    for (gsize from = 0; from <= pair->key;) {
        gsize len = strcspn(pair->text + from, ".=");
        gboolean last = from + len >= pair->key;
        g_autofree char *name = g_strndup(pair->text + from, len);
        Value *child = value_child(at, name);

        if (len == 0)
            return fail(pair, 0, pair->key, "'%.*s' is no argument name", (int)pair->key,
                        pair->text);
        if (++parts > VALUE_MAX_PARTS)
            return fail(pair, 0, pair->key, "an argument name has more than %u parts",
                        VALUE_MAX_PARTS);
        if (child && last && child->kind == VALUE_WORD)
            return fail(pair, 0, pair->key, "'%.*s' is given twice", (int)pair->key, pair->text);
        if (child && (last || child->kind == VALUE_WORD))
            return fail(pair, 0, from + len, "'%.*s' is given both whole and in parts",
                        (int)(from + len), pair->text);
        at = child ? child : add_child(at, pair, from, len, last);
        from += len + 1;
    }
    return TRUE;
}

static gboolean put_word(Value *top, const char *text, guint word, const Words *words,
                         GError **error)
{
    Pair pair = {text, strcspn(text, "="), word, words, error};

    if (!text[pair.key] || pair.key == 0)
        return fail(&pair, 0, strlen(text), "'%s' is not key=value", text);
    return put(top, &pair);
}

Value *value_from_pairs(char **pairs, const Words *words, GError **error)
{
    g_autoptr(Value) top = value_new(VALUE_PARTS, NULL, NULL, (Place){0, 0, 0});

    if (words && words->count)
        top->place.len = strlen(words->texts[0]);
    for (guint i = 0; pairs && pairs[i]; i++) {
        if (i == VALUE_MAX_PAIRS) {
            g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE, "more than %u arguments",
                        VALUE_MAX_PAIRS);
            return NULL;
        }
        if (!put_word(top, pairs[i], value_word_of(pairs, i, words), words, error))
            return NULL;
    }
    return g_steal_pointer(&top);
}
