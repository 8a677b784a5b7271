/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plugin's arguments; see options.h. */
#include "plugin/options.h"

#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/limits.h"
#include "qmpbridge/core/truth.h"

#define HELP "; known: control=SOCKET, replay=JOURNAL, dry=, session_rec=, nrec=, timeout="

static gboolean parse_count(const char *value, guint max, guint *out)
{
    guint64 number;

    if (!g_ascii_string_to_unsigned(value, 10, 0, max, &number, NULL))
        return FALSE;
    *out = (guint)number;
    return TRUE;
}

static gboolean parse_path(const char *value, char **out)
{
    if (*out || !*value)
        return FALSE;
    *out = g_strdup(value);
    return TRUE;
}

/* Sets *known if @key is an option. */
static gboolean parse_one(PluginOptions *options, const char *key, const char *value,
                          gboolean *known)
{
    *known = TRUE;
    if (strcmp(key, "control") == 0)
        return parse_path(value, &options->control);
    if (strcmp(key, "replay") == 0)
        return parse_path(value, &options->replay);
    if (strcmp(key, "dry") == 0)
        return truth_parse(value, &options->dry);
    if (strcmp(key, "session_rec") == 0)
        return truth_parse(value, &options->policy.sessions);
    if (strcmp(key, "nrec") == 0)
        return parse_count(value, G_MAXUINT, &options->policy.max_recordings);
    if (strcmp(key, "timeout") == 0)
        return parse_count(value, PLUGIN_MAX_TIMEOUT, &options->policy.timeout);
    *known = FALSE;
    return FALSE;
}

static gboolean parse_argument(PluginOptions *options, const char *argument, GError **error)
{
    const char *equals = strchr(argument, '=');
    g_autofree char *key =
        equals ? g_strndup(argument, (gsize)(equals - argument)) : g_strdup(argument);
    gboolean known;

    if (parse_one(options, key, equals ? equals + 1 : "on", &known))
        return TRUE;
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                known ? "bad value in '%s'" : "unknown argument '%s'" HELP, argument);
    return FALSE;
}

static gboolean check(const PluginOptions *options, GError **error)
{
    const char *wrong = NULL;

    if (options->replay && (options->control || options->dry)) {
        wrong = "replay= goes with no other argument: a replay only repeats the journal's answers";
    } else if (!options->replay && !options->control && !options->dry) {
        wrong = "where to? Add control=SOCKET (the control socket of 'qmpbridge run'), "
                "replay=JOURNAL or dry=on";
    }
    if (wrong)
        g_set_error_literal(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE, wrong);
    return wrong == NULL;
}

PluginOptions *plugin_options_parse(int argc, char **argv, GError **error)
{
    g_autoptr(PluginOptions) options = g_new0(PluginOptions, 1);

    for (int i = 0; i < argc; i++)
        if (!parse_argument(options, argv[i], error))
            return NULL;
    return check(options, error) ? g_steal_pointer(&options) : NULL;
}

void plugin_options_free(PluginOptions *options)
{
    if (options) {
        g_free(options->control);
        g_free(options->replay);
        g_free(options);
    }
}
