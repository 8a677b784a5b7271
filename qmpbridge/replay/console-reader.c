/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a file that grows; see console-reader.h.
 */
#include "qmpbridge/replay/console-reader.h"

#include <fcntl.h>
#include <unistd.h>

#include "qmpbridge/store/files.h"

#define PIECE_BYTES 16384u

struct ConsoleReader {
    char *path;
    int fd; /**< -1 until the file is there */
    ConsoleFunc func;
    gpointer user_data;
};

ConsoleReader *console_reader_new(const char *path, ConsoleFunc func, gpointer user_data)
{
    ConsoleReader *reader = g_new(ConsoleReader, 1);

    *reader = (ConsoleReader){g_strdup(path), -1, func, user_data};
    return reader;
}

void console_reader_free(ConsoleReader *reader)
{
    if (!reader)
        return;
    if (reader->fd >= 0)
        close(reader->fd);
    g_free(reader->path);
    g_free(reader);
}

void console_reader_read(ConsoleReader *reader)
{
    char piece[PIECE_BYTES];
    ssize_t n;

    if (reader->fd < 0)
        reader->fd = files_open_plain(reader->path, O_NOFOLLOW);
    if (reader->fd < 0)
        return;
    while ((n = read(reader->fd, piece, sizeof(piece))) > 0)
        reader->func(piece, (gsize)n, reader->user_data);
}
