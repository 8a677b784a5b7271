/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One hypercall, made safe: the text is copied to a place that the host can read, and a processor
 * or emulator that refuses the instruction ends in a value, not in a signal. For recctrl.c, which
 * knows what the requests mean.
 */
#pragma once

/** See recctrl_use_panda(). */
void channel_use_panda(void);

/**
 * Sends a request. Threads take turns.
 *
 * @action: of enum HypercallAction.
 * @text: (nullable): cut to HYPERCALL_TEXT_MAX bytes with its NUL.
 * @token: identity of a session or recording, 0 for none.
 *
 * Returns: the answer, or RECCTRL_UNHEARD if the instruction was ignored or trapped.
 */
long channel_call(int action, const char *text, unsigned long token);
