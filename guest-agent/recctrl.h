/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * librecctrl, by which a program inside a guest asks the emulator to record: recctrlu, a PAM
 * module, a test. It needs no privilege, starts no thread, and prints nothing. It is
 * position-independent and may be used by several threads at once; their calls take turns.
 *
 * A call's answer is one of enum HypercallResult, or RECCTRL_UNHEARD.
 */
#pragma once

#include <stdbool.h>

#include "guest-agent/recctrl-hypercall.h"

/** No recorder listens: the instruction was ignored, or trapped. No recorder answers with it. */
#define RECCTRL_UNHEARD (-0x66600000L)

/** Uses PANDA's own instruction from now on. It carries no token. Before any other call. */
void recctrl_use_panda(void);

/** Whether a name or text is short enough: at most HYPERCALL_TEXT_MAX bytes with its NUL. A longer
 * one is sent cut. */
bool recctrl_text_fits(const char *text);

/** A token, not 0, that differs from those of other programs in this guest. */
unsigned long recctrl_new_token(void);

/**
 * Asks whether a recorder listens.
 *
 * Returns: its features (enum HypercallFeature), or -1 if there is none or one of another ABI.
 */
int recctrl_probe(void);

/** Starts a recording, or stops the present one. Returns at once: HYPERCALL_STARTED or
 * HYPERCALL_STOPPED, HYPERCALL_NOOP in session mode, HYPERCALL_ERROR. */
long recctrl_toggle(const char *name);

/**
 * A session begins; the first one starts a recording. Returns at once.
 *
 * @token: which session this is; 0 for none, then the name says it.
 *
 * Returns: HYPERCALL_STARTED; HYPERCALL_NOOP if it joins a recording, or in toggle mode;
 * HYPERCALL_ERROR.
 */
long recctrl_open(const char *name, unsigned long token);

/** A session ends; the last one stops the recording. Returns at once: HYPERCALL_STOPPED,
 * HYPERCALL_NOOP if the recording goes on, HYPERCALL_ERROR. @name, @token: those of the open. */
long recctrl_close(const char *name, unsigned long token);

/**
 * Starts a recording and waits until it has truly begun.
 *
 * @token: not 0.
 * @seconds: how long to wait.
 *
 * Returns: HYPERCALL_STARTED; HYPERCALL_STOPPED if it has begun and ended meanwhile;
 * HYPERCALL_NOOP if a recording was on already; HYPERCALL_ERROR; HYPERCALL_PENDING when time ran
 * out: it may still begin, and recctrl_stop() with the token then ends it.
 */
long recctrl_start(const char *name, unsigned long token, unsigned seconds);

/**
 * Stops a recording and waits until it is whole on the host.
 *
 * @token: that of the start, or 0 to stop whatever is on.
 *
 * Returns: HYPERCALL_STOPPED; HYPERCALL_NOOP if there was nothing to stop; HYPERCALL_STARTED if it
 * could not be stopped; HYPERCALL_ERROR; HYPERCALL_PENDING when time ran out.
 */
long recctrl_stop(unsigned long token, unsigned seconds);

/** How far a recording is: HYPERCALL_STARTED (on), HYPERCALL_STOPPED (off), HYPERCALL_PENDING, or
 * HYPERCALL_ERROR if it failed. @token: of its start, or 0 for whatever is on. */
long recctrl_status(unsigned long token);

/**
 * Waits until no recording begins or ends, as after recctrl_open().
 *
 * @seconds: how long at most.
 *
 * Returns: as recctrl_status(0); HYPERCALL_PENDING when time ran out.
 */
long recctrl_settle(unsigned seconds);

/** Puts a bookmark into the recording. Returns: HYPERCALL_PENDING, it is on its way;
 * HYPERCALL_NOOP if no recording is on; HYPERCALL_ERROR. */
long recctrl_mark(const char *text);
