/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a replay has proved, as a command says it: printed, noted for the exit code, and the
 * command's error.
 */
#include "qmpbridge/commands/commands.h"
#include "qmpbridge/core/error.h"

GError *call_verdict(CommandCall *call, const Recording *recording, Verdict verdict,
                     const char *detail, double seconds)
{
    Shell *shell = call_shell(call);

    output_verdict(shell_output(shell), call_name(call), recording, verdict, detail, seconds);
    shell_note_verdict(shell, verdict);
    switch (verdict) {
    case VERDICT_DIVERGED:
        return g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_DIVERGED, "the replay of %s diverged",
                           recording->name);
    case VERDICT_FAILED:
        return g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_FAILED, "%s could not be replayed",
                           recording->name);
    default:
        return NULL;
    }
}
