/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guard between clients and monitor; see guard.h.
 */
#include "qmpbridge/record/guard.h"

#include <string.h>

#include "qmpbridge/io/fair-queue.h"

#define DELETES "deleting a snapshot aborts QEMU in record mode: recordings keep theirs, 'rm' " \
                "removes a recording"
#define LOADS "loading a snapshot breaks QEMU's record of the run: replay the recording instead"
#define MIGRATES "migration aborts QEMU in record mode"
#define SAVES "a snapshot under a name that exists aborts QEMU in record mode: use begin_record"

struct Guard {
    Passthrough *passthrough;
    SideMonitor *side; /**< (nullable) */
    Service *service;
    gboolean record_mode;
    FairQueue *waiting; /**< until the recorder has settled */
};

/** Commands that a QEMU in record mode doesn't survive, found on 10.0 and 11.1. */
static const struct {
    const char *qmp, *hmp, *why;
} deadly[] = {
    {"migrate", "migrate", MIGRATES},
    {"snapshot-delete", "delvm", DELETES},
    {"blockdev-snapshot-delete-internal-sync", "snapshot_delete_blkdev_internal", DELETES},
    {"snapshot-load", "loadvm", LOADS},
    {"snapshot-save", "savevm", SAVES},
};

const char *guard_check_hmp(const char *line)
{
    gsize len;

    /* As monitor/hmp.c finds a command's name: isspace() and '/' end it. */
    line += strspn(line, " \t\n\v\f\r");
    len = strcspn(line, " \t\n\v\f\r/");
    for (guint i = 0; i < G_N_ELEMENTS(deadly); i++) {
        if (strlen(deadly[i].hmp) == len && memcmp(deadly[i].hmp, line, len) == 0)
            return deadly[i].why;
    }
    return NULL;
}

static const char *check(const Guard *guard, QmpRequest *request)
{
    const char *name = qmp_request_name(request);
    const char *line;

    if (!guard->record_mode)
        return NULL;
    if (g_str_equal(name, "human-monitor-command")) {
        line = json_as_string(json_lookup(qmp_request_args(request), "command-line"));
        return line ? guard_check_hmp(line) : NULL;
    }
    for (guint i = 0; i < G_N_ELEMENTS(deadly); i++) {
        if (g_str_equal(name, deadly[i].qmp))
            return deadly[i].why;
    }
    return NULL;
}

/* Queries change nothing, but a client's commands stay in their order. exec-oob never waits. */
static gboolean must_wait(const Guard *guard, const QmpRequest *request)
{
    if (qmp_request_oob(request))
        return FALSE;
    return fair_queue_holds(guard->waiting, qmp_request_client(request)) ||
           (service_is_changing(guard->service) &&
            !g_str_has_prefix(qmp_request_name(request), "query-"));
}

Guard *guard_new(Passthrough *passthrough, Service *service, gboolean record_mode)
{
    Guard *guard = g_new0(Guard, 1);

    guard->passthrough = passthrough;
    guard->service = service;
    guard->record_mode = record_mode;
    guard->waiting = fair_queue_new();
    return guard;
}

void guard_set_side(Guard *guard, SideMonitor *side)
{
    guard->side = side;
}

void guard_free(Guard *guard)
{
    if (!guard)
        return;
    fair_queue_free(guard->waiting);
    g_free(guard);
}

static void pass(Guard *guard, QmpRequest *request)
{
    if (!side_monitor_take(guard->side, request))
        passthrough_request(guard->passthrough, request);
}

void guard_pass(Guard *guard, QmpRequest *request)
{
    const char *why = check(guard, request);

    if (why) {
        qmp_request_error(request, "GenericError", why);
        qmp_request_unref(request);
    } else if (must_wait(guard, request)) {
        fair_queue_push(guard->waiting, request);
    } else {
        pass(guard, request);
    }
}

void guard_hold(Guard *guard)
{
    QmpRequest *request;

    while ((request = passthrough_take_back(guard->passthrough)))
        fair_queue_push(guard->waiting, request);
}

void guard_client_gone(Guard *guard, guint64 client)
{
    fair_queue_drop(guard->waiting, client);
    side_monitor_client_gone(guard->side, client);
}

void guard_release(Guard *guard)
{
    QmpRequest *request;

    while (!service_is_changing(guard->service) && (request = fair_queue_pop(guard->waiting)))
        pass(guard, request);
}
