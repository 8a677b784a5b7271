/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine for stock QEMU: a flight recorder. QEMU runs in record mode from its start; a
 * recording is the stretch of that run between two points at which the VM stood still.
 */
#pragma once

#include "qmpbridge/engine/engine.h"

G_BEGIN_DECLS

extern const EngineClass engine_qemu;

G_END_DECLS
