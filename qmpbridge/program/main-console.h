/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `qmpbridge console VM` as a program: a terminal on a guest's console.
 */
#pragma once

#include "qmpbridge/program/options.h"

G_BEGIN_DECLS

/** Shows the console, and types on it, until the escape key, the input's end, a signal or the VM's
 * end. Returns: the exit code. */
int main_console(const Options *options);

G_END_DECLS
