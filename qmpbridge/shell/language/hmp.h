/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The texts of QEMU's human monitor, which human-monitor-command of QMP returns: whether one
 * is an error, and which commands its help lists. Pure.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Longest text that is shown as an error; what is beyond is cut. */
#define HMP_MAX_ERROR 500u

/**
 * What went wrong, if the text says that something did. HMP marks errors in no other way, so
 * this goes by the shapes that QEMU 7.2 to 11.1 use.
 *
 * @text: what the command returned.
 *
 * Returns: (transfer full) (nullable): one line; NULL if it looks like a result.
 */
char *hmp_error(const char *text);

/**
 * Adds the names of the commands that a text of `help` lists, aliases too.
 *
 * @prefix: what their lines begin with: "" or "info ".
 * @names: (element-type utf8): char * are appended.
 */
void hmp_parse_help(const char *text, const char *prefix, GPtrArray *names);

G_END_DECLS
