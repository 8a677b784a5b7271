/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The comparison works on the text of the event, so a number counts with all its digits.
 */
#include "qmpbridge/shell/events/event-match.h"

#include <errno.h>
#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/shell/events/event-text.h"

/* A longer time-out is as good as none. */
#define MAX_SECONDS 1e6

struct EventMatch {
    EventNames *names;
    char **pairs;
};

static JsonSlice slice_of(const char *text)
{
    return (JsonSlice){text, strlen(text)};
}

static gboolean check_pair(const char *pair, GError **error)
{
    if (strchr(pair, '=') && *pair != '=')
        return TRUE;
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                "'%s' is not KEY=VALUE, a member of the event's data", pair);
    return FALSE;
}

EventMatch *event_match_new(const char *names, char **pairs, GError **error)
{
    const char *const words[] = {names, NULL};
    EventNames *parsed;
    EventMatch *match;

    for (char **pair = pairs; pair && *pair; pair++) {
        if (!check_pair(*pair, error))
            return NULL;
    }
    parsed = event_names_new(words, error);
    if (!parsed)
        return NULL;
    match = g_new0(EventMatch, 1);
    match->names = parsed;
    match->pairs = g_strdupv(pairs);
    return match;
}

void event_match_free(EventMatch *match)
{
    if (!match)
        return;
    event_names_free(match->names);
    g_strfreev(match->pairs);
    g_free(match);
}

const EventNames *event_match_names(const EventMatch *match)
{
    return match->names;
}

/* --- values ------------------------------------------------------------------------------ */

static gboolean same_text(JsonSlice a, JsonSlice b)
{
    return a.len == b.len && memcmp(a.text, b.text, a.len) == 0;
}

static gboolean is_quoted(JsonSlice value)
{
    return *value.text == '"' || *value.text == '\'';
}

static gboolean is_number(JsonSlice value)
{
    return *value.text == '-' || g_ascii_isdigit(*value.text);
}

/* As decimal digits, whatever its size: QEMU sends 64 bits without a sign. */
static gboolean same_hex(JsonSlice number, const char *text)
{
    g_autofree char *digits = NULL;
    char *end;
    guint64 value;

    if (text[0] != '0' || (text[1] != 'x' && text[1] != 'X') || !g_ascii_isxdigit(text[2]))
        return FALSE;
    errno = 0;
    value = g_ascii_strtoull(text + 2, &end, 16);
    digits = g_strdup_printf("%" G_GUINT64_FORMAT, value);
    return !errno && !*end && same_text(number, slice_of(digits));
}

/* Neither fraction nor exponent: all digits count. */
static gboolean is_whole(JsonSlice number)
{
    return !memchr(number.text, '.', number.len) && !memchr(number.text, 'e', number.len) &&
           !memchr(number.text, 'E', number.len);
}

/* @number, @typed: numbers of JSON. */
static gboolean same_number(JsonSlice number, JsonSlice typed)
{
    g_autofree char *a = g_strndup(number.text, number.len);
    g_autofree char *b = g_strndup(typed.text, typed.len);

    if (is_whole(number) && is_whole(typed))
        return same_text(number, typed);
    return g_ascii_strtod(a, NULL) == g_ascii_strtod(b, NULL);
}

static gboolean same_json(JsonSlice value, JsonSlice typed)
{
    g_autoptr(GString) a = json_make_plain(value), b = json_make_plain(typed);

    return g_string_equal(a, b);
}

static gboolean value_is(JsonSlice value, const char *text)
{
    JsonSlice typed = slice_of(text);
    JsonScan scan;

    if (!value.text)
        return FALSE;
    if (is_quoted(value) && json_slice_is(value, text))
        return TRUE;
    if (is_number(value) && same_hex(value, text))
        return TRUE;
    if (!json_scan(typed, NULL, NULL, &scan, NULL))
        return FALSE;
    return is_number(value) && is_number(typed) ? same_number(value, typed)
                                                : same_json(value, typed);
}

/* --- members ----------------------------------------------------------------------------- */

typedef struct {
    guint64 left;
    JsonSlice found;
} Element;

static void count_down(JsonSlice element, gpointer user_data)
{
    Element *wanted = user_data;

    if (wanted->left-- == 0)
        wanted->found = element;
}

/* A member of an object, or an element of an array. */
static JsonSlice step(JsonSlice from, const char *key)
{
    Element element = {0, {NULL, 0}};

    if (from.text && *from.text == '[' && *key && strspn(key, "0123456789") == strlen(key)) {
        element.left = g_ascii_strtoull(key, NULL, 10);
        json_scan_array(from, count_down, &element);
        return element.found;
    }
    return event_text_member(from, key);
}

static JsonSlice find(JsonSlice data, const char *key)
{
    g_auto(GStrv) parts = g_strsplit(key, ".", -1);

    for (char **part = parts; *part; part++)
        data = step(data, *part);
    return data;
}

static gboolean pair_fits(JsonSlice data, const char *pair)
{
    const char *equals = strchr(pair, '=');
    g_autofree char *key = g_strndup(pair, (gsize)(equals - pair));
    JsonSlice value = find(data, key);

    if (!value.text && g_str_has_prefix(key, "data."))
        value = find(data, key + strlen("data."));
    return value_is(value, equals + 1);
}

gboolean event_match_test(const EventMatch *match, GBytes *event)
{
    EventText parts;
    g_autofree char *name = NULL;

    event_text_parse(event, &parts);
    name = event_text_name(&parts);
    if (!name || !event_names_test(match->names, name))
        return FALSE;
    for (char **pair = match->pairs; pair && *pair; pair++) {
        if (!pair_fits(parts.data, *pair))
            return FALSE;
    }
    return TRUE;
}

/* --- the words of wait ------------------------------------------------------------------- */

typedef struct {
    GPtrArray *pairs; /* borrowed words */
    double seconds;   /* -1 before it is given */
    gboolean members; /* `match` was there: each KEY=VALUE is a member */
} WaitWords;

static gboolean fail_word(const char *word, const char *what, GError **error)
{
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                "'%s' is not %s: wait EVENT [match KEY=VALUE...] [timeout SECONDS]", word, what);
    return FALSE;
}

static gboolean read_seconds(WaitWords *words, const char *word, GError **error)
{
    char *end;
    double value = g_ascii_strtod(word, &end);

    if (words->seconds >= 0)
        return fail_word(word, "expected after a time-out", error);
    if (strspn(word, "0123456789.") != strlen(word) || end == word || *end || value > MAX_SECONDS)
        return fail_word(word, "KEY=VALUE or a number of seconds", error);
    words->seconds = value;
    return TRUE;
}

/* "timeout=5" is meant as a time-out, unless `match` says that a member is. */
static gboolean is_timeout(const char *word)
{
    return g_str_has_prefix(word, "timeout=") || g_str_has_prefix(word, "seconds=");
}

static gboolean read_pair(WaitWords *words, char *word, GError **error)
{
    if (!check_pair(word, error))
        return FALSE;
    g_ptr_array_add(words->pairs, word);
    return TRUE;
}

/* Reads the word at *@at, which is moved on where it takes two. */
static gboolean read_word(WaitWords *words, char ***at, GError **error)
{
    char *word = **at, *next = (*at)[1];

    if (strcmp(word, "match") == 0) {
        words->members = TRUE;
        (*at)++;
        return next ? read_pair(words, next, error)
                    : fail_word(word, "followed by KEY=VALUE", error);
    }
    if (strcmp(word, "timeout") == 0) {
        (*at)++;
        return next ? read_seconds(words, next, error)
                    : fail_word(word, "followed by SECONDS", error);
    }
    if (!words->members && is_timeout(word))
        return read_seconds(words, strchr(word, '=') + 1, error);
    return strchr(word, '=') ? read_pair(words, word, error) : read_seconds(words, word, error);
}

gboolean event_match_parse(const char *name, char **words, EventMatch **match, double *seconds,
                           GError **error)
{
    g_autoptr(GPtrArray) pairs = g_ptr_array_new();
    WaitWords read = {pairs, -1, FALSE};
    gboolean end = g_ascii_strcasecmp(name, "end") == 0;
    EventMatch *made = NULL;

    for (; words && *words; words++) {
        if (!read_word(&read, &words, error))
            return FALSE;
    }
    if (end && pairs->len)
        return fail_word(pairs->pdata[0], "for the end, which has no data", error);
    g_ptr_array_add(pairs, NULL);
    if (!end) {
        made = event_match_new(name, (char **)pairs->pdata, error);
        if (!made)
            return FALSE;
    }
    *match = made;
    *seconds = read.seconds;
    return TRUE;
}
