/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a `wait` looks for, and how it is written:
 *
 *     NAME [[match] KEY=VALUE...] [[timeout] SECONDS | timeout=SECONDS]
 *
 * NAME may be a pattern, or several (event-names.h); "end" is no event but the end of the
 * connection. KEY is a member of the event's data, dotted for members of members, a number for an
 * element of an array; "data." before it is fine. VALUE is a string's text, a number of any form
 * ("0x10", "1e3"), true, false, null, or an object or an array as JSON. Pure.
 */
#pragma once

#include <glib.h>

#include "qmpbridge/shell/events/event-names.h"

G_BEGIN_DECLS

typedef struct EventMatch EventMatch;

/** A match. @names: as one word of event_names_new(). @pairs: (nullable): words "key=value", all of
 * which must fit. (transfer full); NULL with BRIDGE_ERROR_USAGE. */
EventMatch *event_match_new(const char *names, char **pairs, GError **error);
/** @match: (nullable). */
void event_match_free(EventMatch *match);
/** TRUE if @event, the text of a whole event, is what is looked for. */
gboolean event_match_test(const EventMatch *match, GBytes *event);
/** The names. (transfer none). */
const EventNames *event_match_names(const EventMatch *match);

/**
 * Takes the words behind `wait` apart.
 *
 * @words: (nullable): those after the event's name.
 * @match: (transfer full): set to what is looked for, or to NULL for "end".
 * @seconds: set to the time-out, or to -1 where none is given.
 *
 * Returns: FALSE with BRIDGE_ERROR_USAGE that names the wrong word; nothing is set then.
 */
gboolean event_match_parse(const char *name, char **words, EventMatch **match, double *seconds,
                           GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(EventMatch, event_match_free)

G_END_DECLS
