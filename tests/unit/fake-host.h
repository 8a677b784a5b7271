/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host without an emulator: registers that a test reads and writes by name, a little RAM, and a
 * log that is always whole.
 */
#pragma once

#include "plugin/host.h"

/** Where the RAM begins, and how long it is. */
#define FAKE_RAM 0x400000u
#define FAKE_RAM_BYTES 8192u

/** As many registers as one vCPU can have. */
#define FAKE_REGISTERS 32

typedef struct {
    const char *name;
    int number;
    guint8 bytes[HOST_REGISTER_MAX];
    gsize length;
} FakeRegister;

struct HostVcpu {
    FakeRegister registers[FAKE_REGISTERS];
    guint n_registers;
    gboolean unlisted; /* none is found by its name */
    guint8 ram[FAKE_RAM_BYTES];
    guint writes; /* of registers */
};

/** What its next answers about the room of the device "console" are. */
#define FAKE_ROOMS 4u
extern int fake_host_rooms[FAKE_ROOMS];

/** A host for x86_64 with a two-way API of version @api. */
Host fake_host(int api);

/** Gives a vCPU all registers that a row names, 8 bytes each and 0. Those of a row whose registers
 * are found by number are listed nowhere. */
void fake_vcpu_init(HostVcpu *vcpu, const Arch *arch);

/** Sets a register, little-endian. */
void fake_set(HostVcpu *vcpu, const char *name, guint64 value);

/** Reads a register, little-endian. */
guint64 fake_get(HostVcpu *vcpu, const char *name);
