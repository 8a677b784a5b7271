/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The question about the console's room; see console-room.h. */
#include "plugin/console-room.h"

#include <sys/eventfd.h>
#include <unistd.h>

/** While something is on its way, so often the vCPU is asked again before the answer says so: it
 * gets there as soon as the vCPU goes on. */
#define ATTEMPTS 4u

struct ConsoleRoom {
    gint refs;
    int fd;
    gint bytes; /**< the answer */
    const Host *host;
    char *console; /**< (nullable) */
    guint attempts;
};

ConsoleRoom *console_room_new(void)
{
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    ConsoleRoom *room;

    if (fd < 0)
        return NULL;
    room = g_new0(ConsoleRoom, 1);
    room->refs = 1;
    room->fd = fd;
    return room;
}

void console_room_unref(ConsoleRoom *room)
{
    if (!room || !g_atomic_int_dec_and_test(&room->refs))
        return;
    close(room->fd);
    g_free(room->console);
    g_free(room);
}

int console_room_fd(const ConsoleRoom *room)
{
    return room->fd;
}

/* A HostRoom. */
static void found(int bytes, gpointer user_data)
{
    ConsoleRoom *room = user_data;

    g_atomic_int_set(&room->bytes, bytes);
    if (eventfd_write(room->fd, 1) != 0)
        g_warn_if_reached(); /* a count that is never full */
    console_room_unref(room);
}

static gboolean ask(ConsoleRoom *room)
{
    g_atomic_int_inc(&room->refs);
    if (room->host->find_room && room->host->find_room(room->console, found, room))
        return TRUE;
    console_room_unref(room);
    return FALSE;
}

gboolean console_room_ask(ConsoleRoom *room, const Host *host, const char *console)
{
    g_free(room->console);
    room->console = g_strdup(console);
    room->host = host;
    room->attempts = 1;
    return ask(room);
}

gboolean console_room_take(ConsoleRoom *room, int *bytes)
{
    eventfd_t count;

    if (eventfd_read(room->fd, &count) != 0)
        return FALSE;
    *bytes = g_atomic_int_get(&room->bytes);
    return *bytes >= 0 || room->attempts++ >= ATTEMPTS || !ask(room);
}
