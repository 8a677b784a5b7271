/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The queue behind `wait`. It keeps no clock: deadlines are the command's business.
 */
#include "qmpbridge/shell/waiting.h"

#include <string.h>

#include "qmpbridge/core/error.h"

struct EventMatch {
    char *name;
    char **pairs;
};

typedef struct {
    JsonObject *event;
    gsize size;
} Entry;

struct EventQueue {
    GQueue entries;
    gsize bytes;
    guint64 lost;
};

EventMatch *event_match_new(const char *name, char **pairs, GError **error)
{
    EventMatch *match;

    for (char **pair = pairs; pair && *pair; pair++) {
        if (!strchr(*pair, '=') || **pair == '=') {
            g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                        "'%s' is not key=value, a member of the event's data", *pair);
            return NULL;
        }
    }
    match = g_new0(EventMatch, 1);
    match->name = g_strdup(name);
    match->pairs = g_strdupv(pairs);
    return match;
}

void event_match_free(EventMatch *match)
{
    if (!match)
        return;
    g_free(match->name);
    g_strfreev(match->pairs);
    g_free(match);
}

static gboolean value_is(JsonNode *node, const char *text)
{
    g_autofree char *json = NULL;

    if (!node)
        return FALSE;
    if (json_as_string(node))
        return strcmp(json_as_string(node), text) == 0;
    json = json_to_text(node);
    return strcmp(json, text) == 0;
}

/* @pair: "key=value", the key dotted for members of members. */
static gboolean pair_fits(JsonObject *data, const char *pair)
{
    const char *equals = strchr(pair, '=');
    g_autofree char *key = g_strndup(pair, (gsize)(equals - pair));
    g_auto(GStrv) parts = g_strsplit(key, ".", -1);
    JsonNode *node = NULL;

    for (guint i = 0; parts[i]; i++) {
        node = json_lookup(data, parts[i]);
        data = json_as_object(node);
    }
    return value_is(node, equals + 1);
}

gboolean event_match_test(const EventMatch *match, JsonObject *event)
{
    const char *name = json_as_string(json_lookup(event, "event"));
    JsonObject *data = json_as_object(json_lookup(event, "data"));

    if (!name || g_ascii_strcasecmp(name, match->name))
        return FALSE;
    for (char **pair = match->pairs; pair && *pair; pair++) {
        if (!pair_fits(data, *pair))
            return FALSE;
    }
    return TRUE;
}

EventQueue *event_queue_new(void)
{
    EventQueue *queue = g_new0(EventQueue, 1);

    g_queue_init(&queue->entries);
    return queue;
}

static JsonObject *pop(EventQueue *queue)
{
    Entry *entry = g_queue_pop_head(&queue->entries);
    JsonObject *event = entry->event;

    queue->bytes -= entry->size;
    g_free(entry);
    return event;
}

void event_queue_free(EventQueue *queue)
{
    if (!queue)
        return;
    while (!g_queue_is_empty(&queue->entries))
        json_object_unref(pop(queue));
    g_free(queue);
}

void event_queue_push(EventQueue *queue, JsonObject *event)
{
    g_autoptr(GString) text = g_string_new(NULL);
    Entry *entry = g_new0(Entry, 1);

    json_append_object(text, event);
    entry->event = json_object_ref(event);
    entry->size = text->len;
    queue->bytes += entry->size;
    g_queue_push_tail(&queue->entries, entry);
    while (queue->entries.length > EVENT_QUEUE_MAX ||
           (queue->bytes > EVENT_QUEUE_MAX_BYTES && queue->entries.length > 1)) {
        json_object_unref(pop(queue));
        queue->lost++;
    }
}

static guint find_match(EventQueue *queue, const EventMatch *match)
{
    guint position = 1;

    for (GList *link = queue->entries.head; link; link = link->next, position++) {
        Entry *entry = link->data;

        if (event_match_test(match, entry->event))
            return position;
    }
    return 0;
}

JsonObject *event_queue_take(EventQueue *queue, const EventMatch *match)
{
    guint position = find_match(queue, match);

    if (!position)
        return NULL;
    while (--position)
        json_object_unref(pop(queue));
    return pop(queue);
}

guint64 event_queue_lost(const EventQueue *queue)
{
    return queue->lost;
}
