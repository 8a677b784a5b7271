/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A set of options: made, set by the rows of the table, freed.
 */
#include "qmpbridge/program/options.h"

#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/truth.h"

gboolean options_wrong(GError **error, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error_literal(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE, text);
    return FALSE;
}

Options *options_new(void)
{
    Options *options = g_new0(Options, 1);

    options->machine = machine_new();
    options->keep_free = OPTIONS_KEEP_FREE;
    options->affinity = affinity_new("auto", NULL);
    options->commands = g_ptr_array_new_with_free_func(g_free);
    options->attach = g_ptr_array_new_with_free_func(g_free);
    options->tls = transport_tls_copy(NULL);
    options->addresses = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    options->emulators = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return options;
}

void options_free(Options *options)
{
    if (!options)
        return;
    machine_free(options->machine);
    g_ptr_array_unref(options->commands);
    g_ptr_array_unref(options->attach);
    transport_tls_free(options->tls);
    g_hash_table_unref(options->addresses);
    g_hash_table_unref(options->emulators);
    g_free(options->emulator);
    g_free(options->plugin);
    g_free(options->plugin_options);
    g_free(options->escape);
    g_free(options->store);
    g_free(options->seed_directory);
    g_free(options->seed_label);
    g_free(options->keep_disk_directory);
    g_free(options->socket);
    g_free(options->machine_file);
    g_free(options->base);
    g_free(options->cpus);
    g_free(options->log);
    affinity_free(options->affinity);
    g_free(options->script);
    g_free(options->address);
    g_strfreev(options->words);
    g_free(options->print);
    g_free(options);
}

static gboolean set_uint(const Option *option, guint *place, const char *value, GError **error)
{
    guint64 number;

    if (!g_ascii_string_to_unsigned(value, 10, 0, G_MAXUINT, &number, NULL))
        return options_wrong(error, "--%s needs a number, not '%s'", option->name, value);
    *place = (guint)number;
    return TRUE;
}

/* A plain number is MiB, since that was all that could be given once. Up to the next MiB. */
static gboolean set_size(const Option *option, guint *place, const char *value, GError **error)
{
    static const char suffixes[] = "KMGT";
    gsize digits = strspn(value, "0123456789");
    g_autofree char *number = g_strndup(value, digits);
    const char *suffix =
        value[digits] ? strchr(suffixes, g_ascii_toupper(value[digits])) : &suffixes[1];
    guint64 size = 0;

    if (!suffix || (value[digits] && value[digits + 1]) ||
        !g_ascii_string_to_unsigned(number, 10, 0, G_MAXUINT, &size, NULL))
        return options_wrong(error,
                             "--%s needs a number of MiB, or one with K, M, G or T, not '%s'",
                             option->name, value);
    size = suffix == suffixes ? (size + 1023) >> 10 : size << (10 * (suffix - suffixes - 1));
    if (size > G_MAXUINT)
        return options_wrong(error, "--%s is at most %u MiB, not '%s'", option->name, G_MAXUINT,
                             value);
    *place = (guint)size;
    return TRUE;
}

static gboolean set_seconds(const Option *option, double *place, const char *value, GError **error)
{
    char *end;
    double number = g_ascii_strtod(value, &end);

    if (!g_ascii_isdigit(*value) || *end || number > 1e6)
        return options_wrong(error, "--%s needs a number of seconds, not '%s'", option->name,
                             value);
    *place = number;
    return TRUE;
}

/* @place: of a string. A program without a slash is looked for when it is started. */
static gboolean set_text(const Options *options, const Option *option, char **place,
                         const char *value, GError **error)
{
    gboolean file =
        option->kind == OPTION_PATH || (option->kind == OPTION_PROGRAM && strchr(value, '/'));

    if (!*value)
        return options_wrong(error, "--%s needs a value that isn't empty", option->name);
    g_free(*place);
    *place = file ? g_canonicalize_filename(value, options->base) : g_strdup(value);
    return TRUE;
}

gboolean options_set(Options *options, const Option *option, const char *value, GError **error)
{
    gpointer base = option->in_machine ? (gpointer)options->machine : (gpointer)options;
    gpointer place = (char *)base + option->offset;

    switch (option->kind) {
    case OPTION_FLAG:
        return truth_parse(value ? value : "on", place) ||
               options_wrong(error, "--%s is " TRUTH_WORDS ", not '%s'", option->name, value);
    case OPTION_TEXT:
    case OPTION_PATH:
    case OPTION_PROGRAM:
        return set_text(options, option, place, value, error);
    case OPTION_UINT:
        return set_uint(option, place, value, error);
    case OPTION_SIZE:
        return set_size(option, place, value, error);
    case OPTION_SECONDS:
        return set_seconds(option, place, value, error);
    case OPTION_LIST:
        g_ptr_array_add(*(GPtrArray **)place, g_strdup(value));
        return TRUE;
    case OPTION_CALL:
        if (option->set(options, value, error))
            return TRUE;
        g_prefix_error(error, "--%s: ", option->name);
        return FALSE;
    case OPTION_PRINT:
        g_free(options->print);
        options->print = option->make();
        return TRUE;
    }
    return FALSE;
}

/* (transfer full) (nullable) */
static char *seconds_text(double seconds)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    return seconds > 0 ? g_strdup(g_ascii_dtostr(text, sizeof(text), seconds)) : NULL;
}

void options_get(const Options *options, const Option *option, GPtrArray *values)
{
    gconstpointer base =
        option->in_machine ? (gconstpointer)options->machine : (gconstpointer)options;
    gconstpointer place = (const char *)base + option->offset;
    const GPtrArray *list;
    char *value = NULL;

    switch (option->kind) {
    case OPTION_FLAG:
        value = *(const gboolean *)place ? g_strdup("true") : NULL;
        break;
    case OPTION_TEXT:
    case OPTION_PATH:
    case OPTION_PROGRAM:
        value = g_strdup(*(char *const *)place);
        break;
    case OPTION_UINT:
    case OPTION_SIZE:
        value = g_strdup_printf("%u", *(const guint *)place);
        break;
    case OPTION_SECONDS:
        value = seconds_text(*(const double *)place);
        break;
    case OPTION_LIST:
        list = *(GPtrArray *const *)place;
        for (guint i = 0; i < list->len && list->pdata[i]; i++)
            g_ptr_array_add(values, g_strdup(list->pdata[i]));
        break;
    case OPTION_CALL:
        if (option->get)
            option->get(options, values);
        break;
    case OPTION_PRINT:
        break;
    }
    if (value)
        g_ptr_array_add(values, value);
}
