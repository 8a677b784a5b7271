/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which events are shown as they come: all, none, only some, or all but some. Pure.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct EventFilter EventFilter;

/** All of them, or none. Returns: (transfer full). */
EventFilter *event_filter_new(gboolean on);

/**
 * A filter as it is written behind `events`: "on", "off", "only PATTERN...", "except PATTERN...",
 * with patterns as in event-names.h.
 *
 * @words: NULL-terminated, at least one.
 *
 * Returns: (transfer full): NULL with BRIDGE_ERROR_USAGE.
 */
EventFilter *event_filter_parse(const char *const *words, GError **error);
/** @filter: (nullable). */
void event_filter_free(EventFilter *filter);

/** TRUE if an event with this name is shown. */
gboolean event_filter_test(const EventFilter *filter, const char *name);

/** As event_filter_parse() takes it: "only BLOCK_* STOP". (transfer full). */
char *event_filter_text(const EventFilter *filter);
/** {"mode": "only", "patterns": ["BLOCK_*", "STOP"]}, as plain text. (transfer full). */
GBytes *event_filter_json(const EventFilter *filter);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(EventFilter, event_filter_free)

G_END_DECLS
