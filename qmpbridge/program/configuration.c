/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration file. What is wrong in it is an error in any case, also where it isn't needed.
 */
#include "qmpbridge/program/configuration.h"

#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/name.h"
#include "qmpbridge/core/truth.h"
#include "qmpbridge/engine/emulators.h"
#include "qmpbridge/io/transport.h"
#include "qmpbridge/ui/output/escape.h"

#define DEFAULTS "defaults"
#define MONITORS "monitors"
#define EMULATORS "emulators"

struct Config {
    char *path;
    GKeyFile *file;
    GHashTable *addresses; /* char * to char * */
    GHashTable *emulators; /* likewise */
};

char *config_default_path(void)
{
    return g_build_filename(g_get_user_config_dir(), "qmpbridge", "config", NULL);
}

void config_free(Config *config)
{
    if (!config)
        return;
    g_key_file_unref(config->file);
    g_hash_table_unref(config->addresses);
    g_hash_table_unref(config->emulators);
    g_free(config->path);
    g_free(config);
}

GHashTable *config_addresses(const Config *config)
{
    return config->addresses;
}

GHashTable *config_emulators(const Config *config)
{
    return config->emulators;
}

static gboolean wrong(const Config *config, const char *group, const char *key, const char *why,
                      GError **error)
{
    g_autofree char *safe_key = escape_text(key, -1), *safe_why = escape_text(why, -1);

    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE, "%s: [%s] %s: %s", config->path, group,
                safe_key, safe_why);
    return FALSE;
}

static const Option *find(const char *name)
{
    for (const Option *option = options_table(); option->name; option++) {
        if (!strcmp(option->name, name) && option->kind != OPTION_PRINT &&
            option->kind != OPTION_LIST && !option->typed_only)
            return option;
    }
    return NULL;
}

static gboolean check_monitor(Config *config, const char *name, GError **error)
{
    g_autofree char *address = g_key_file_get_string(config->file, MONITORS, name, NULL);
    g_autoptr(GError) reason = NULL;
    g_autoptr(TransportAddress) parsed = NULL;

    if (!name_check(name, strlen(name), NULL))
        return wrong(config, MONITORS, name, "a name has letters, digits, '.', '_' and '-'", error);
    parsed = transport_parse(address ? address : "", &reason);
    if (!parsed)
        return wrong(config, MONITORS, name, reason->message, error);
    g_hash_table_insert(config->addresses, g_strdup(name), g_steal_pointer(&address));
    return TRUE;
}

static gboolean check_emulator(Config *config, const char *key, GError **error)
{
    g_autofree char *path = g_key_file_get_string(config->file, EMULATORS, key, NULL);

    if (!emulators_is_key(key))
        return wrong(config, EMULATORS, key,
                     "a version is 10.0 or 10.0.13, one of a target " TARGET_DEFAULT_NAME "/10.0",
                     error);
    if (!path || !g_path_is_absolute(path))
        return wrong(config, EMULATORS, key, "it is the absolute path of an emulator", error);
    g_hash_table_insert(config->emulators, g_strdup(key), g_steal_pointer(&path));
    return TRUE;
}

/* Returns: (transfer full): empty where the file has nothing that can be read. */
static char *default_value(const Config *config, const char *key)
{
    char *value = g_key_file_get_string(config->file, DEFAULTS, key, NULL);

    return value ? g_strchomp(value) : g_strdup("");
}

static gboolean check_default(Config *config, const char *key, GError **error)
{
    const Option *option = find(key);
    g_autofree char *value = default_value(config, key);
    gboolean unused;

    if (!option)
        return wrong(config, DEFAULTS, key, "no such option", error);
    return option->kind != OPTION_FLAG || truth_parse(value, &unused) ||
           wrong(config, DEFAULTS, key, "it is " TRUTH_WORDS, error);
}

static gboolean check_group(Config *config, const char *group, GError **error)
{
    static const struct {
        const char *name;
        gboolean (*check)(Config *config, const char *key, GError **error);
    } groups[] = {
        {DEFAULTS, check_default}, {MONITORS, check_monitor}, {EMULATORS, check_emulator}};
    g_auto(GStrv) keys = g_key_file_get_keys(config->file, group, NULL, NULL);
    g_autofree char *safe = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(groups); i++) {
        if (strcmp(group, groups[i].name))
            continue;
        for (char **key = keys; key && *key; key++) {
            if (!groups[i].check(config, *key, error))
                return FALSE;
        }
        return TRUE;
    }
    safe = escape_text(group, -1);
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                "%s: [%s]: there are the groups [" DEFAULTS "], [" MONITORS "] and [" EMULATORS "]",
                config->path, safe);
    return FALSE;
}

Config *config_load(const char *path, GError **error)
{
    g_autoptr(Config) config = g_new0(Config, 1);
    g_autoptr(GError) reason = NULL;
    g_auto(GStrv) groups = NULL;

    config->path = g_strdup(path);
    config->file = g_key_file_new();
    config->addresses = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    config->emulators = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    if (!g_key_file_load_from_file(config->file, path, G_KEY_FILE_NONE, &reason) &&
        !g_error_matches(reason, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
        g_autofree char *safe = escape_text(reason->message, -1);

        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE, "%s: %s", path, safe);
        return NULL;
    }
    groups = g_key_file_get_groups(config->file, NULL);
    for (char **group = groups; *group; group++) {
        if (!check_group(config, *group, error))
            return NULL;
    }
    return g_steal_pointer(&config);
}

static gboolean apply(const Config *config, Options *options, const Option *option, GError **error)
{
    g_autofree char *value = default_value(config, option->name);
    g_autoptr(GError) reason = NULL;

    return options_set(options, option, value, &reason) ||
           wrong(config, DEFAULTS, option->name, reason->message, error);
}

gboolean config_apply(const Config *config, Options *options, GPtrArray *seen, GError **error)
{
    for (const Option *option = options_table(); option->name; option++) {
        if (!g_key_file_has_key(config->file, DEFAULTS, option->name, NULL) ||
            !(option->modes & options->mode) || g_ptr_array_find(seen, option, NULL))
            continue;
        if (!apply(config, options, option, error))
            return FALSE;
    }
    return TRUE;
}
