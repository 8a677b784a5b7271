/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which recordings of a store need a disk image as it is.
 */
#pragma once

#include "qmpbridge/store/store.h"

G_BEGIN_DECLS

/**
 * The recordings that use the image @file, as a disk's own or as one that it is based on, and
 * replay as far as their images go; if it were changed they would not. May read images for their
 * digests, which blocks.
 *
 * Errors: STORE. Returns: (transfer full) (element-type utf8): their names, oldest first; or NULL.
 */
GPtrArray *dependents_of_image(Store *store, const char *file, GError **error);

G_END_DECLS
