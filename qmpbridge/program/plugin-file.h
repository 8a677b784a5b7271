/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which plugin is used where none is named.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** The plugin that was built along with this program, if it runs from its build tree; else the
 * installed one. Returns: (transfer full): a path; whether a file is there is another question. */
char *plugin_file_default(void);

G_END_DECLS
