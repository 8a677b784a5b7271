/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The filter of events.
 */
#include "qmpbridge/shell/events/event-filter.h"

#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/json.h"
#include "qmpbridge/shell/events/event-names.h"

typedef enum { FILTER_ON, FILTER_OFF, FILTER_ONLY, FILTER_EXCEPT, FILTER_MODES } FilterMode;

static const char *const mode_names[FILTER_MODES] = {
    [FILTER_ON] = "on",
    [FILTER_OFF] = "off",
    [FILTER_ONLY] = "only",
    [FILTER_EXCEPT] = "except",
};

struct EventFilter {
    FilterMode mode;
    EventNames *names; /* of only and except */
};

static EventFilter *filter_new(FilterMode mode, EventNames *names)
{
    EventFilter *filter = g_new0(EventFilter, 1);

    filter->mode = mode;
    filter->names = names;
    return filter;
}

EventFilter *event_filter_new(gboolean on)
{
    return filter_new(on ? FILTER_ON : FILTER_OFF, NULL);
}

static FilterMode find_mode(const char *word)
{
    FilterMode mode = FILTER_ON;

    while (mode < FILTER_MODES && strcmp(mode_names[mode], word) != 0)
        mode++;
    return mode;
}

EventFilter *event_filter_parse(const char *const *words, GError **error)
{
    FilterMode mode = find_mode(words[0]);
    gboolean named = mode == FILTER_ONLY || mode == FILTER_EXCEPT;
    EventNames *names = NULL;

    if (mode == FILTER_MODES || (!named && words[1])) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                    "'%s' is not expected here: events on, off, only PATTERN..., except PATTERN...",
                    words[mode == FILTER_MODES ? 0 : 1]);
        return NULL;
    }
    if (named) {
        names = event_names_new(words + 1, error);
        if (!names)
            return NULL;
    }
    return filter_new(mode, names);
}

void event_filter_free(EventFilter *filter)
{
    if (!filter)
        return;
    event_names_free(filter->names);
    g_free(filter);
}

gboolean event_filter_test(const EventFilter *filter, const char *name)
{
    switch (filter->mode) {
    case FILTER_ONLY:
        return event_names_test(filter->names, name);
    case FILTER_EXCEPT:
        return !event_names_test(filter->names, name);
    default:
        return filter->mode == FILTER_ON;
    }
}

char *event_filter_text(const EventFilter *filter)
{
    g_autofree char *patterns =
        filter->names ? g_strjoinv(" ", (char **)event_names_list(filter->names)) : NULL;

    return g_strconcat(mode_names[filter->mode], patterns ? " " : NULL, patterns, NULL);
}

GBytes *event_filter_json(const EventFilter *filter)
{
    GString *out = g_string_new("{\"mode\": ");

    json_append_string(out, mode_names[filter->mode]);
    if (filter->names) {
        const char *const *pattern = event_names_list(filter->names);

        g_string_append(out, ", \"patterns\": [");
        for (; *pattern; pattern++) {
            json_append_string(out, *pattern);
            g_string_append(out, pattern[1] ? ", " : "");
        }
        g_string_append_c(out, ']');
    }
    g_string_append_c(out, '}');
    return g_string_free_to_bytes(out);
}
