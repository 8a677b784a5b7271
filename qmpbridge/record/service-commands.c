/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands of the service: their arguments are checked here, and what schema-driven clients
 * are told of them stands here. Arguments come from anybody who may use the socket.
 */
#include "qmpbridge/record/service-private.h"

#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/name.h"
#include "qmpbridge/io/clock.h"

/** In the order of JournalState. */
static const char *const journal_states[] = {"cut", "closed", "failed", NULL};

static gboolean handle_begin(Service *service, QmpRequest *request, GError **error)
{
    const char *name = NULL;

    if (!json_get_string(qmp_request_args(request), "file_name", &name, error) ||
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

    if (args && (!json_opt_bool(args, "discard", &discard, error) ||
                 !json_opt_string(args, "reason", &reason, error)))
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
    json_object_set_string_member(object, "state",
                                  failed ? "failed" : recorder_state_name(state));
    json_object_set_string_member(object, "mode", service->backend->class->mode);
    json_object_set_boolean_member(object, "plugin", service->plugin != 0);
    if (failed)
        json_object_set_string_member(object, "reason", service->last_error);
    if (service->recording) {
        json_object_set_string_member(object, "name", service->recording->name);
        json_object_set_int_member(object, "begin-icount",
                                   (gint64)service->recording->icount_begin);
        json_object_set_int_member(object, "begin-wall-us", service->recording->wall_begin);
    }
    if (service->with.store)
        json_object_set_string_member(object, "store", store_path(service->with.store));
    service_return(request, object);
    return TRUE;
}

static gboolean handle_mark(Service *service, QmpRequest *request, GError **error)
{
    Recording *recording = service->recording;
    const char *text = NULL;
    JsonObject *data;

    if (!json_get_string(qmp_request_args(request), "text", &text, error))
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
    json_object_set_string_member(data, "text", text);
    service_emit(service, "RECORD_MARK", data);
    qmp_request_return(request, NULL);
    return TRUE;
}

static gboolean handle_agent(Service *service, QmpRequest *request, GError **error)
{
    JsonObject *object = json_object_new();
    gint64 protocol = 0;

    if (!json_get_int(qmp_request_args(request), "protocol", &protocol, error) || protocol != 1) {
        if (error && !*error)
            g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_UNSUPPORTED,
                        "protocol %" G_GINT64_FORMAT " isn't known: this speaks 1", protocol);
        json_object_unref(object);
        return FALSE;
    }
    if (service->plugin && service->plugin != qmp_request_client(request))
        service_plugin_gone(service, "another client has taken the place of the plugin recctrl");
    service->plugin = qmp_request_client(request);
    json_object_set_string_member(object, "mode", service->backend->class->mode);
    service_return(request, object);
    if (service->backend->class->connected)
        service->backend->class->connected(service->backend);
    return TRUE;
}

static gboolean handle_journal(Service *service, QmpRequest *request, GError **error)
{
    JsonObject *args = qmp_request_args(request);
    JournalAnswer answer = {.reason = "the plugin has lost its journal"};
    const char *state = NULL;
    guint64 serial = 0;
    guint i = 0;

    if (qmp_request_client(request) != service->plugin) {
        g_set_error_literal(error, BRIDGE_ERROR, BRIDGE_ERROR_STATE,
                            "only the plugin keeps a journal: send record-agent first");
        return FALSE;
    }
    if (!json_get_uint(args, "serial", &serial, error) ||
        !json_get_string(args, "state", &state, error) ||
        !json_opt_uint(args, "answers", &answer.answers, error) ||
        !json_opt_uint(args, "log-size", &answer.log_size, error) ||
        !json_opt_string(args, "reason", &answer.reason, error))
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
    {"begin_record", PEER_EXCLUSIVE, handle_begin}, {"end_record", PEER_EXCLUSIVE, handle_end},
    {"query-record", PEER_IMMEDIATE, handle_query}, {"record-mark", PEER_EXCLUSIVE, handle_mark},
    {"record-agent", PEER_EXCLUSIVE, handle_agent},
    /* The plugin says this while its own begin_record or end_record waits for it. */
    {"record-journal", PEER_IMMEDIATE, handle_journal},
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

static const ExtensionMember name_only[] = {{"name", "str", FALSE, NULL}, {NULL}};
static const ExtensionMember begin_arguments[] = {{"file_name", "str", FALSE, NULL}, {NULL}};
static const ExtensionMember begin_event[] = {
    {"name", "str", FALSE, NULL},
    {"pause-us", "int", FALSE, NULL},
    {NULL},
};
static const ExtensionMember end_arguments[] = {
    {"discard", "bool", TRUE, NULL},
    {"reason", "str", TRUE, NULL},
    {NULL},
};
static const ExtensionMember end_object[] = {
    {"name", "str", FALSE, NULL},  {"reason", "str", FALSE, NULL},
    {"insns", "int", FALSE, NULL}, {"bytes", "int", FALSE, NULL},
    {"pause-us", "int", FALSE, NULL}, {"warning", "str", TRUE, NULL}, {NULL},
};
static const char *const state_values[] = {"off", "starting", "on", "stopping", "failed", NULL};
static const char *const mode_values[] = {"record", "dry", NULL};
static const ExtensionMember query_returns[] = {
    {"state", "enum", FALSE, state_values},
    {"mode", "enum", FALSE, mode_values},
    {"plugin", "bool", FALSE, NULL},
    {"reason", "str", TRUE, NULL},
    {"name", "str", TRUE, NULL},
    {"begin-icount", "int", TRUE, NULL},
    {"begin-wall-us", "int", TRUE, NULL},
    {"store", "str", TRUE, NULL},
    {NULL},
};
static const ExtensionMember mark_arguments[] = {{"text", "str", FALSE, NULL}, {NULL}};
static const ExtensionMember mark_event[] = {
    {"name", "str", FALSE, NULL},
    {"text", "str", FALSE, NULL},
    {NULL},
};
static const ExtensionMember error_event[] = {
    {"name", "str", FALSE, NULL},
    {"reason", "str", FALSE, NULL},
    {NULL},
};
static const ExtensionMember refused_event[] = {{"count", "int", FALSE, NULL}, {NULL}};
static const ExtensionMember message_event[] = {{"text", "str", FALSE, NULL}, {NULL}};
static const ExtensionMember agent_arguments[] = {
    {"protocol", "int", FALSE, NULL}, {"abi", "int", TRUE, NULL},
    {"api", "int", TRUE, NULL},       {"target", "str", TRUE, NULL},
    {"two-way", "bool", TRUE, NULL},  {NULL},
};
static const ExtensionMember agent_returns[] = {{"mode", "enum", FALSE, mode_values}, {NULL}};
static const ExtensionMember journal_arguments[] = {
    {"serial", "int", FALSE, NULL},
    {"state", "enum", FALSE, journal_states},
    {"answers", "int", TRUE, NULL},
    {"log-size", "int", TRUE, NULL},
    {"reason", "str", TRUE, NULL},
    {NULL},
};
static const char *const verdict_values[] = {"identical", "diverged", "failed", NULL};
static const ExtensionMember verified_event[] = {
    {"name", "str", FALSE, NULL},
    {"result", "enum", FALSE, verdict_values},
    {"detail", "str", TRUE, NULL},
    {"backlog", "bool", TRUE, NULL},
    {NULL},
};

const ExtensionEntry service_extension[] = {
    {"begin_record", FALSE, begin_arguments, name_only},
    {"end_record", FALSE, end_arguments, end_object},
    {"query-record", FALSE, NULL, query_returns},
    {"record-mark", FALSE, mark_arguments, NULL},
    {"record-agent", FALSE, agent_arguments, agent_returns},
    {"record-journal", FALSE, journal_arguments, NULL},
    {"RECORD_BEGIN", TRUE, begin_event, NULL},
    {"RECORD_END", TRUE, end_object, NULL},
    {"RECORD_MARK", TRUE, mark_event, NULL},
    {"RECORD_ERROR", TRUE, error_event, NULL},
    {"RECORD_REFUSED", TRUE, refused_event, NULL},
    {"RECORD_VERIFIED", TRUE, verified_event, NULL},
    {"EMULATOR_MESSAGE", TRUE, message_event, NULL},
    {NULL, FALSE, NULL, NULL},
};
