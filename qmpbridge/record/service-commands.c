/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands of the service: their arguments are checked here, and what schema-driven clients
 * are told of them stands here. Arguments come from anybody who may use the socket.
 */
#include "qmpbridge/record/service-private.h"

#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/name.h"
#include "qmpbridge/core/record-protocol.h"
#include "qmpbridge/io/clock.h"

/** In the order of JournalState. */
static const char *const journal_states[] = {JOURNAL_STATE_CUT, JOURNAL_STATE_CLOSED,
                                             JOURNAL_STATE_FAILED, NULL};

static gboolean handle_begin(Service *service, QmpRequest *request, GError **error)
{
    const char *name = NULL;

    if (!json_get_string(qmp_request_args(request), MEMBER_FILE_NAME, &name, error) ||
        !name_check(name, strlen(name), error))
        return FALSE;
    service_submit(service, RECORDER_BEGIN, name, NULL, FALSE, qmp_request_ref(request));
    return TRUE;
}

/* The reason that a client gives, as a static string; only the plugin has one of its own. */
static const char *end_reason(const char *given)
{
    return g_strcmp0(given, "timeout") == 0 ? "timeout" : "requested";
}

static gboolean handle_end(Service *service, QmpRequest *request, GError **error)
{
    JsonObject *args = qmp_request_args(request);
    const char *reason = NULL;
    gboolean discard = FALSE;

    if (args && (!json_opt_bool(args, MEMBER_DISCARD, &discard, error) ||
                 !json_opt_string(args, MEMBER_REASON, &reason, error)))
        return FALSE;
    service_submit(service, RECORDER_END, NULL, end_reason(reason), discard,
                   qmp_request_ref(request));
    return TRUE;
}

static gboolean handle_query(Service *service, QmpRequest *request, GError **error)
{
    JsonObject *object = json_object_new();
    RecorderState state = recorder_state(service->recorder);
    gboolean failed = state == RECORDER_OFF && service->last_error;

    (void)error;
    json_object_set_string_member(object, MEMBER_STATE,
                                  failed ? "failed" : recorder_state_name(state));
    json_object_set_string_member(object, MEMBER_MODE, service->engine->class->mode);
    json_object_set_boolean_member(object, MEMBER_PLUGIN, service->plugin != 0);
    if (failed)
        json_object_set_string_member(object, MEMBER_REASON, service->last_error);
    if (service->recording) {
        json_object_set_string_member(object, MEMBER_NAME, service->recording->name);
        json_object_set_int_member(object, MEMBER_BEGIN_ICOUNT,
                                   (gint64)service->recording->icount_begin);
        json_object_set_int_member(object, MEMBER_BEGIN_WALL_US, service->recording->wall_begin);
    }
    if (service->with.store)
        json_object_set_string_member(object, MEMBER_STORE, store_path(service->with.store));
    qmp_request_return_object(request, object);
    return TRUE;
}

static gboolean handle_mark(Service *service, QmpRequest *request, GError **error)
{
    Recording *recording = service->recording;
    const char *text = NULL;
    JsonObject *data;

    if (!json_get_string(qmp_request_args(request), MEMBER_TEXT, &text, error))
        return FALSE;
    if (recorder_state(service->recorder) != RECORDER_ON) {
        g_set_error_literal(error, BRIDGE_ERROR, BRIDGE_ERROR_STATE,
                            "nothing is being recorded: begin_record starts a recording");
        return FALSE;
    }
    if (strlen(text) > MARKS_MAX_TEXT || service->marks >= MARKS_MAX) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_TOO_BIG,
                    "a mark is at most %u bytes, a recording has at most %u", MARKS_MAX_TEXT,
                    MARKS_MAX);
        return FALSE;
    }
    if (!recording_add_mark(recording, clock_wall(), text, error))
        return FALSE;
    service->marks++;
    data = service_named(recording);
    json_object_set_string_member(data, MEMBER_TEXT, text);
    service_emit(service, EVENT_RECORD_MARK, data);
    qmp_request_return(request, NULL);
    return TRUE;
}

static gboolean handle_agent(Service *service, QmpRequest *request, GError **error)
{
    JsonObject *object = json_object_new();
    gint64 protocol = 0;

    if (!json_get_int(qmp_request_args(request), MEMBER_PROTOCOL, &protocol, error) ||
        protocol != RECORD_PROTOCOL_VERSION) {
        if (error && !*error)
            g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_UNSUPPORTED,
                        "protocol %" G_GINT64_FORMAT " isn't known: this speaks %d", protocol,
                        RECORD_PROTOCOL_VERSION);
        json_object_unref(object);
        return FALSE;
    }
    if (service->plugin && service->plugin != qmp_request_client(request))
        service_plugin_gone(service, "another client has taken the place of the plugin recctrl");
    service->plugin = qmp_request_client(request);
    json_object_set_string_member(object, MEMBER_MODE, service->engine->class->mode);
    qmp_request_return_object(request, object);
    if (service->engine->class->connected)
        service->engine->class->connected(service->engine);
    return TRUE;
}

static gboolean handle_journal(Service *service, QmpRequest *request, GError **error)
{
    JsonObject *args = qmp_request_args(request);
    EngineJournal answer = {.reason = "the plugin has lost its journal"};
    const char *state = NULL;
    guint64 serial = 0;
    guint i = 0;

    if (qmp_request_client(request) != service->plugin) {
        g_set_error_literal(error, BRIDGE_ERROR, BRIDGE_ERROR_STATE,
                            "only the plugin keeps a journal: send record-agent first");
        return FALSE;
    }
    if (!json_get_uint(args, MEMBER_SERIAL, &serial, error) ||
        !json_get_string(args, MEMBER_STATE, &state, error) ||
        !json_opt_uint(args, MEMBER_ANSWERS, &answer.answers, error) ||
        !json_opt_uint(args, MEMBER_LOG_SIZE, &answer.log_size, error) ||
        !json_opt_string(args, MEMBER_REASON, &answer.reason, error))
        return FALSE;
    while (journal_states[i] && !g_str_equal(journal_states[i], state))
        i++;
    if (!journal_states[i]) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_TYPE, "'%.40s' is no state of a journal",
                    state);
        return FALSE;
    }
    answer.state = (JournalState)i;
    if (!service_journal(service, serial, &answer, error))
        return FALSE;
    qmp_request_return(request, NULL);
    return TRUE;
}

static const struct {
    const char *name;
    PeerFlow flow;
    gboolean (*handle)(Service *service, QmpRequest *request, GError **error);
} commands[] = {
    {COMMAND_BEGIN_RECORD, PEER_EXCLUSIVE, handle_begin},
    {COMMAND_END_RECORD, PEER_EXCLUSIVE, handle_end},
    {COMMAND_QUERY_RECORD, PEER_IMMEDIATE, handle_query},
    {COMMAND_RECORD_MARK, PEER_EXCLUSIVE, handle_mark},
    {COMMAND_RECORD_AGENT, PEER_EXCLUSIVE, handle_agent},
    /* The plugin says this while its own begin_record or end_record waits for it. */
    {COMMAND_RECORD_JOURNAL, PEER_IMMEDIATE, handle_journal},
};

PeerFlow service_flow(const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (g_str_equal(name, commands[i].name))
            return commands[i].flow;
    }
    return PEER_PIPELINE;
}

gboolean service_handle(Service *service, QmpRequest *request)
{
    for (guint i = 0; i < G_N_ELEMENTS(commands); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(QmpRequest) held = NULL;

        if (!g_str_equal(qmp_request_name(request), commands[i].name))
            continue;
        held = request;
        if (!qmp_request_args(held) && commands[i].handle != handle_end &&
            commands[i].handle != handle_query)
            qmp_request_error(held, "GenericError", "arguments are missing: see 'help'");
        else if (!commands[i].handle(service, held, &error))
            qmp_request_gerror(held, error);
        return TRUE;
    }
    return FALSE;
}

/* --- what schema-driven clients are told --------------------------------------------------- */

static const ExtensionMember name_only[] = {{MEMBER_NAME, "str", FALSE, NULL}, {NULL}};
static const ExtensionMember begin_arguments[] = {{MEMBER_FILE_NAME, "str", FALSE, NULL}, {NULL}};
static const ExtensionMember begin_event[] = {
    {MEMBER_NAME, "str", FALSE, NULL},
    {MEMBER_PAUSE_US, "int", FALSE, NULL},
    {NULL},
};
static const ExtensionMember end_arguments[] = {
    {MEMBER_DISCARD, "bool", TRUE, NULL},
    {MEMBER_REASON, "str", TRUE, NULL},
    {NULL},
};
static const ExtensionMember end_object[] = {
    {MEMBER_NAME, "str", FALSE, NULL},
    {MEMBER_REASON, "str", FALSE, NULL},
    {MEMBER_INSNS, "int", FALSE, NULL},
    {MEMBER_BYTES, "int", FALSE, NULL},
    {MEMBER_PAUSE_US, "int", FALSE, NULL},
    {MEMBER_WARNING, "str", TRUE, NULL},
    {NULL},
};
static const char *const state_values[] = {"off", "starting", "on", "stopping", "failed", NULL};
static const char *const mode_values[] = {MODE_RECORD, MODE_DRY, NULL};
static const ExtensionMember query_returns[] = {
    {MEMBER_STATE, "enum", FALSE, state_values},
    {MEMBER_MODE, "enum", FALSE, mode_values},
    {MEMBER_PLUGIN, "bool", FALSE, NULL},
    {MEMBER_REASON, "str", TRUE, NULL},
    {MEMBER_NAME, "str", TRUE, NULL},
    {MEMBER_BEGIN_ICOUNT, "int", TRUE, NULL},
    {MEMBER_BEGIN_WALL_US, "int", TRUE, NULL},
    {MEMBER_STORE, "str", TRUE, NULL},
    {NULL},
};
static const ExtensionMember mark_arguments[] = {{MEMBER_TEXT, "str", FALSE, NULL}, {NULL}};
static const ExtensionMember mark_event[] = {
    {MEMBER_NAME, "str", FALSE, NULL},
    {MEMBER_TEXT, "str", FALSE, NULL},
    {NULL},
};
static const ExtensionMember error_event[] = {
    {MEMBER_NAME, "str", FALSE, NULL},
    {MEMBER_REASON, "str", FALSE, NULL},
    {NULL},
};
static const ExtensionMember refused_event[] = {{MEMBER_COUNT, "int", FALSE, NULL}, {NULL}};
static const ExtensionMember message_event[] = {{MEMBER_TEXT, "str", FALSE, NULL}, {NULL}};
static const ExtensionMember agent_arguments[] = {
    {MEMBER_PROTOCOL, "int", FALSE, NULL}, {MEMBER_ABI, "int", TRUE, NULL},
    {MEMBER_API, "int", TRUE, NULL},       {MEMBER_TARGET, "str", TRUE, NULL},
    {MEMBER_TWO_WAY, "bool", TRUE, NULL},  {NULL},
};
static const ExtensionMember agent_returns[] = {{MEMBER_MODE, "enum", FALSE, mode_values}, {NULL}};
static const ExtensionMember journal_arguments[] = {
    {MEMBER_SERIAL, "int", FALSE, NULL}, {MEMBER_STATE, "enum", FALSE, journal_states},
    {MEMBER_ANSWERS, "int", TRUE, NULL}, {MEMBER_LOG_SIZE, "int", TRUE, NULL},
    {MEMBER_REASON, "str", TRUE, NULL},  {NULL},
};
static const ExtensionMember verified_event[] = {
    {MEMBER_NAME, "str", FALSE, NULL},
    {MEMBER_RESULT, "enum", FALSE, verdict_names + VERDICT_IDENTICAL},
    {MEMBER_DETAIL, "str", TRUE, NULL},
    {MEMBER_BACKLOG, "bool", TRUE, NULL},
    {NULL},
};

const ExtensionEntry service_extension[] = {
    {COMMAND_BEGIN_RECORD, FALSE, begin_arguments, name_only},
    {COMMAND_END_RECORD, FALSE, end_arguments, end_object},
    {COMMAND_QUERY_RECORD, FALSE, NULL, query_returns},
    {COMMAND_RECORD_MARK, FALSE, mark_arguments, NULL},
    {COMMAND_RECORD_AGENT, FALSE, agent_arguments, agent_returns},
    {COMMAND_RECORD_JOURNAL, FALSE, journal_arguments, NULL},
    {EVENT_RECORD_BEGIN, TRUE, begin_event, NULL},
    {EVENT_RECORD_END, TRUE, end_object, NULL},
    {EVENT_RECORD_MARK, TRUE, mark_event, NULL},
    {EVENT_RECORD_ERROR, TRUE, error_event, NULL},
    {EVENT_RECORD_REFUSED, TRUE, refused_event, NULL},
    {EVENT_RECORD_VERIFIED, TRUE, verified_event, NULL},
    {EVENT_EMULATOR_MESSAGE, TRUE, message_event, NULL},
    {NULL, FALSE, NULL, NULL},
};
