/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lets through what a guest may reach: QEMU's filter-redirector hands every frame that the guest
 * sends to the gate, the gate gives back those that pass, and the others are gone. So it works
 * without privileges, with QEMU in a sandbox, and changes nothing in a recording: what comes back
 * to the guest is recorded behind it, and a replay needs no gate. It fails closed: where the gate
 * has ended nothing passes.
 *
 * It has a thread of its own, which only reads and writes its socket: QEMU must never wait for what
 * the main thread is busy with.
 */
#pragma once

#include "qmpbridge/vm/egress.h"

G_BEGIN_DECLS

typedef struct PacketGate PacketGate;

/** @rules: (element-type EgressRule): copied. Errors: EMULATOR. Returns: (transfer full). */
PacketGate *packet_gate_new(const GArray *rules, GError **error);
/** QEMU's ends: what it writes to .out comes from the guest, what passes it reads from .in. */
typedef struct {
    int out, in;
} PacketGateEnds;

/** Returns: (transfer none): stay open until packet_gate_started(). */
PacketGateEnds packet_gate_ends(const PacketGate *gate);
/** QEMU has its ends: from now on the gate ends when QEMU does. */
void packet_gate_started(PacketGate *gate);
/** Ends it. @gate: (nullable). */
void packet_gate_free(PacketGate *gate);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PacketGate, packet_gate_free)

G_END_DECLS
