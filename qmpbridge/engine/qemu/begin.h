/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a recording begins on stock QEMU.
 */
#pragma once

#include "qmpbridge/core/sequence.h"

G_BEGIN_DECLS

/** For a Qemu (steps.h) whose .recording is to begin: takes a checkpoint, at which it does. */
extern const SequenceStep qemu_begin_steps[];

G_END_DECLS
