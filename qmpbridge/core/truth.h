/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How yes and no are written: in options of the program and of the plugin, in the configuration
 * file, and in lines of the shell.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** The words, for messages. */
#define TRUTH_WORDS "on or off, yes or no, y or n, true or false, 1 or 0"

/**
 * Reads one of TRUTH_WORDS, in either case of letters.
 *
 * Returns: FALSE if @text is none of them; then @value is left alone.
 */
gboolean truth_parse(const char *text, gboolean *value);

G_END_DECLS
