/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a recording comes from: one that was made by this user carries a code (HMAC-SHA256 by a key
 * that only this user has) over the machine, the files of the host that it refers to, and its own
 * files. What was made or changed elsewhere has none that holds, and may name any file of this
 * host for QEMU to read. The key is a file beside the default store, in no store and no recording.
 */
#pragma once

#include "qmpbridge/store/recording.h"

G_BEGIN_DECLS

typedef enum {
    ORIGIN_UNKNOWN,   /**< the key can't be read */
    ORIGIN_HERE,      /**< this user made it, and it is as it was made */
    ORIGIN_ELSEWHERE, /**< it wasn't, or before recordings had a code */
} Origin;

/**
 * The code of a recording, which is to become its .origin. The key is made if there is none yet.
 * Blocks. Errors: STORE, FULL. Returns: (transfer full), or NULL.
 */
char *origin_sign(const Recording *recording, GError **error);

/** Where @recording comes from. Blocks. ORIGIN_UNKNOWN has an error: STORE. */
Origin origin_find(const Recording *recording, GError **error);

/** "this user's store", "elsewhere", "unknown". */
const char *origin_name(Origin origin);

/**
 * FALSE if @recording isn't from here and names files of this host: then the error names them and
 * the remedy. Blocks. Errors: RECORDING, STORE.
 */
gboolean origin_check_paths(const Recording *recording, GError **error);

G_END_DECLS
