/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the processor has to offer to the guest agent: the marker instruction and, where there is
 * one, PANDA's own. Nothing here knows what a request means.
 */
#pragma once

/**
 * Executes the marker with a request in the argument registers.
 *
 * @text: (nullable): its pages must be present; the host doesn't fault them in.
 * @token: identity of a session, 0 for none.
 *
 * Returns: the result register. It is HYPERCALL_MAGIC if no recorder listens, for the marker is a
 * no-op of the processor.
 */
long arch_marker(long action, const void *text, unsigned long token);

/**
 * The same with the instruction that PANDA knows. It has no room for a token. On hardware its
 * result is whatever the instruction yields; on an architecture where there is none the request is
 * unheard.
 */
long arch_panda(long action, const void *text);
