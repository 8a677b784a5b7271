/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An agent as those built for PANDA's recctrl are: it knows CPUID, three actions and nothing of
 * probes or tokens. It exits with the answer (as a shell shows it: -1 is 255).
 */
#include <stdio.h>
#include <string.h>

#include "guest-agent/recctrl-hypercall.h"

static int hypercall(int action, const char *name)
{
    int result = HYPERCALL_MAGIC;
    const char *ecx = name;

    __asm__ volatile("cpuid" : "+a"(result), "+c"(ecx) : "b"(action) : "edx", "memory");
    return result;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int action;
    } actions[] = {
        {"toggle", HYPERCALL_TOGGLE},
        {"open_session", HYPERCALL_OPEN},
        {"close_session", HYPERCALL_CLOSE},
    };

    for (size_t i = 0; argc == 3 && i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (strcmp(argv[1], actions[i].name) == 0) {
            return hypercall(actions[i].action, argv[2]) & 0xff;
        }
    }
    fputs("Syntax: old-agent toggle|open_session|close_session NAME\n", stderr);
    return 2;
}
