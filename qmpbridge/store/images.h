/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The images that a store itself has: files which the machines of recordings were started from,
 * come with them from elsewhere, and are named by their digest, so that all recordings share one.
 * Blocks; any thread.
 */
#pragma once

#include "qmpbridge/store/recording.h"

G_BEGIN_DECLS

/** The directory of a store that holds them. */
#define IMAGES_DIRECTORY ".images"

/** What is known of a file that a machine was started from, or NULL. @role: see
 * recording_base_role(). */
const RecordingFile *images_base(const Recording *recording, const char *role);
/** How the file of that role is digested. */
ArtefactDigest images_digest(const char *role);

/** Path of the image with that digest in the directory @store. Returns: (transfer full), or NULL:
 * it isn't there. */
char *images_find(const char *store, const char *sha256);
/** The same for a file of @recording's machine, in its own store. */
char *images_find_base(const Recording *recording, const char *role);

/**
 * Holds off images_sweep() of any process until the descriptor is closed; makes the directory.
 * Errors: STORE, FULL. Returns: the descriptor, or -1.
 */
int images_hold(const char *store, GError **error);
/** Gives the file @from, which is durable, its place; one that is there already stays. Errors:
 * STORE, FULL. */
gboolean images_add(const char *store, const char *from, const char *sha256, GError **error);
/** Removes those that no recording of @recordings (element-type Recording), all of the store, was
 * started from. Does nothing while they are held. */
void images_sweep(const char *store, const GPtrArray *recordings);

G_END_DECLS
