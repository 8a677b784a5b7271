/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The question how many bytes the guest's console takes, which the control link asks and a vCPU's
 * thread answers. The vCPU may answer after the link has ended: both hold a reference.
 */
#pragma once

#include "plugin/host.h"

G_BEGIN_DECLS

typedef struct ConsoleRoom ConsoleRoom;

/** Returns: (transfer full), or NULL if there are no more descriptors. */
ConsoleRoom *console_room_new(void);
/** @room: (nullable). */
void console_room_unref(ConsoleRoom *room);

/** A descriptor that is readable when there is an answer. */
int console_room_fd(const ConsoleRoom *room);

/** Asks @host for the room of @console. Returns: FALSE if it can't know. */
gboolean console_room_ask(ConsoleRoom *room, const Host *host, const char *console);

/** Takes the answer. @bytes: -1 while something is on its way to the guest. Returns: FALSE if there
 * is none. */
gboolean console_room_take(ConsoleRoom *room, int *bytes);

G_END_DECLS
