/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands of QMP and HMP that a QEMU in record mode doesn't survive, found on 10.0 and 11.1.
 * Pure.
 */
#pragma once

#include "qmpbridge/core/json.h"

G_BEGIN_DECLS

/** EngineClass.deadly. */
const char *qemu_deadly(const char *name, JsonObject *args);

G_END_DECLS
