/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands of the program's shell, which its command line, help and man page list too.
 */
#pragma once

#include "qmpbridge/shell/language/command.h"

G_BEGIN_DECLS

/** The table; read-only. (transfer none) */
const CommandTable *command_table(void);

G_END_DECLS
