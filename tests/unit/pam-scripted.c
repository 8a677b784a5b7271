/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See pam-scripted.h. */
#include "tests/unit/pam-scripted.h"

#include <string.h>

#include "guest-agent/arch.h"

extern ScriptedHost pam_scripted_host;
__attribute__((visibility("default"))) ScriptedHost pam_scripted_host;

static long answer(ScriptedHost *host, long action)
{
    switch (action) {
    case HYPERCALL_PROBE:
        return host->probe;
    case HYPERCALL_OPEN:
        return host->open;
    case HYPERCALL_CLOSE:
        return host->close;
    default:
        if (host->pending == 0)
            return host->status;
        host->pending--;
        return HYPERCALL_PENDING;
    }
}

long arch_marker(long action, const void *text, unsigned long token)
{
    ScriptedHost *host = &pam_scripted_host;

    if (action != HYPERCALL_STATUS && host->n_calls < SCRIPTED_CALLS_MAX) {
        ScriptedCall *call = &host->calls[host->n_calls++];

        call->action = action;
        call->token = token;
        if (text)
            memcpy(call->text, text, sizeof(call->text));
    }
    return answer(host, action);
}

long arch_panda(long action, const void *text)
{
    return arch_marker(action, text, 0);
}
