/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's screen at the begin and at the end of a recording, as a PNG file in it. Steps of the
 * begin and of the end, once the guest runs again; nothing where the machine has no graphics. A
 * recording without a picture is whole: what went wrong is noted in the event log.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

void qemu_step_screen_begin(gpointer user_data);
void qemu_step_screen_end(gpointer user_data);

G_END_DECLS
