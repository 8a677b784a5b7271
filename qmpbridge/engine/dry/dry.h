/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine of a dry run: a QEMU at full speed, which goes through the states of recording and
 * records nothing, so that a guest image and its hypercalls can be tried.
 */
#pragma once

#include "qmpbridge/engine/engine.h"

G_BEGIN_DECLS

extern const EngineClass engine_dry;

G_END_DECLS
