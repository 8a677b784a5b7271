/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where QEMU's VNC server listens, in QEMU's words: display N of an address is its TCP port 5900 +
 * N (RFC 6143, and -display vnc of qemu(1)). Who can connect sees the guest's screen and can type,
 * so it is this host alone unless an address is given. Pure; any thread.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * Reads "[ADDRESS:]DISPLAY", ADDRESS a dotted IPv4 one, by default 127.0.0.1; or "unix:PATH".
 *
 * @base: (nullable): what PATH is relative to; NULL: the current directory.
 *
 * Errors: USAGE. Returns: (transfer full): what QEMU's -display takes behind "vnc="; or NULL.
 */
char *vnc_parse(const char *text, const char *base, GError **error);

/** Where a viewer finds it: "127.0.0.1:5901", "unix:/run/screen". @vnc: as of vnc_parse(). Returns:
 * (transfer full). */
char *vnc_place(const char *vnc);

G_END_DECLS
