/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the two files of the service share. Included by service*.c only.
 */
#pragma once

#include "qmpbridge/record/recorder.h"
#include "qmpbridge/record/service.h"
#include "qmpbridge/record/worker.h"

struct Service {
    ServiceOptions with;
    Recorder *recorder;
    Backend *backend;
    Recording *recording;     /**< (nullable) the one under way */
    RecorderRequest *request; /**< (nullable) the begin or end under way */
    Worker *commit;
    char *last_error;         /**< (nullable) why the last recording failed */
    guint marks;              /**< of the recording under way */
    guint64 plugin;           /**< the plugin's client id, 0: not connected */
    gboolean pumping;
};

/** {"name": the recording's}. Returns: (transfer full). */
JsonObject *service_named(const Recording *recording);

/** Returns @object to a client. @request: (nullable). @object: (transfer full). */
void service_return(QmpRequest *request, JsonObject *object);

/** Hands a request to the recorder. @client: (transfer full) (nullable): who gets the answer. */
void service_submit(Service *service, RecorderVerb verb, const char *name, const char *reason,
                    gboolean discard, QmpRequest *client);
