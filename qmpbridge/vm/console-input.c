/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Console input; see console-input.h. The FIFO has room for one page of memory, which makes it
 * writable exactly while it is empty: so poll() says when QEMU has read what was written.
 */
#include "qmpbridge/vm/console-input.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib-unix.h>
#include <glib/gstdio.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/vm/console-pacer.h"

struct ConsoleInput {
    char *path;
    int fd;
    ConsolePacer *pacer;
    guint writable;  /**< source: the FIFO is empty */
    guint timer;     /**< source: the next question */
    gboolean asking; /**< .ask was called, and isn't answered */
    gboolean typing; /**< .typed is still to be called */
    const ConsoleInputOps *ops;
    gpointer user_data;
};

static void pump(ConsoleInput *input);

static gboolean fifo_empty(int fd, GIOCondition condition, gpointer user_data)
{
    ConsoleInput *input = user_data;

    (void)fd;
    (void)condition;
    input->writable = 0;
    console_pacer_taken(input->pacer);
    pump(input);
    return G_SOURCE_REMOVE;
}

static void ask(ConsoleInput *input)
{
    input->asking = TRUE;
    input->ops->ask(input->user_data);
}

static gboolean ask_later(gpointer user_data)
{
    ConsoleInput *input = user_data;

    input->timer = 0;
    ask(input);
    return G_SOURCE_REMOVE;
}

static void put(ConsoleInput *input, const ConsolePacerNext *next)
{
    ssize_t n = write(input->fd, next->bytes, next->len);

    console_pacer_wrote(input->pacer, n > 0 ? (gsize)n : 0);
}

/* Does what can be done now. */
static void pump(ConsoleInput *input)
{
    ConsolePacerNext next = console_pacer_next(input->pacer);

    if (next.step == CONSOLE_PACER_WRITE) {
        put(input, &next);
        next = console_pacer_next(input->pacer);
    }
    if (next.step == CONSOLE_PACER_AWAIT && !input->writable)
        input->writable = g_unix_fd_add(input->fd, G_IO_OUT, fifo_empty, input);
    if (next.step == CONSOLE_PACER_ASK && !input->asking && !input->timer) {
        if (next.delay_ms == 0)
            ask(input);
        else
            input->timer = g_timeout_add(next.delay_ms, ask_later, input);
    }
    if (input->typing && console_pacer_is_empty(input->pacer)) {
        input->typing = FALSE;
        input->ops->typed(input->user_data);
    }
}

ConsoleInput *console_input_new(const char *path, gboolean paced, const ConsoleInputOps *ops,
                                gpointer user_data, GError **error)
{
    ConsoleInput *input;
    int fd = -1;

    if (mkfifo(path, 0600) == 0)
        fd = open(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
    /* The kernel rounds up to one page. */
    if (fd < 0 || fcntl(fd, F_SETPIPE_SZ, 1) < 0) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_EMULATOR, "%s: %s", path, g_strerror(errno));
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    input = g_new0(ConsoleInput, 1);
    input->path = g_strdup(path);
    input->fd = fd;
    input->pacer = console_pacer_new(paced);
    input->ops = ops;
    input->user_data = user_data;
    return input;
}

void console_input_free(ConsoleInput *input)
{
    if (!input)
        return;
    g_clear_handle_id(&input->writable, g_source_remove);
    g_clear_handle_id(&input->timer, g_source_remove);
    console_pacer_free(input->pacer);
    close(input->fd);
    g_unlink(input->path);
    g_free(input->path);
    g_free(input);
}

const char *console_input_path(const ConsoleInput *input)
{
    return input->path;
}

void console_input_type(ConsoleInput *input, const guint8 *bytes, gsize len)
{
    console_pacer_type(input->pacer, bytes, len);
    input->typing = TRUE;
    pump(input);
}

void console_input_discard(ConsoleInput *input)
{
    console_pacer_discard(input->pacer);
    input->typing = FALSE;
}

void console_input_hold(ConsoleInput *input, gboolean held)
{
    console_pacer_hold(input->pacer, held);
    if (held)
        g_clear_handle_id(&input->timer, g_source_remove);
    pump(input);
}

void console_input_room(ConsoleInput *input, int room)
{
    input->asking = FALSE;
    console_pacer_room(input->pacer, room);
    pump(input);
}

void console_input_stands(ConsoleInput *input, guint64 icount)
{
    input->asking = FALSE;
    console_pacer_stands(input->pacer, icount);
    pump(input);
}
