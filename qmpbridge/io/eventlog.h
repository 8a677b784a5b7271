/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Event log: JSON lines appended to a file, one write a line. It never stops the program: what
 * can't be written is counted, and reported once. A NULL log takes everything and does nothing.
 *
 * A line: {"seq":N,"wall":"2025-01-31T23:59:59.123Z","mono":USEC,"dir":"in|out|note","vm":NAME,
 * "what":VALUE}; "lost":N appears in the first line after lines were lost. Main thread.
 */
#pragma once

#include "qmpbridge/core/json-scan.h"
#include "qmpbridge/core/json.h"
#include "qmpbridge/core/limits.h"

G_BEGIN_DECLS

typedef struct EventLog EventLog;

typedef enum {
    EVENTLOG_IN,   /**< came from the emulator */
    EVENTLOG_OUT,  /**< went to the emulator */
    EVENTLOG_NOTE, /**< this program's own */
} EventLogDir;

/** Called once when writing begins to fail, and again after it had recovered. */
typedef void (*EventLogFailed)(const GError *error, gpointer user_data);

/**
 * Opens a log for appending; it is created with mode 0600. Symbolic links are not followed.
 *
 * @vm: (nullable): name of the VM in each line.
 *
 * Returns: (transfer full): NULL with BRIDGE_ERROR_STORE.
 */
EventLog *eventlog_open(const char *path, const char *vm, GError **error);

/** A log on a descriptor. @fd: (transfer full). */
EventLog *eventlog_from_fd(int fd, const char *vm);

/** Closes it. @log: (nullable). */
void eventlog_free(EventLog *log);

/** The VM in the lines from now on; where one log serves several. @log, @vm: (nullable). */
void eventlog_set_vm(EventLog *log, const char *vm);

/** Sets what is called when writing fails. @failed: (nullable). */
void eventlog_on_failure(EventLog *log, EventLogFailed failed, gpointer user_data);

/** Writes a value. @log: (nullable). @what: (nullable): borrowed. */
void eventlog_write(EventLog *log, EventLogDir dir, JsonNode *what);

/** As eventlog_write() without a tree. @what: one value as plain text (see core/json-scan.h); white
 * space after it is left out. */
void eventlog_write_text(EventLog *log, EventLogDir dir, JsonSlice what);

/** Writes a note: printf arguments, as a JSON string. @log: (nullable). */
void eventlog_note(EventLog *log, const char *format, ...) G_GNUC_PRINTF(2, 3);

/** Lines lost so far. */
guint64 eventlog_lost(const EventLog *log);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(EventLog, eventlog_free)

G_END_DECLS
