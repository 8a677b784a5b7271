/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of recordings: which are legal, and how they are numbered. Names come from guests and end
 * as directory names, so the rules are narrow. Also linked into the emulator's plugin: needs GLib
 * and nothing else. Pure; any thread.
 */
#pragma once

#include <glib.h>

#include "qmpbridge/core/limits.h"

G_BEGIN_DECLS

/**
 * Checks a name: 1 to 127 bytes of ASCII letters, digits and `._-`, the first no dot.
 *
 * @name: need not be NUL-terminated; may hold any bytes, NUL too.
 *
 * Returns: FALSE with BRIDGE_ERROR_NAME. The message never holds bytes of @name.
 */
gboolean name_check(const char *name, gsize len, GError **error);

/**
 * @base with a number: "base_001" for 1. The base is cut so that the result stays legal.
 *
 * @base: a legal name.
 *
 * Returns: (transfer full).
 */
char *name_number(const char *base, guint n);

/**
 * The name to try when @taken is taken: a trailing _NNN (3 digits or more) is counted up, or else
 * _001 is appended. Repeated use never yields a name twice.
 *
 * @taken: a legal name.
 *
 * Returns: (transfer full).
 */
char *name_next(const char *taken);

G_END_DECLS
