/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the two files of the service share. Included by service*.c only.
 */
#pragma once

#include "qmpbridge/record/recorder.h"
#include "qmpbridge/record/service.h"
#include "qmpbridge/io/worker.h"

struct Service {
    ServiceOptions with;
    Recorder *recorder;
    Engine *engine;
    Recording *recording;     /**< (nullable) the one under way */
    RecorderRequest *request; /**< (nullable) the begin or end under way */
    Worker *worker;           /**< counts the store, or makes a recording whole */
    guint64 live;             /**< EngineSpace.live when the store was counted */
    guint watch;              /**< source: looks at the bounds while a recording runs */
    guint quiet;              /**< source: until then begins beyond the bounds are counted */
    guint refused;            /**< begins that were counted */
    char *last_error;         /**< (nullable) why the last recording failed */
    guint marks;              /**< of the recording under way */
    guint64 plugin;           /**< the plugin's client id, 0: not connected */
    guint64 last_serial;      /**< of RECORD_CUT and RECORD_FLUSH */
    guint64 awaited;          /**< the serial whose answer is still to come; 0: none */
    guint64 journal;          /**< the serial of the cut that opened the journal; 0: not open */
    GError *journal_lost;     /**< (nullable) why the open journal will never be closed */
    guint grace;              /**< timer: whether QEMU dies, too, when its plugin has gone */
    gboolean pumping;
};

/** {"name": the recording's}. Returns: (transfer full). */
JsonObject *service_named(const Recording *recording);

/** The plugin is no longer there, for @why: a recording that it keeps a journal of fails. */
void service_plugin_gone(Service *service, const char *why);

/** The plugin has answered the event @serial. Returns: FALSE with STATE if nothing waits for it. */
gboolean service_journal(Service *service, guint64 serial, const EngineJournal *answer,
                         GError **error);

/** Hands a request to the recorder. @client: (transfer full) (nullable): who gets the answer. */
void service_submit(Service *service, RecorderVerb verb, const char *name, const char *reason,
                    gboolean discard, QmpRequest *client);
