/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recording commands (doc/qmp-extension.md). The bridge at the other end does the work and
 * answers only when it is done.
 */
#include "qmpbridge/core/error.h"
#include "qmpbridge/commands/commands.h"
#include "qmpbridge/core/record-protocol.h"

static void on_reply(QmpClient *client, GBytes *value, const GError *error, gpointer user_data)
{
    g_autoptr(CommandCall) call = user_data;

    (void)client;
    if (call_is_over(call))
        return;
    if (!error) {
        output_reply(shell_output(call_shell(call)), call_label(call), call_name(call), value);
        call_finish(call, NULL);
    } else if (g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_COMMAND_NOT_FOUND)) {
        call_finish(call, g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_COMMAND_NOT_FOUND,
                                      "this monitor has no %s; attach to the control socket of "
                                      "'qmpbridge run'",
                                      call_name(call)));
    } else {
        call_finish(call, g_error_copy(error));
    }
}

/* @args: (nullable). */
static void execute(CommandCall *call, JsonObject *args)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GBytes) bytes = NULL;

    if (args) {
        json_append_object(text, args);
        bytes = g_bytes_new(text->str, text->len);
    }
    attached_vm_qmp_text(call_vm(call), call_name(call), bytes, QMP_EXECUTE, on_reply,
                         call_ref(call));
}

static void run_begin_record(CommandCall *call)
{
    g_autoptr(JsonObject) args = json_object_new();

    json_object_set_string_member(args, MEMBER_FILE_NAME, call_value(call, 0));
    execute(call, args);
}

static void run_end_record(CommandCall *call)
{
    const char *discard = call_value(call, 0);
    g_autoptr(JsonObject) args = NULL;

    if (discard) {
        args = json_object_new();
        json_object_set_boolean_member(args, MEMBER_DISCARD, g_strcmp0(discard, "false") != 0);
    }
    execute(call, args);
}

static void run_query_record(CommandCall *call)
{
    execute(call, NULL);
}

static void run_record_mark(CommandCall *call)
{
    g_autoptr(JsonObject) args = json_object_new();

    json_object_set_string_member(args, MEMBER_TEXT, call_value(call, 0));
    execute(call, args);
}

static void run_begin_replay(CommandCall *call)
{
    g_autoptr(JsonObject) args = json_object_new();

    json_object_set_string_member(args, MEMBER_FILE_NAME, call_value(call, 0));
    if (call_value(call, 1))
        json_object_set_boolean_member(args, MEMBER_PAUSED,
                                       !g_str_equal(call_value(call, 1), "false"));
    execute(call, args);
}

static void run_end_replay(CommandCall *call)
{
    g_autoptr(JsonObject) args = json_object_new();

    if (call_value(call, 0))
        json_object_set_string_member(args, MEMBER_FILE_NAME, call_value(call, 0));
    execute(call, args);
}

const Command command_begin_record = {
    .name = COMMAND_BEGIN_RECORD,
    .arguments = {{MEMBER_FILE_NAME, .complete = complete_by_name}},
    .help = "Begin a recording",
    .details = "It returns once the recording has truly begun. The name may get a number, so that\n"
               "nothing is ever overwritten; the one that counts is printed. Names have 1 to 127\n"
               "letters, digits, '.', '_' and '-', with no leading dot.",
    .family = FAMILY_RECORDING,
    .needs = NEEDS_MONITOR,
    .run = run_begin_record,
};

const Command command_end_record = {
    .name = COMMAND_END_RECORD,
    .arguments = {{MEMBER_DISCARD, ARGUMENT_SWITCH, TRUE}},
    .help = "End the recording and keep it",
    .details =
        "It returns once the recording is whole in the store. Unless verification is off, a\n"
        "replay then compares it with the original; 'wait RECORD_VERIFIED' tells the result.\n"
        "With discard nothing is kept.",
    .family = FAMILY_RECORDING,
    .needs = NEEDS_MONITOR,
    .run = run_end_record,
};

const Command command_query_record = {
    .name = COMMAND_QUERY_RECORD,
    .help = "Tell the state of recording",
    .details = "The state is off, starting, on, stopping or failed; doc/qmp-extension.md tells\n"
               "the other members.",
    .family = FAMILY_RECORDING,
    .needs = NEEDS_MONITOR,
    .run = run_query_record,
};

const Command command_begin_replay = {
    .name = COMMAND_BEGIN_REPLAY,
    .arguments = {{MEMBER_FILE_NAME, .complete = complete_recordings},
                  {MEMBER_PAUSED, ARGUMENT_SWITCH, TRUE}},
    .help = "Replay a recording in a VM beside the live one",
    .details =
        "It returns once the replaying VM's own control socket answers, and prints that socket:\n"
        "attach to it to look around, to stop the VM, and to go to an instruction by replay-seek.\n"
        "REPLAY_BEGIN, REPLAY_PROGRESS and REPLAY_END tell its course; at its end it is compared\n"
        "with the recording. With paused it waits at the beginning for 'cont'.",
    .family = FAMILY_RECORDING,
    .needs = NEEDS_MONITOR,
    .run = run_begin_replay,
};

const Command command_end_replay = {
    .name = COMMAND_END_REPLAY,
    .arguments = {{MEMBER_FILE_NAME, .optional = TRUE, .complete = complete_recordings}},
    .help = "End a replay before its end",
    .details = "Without a name it is the only one that runs.",
    .family = FAMILY_RECORDING,
    .needs = NEEDS_MONITOR,
    .run = run_end_replay,
};

const Command command_record_mark = {
    .name = COMMAND_RECORD_MARK,
    .arguments = {{MEMBER_TEXT, ARGUMENT_REST}},
    .help = "Put a bookmark into the recording",
    .details = "The mark is kept with its time; 'show NAME' lists the marks.",
    .family = FAMILY_RECORDING,
    .needs = NEEDS_MONITOR,
    .run = run_record_mark,
};
