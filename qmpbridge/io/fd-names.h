/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * FdNames: which client gave which descriptor its name by getfd. A monitor of QEMU forgets the
 * descriptors of a client when that leaves; many clients behind one monitor leave theirs behind,
 * so they are closed for them. What a command has used up is gone from QEMU's list already, and
 * closing it fails there without harm.
 */
#pragma once

#include "qmpbridge/io/client.h"
#include "qmpbridge/io/server.h"

G_BEGIN_DECLS

typedef struct FdNames FdNames;

/** Returns: (transfer full): release with fd_names_unref(). */
FdNames *fd_names_new(void);

FdNames *fd_names_ref(FdNames *names);
void fd_names_unref(FdNames *names);

/** @request was carried out with success by @monitor: getfd and closefd are noted, all others
 * ignored. If its client has left meanwhile the descriptor is closed. */
void fd_names_done(FdNames *names, QmpClient *monitor, QmpRequest *request);

/** @client has left: closes what is still there under its names. */
void fd_names_close(FdNames *names, QmpClient *monitor, guint64 client);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(FdNames, fd_names_unref)

G_END_DECLS
