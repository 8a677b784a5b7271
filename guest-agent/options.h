/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line of recctrlu, taken apart by hand: this is a small static program, and options
 * stop at the command so that `run NAME -- command --option` stays unambiguous. It sends nothing.
 */
#pragma once

#include <stdbool.h>

/** Default of --wait in seconds: savevm of a big guest on a slow disk takes some. */
#define OPTIONS_WAIT 60u

typedef struct {
    bool help, version;
    bool panda;          /* --cpuid */
    bool optional;       /* --optional */
    bool quiet;          /* --quiet */
    unsigned wait;       /* --wait, seconds */
    unsigned long token; /* --token, 0 if not given */
    const char *command; /* NULL if there is none */
    char **args;         /* what follows the command; NULL-terminated */
    int n_args;
} Options;

/**
 * Takes a command line apart.
 *
 * Returns: NULL, or what is wrong in a few words (static).
 */
const char *options_parse(Options *options, int argc, char **argv);
