/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which argument is the name of what, and how the VM is asked for such names. Read-only tables.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** What a query depends on besides the VM. */
typedef enum {
    LIVE_NAMES_OF_ALL,    /**< nothing */
    LIVE_NAMES_OF_PARENT, /**< the path typed up to its last '/': children of an object */
    LIVE_NAMES_OF_OTHER,  /**< another argument, LiveNamesSource.other */
} LiveNamesContext;

/** A way to learn names. */
typedef struct {
    const char *query; /**< the query of QMP */
    const char *args;  /**< (nullable): JSON text; "%s" becomes the context as a JSON string */
    const char *path;  /**< where the names are: "[].inserted.node-name"; NULL: the value is a
                            text of HMP's help */
    const char *strip; /**< (nullable): with .path, what "type" of an element must begin with;
                            in a text of help, what its lines begin with */
    LiveNamesContext context;
    const char *other; /**< the other argument of LIVE_NAMES_OF_OTHER */
    gboolean lasting;  /**< doesn't change while the VM runs */
} LiveNamesSource;

/** Sources of one argument at most. */
#define LIVE_NAMES_SOURCES 2

/** The sources for an argument, up to LIVE_NAMES_SOURCES, NULL behind the last; NULL if there are
 * none.
 * @command: of QMP, or "hmp". @key: dotted; "hmp" has "" and "info". */
const LiveNamesSource *const *live_names_sources(const char *command, const char *key);

G_END_DECLS
