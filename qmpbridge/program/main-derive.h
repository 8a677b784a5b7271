/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `qmpbridge derive BASE NEW`: makes an image on top of another one.
 */
#pragma once

#include "qmpbridge/program/options.h"

G_BEGIN_DECLS

/** Returns: the exit code. */
int main_derive(const Options *options);

G_END_DECLS
