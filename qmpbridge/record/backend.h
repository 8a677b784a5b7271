/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a recorder's back end is: something that begins and ends a recording on one emulator. The
 * service (record/service.h) asks it for one thing at a time. Main thread.
 */
#pragma once

#include <gio/gio.h>

#include "qmpbridge/core/json.h"
#include "qmpbridge/record/recording.h"

G_BEGIN_DECLS

typedef struct Backend Backend;

/** The outcome of begin or end. @error: (nullable). */
typedef void (*BackendDone)(const GError *error, gpointer user_data);

typedef enum { JOURNAL_CUT, JOURNAL_CLOSED, JOURNAL_FAILED } JournalState;

/** What the plugin says of its journal, and of QEMU's log. */
typedef struct {
    JournalState state;
    guint64 answers;    /**< in the journal */
    guint64 log_size;   /**< bytes of the log up to its next event; 0: not known */
    const char *reason; /**< of JOURNAL_FAILED */
} JournalAnswer;

/** The way to the plugin, given by the service. */
typedef struct {
    /** TRUE if the plugin is connected. */
    gboolean (*present)(gpointer user_data);
    /** Emits RECORD_CUT with the journal's path. */
    void (*cut)(const char *journal, gpointer user_data);
    /** Emits RECORD_FLUSH. */
    void (*flush)(gpointer user_data);
} BackendPlugin;

/** What a back end takes on the store's file system, in bytes. */
typedef struct {
    guint64 live;  /**< its own files have now, which grow while the VM runs */
    guint64 begin; /**< what a recording that begins now writes at most until it has ended, if it
                        ends at once */
    guint64 end;   /**< what the end of the recording under way writes at most, if it ends now */
} BackendSpace;

typedef struct {
    const char *mode;   /**< "record" or "dry" */
    gboolean keeps;     /**< it needs a place in the store */
    /** Begins @recording, whose directory is reserved (NULL for a back end that keeps nothing). */
    void (*begin)(Backend *backend, Recording *recording, BackendDone done, gpointer user_data);
    /** Ends it: all files are in place, with their digests, not yet made durable. */
    void (*end)(Backend *backend, Recording *recording, BackendDone done, gpointer user_data);
    /** Finds out what it takes, without blocking for long. @recording: the one under way, or that
     * is to begin. May be NULL. */
    void (*space)(Backend *backend, const Recording *recording, BackendSpace *space);
    /** The plugin has connected. May be NULL. */
    void (*connected)(Backend *backend);
    /** The plugin's answer to cut or flush. May be NULL. */
    void (*journal)(Backend *backend, const JournalAnswer *answer);
    /** An event of QEMU. Returns: TRUE if the back end itself has caused it. May be NULL. */
    gboolean (*event)(Backend *backend, const char *name, JsonObject *data);
    /** The plugin or the emulator has gone: what waits for it fails. May be NULL. */
    void (*lost)(Backend *backend, const GError *why);
    void (*free)(Backend *backend);
} BackendClass;

/** Every back end starts with this. */
struct Backend {
    const BackendClass *class;
};

/** The back end of a dry run: the same states and events, nothing is recorded. (transfer full) */
Backend *backend_dry_new(void);

G_END_DECLS
