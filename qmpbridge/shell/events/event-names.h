/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of events as people write them: words that hold one name, or several separated by '|';
 * in each '*' stands for any characters and '?' for any one; case counts for nothing. Pure.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Longest name in bytes that is looked at; a longer one is no name, whatever was written. It
 * bounds the time that a pattern with many '*' takes. */
#define EVENT_NAME_MAX 127u

typedef struct EventNames EventNames;

/** @words: NULL-terminated, at least one. Returns: (transfer full): NULL with BRIDGE_ERROR_USAGE
 * if there is no word, or an empty name. */
EventNames *event_names_new(const char *const *words, GError **error);
/** @names: (nullable). */
void event_names_free(EventNames *names);

/** TRUE if @name is one of them. */
gboolean event_names_test(const EventNames *names, const char *name);

/** Each single name or pattern, in upper case, NULL-terminated. (transfer none). */
const char *const *event_names_list(const EventNames *names);

/** TRUE if @name fits @pattern, one of event_names_list(). */
gboolean event_names_fit(const char *pattern, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(EventNames, event_names_free)

G_END_DECLS
