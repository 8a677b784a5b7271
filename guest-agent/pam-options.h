/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The arguments of pam_recctrl.so, as a line of PAM's configuration has them. Only texts are looked
 * at: which groups a user is in, the module finds out.
 */
#pragma once

#include <stdbool.h>

typedef struct {
    const char *users;    /* users=, a list with commas; NULL: not given */
    const char *groups;   /* groups=, likewise */
    const char *services; /* services=, likewise */
    const char *name;     /* name=, a template of pam-name.h */
    unsigned wait;        /* wait=, seconds that a login may wait for its recording */
    bool required;        /* required: no recording, no login; else no login is lost */
    bool debug;           /* debug: every step goes to the system's log */
} PamOptions;

/**
 * Takes the arguments apart. The texts are borrowed from @argv.
 *
 * @which: set to the argument that is wrong.
 *
 * Returns: NULL, or what is wrong in a few words (static). @options has the arguments before it,
 * and .required if that is among any.
 */
const char *pam_options_parse(PamOptions *options, int argc, const char **argv, const char **which);

/**
 * Calls @match for each item of a list until it returns true.
 *
 * @list: (nullable): has no items.
 */
bool pam_options_any(const char *list, bool (*match)(const char *item, void *opaque), void *opaque);

/** Whether @item is on a list. @list, @item: (nullable). */
bool pam_options_has(const char *list, const char *item);
