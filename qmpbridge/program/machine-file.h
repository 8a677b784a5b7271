/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Machine files: options of run in a file, so that a machine can be started by its name, kept and
 * passed on. The syntax is the configuration file's.
 *
 *     [machine]
 *     memory=1G
 *     disk=debian.img;data.img,read-only
 *     forward=ssh
 *
 * A key is an option's name; what may be given several times is a list. Names of files are relative
 * to the directory of the machine file.
 */
#pragma once

#include "qmpbridge/program/options.h"

G_BEGIN_DECLS

/** The option of a key. Returns: (transfer none): or NULL, also for those of the command line
 * alone. */
const Option *machine_file_option(const char *key);

/**
 * Sets what the file @path has, but for options in @seen, to which it adds what it has set.
 *
 * @seen: (element-type Option): those of the command line.
 *
 * Errors: USAGE, with the file's name, and the key where there is one.
 */
gboolean machine_file_apply(const char *path, Options *options, GPtrArray *seen, GError **error);

/** The file that brings about @options of run, without what is the default. Returns: (transfer
 * full). */
char *machine_file_text(const Options *options);

G_END_DECLS
