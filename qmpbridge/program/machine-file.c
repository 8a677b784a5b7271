/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Machine files; see machine-file.h.
 */
#include "qmpbridge/program/machine-file.h"

#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/ui/output/escape.h"

#define GROUP "machine"

static gboolean is_list(const Option *option)
{
    return option->kind == OPTION_LIST || option->repeatable;
}

const Option *machine_file_option(const char *key)
{
    for (const Option *option = options_table(); option->name; option++) {
        if (g_str_equal(option->name, key))
            return option->modes & MODE_RUN && !option->typed_only ? option : NULL;
    }
    return NULL;
}

/* --- reading ------------------------------------------------------------------------------- */

/* @key: (nullable) */
static gboolean wrong(const char *path, const char *key, const char *why, GError **error)
{
    g_autofree char *safe_key = escape_text(key ? key : "", -1), *safe_why = escape_text(why, -1);

    return options_wrong(error, "%s: %s%s%s%s", path, key ? "[" GROUP "] " : "", safe_key,
                         key ? ": " : "", safe_why);
}

/* (transfer full) (nullable): the values of a key. */
static char **values_of(GKeyFile *file, const Option *option, GError **error)
{
    char *value;
    char **values;

    if (is_list(option))
        return g_key_file_get_string_list(file, GROUP, option->name, NULL, error);
    value = g_key_file_get_string(file, GROUP, option->name, error);
    if (!value)
        return NULL;
    values = g_new0(char *, 2);
    values[0] = g_strchomp(value);
    return values;
}

static gboolean apply(GKeyFile *file, Options *options, const Option *option, GError **error)
{
    g_auto(GStrv) values = values_of(file, option, error);

    for (char **value = values; value && *value; value++) {
        if (!options_set(options, option, *value, error))
            return FALSE;
    }
    return values != NULL;
}

static gboolean check_groups(GKeyFile *file, const char *path, GError **error)
{
    g_auto(GStrv) groups = g_key_file_get_groups(file, NULL);

    if (groups[0] && !groups[1] && g_str_equal(groups[0], GROUP))
        return TRUE;
    return wrong(path, NULL, "a machine file has one group, [" GROUP "]", error);
}

static gboolean apply_all(GKeyFile *file, const char *path, Options *options, GPtrArray *seen,
                          GError **error)
{
    g_auto(GStrv) keys = g_key_file_get_keys(file, GROUP, NULL, NULL);
    gboolean unconnected = options->net_given && !options->machine->network;

    for (char **key = keys; key && *key; key++) {
        const Option *option = machine_file_option(*key);
        g_autoptr(GError) reason = NULL;

        if (!option)
            return wrong(path, *key, "run has no such option", error);
        /* The command line has it, or what is asked for has no use for it. */
        if (g_ptr_array_find(seen, option, NULL) || !(option->modes & options->mode) ||
            (unconnected && option->of_network))
            continue;
        if (!apply(file, options, option, &reason))
            return wrong(path, *key, reason->message, error);
        g_ptr_array_add(seen, (gpointer)option);
    }
    return TRUE;
}

gboolean machine_file_apply(const char *path, Options *options, GPtrArray *seen, GError **error)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(GError) reason = NULL;
    gboolean ok;

    if (!g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, &reason))
        return wrong(path, NULL, reason->message, error);
    options->base = g_path_get_dirname(path);
    ok = check_groups(file, path, error) && apply_all(file, path, options, seen, error);
    g_clear_pointer(&options->base, g_free);
    return ok;
}

/* --- writing ------------------------------------------------------------------------------- */

/* (transfer full) (element-type char *): ends with NULL. */
static GPtrArray *get(const Options *options, const Option *option)
{
    GPtrArray *values = g_ptr_array_new_with_free_func(g_free);

    options_get(options, option, values);
    g_ptr_array_add(values, NULL);
    return values;
}

char *machine_file_text(const Options *options)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(Options) defaults = options_new();

    for (const Option *option = options_table(); option->name; option++) {
        g_autoptr(GPtrArray) values = get(options, option), usual = get(defaults, option);
        const char *const *list = (const char *const *)values->pdata;

        if (!machine_file_option(option->name) ||
            g_strv_equal(list, (const char *const *)usual->pdata))
            continue;
        if (is_list(option))
            g_key_file_set_string_list(file, GROUP, option->name, list, values->len - 1);
        else if (list[0])
            g_key_file_set_string(file, GROUP, option->name, list[0]);
    }
    return g_key_file_to_data(file, NULL, NULL);
}
