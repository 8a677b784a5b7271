/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration file, $XDG_CONFIG_HOME/qmpbridge/config: defaults of options, names of VMs, and
 * the emulators that replay recordings, by version and target.
 *
 *     [defaults]
 *     timeout=30
 *     no-color=true
 *     [monitors]
 *     web=/run/web.sock
 *     [emulators]
 *     10.0=/opt/qemu-10.0/bin/qemu-system-...
 *     TARGET/10.0=/opt/qemu-10.0/bin/qemu-system-...
 */
#pragma once

#include "qmpbridge/program/options.h"

G_BEGIN_DECLS

typedef struct Config Config;

/** $XDG_CONFIG_HOME/qmpbridge/config. Returns: (transfer full). */
char *config_default_path(void);

/**
 * Reads a file and checks all of it.
 *
 * Returns: (transfer full): an empty one if there is no such file; NULL with BRIDGE_ERROR_USAGE
 * that names the file, and the group and the key where there are.
 */
Config *config_load(const char *path, GError **error);
/** @config: (nullable). */
void config_free(Config *config);

/** Addresses by name. Returns: (transfer none): never NULL. */
GHashTable *config_addresses(const Config *config);
/** Paths of emulators by what emulators_is_key() accepts. Returns: (transfer none): never NULL. */
GHashTable *config_emulators(const Config *config);

/**
 * Sets the defaults that go with the mode of @options, but for options that were seen.
 *
 * @seen: (element-type Option): of the command line, which comes first.
 */
gboolean config_apply(const Config *config, Options *options, GPtrArray *seen, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Config, config_free)

G_END_DECLS
