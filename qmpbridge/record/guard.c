/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guard between clients and monitor; see guard.h.
 */
#include "qmpbridge/record/guard.h"

#include "qmpbridge/io/fair-queue.h"

struct Guard {
    Passthrough *passthrough;
    SideMonitor *side; /**< (nullable) */
    Service *service;
    const EngineClass *engine;
    FairQueue *waiting; /**< until the recorder has settled */
};

/* Why it must not reach the emulator; NULL if it may. */
static const char *check(const Guard *guard, QmpRequest *request)
{
    return guard->engine->deadly
               ? guard->engine->deadly(qmp_request_name(request), qmp_request_args(request))
               : NULL;
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

Guard *guard_new(Passthrough *passthrough, Service *service, const EngineClass *engine)
{
    Guard *guard = g_new0(Guard, 1);

    guard->passthrough = passthrough;
    guard->service = service;
    guard->engine = engine;
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
