/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of subcommands; see subcommands.h.
 */
#include "qmpbridge/program/subcommands.h"

#include <string.h>

static const Subcommand table[] = {
    {.name = "run",
     .mode = MODE_RUN,
     .words = "[SCRIPT]",
     .help = "start a VM that can be recorded"},
    {.name = "serve",
     .mode = MODE_SERVE,
     .words = "MONITOR",
     .n_words = 1,
     .wrong = "one monitor: a path, unix:PATH, tcp:HOST:PORT",
     .help = "let many clients share a QMP monitor",
     .vm = TRUE},
    {.name = "console",
     .mode = MODE_CONSOLE,
     .words = "VM",
     .n_words = 1,
     .wrong = "one VM: its name or its control socket",
     .help = "type on a guest's console",
     .vm = TRUE,
     .vm_name = TRUE},
    {.name = "derive",
     .mode = MODE_DERIVE,
     .words = "BASE NEW",
     .n_words = 2,
     .wrong = "two images: the base, and the new one on top",
     .help = "make a disk image on top of another"},
    {.name = "maintain",
     .mode = MODE_MAINTENANCE,
     .words = "IMAGE [SCRIPT]",
     .help = "start a VM that writes its image"},
    {.name = NULL},
};

const Subcommand *subcommand_table(void)
{
    return table;
}

const Subcommand *subcommand_find(const char *word)
{
    for (const Subcommand *row = table; row->name; row++) {
        if (strcmp(row->name, word) == 0)
            return row;
    }
    return NULL;
}
