/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `wait`: until an event comes, or the connection ends. It looks at the VM's event queue
 * first, so an event that came before the command was given, but after the last match, counts.
 */
#include "qmpbridge/core/error.h"
#include "qmpbridge/shell/commands.h"

typedef struct {
    EventMatch *match; /* NULL: for the end */
    guint timer;
} Wait;

static void wait_free(gpointer data)
{
    Wait *wait = data;

    if (wait->timer)
        g_source_remove(wait->timer);
    event_match_free(wait->match);
    g_free(wait);
}

static GError *ended_error(CommandCall *call)
{
    return g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_CLOSED, "the connection ended before %s came",
                       call_value(call, 0));
}

/* An event has come, or the end. */
static void look(CommandCall *call)
{
    Wait *wait = call_state(call);
    Shell *shell = call_shell(call);
    Monitor *monitor = call_monitor(call);
    gboolean ended = !monitor || monitor_state(monitor) == MONITOR_OVER;
    g_autoptr(GBytes) event = NULL;

    if (wait->match && monitor)
        event = event_queue_take(monitor_events(monitor), wait->match);
    if (event)
        output_awaited(shell_output(shell), call_vm(call), event);
    if (event || (ended && !wait->match))
        call_finish(call, NULL);
    else if (ended)
        call_finish(call, ended_error(call));
}

static gboolean on_timeout(gpointer user_data)
{
    CommandCall *call = user_data;
    Wait *wait = call_state(call);

    wait->timer = 0;
    call_finish(call, g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_TIMEOUT,
                                  "%s did not come within the time given", call_value(call, 0)));
    return G_SOURCE_REMOVE;
}

static void start(CommandCall *call)
{
    const char *text = call_value(call, 2);
    double seconds = text ? g_ascii_strtod(text, NULL) : shell_options(call_shell(call))->timeout;
    Wait *wait = call_state(call);

    call_on_notify(call, look);
    if (text || seconds > 0)
        wait->timer = g_timeout_add((guint)CLAMP(seconds * 1000, 0, G_MAXINT), on_timeout, call);
    look(call);
}

/* An event that the peer can't send would be waited for in vain. Recording events are taken from
 * any peer: where a plugin sends them, the schema doesn't know. */
static gboolean is_known(Schema *schema, const char *name)
{
    guint count;
    const SchemaEntity *events = schema_events(schema, &count);

    if (count == 0 || g_ascii_strncasecmp(name, "RECORD_", 7) == 0)
        return TRUE;
    for (guint i = 0; i < count; i++) {
        if (g_ascii_strcasecmp(events[i].name, name) == 0)
            return TRUE;
    }
    return FALSE;
}

static void on_schema(gpointer user_data)
{
    g_autoptr(CommandCall) call = user_data;

    if (call_is_over(call))
        return;
    if (is_known(monitor_schema(call_monitor(call)), call_value(call, 0)))
        start(call);
    else
        call_finish(call, g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_FAILED,
                                      "there is no event '%s'; Tab completes their names",
                                      call_value(call, 0)));
}

static void run_wait(CommandCall *call)
{
    Wait *wait = g_new0(Wait, 1);
    gboolean end = g_ascii_strcasecmp(call_value(call, 0), "end") == 0;
    GError *error = NULL;

    call_set_state(call, wait, wait_free);
    if (!end)
        wait->match = event_match_new(call_value(call, 0), call_pairs(call), &error);
    if (error)
        call_finish(call, error);
    else if (end || !call_monitor(call))
        start(call);
    else
        monitor_with_schema(call_monitor(call), on_schema, call_ref(call));
}

const Command command_wait = {
    .name = "wait",
    .arguments = {{"event", ARGUMENT_EVENT, FALSE},
                  {"match", ARGUMENT_PAIRS, TRUE},
                  {"seconds", ARGUMENT_SECONDS, TRUE}},
    .help = "Wait for an event",
    .details =
        "Events are kept from the start, so one that came since the last wait's event counts:\n"
        "'begin_record x', then 'wait RECORD_END 60' can't miss it. KEY=VALUE must be in the\n"
        "event's data: 'wait RECORD_END name=x_001'. 'wait end' waits for the end of the VM or\n"
        "of the connection. It fails after SECONDS; the default is --timeout, or else no limit.",
    .needs = NEEDS_NOTHING,
    .run = run_wait,
};
