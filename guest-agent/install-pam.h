/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The login hook's line in a file of PAM's configuration: put there, changed, taken away. The file
 * is replaced as a whole or not at all, and keeps its owner and mode; nothing else in it changes.
 */
#pragma once

#include <stdbool.h>

/** The line that is wanted. */
typedef struct {
    const char *module;     /* a module as PAM takes it; the line is known by it */
    char *const *arguments; /* NULL-terminated */
    bool remove;            /* take the line away */
} PamLine;

typedef enum {
    INSTALL_DONE,
    INSTALL_UNCHANGED, /* the file is as it is wanted */
    INSTALL_FAILED,
} InstallResult;

/**
 * Makes the text of a file with the line, or without it. A session line with the same module is the
 * line, whatever its arguments; with pam_exec.so the program has to be the same, too.
 *
 * @wrong: set to why it can't be done, in a few words (static).
 *
 * Returns: (transfer full) malloc'ed; NULL with @wrong.
 */
char *install_pam_edit(const char *text, const PamLine *line, const char **wrong);

/**
 * The same with a file, which must be a plain one of root's or the caller's that nobody else can
 * write, with one name only.
 *
 * @wrong: as above, with @error set to an errno if that says more, else to 0.
 */
InstallResult install_pam(const char *path, const PamLine *line, const char **wrong, int *error);
