/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How stock QEMU replays: what it is asked and what its events mean; which files of a recording it
 * opens, and that they lead it to no others; what its clients may do.
 */
#pragma once

#include "qmpbridge/engine/engine.h"

G_BEGIN_DECLS

/** EngineClass.replay. */
extern const EngineReplay qemu_replay;

G_END_DECLS
