/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A terminal that passes each key on as it is, and that is given back as it was however the program
 * ends: on return, by a signal that ends it, by one that is a fault of its own, and while it is
 * stopped. SIGKILL alone can't be caught. One terminal a program.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Makes the terminal raw. @fd: a terminal; stays open until raw_terminal_end(). Errors: FAILED. */
gboolean raw_terminal_begin(int fd, GError **error);
/** Gives it back as it was. Nothing is done where it isn't raw. */
void raw_terminal_end(void);
/** TRUE in between. */
gboolean raw_terminal_is_on(void);

G_END_DECLS
