/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is in the text of an event: {"event", "data"?, "timestamp"?}. An event is kept and handed
 * on as its text, as the peer wrote it, so that no number and no order is lost. Pure.
 */
#pragma once

#include "qmpbridge/core/json-scan.h"

G_BEGIN_DECLS

/** Parts of an event; slices of its text, absent where it has none. */
typedef struct {
    JsonSlice name; /**< a JSON string, with its quotes */
    JsonSlice data;
    JsonSlice timestamp;
} EventText;

/** Takes an event apart. @event: the text, borrowed as long as *@parts is used; white space around
 * it is fine. FALSE, and all parts absent, if it is no object. */
gboolean event_text_parse(GBytes *event, EventText *parts);

/** Its name. (transfer full) (nullable). */
char *event_text_name(const EventText *parts);

/** Member @name of the object @from; absent if there is none or @from is no object. */
JsonSlice event_text_member(JsonSlice from, const char *name);

G_END_DECLS
