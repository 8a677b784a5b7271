/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the plugin has to say to people: one line each on the emulator's stderr. A guest can't
 * flood it.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Prints "recctrl: " and a line. Not for a vCPU's thread: it may wait. */
void report(const char *format, ...) G_GNUC_PRINTF(1, 2);

/** The same for what a guest can cause at will: at most a few lines each second. */
void report_guest(const char *format, ...) G_GNUC_PRINTF(1, 2);

G_END_DECLS
