/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The digests of disk images. An image may be large and is needed at each start and each replay, so
 * a store remembers the digest of one along with what stat(2) says of the file, and it is read
 * again only when that has changed.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** The file of a store that remembers them. */
#define DIGESTS_FILE ".digests"

/** An image with so many bytes of data is going to be read, which takes some seconds. */
typedef void (*DigestsReading)(const char *path, guint64 bytes, gpointer user_data);

/**
 * The digest (ram.h) of the plain file @path, links followed. What is remembered is in the
 * directory @store; where nothing can be written there it is only not remembered. @reading:
 * (nullable): called before a large image is read. Blocks as long as the file's data takes to read.
 * Errors: STORE. Returns: (transfer full), or NULL.
 */
char *digests_of_image(const char *store, const char *path, DigestsReading reading,
                       gpointer user_data, GError **error);

G_END_DECLS
