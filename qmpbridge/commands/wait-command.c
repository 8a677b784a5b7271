/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `wait`: until an event comes, or the connection ends. It looks at the VM's event queue
 * first, so an event that came before the command was given, but after the last match, counts.
 */
#include "qmpbridge/core/error.h"
#include "qmpbridge/core/record-protocol.h"
#include "qmpbridge/core/suggest.h"
#include "qmpbridge/commands/commands.h"

typedef struct {
    EventMatch *match; /* NULL: for the end */
    double seconds;    /* < 0: as the options say */
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
    AttachedVm *vm = call_vm(call);
    gboolean ended = !vm || attached_vm_state(vm) == ATTACHED_VM_OVER;
    g_autoptr(GBytes) event = NULL;

    if (wait->match && vm)
        event = event_queue_take(attached_vm_events(vm), wait->match);
    if (event)
        output_awaited(shell_output(shell), call_label(call), event);
    if (event || (ended && !wait->match))
        call_finish(call, NULL);
    else if (ended)
        call_finish(call, ended_error(call));
}

static gboolean on_timeout(gpointer user_data)
{
    CommandCall *call = user_data;
    Wait *wait = call_state(call);
    AttachedVm *vm = call_vm(call);
    guint64 lost = vm ? event_queue_lost(attached_vm_events(vm)) : 0;
    g_autofree char *why =
        lost ? g_strdup_printf("; %" G_GUINT64_FORMAT " early events were not kept", lost) : NULL;

    wait->timer = 0;
    call_finish(call, g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_TIMEOUT,
                                  "%s did not come within the time given%s", call_value(call, 0),
                                  why ? why : ""));
    return G_SOURCE_REMOVE;
}

static void start(CommandCall *call)
{
    Wait *wait = call_state(call);
    gboolean given = wait->seconds >= 0;
    double seconds = given ? wait->seconds : shell_options(call_shell(call))->timeout;

    call_on_notify(call, look);
    if (given || seconds > 0)
        wait->timer = g_timeout_add((guint)CLAMP(seconds * 1000, 0, G_MAXINT), on_timeout, call);
    look(call);
}

/* Recording events are taken from any peer: where a plugin sends them, the schema doesn't know. */
static gboolean is_known(Schema *schema, const char *pattern)
{
    guint count;
    const SchemaEntity *events = schema_events(schema, &count);

    if (count == 0 || g_str_has_prefix(pattern, EVENT_RECORD_PREFIX))
        return TRUE;
    for (guint i = 0; i < count; i++) {
        if (event_names_fit(pattern, events[i].name))
            return TRUE;
    }
    return FALSE;
}

/* @pattern: none that is known. */
static GError *unknown_error(Schema *schema, const char *pattern)
{
    g_autofree char *meant = NULL;
    Suggest suggest = {.word = pattern};
    guint count;
    const SchemaEntity *events = schema_events(schema, &count);

    for (guint i = 0; i < count; i++)
        suggest_offer(&suggest, events[i].name);
    meant = suggest_meant(&suggest);
    if (meant)
        return g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_FAILED,
                           "there is no event '%s'; did you mean %s?", pattern, meant);
    return g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_FAILED,
                       "there is no event '%s'; Tab completes their names", pattern);
}

/* An event that the peer can't send would be waited for in vain. */
static void on_schema(gpointer user_data)
{
    g_autoptr(CommandCall) call = user_data;
    Wait *wait = call_is_over(call) ? NULL : call_state(call);
    Schema *schema;

    if (!wait)
        return;
    schema = attached_vm_schema(call_vm(call));
    for (const char *const *pattern = event_names_list(event_match_names(wait->match)); *pattern;
         pattern++) {
        if (!is_known(schema, *pattern)) {
            call_finish(call, unknown_error(schema, *pattern));
            return;
        }
    }
    start(call);
}

static void run_wait(CommandCall *call)
{
    Wait *wait = g_new0(Wait, 1);
    GError *error = NULL;

    call_set_state(call, wait, wait_free);
    if (!event_match_parse(call_value(call, 0), call_pairs(call), &wait->match, &wait->seconds,
                           &error))
        call_finish(call, error);
    else if (!wait->match || !call_vm(call))
        start(call);
    else
        attached_vm_with_schema(call_vm(call), on_schema, call_ref(call));
}

/* Members of the event's data. */
static void complete_data(Candidates *c)
{
    const SchemaEntity *event =
        c->before > 1 ? schema_event(c->sources->schema, c->words[1]) : NULL;

    if (event)
        candidates_offer_pairs(c, NULL, event->arguments);
}

const Command command_wait = {
    .name = "wait",
    .arguments = {{"event", .complete = complete_events, .keywords = {"end"}},
                  {"words",
                   ARGUMENT_WORDS,
                   TRUE,
                   "[match KEY=VALUE...] [timeout SECONDS]",
                   complete_data,
                   {"match", "timeout"}}},
    .help = "Wait for an event",
    .details =
        "Events are kept from the start, so one that came since the last wait's event counts:\n"
        "'begin_record x', then 'wait RECORD_END timeout 60' can't miss it. EVENT may be several,\n"
        "'STOP|RESUME', or a pattern, 'BLOCK_*'. KEY=VALUE must be in the event's data:\n"
        "'wait RECORD_END match name=x_001'; nested members are written KEY.MEMBER. 'wait end'\n"
        "waits for the end of the VM or of the connection. It fails after SECONDS, with exit\n"
        "code 8; the default is --timeout, or else no limit. 'match' and 'timeout' may be left\n"
        "out: 'wait RECORD_END name=x_001 60'.",
    .family = FAMILY_QMP,
    .needs = NEEDS_VM,
    .run = run_wait,
};
