/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What query-qmp-schema says of the service's commands and events: tables, and no code.
 */
#include "qmpbridge/record/service.h"

#include "qmpbridge/core/record-protocol.h"

const char *const service_journal_states[] = {JOURNAL_STATE_CUT, JOURNAL_STATE_CLOSED,
                                              JOURNAL_STATE_FAILED, JOURNAL_STATE_WATCHED, NULL};

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
static const char *const mode_values[] = {MODE_RECORD, MODE_DRY, MODE_MAINTAIN, NULL};
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
    {MEMBER_ICOUNT, "int", TRUE, NULL},
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
    {MEMBER_PROTOCOL, "int", FALSE, NULL},
    {MEMBER_ABI, "int", TRUE, NULL},
    {MEMBER_API, "int", TRUE, NULL},
    {MEMBER_TARGET, "str", TRUE, NULL},
    {MEMBER_TWO_WAY, "bool", TRUE, NULL},
    {MEMBER_WATCH, "bool", TRUE, NULL},
    {NULL},
};
static const ExtensionMember agent_returns[] = {{MEMBER_MODE, "enum", FALSE, mode_values}, {NULL}};
static const ExtensionMember journal_arguments[] = {
    {MEMBER_SERIAL, "int", FALSE, NULL},
    {MEMBER_STATE, "enum", FALSE, service_journal_states},
    {MEMBER_ANSWERS, "int", TRUE, NULL},
    {MEMBER_POSITION, "int", TRUE, NULL},
    {MEMBER_LOG_SIZE, "int", TRUE, NULL},
    {MEMBER_REASON, "str", TRUE, NULL},
    {NULL},
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
