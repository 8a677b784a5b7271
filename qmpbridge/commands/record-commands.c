/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recording commands: those of QMP (doc/qmp-extension.md) under the same names, and with the
 * same arguments. The bridge at the other end does the work and answers only when it is done.
 */
#include <string.h>

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

/* (transfer full) (nullable): the arguments that were given, as JSON: each has the name of a member
 * of the QMP command's arguments; a switch is a boolean, any other a string. */
static GBytes *arguments_to_json(CommandCall *call)
{
    const Command *command = command_find(shell_commands(call_shell(call)), call_name(call));
    g_autoptr(JsonObject) args = json_object_new();
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < COMMAND_MAX_ARGUMENTS && command->arguments[i].name; i++) {
        const Argument *argument = &command->arguments[i];
        const char *value = call_value(call, i);

        if (value && argument->type == ARGUMENT_SWITCH)
            json_object_set_boolean_member(args, argument->name, !strcmp(value, "true"));
        else if (value)
            json_object_set_string_member(args, argument->name, value);
    }
    if (!json_object_get_size(args))
        return NULL;
    json_append_object(text, args);
    return g_bytes_new(text->str, text->len);
}

/* Runs the QMP command that has the name and the arguments of the shell's. */
static void run(CommandCall *call)
{
    g_autoptr(GBytes) args = arguments_to_json(call);

    attached_vm_qmp_text(call_vm(call), call_name(call), args, QMP_EXECUTE, on_reply,
                         call_ref(call));
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
    .run = run,
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
    .run = run,
};

const Command command_query_record = {
    .name = COMMAND_QUERY_RECORD,
    .help = "Tell the state of recording",
    .details = "The state is off, starting, on, stopping or failed; doc/qmp-extension.md tells\n"
               "the other members.",
    .family = FAMILY_RECORDING,
    .needs = NEEDS_MONITOR,
    .run = run,
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
    .run = run,
};

const Command command_end_replay = {
    .name = COMMAND_END_REPLAY,
    .arguments = {{MEMBER_FILE_NAME, .optional = TRUE, .complete = complete_recordings}},
    .help = "End a replay before its end",
    .details = "Without a name it is the only one that runs.",
    .family = FAMILY_RECORDING,
    .needs = NEEDS_MONITOR,
    .run = run,
};

const Command command_record_mark = {
    .name = COMMAND_RECORD_MARK,
    .arguments = {{MEMBER_TEXT, ARGUMENT_REST}},
    .help = "Put a bookmark into the recording",
    .details = "The mark is kept with its time; 'show NAME' lists the marks.",
    .family = FAMILY_RECORDING,
    .needs = NEEDS_MONITOR,
    .run = run,
};
