/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `qmpbridge serve` as a program: runs until a signal ends it.
 */
#pragma once

#include "qmpbridge/program/options.h"

G_BEGIN_DECLS

/** Serves as @options say, until a signal, or until the monitor is lost for good. Returns: the
 * exit code. */
int main_serve(const Options *options);

G_END_DECLS
