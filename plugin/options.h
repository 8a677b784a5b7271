/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plugin's arguments, `key=value` each, as the emulator hands them over. They say where the
 * plugin takes its answers from; nothing is opened here.
 */
#pragma once

#include "plugin/policy.h"

G_BEGIN_DECLS

typedef struct {
    char *control;        /**< (nullable): path of the control socket */
    char *replay;         /**< (nullable): path of a journal: replay it and do nothing else */
    gboolean dry;         /**< answer as if recording, record nothing */
    PolicyOptions policy; /**< session_rec, nrec, timeout */
} PluginOptions;

/**
 * Parses arguments. Exactly one of control, replay and dry must say where answers come from;
 * dry may go with control.
 *
 * Returns: (transfer full): NULL with BRIDGE_ERROR_USAGE.
 */
PluginOptions *plugin_options_parse(int argc, char **argv, GError **error);

/** @options: (nullable). */
void plugin_options_free(PluginOptions *options);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PluginOptions, plugin_options_free)

G_END_DECLS
