/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine of a dry run; see dry.h. It begins and ends at once.
 */
#include "qmpbridge/engine/dry/dry.h"

#include "qmpbridge/core/record-protocol.h"
#include "qmpbridge/engine/overlays.h"
#include "qmpbridge/io/clock.h"

static void dry_fill_run(RunOptions *run, GStringChunk *strings, const Emulator *emulator,
                         const Machine *machine, const char *directory, const Recording *recording)
{
    g_autofree char *console = g_build_filename(directory, RECORDING_CONSOLE, NULL);

    (void)recording; /* there are none of a dry run */
    run->emulator = emulator->path;
    run->sandbox = emulator->sandbox;
    run->console = g_string_chunk_insert(strings, console);
    overlays_fill_run(run, strings, machine, directory);
}

static Engine *dry_start(const EngineOptions *options)
{
    Engine *engine = g_new0(Engine, 1);

    (void)options;
    engine->class = &engine_dry;
    return engine;
}

static void dry_begin(Engine *engine, Recording *recording, EngineDone done, gpointer user_data)
{
    (void)engine;
    recording->wall_begin = clock_wall();
    recording->mono_begin = clock_mono();
    done(NULL, user_data);
}

static void dry_end(Engine *engine, Recording *recording, EngineDone done, gpointer user_data)
{
    (void)engine;
    recording->wall_end = clock_wall();
    recording->mono_end = clock_mono();
    done(NULL, user_data);
}

static void dry_free(Engine *engine)
{
    g_free(engine);
}

const EngineClass engine_dry = {
    .name = "dry",
    .title = "QEMU",
    .mode = MODE_DRY,
    .keeps = FALSE,
    .make_files = overlays_make,
    .fill_run = dry_fill_run,
    .start = dry_start,
    .begin = dry_begin,
    .end = dry_end,
    .free = dry_free,
};
