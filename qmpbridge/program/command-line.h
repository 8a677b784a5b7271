/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program's command line, merged with the configuration file: what stands on the command line
 * comes first, then what the file says, then the defaults. It starts nothing and prints nothing.
 */
#pragma once

#include "qmpbridge/program/options.h"

G_BEGIN_DECLS

/**
 * Parses a command line, and reads the configuration file unless --no-config is given.
 *
 * @words: (nullable): NULL-terminated, without the program's name.
 *
 * Returns: (transfer full): NULL with BRIDGE_ERROR_USAGE, which may be the file's.
 */
Options *command_line_parse(char **words, GError **error);

G_END_DECLS
