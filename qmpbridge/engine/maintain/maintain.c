/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine of `maintain`; see maintain.h.
 */
#include "qmpbridge/engine/maintain/maintain.h"

#include <unistd.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/record-protocol.h"
#include "qmpbridge/engine/overlays.h"

#define KVM "/dev/kvm"
/** More CPUs than some boards take. */
#define MAX_CPUS 8u

static void maintain_fill_run(RunOptions *run, GStringChunk *strings, const Emulator *emulator,
                              const Machine *machine, const char *directory,
                              const Recording *recording)
{
    g_autofree char *console = g_build_filename(directory, RECORDING_CONSOLE, NULL);
    MachineAccelerator kind = machine->accelerator;
    const char **word = run->engine;

    (void)recording; /* there are none */
    /* QEMU takes the first one that works. It would complain about a device that isn't there. */
    if (kind == MACHINE_ACCELERATOR_KVM ||
        (kind == MACHINE_ACCELERATOR_AUTO && access(KVM, R_OK | W_OK) == 0)) {
        *word++ = "-accel";
        *word++ = "kvm";
    }
    if (kind != MACHINE_ACCELERATOR_KVM) {
        *word++ = "-accel";
        *word++ = "tcg,thread=multi";
    }
    run->cpus = MIN(g_get_num_processors(), MAX_CPUS);
    run->plugin = NULL; /* it is TCG's; and a guest that is maintained has nothing to say */
    run->emulator = emulator->path;
    run->sandbox = emulator->sandbox;
    run->console = g_string_chunk_insert(strings, console);
    overlays_fill_run(run, strings, machine, directory);
}

static Engine *maintain_start(const EngineOptions *options)
{
    Engine *engine = g_new0(Engine, 1);

    (void)options;
    engine->class = &engine_maintain;
    return engine;
}

static void maintain_begin(Engine *engine, Recording *recording, EngineDone done,
                           gpointer user_data)
{
    g_autoptr(GError) error =
        g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_UNSUPPORTED,
                    "a VM whose image is maintained can't be recorded: end it, and start one with "
                    "'qmpbridge run'");

    (void)engine;
    (void)recording;
    done(error, user_data);
}

static void maintain_end(Engine *engine, Recording *recording, EngineDone done, gpointer user_data)
{
    (void)engine;
    (void)recording;
    done(NULL, user_data);
}

static void maintain_free(Engine *engine)
{
    g_free(engine);
}

const EngineClass engine_maintain = {
    .name = "maintain",
    .title = "QEMU",
    .mode = MODE_MAINTAIN,
    .keeps = FALSE,
    .make_files = overlays_make,
    .fill_run = maintain_fill_run,
    .start = maintain_start,
    .begin = maintain_begin,
    .end = maintain_end,
    .free = maintain_free,
};
