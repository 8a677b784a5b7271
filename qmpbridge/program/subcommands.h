/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the first word of a command line can be, beside a socket and a command of the shell: a row
 * each, from which the parser, --help and the completion know it. What it does is main.c's.
 */
#pragma once

#include <glib.h>

#include "qmpbridge/program/options.h"

G_BEGIN_DECLS

typedef struct {
    const char *name;
    OptionsMode mode;
    const char *words; /**< what follows, as --help shows it */
    guint n_words;     /**< how many words those are; 0: a script may follow */
    const char *wrong; /**< which they are, where there are others; NULL with a script */
    const char *help;
    gboolean vm;      /**< the first word is an address, Options.address */
    gboolean vm_name; /**< ... or the name of a VM */
} Subcommand;

/** The rows; behind the last one there is one without a name. Any thread. */
const Subcommand *subcommand_table(void);

/** The row called @word. Returns: (nullable). Any thread. */
const Subcommand *subcommand_find(const char *word);

G_END_DECLS
