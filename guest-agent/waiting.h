/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Start and stop, waited for: sends the request and polls the status with growing naps up to a
 * deadline. It prints nothing.
 */
#pragma once

/** Sends START and waits until the recording has truly begun.
 *
 * @name: as for channel_call(). @token: not 0. @seconds: how long to wait.
 *
 * Returns: HYPERCALL_STARTED; HYPERCALL_STOPPED if it has begun and ended meanwhile;
 * HYPERCALL_NOOP if a recording was on already; HYPERCALL_ERROR; HYPERCALL_PENDING when time ran
 * out; CHANNEL_UNHEARD.
 */
long waiting_start(const char *name, unsigned long token, unsigned seconds);

/** Sends STOP and waits until the recording is whole.
 *
 * @token: that of the start, or 0 to stop whatever is on.
 *
 * Returns: HYPERCALL_STOPPED, HYPERCALL_NOOP if there was nothing to stop, else as above.
 */
long waiting_stop(unsigned long token, unsigned seconds);
