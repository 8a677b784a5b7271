/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Versions of QEMU: "11.1.3" is micro version 3 of the series 11.1. Pure functions.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** The greatest number in a version. */
#define VERSION_MAX_PART 9999

typedef struct {
    int major, minor, micro; /**< 0 to VERSION_MAX_PART each */
} Version;

/** Reads the three numbers that @text begins with; what comes behind them doesn't matter:
 * "11.1.3 (Debian ...)". Returns: FALSE, *@version untouched, if it doesn't begin with them. */
gboolean version_parse(const char *text, Version *version);

/** TRUE if @text is a version or a series, and nothing else: "11.1.3", "11.1". */
gboolean version_is_name(const char *text);

/** Less than, equal to or greater than 0 as the series of @version is before @major.@minor, this
 * one, or after it. */
int version_compare_series(const Version *version, int major, int minor);

/** "11.1.3". Returns: (transfer full). */
char *version_to_text(const Version *version);

/** "11.1". Returns: (transfer full). */
char *version_series(const Version *version);

G_END_DECLS
