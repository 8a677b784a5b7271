/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A position-independent user of the agent's library, as a PAM module is one, run in a guest: the
 * text lies far beyond 32 bits. Each step prints its answer.
 */
#include <stdint.h>
#include <stdio.h>

#include "guest-agent/recctrl.h"

#define PATIENCE 120 /* seconds */

int main(void)
{
    static const char here;
    unsigned long token = recctrl_new_token();

    printf("library: addresses %s\n", (uintptr_t)&here >> 32 ? "beyond 32 bits" : "LOW");
    printf("library: probe %s\n", recctrl_probe() >= 0 ? "heard" : "UNHEARD");
    printf("library: start %ld\n", recctrl_start("library", token, PATIENCE));
    printf("library: mark %ld\n", recctrl_mark("from the library"));
    printf("library: session in toggle mode %ld\n", recctrl_open("library", token));
    printf("library: status %ld\n", recctrl_status(token));
    printf("library: stop of another %ld\n", recctrl_stop(token + 1, PATIENCE));
    printf("library: stop %ld\n", recctrl_stop(token, PATIENCE));
    return 0;
}
