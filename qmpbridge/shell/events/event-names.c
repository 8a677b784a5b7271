/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names and patterns of events.
 */
#include "qmpbridge/shell/events/event-names.h"

#include <string.h>

#include "qmpbridge/core/error.h"

struct EventNames {
    char **patterns; /* upper case */
};

/* @word: "STOP|block_*". */
static gboolean add_word(GPtrArray *patterns, const char *word, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(word, "|", -1);

    for (char **part = parts; *part; part++) {
        if (!**part) {
            g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                        "the name of an event is missing in '%s'", word);
            return FALSE;
        }
        if (!g_str_is_ascii(*part)) {
            g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE, "'%s' is no name of an event",
                        *part);
            return FALSE;
        }
        g_ptr_array_add(patterns, g_ascii_strup(*part, -1));
    }
    return TRUE;
}

EventNames *event_names_new(const char *const *words, GError **error)
{
    g_autoptr(GPtrArray) patterns = g_ptr_array_new_with_free_func(g_free);
    EventNames *names;

    if (!words || !*words) {
        g_set_error_literal(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                            "the name of an event is missing");
        return NULL;
    }
    for (; *words; words++) {
        /* Nothing splits into no parts. */
        if (!add_word(patterns, **words ? *words : "|", error))
            return NULL;
    }
    g_ptr_array_add(patterns, NULL);
    names = g_new0(EventNames, 1);
    names->patterns = (char **)g_ptr_array_steal(patterns, NULL);
    return names;
}

void event_names_free(EventNames *names)
{
    if (!names)
        return;
    g_strfreev(names->patterns);
    g_free(names);
}

gboolean event_names_fit(const char *pattern, const char *name)
{
    g_autofree char *upper = NULL;

    if (strlen(name) > EVENT_NAME_MAX)
        return FALSE;
    upper = g_ascii_strup(name, -1);
    return g_pattern_match_simple(pattern, upper);
}

gboolean event_names_test(const EventNames *names, const char *name)
{
    for (char **pattern = names->patterns; *pattern; pattern++) {
        if (event_names_fit(*pattern, name))
            return TRUE;
    }
    return FALSE;
}

const char *const *event_names_list(const EventNames *names)
{
    return (const char *const *)names->patterns;
}
