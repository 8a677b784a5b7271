/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of replays share: a store with recordings, and the test program itself as the
 * emulator when FAKE_QEMU is set: it then answers like a QEMU that replays, or misbehaves.
 */
#pragma once

#include "qmpbridge/store/store.h"
#include "qmpbridge/engine/emulators.h"

#include "tests/unit/temp.h"

#define REPLAY_RIG_RAM (MACHINE_MIN_MEMORY << 20)
#define REPLAY_RIG_BEGIN 1000
#define REPLAY_RIG_END 1500
#define REPLAY_RIG_VERSION "11.1.3 (fake)"

typedef struct {
    char *dir, *runtime;
    char *starts; /**< file: the niceness of each replay's QEMU, a line at its start */
    char *gate;   /**< FIFO: in the mode "late" QEMU greets once it is opened for writing */
    Store *store;
    Emulators *emulators;
} ReplayRig;

/** A store with the recording "web". @mode: of the emulator, see replay-rig.c. */
void replay_rig_init(ReplayRig *rig, const char *mode);
void replay_rig_clear(ReplayRig *rig);
/** Another mode for the emulators that are started from now on. */
void replay_rig_set_mode(const char *mode);
/** How many replays were started. */
guint replay_rig_starts(const ReplayRig *rig);

/** Adds a whole recording to a store. */
void replay_rig_recording(Store *store, const char *name);

/** For main(): never returns where this process stands for the emulator. */
void replay_rig_main(char **argv);
