/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cache of live names. An entry is asked for, then known until it is too old or forgotten;
 * while one that was known is asked for again, the old names are not offered. Answers come from a
 * peer that is not trusted: they are bounded, and a name that can't be shown and typed on one
 * line is left out.
 */
#include "qmpbridge/ui/prompt/live-names.h"

#include <string.h>

#include "qmpbridge/core/json.h"
#include "qmpbridge/shell/language/hmp.h"
#include "qmpbridge/ui/prompt/live-names-table.h"

/* An answer, or the question. */
typedef struct {
    const LiveNamesSource *source;
    char *args;            /* (nullable) */
    GPtrArray *found;      /* char *; NULL while it isn't known */
    gint64 since;          /* when it was asked for or came */
    LiveNamesQuery *query; /* under way, or NULL */
    gboolean stale;        /* forgotten while it was under way */
    gboolean failed;
} Answer;

struct LiveNamesQuery {
    LiveNames *names; /* NULL: the cache is gone, or has dropped the answer */
    Answer *answer;
};

struct LiveNames {
    const LiveNamesOps *ops;
    gpointer user_data;
    GPtrArray *answers; /* Answer, the oldest first */
};

static void answer_free(gpointer data)
{
    Answer *answer = data;

    if (answer->query)
        answer->query->names = NULL;
    g_clear_pointer(&answer->found, g_ptr_array_unref);
    g_free(answer->args);
    g_free(answer);
}

LiveNames *live_names_new(const LiveNamesOps *ops, gpointer user_data)
{
    LiveNames *names = g_new0(LiveNames, 1);

    names->ops = ops;
    names->user_data = user_data;
    names->answers = g_ptr_array_new_with_free_func(answer_free);
    return names;
}

void live_names_free(LiveNames *names)
{
    if (!names)
        return;
    g_ptr_array_unref(names->answers);
    g_free(names);
}

void live_names_forget(LiveNames *names)
{
    for (guint i = names->answers->len; i-- > 0;) {
        Answer *answer = names->answers->pdata[i];

        if (answer->query)
            answer->stale = TRUE;
        else if (!answer->source->lasting)
            g_ptr_array_remove_index(names->answers, i);
    }
}

/* --- reading an answer ------------------------------------------------------------------- */

static gboolean is_fit(const char *name)
{
    if (!*name || strlen(name) > LIVE_NAMES_MAX_BYTES || !g_utf8_validate(name, -1, NULL))
        return FALSE;
    for (const char *at = name; *at; at = g_utf8_next_char(at)) {
        GUnicodeType type = g_unichar_type(g_utf8_get_char(at));

        if (!g_unichar_isprint(g_utf8_get_char(at)) || type == G_UNICODE_LINE_SEPARATOR ||
            type == G_UNICODE_PARAGRAPH_SEPARATOR)
            return FALSE;
    }
    return TRUE;
}

/* @name: (transfer full). */
static void keep(GPtrArray *found, char *name)
{
    if (found->len < LIVE_NAMES_MAX && is_fit(name))
        g_ptr_array_add(found, name);
    else
        g_free(name);
}

static void keep_value(GPtrArray *found, JsonNode *node)
{
    if (json_as_string(node))
        keep(found, g_strdup(json_as_string(node)));
    else if (JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_INT64)
        keep(found, g_strdup_printf("%" G_GINT64_FORMAT, json_node_get_int(node)));
}

static gboolean is_of_type(JsonObject *object, const char *type)
{
    const char *text = json_as_string(json_lookup(object, "type"));

    return text && g_str_has_prefix(text, type);
}

/* "[]" stands for each element, ".name" and a leading "name" for a member. */
static void walk(GPtrArray *found, JsonNode *node, const char *path, const char *type)
{
    g_autofree char *name = NULL;
    JsonObject *object = json_as_object(node);
    JsonArray *array = json_as_array(node);

    if (object && type && !is_of_type(object, type))
        return;
    if (!*path) {
        keep_value(found, node);
    } else if (g_str_has_prefix(path, "[]")) {
        for (guint i = 0; array && i < json_array_get_length(array); i++)
            walk(found, json_array_get_element(array, i), path + 2, type);
    } else {
        path += *path == '.';
        name = g_strndup(path, strcspn(path, ".["));
        node = json_lookup(object, name);
        if (node)
            walk(found, node, path + strlen(name), NULL);
    }
}

static GPtrArray *read_answer(const LiveNamesSource *source, GBytes *value)
{
    GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(JsonNode) node = NULL;

    if (!value || g_bytes_get_size(value) > LIVE_NAMES_MAX_ANSWER)
        return found;
    node = json_parse(g_bytes_get_data(value, NULL), (gssize)g_bytes_get_size(value), NULL);
    if (node && source->path)
        walk(found, node, source->path, source->strip);
    else if (json_as_string(node))
        hmp_parse_help(json_as_string(node), source->strip, found);
    for (guint i = found->len; i-- > 0;) {
        if (!is_fit(found->pdata[i]))
            g_ptr_array_remove_index(found, i);
    }
    g_ptr_array_set_size(found, (gint)MIN(found->len, LIVE_NAMES_MAX));
    return found;
}

void live_names_answer(LiveNamesQuery *query, GBytes *value)
{
    LiveNames *names = query->names;
    Answer *answer = query->answer;

    g_free(query);
    if (!names)
        return;
    answer->query = NULL;
    answer->found = read_answer(answer->source, value);
    answer->failed = !value;
    /* Where the VM changed while it answered, this counts for the one who asked, not longer. */
    answer->since = names->ops->now(names->user_data) - (answer->stale ? LIVE_NAMES_KEEP_MS : 0);
    names->ops->changed(names->user_data);
}

/* --- asking ------------------------------------------------------------------------------ */

static gboolean is_old(LiveNames *names, const Answer *answer)
{
    gint64 age = names->ops->now(names->user_data) - answer->since;
    gboolean lasting = answer->source->lasting && !answer->failed;

    return !answer->query && !lasting && age > LIVE_NAMES_KEEP_MS;
}

static Answer *find_answer(LiveNames *names, const LiveNamesSource *source, const char *args)
{
    for (guint i = 0; i < names->answers->len; i++) {
        Answer *answer = names->answers->pdata[i];

        if (answer->source == source && g_strcmp0(answer->args, args) == 0)
            return answer;
    }
    return NULL;
}

/* @args: (transfer full) (nullable). */
static Answer *ask(LiveNames *names, const LiveNamesSource *source, char *args)
{
    Answer *answer = g_new0(Answer, 1);
    g_autoptr(GBytes) text = args ? g_bytes_new(args, strlen(args)) : NULL;

    if (names->answers->len >= LIVE_NAMES_MAX_ANSWERS)
        g_ptr_array_remove_index(names->answers, 0);
    answer->source = source;
    answer->args = args;
    answer->query = g_new(LiveNamesQuery, 1);
    *answer->query = (LiveNamesQuery){names, answer};
    g_ptr_array_add(names->answers, answer);
    names->ops->ask(answer->query, source->query, text, names->user_data);
    return answer;
}

/* What a source depends on, or NULL where the line doesn't say it yet. (transfer full) */
static char *context_of(const LiveNamesSource *source, const LiveNamesPlace *place)
{
    const char *slash = strrchr(place->typed, '/');
    gsize len = source->other ? strlen(source->other) : 0;

    if (source->context == LIVE_NAMES_OF_ALL)
        return g_strdup("");
    if (source->context == LIVE_NAMES_OF_PARENT)
        return slash == place->typed ? g_strdup("/")
               : slash               ? g_strndup(place->typed, (gsize)(slash - place->typed))
                                     : NULL;
    for (char **pair = place->pairs; pair && *pair; pair++) {
        if (strncmp(*pair, source->other, len) == 0 && (*pair)[len] == '=' && (*pair)[len + 1])
            return g_strdup(*pair + len + 1);
    }
    return NULL;
}

/* (transfer full) (nullable). */
static char *args_of(const LiveNamesSource *source, const char *context)
{
    const char *gap = source->args ? strstr(source->args, "%s") : NULL;
    GString *out;

    if (!gap)
        return g_strdup(source->args);
    out = g_string_new_len(source->args, gap - source->args);
    json_append_string(out, context);
    g_string_append(out, gap + 2);
    return g_string_free(out, FALSE);
}

/* Children are offered with the path that they are children of. */
static void add_found(GPtrArray *all, const Answer *answer, const LiveNamesPlace *place)
{
    const char *slash = strrchr(place->typed, '/');
    gsize len = slash ? (gsize)(slash - place->typed) + 1 : 0;
    g_autofree char *parent = g_strndup(place->typed, len);
    gboolean path = answer->source->context == LIVE_NAMES_OF_PARENT;

    for (guint i = 0; i < answer->found->len; i++)
        g_ptr_array_add(all, g_strconcat(path ? parent : "", answer->found->pdata[i], NULL));
}

static void find_of(LiveNames *names, const LiveNamesSource *source, const LiveNamesPlace *place,
                    GPtrArray *all, gboolean *pending)
{
    g_autofree char *context = context_of(source, place), *args = NULL;
    Answer *answer;

    if (!context)
        return;
    args = args_of(source, context);
    answer = find_answer(names, source, args);
    if (answer && is_old(names, answer)) {
        g_ptr_array_remove(names->answers, answer);
        answer = NULL;
    }
    if (!answer)
        answer = ask(names, source, g_steal_pointer(&args));
    if (answer->found)
        add_found(all, answer, place);
    else
        *pending = TRUE;
}

GPtrArray *live_names_find(LiveNames *names, const LiveNamesPlace *place, gboolean *pending)
{
    const LiveNamesSource *const *sources = live_names_sources(place->command, place->key);
    GPtrArray *all = g_ptr_array_new_with_free_func(g_free);

    for (; sources && *sources; sources++)
        find_of(names, *sources, place, all, pending);
    return all;
}
