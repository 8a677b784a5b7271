/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine of `maintain`: a QEMU as fast as the host allows, with KVM where that works and all
 * CPUs, which nothing can be recorded with. Disks that are written in place have no overlay.
 */
#pragma once

#include "qmpbridge/engine/engine.h"

G_BEGIN_DECLS

extern const EngineClass engine_maintain;

G_END_DECLS
