/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A shared object that uses the agent's library, as a PAM module does; see test-agent-shared.c.
 */
#include "guest-agent/recctrl.h"

#define EXPORT __attribute__((visibility("default")))

EXPORT int user_probe(void);
EXPORT long user_session(const char *name);

int user_probe(void)
{
    return recctrl_probe();
}

long user_session(const char *name)
{
    unsigned long token = recctrl_new_token();
    long answer = recctrl_open(name, token);

    return answer == RECCTRL_UNHEARD ? answer : recctrl_close(name, token);
}
