/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The members of an event, found by the scanner.
 */
#include "qmpbridge/shell/events/event-text.h"

#include <string.h>

gboolean event_text_parse(GBytes *event, EventText *parts)
{
    static const char *const names[] = {"event", "data", "timestamp", NULL};
    JsonSlice values[3];
    JsonScan scan;

    memset(parts, 0, sizeof(*parts));
    if (!json_scan(json_slice_of(event), names, values, &scan, NULL) || !scan.is_object)
        return FALSE;
    *parts = (EventText){values[0], values[1], values[2]};
    return TRUE;
}

char *event_text_name(const EventText *parts)
{
    return parts->name.text ? json_slice_string(parts->name) : NULL;
}

JsonSlice event_text_member(JsonSlice from, const char *name)
{
    const char *const names[] = {name, NULL};
    JsonSlice value = {NULL, 0};
    JsonScan scan;

    if (!from.text || !json_scan(from, names, &value, &scan, NULL))
        return (JsonSlice){NULL, 0};
    return value;
}
