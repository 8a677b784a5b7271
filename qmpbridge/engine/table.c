/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engines of this program: the only file that knows each of them.
 */
#include "qmpbridge/engine/dry/dry.h"
#include "qmpbridge/engine/engines.h"
#include "qmpbridge/engine/maintain/maintain.h"
#include "qmpbridge/engine/qemu/qemu.h"

/* The first engine whose program it is takes it: stock QEMU, from which the others descend, comes
 * last. */
const EngineClass *const engines[] = {&engine_dry, &engine_maintain, &engine_qemu, NULL};
