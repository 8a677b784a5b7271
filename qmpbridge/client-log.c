/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notes on clients; see client-log.h.
 */
#include "qmpbridge/client-log.h"

void client_log_request(EventLog *log, const QmpRequest *request)
{
    eventlog_note(log, "client %" G_GUINT64_FORMAT " executes %s", qmp_request_client(request),
                  qmp_request_name(request));
}

static char *describe(const TransportPeer *who)
{
    return g_strdup_printf("%s, pid %d, uid %u", *who->name ? who->name : "unknown", (int)who->pid,
                           (guint)who->uid);
}

void client_log_gone(EventLog *log, guint64 client, const TransportPeer *who, const GError *why)
{
    g_autofree char *process = describe(who);
    g_autofree char *name = g_strdup_printf("client %" G_GUINT64_FORMAT " (%s)", client, process);

    if (why)
        eventlog_note(log, "%s was dropped: %s", name, why->message);
    else
        eventlog_note(log, "%s has left", name);
}

void client_log_refused(EventLog *log, const TransportPeer *who, const GError *why)
{
    g_autofree char *process = describe(who);

    eventlog_note(log, "a client (%s) wasn't let in: %s", process, why->message);
}
