/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a recording ends on stock QEMU.
 */
#pragma once

#include "qmpbridge/core/sequence.h"

G_BEGIN_DECLS

/** For a Qemu (steps.h) whose .recording is to end, with its .copies. */
extern const SequenceStep qemu_end_steps[];

G_END_DECLS
