/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The queue behind `wait`. It keeps no clock: deadlines are the command's business.
 */
#include "qmpbridge/shell/waiting.h"

#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/shell/event-text.h"

struct EventMatch {
    char *name;
    char **pairs;
};

struct EventQueue {
    GQueue entries; /* GBytes */
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

static gboolean value_is(JsonSlice value, const char *text)
{
    if (!value.text)
        return FALSE;
    if (*value.text == '"' || *value.text == '\'')
        return json_slice_is(value, text);
    return value.len == strlen(text) && memcmp(value.text, text, value.len) == 0;
}

/* @pair: "key=value", the key dotted for members of members. */
static gboolean pair_fits(JsonSlice data, const char *pair)
{
    const char *equals = strchr(pair, '=');
    g_autofree char *key = g_strndup(pair, (gsize)(equals - pair));
    g_auto(GStrv) parts = g_strsplit(key, ".", -1);

    for (guint i = 0; parts[i]; i++)
        data = event_text_member(data, parts[i]);
    return value_is(data, equals + 1);
}

gboolean event_match_test(const EventMatch *match, GBytes *event)
{
    EventText parts;
    g_autofree char *name = NULL;

    event_text_parse(event, &parts);
    name = event_text_name(&parts);
    if (!name || g_ascii_strcasecmp(name, match->name))
        return FALSE;
    for (char **pair = match->pairs; pair && *pair; pair++) {
        if (!pair_fits(parts.data, *pair))
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

static GBytes *pop(EventQueue *queue)
{
    GBytes *event = g_queue_pop_head(&queue->entries);

    queue->bytes -= g_bytes_get_size(event);
    return event;
}

void event_queue_free(EventQueue *queue)
{
    if (!queue)
        return;
    g_queue_clear_full(&queue->entries, (GDestroyNotify)g_bytes_unref);
    g_free(queue);
}

void event_queue_push(EventQueue *queue, GBytes *event)
{
    queue->bytes += g_bytes_get_size(event);
    g_queue_push_tail(&queue->entries, g_bytes_ref(event));
    while (queue->entries.length > EVENT_QUEUE_MAX ||
           (queue->bytes > EVENT_QUEUE_MAX_BYTES && queue->entries.length > 1)) {
        g_bytes_unref(pop(queue));
        queue->lost++;
    }
}

static guint find_match(EventQueue *queue, const EventMatch *match)
{
    guint position = 1;

    for (GList *link = queue->entries.head; link; link = link->next, position++) {
        if (event_match_test(match, link->data))
            return position;
    }
    return 0;
}

GBytes *event_queue_take(EventQueue *queue, const EventMatch *match)
{
    guint position = find_match(queue, match);

    if (!position)
        return NULL;
    while (--position)
        g_bytes_unref(pop(queue));
    return pop(queue);
}

guint64 event_queue_lost(const EventQueue *queue)
{
    return queue->lost;
}
