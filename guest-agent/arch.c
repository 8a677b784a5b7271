/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The instructions of recctrl-hypercall.h as functions, which a test can bring along itself. */
#include "guest-agent/arch.h"

#include "guest-agent/recctrl-hypercall.h"

long arch_marker(long action, const void *text, unsigned long token)
{
    return recctrl_hypercall_bare(action, text, token);
}

long arch_panda(long action, const void *text)
{
#ifdef RECCTRL_PANDA
    return recctrl_hypercall_panda(action, text);
#else
    (void)action;
    (void)text;
    return HYPERCALL_MAGIC;
#endif
}
