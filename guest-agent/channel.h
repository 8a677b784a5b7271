/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One hypercall, made safe: the text is copied to a place that the host can read, and a processor
 * or emulator that refuses the instruction ends in a value, not in a signal. It prints nothing
 * and knows no command line.
 */
#pragma once

#include <stdbool.h>

/** The results below are outside of what a 32-bit result can be. */
#define CHANNEL_UNHEARD (-0x666000000L)

/** Uses PANDA's own instruction from now on (x86: CPUID). It carries no token. */
void channel_use_panda(void);

/**
 * Sends a request.
 *
 * @text: (nullable): at most HYPERCALL_TEXT_MAX bytes with its NUL, see channel_text_fits().
 * @token: identity of a session, 0 for none.
 *
 * Returns: the answer, or CHANNEL_UNHEARD if the instruction was ignored or trapped.
 */
long channel_call(int action, const char *text, unsigned long token);

/** Whether @text can be sent. */
bool channel_text_fits(const char *text);

/**
 * Asks whether a recorder listens.
 *
 * Returns: its features (enum HypercallFeature), or -1 if there is none or one of another ABI.
 */
int channel_probe(void);
