/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Completion: from the command table, the QMP schema, the store and the events. It reads nothing
 * from the terminal and never waits for the peer.
 */
#pragma once

#include "qmpbridge/shell/shell.h"

G_BEGIN_DECLS

/**
 * What may stand for @word.
 *
 * @before: the line before the word.
 * @word: what is typed of the word; may be empty.
 *
 * Returns: (transfer full): whole words that begin with @word, in order; an empty vector if
 * nothing is known. One that ends in '=' or '.' is meant to be typed on.
 */
char **complete_word(Shell *shell, const char *before, const char *word);

G_END_DECLS
