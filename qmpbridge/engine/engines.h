/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engines that this program has.
 */
#pragma once

#include "qmpbridge/engine/engine.h"

G_BEGIN_DECLS

/** All engines, NULL at the end; table.c. */
extern const EngineClass *const engines[];

/** The engine @name, of whatever origin. Errors: UNSUPPORTED. Returns: NULL if there is none. */
const EngineClass *engines_find(const char *name, GError **error);

/** The engine of a recording, which replays it. Errors: UNSUPPORTED. */
const EngineClass *engines_of(const Recording *recording, GError **error);

/**
 * The engine for a run of the program @path in @mode, and what the probe of the engine that can
 * record with it has found: what is tried by a dry run is to be recorded next.
 * @path: (nullable): the usual program. @plugin: (nullable). @mode: MODE_RECORD, MODE_DRY,
 * MODE_MAINTAIN.
 * @emulator: (out) (transfer full). Blocks. Errors: EMULATOR. Returns: NULL if no engine takes it.
 */
const EngineClass *engines_probe(const char *path, const char *plugin, const char *mode,
                                 Emulator **emulator, GError **error);

G_END_DECLS
