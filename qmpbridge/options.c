/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parses the command line by the table. Options may stand anywhere; "--" ends them.
 */
#include "qmpbridge/options.h"

#include <string.h>

#include "qmpbridge/configuration.h"
#include "qmpbridge/core/error.h"
#include "qmpbridge/core/truth.h"
#include "qmpbridge/commands/command-table.h"
#include "qmpbridge/shell/attached-vms.h"

/* A command line on its way through the parser. */
typedef struct {
    Options *options;
    char **next;          /* the words not yet looked at */
    GPtrArray *positional; /* borrowed */
    GPtrArray *seen;      /* Option, borrowed */
} Parser;

static gboolean usage_error(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static gboolean usage_error(GError **error, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error_literal(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE, text);
    return FALSE;
}

static Options *options_new(void)
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
    g_free(options->store);
    g_free(options->socket);
    g_free(options->log);
    affinity_free(options->affinity);
    g_free(options->script);
    g_free(options->address);
    g_strfreev(options->words);
    g_free(options->print);
    g_free(options);
}

/* --- options ----------------------------------------------------------------------------- */

static gboolean set_uint(const Option *option, guint *place, const char *value, GError **error)
{
    guint64 number;

    if (!g_ascii_string_to_unsigned(value, 10, 0, G_MAXUINT, &number, NULL))
        return usage_error(error, "--%s needs a number, not '%s'", option->name, value);
    *place = (guint)number;
    return TRUE;
}

/* A plain number is MiB, since that was all that could be given once. Up to the next MiB. */
static gboolean set_size(const Option *option, guint *place, const char *value, GError **error)
{
    static const char suffixes[] = "KMGT";
    gsize digits = strspn(value, "0123456789");
    g_autofree char *number = g_strndup(value, digits);
    const char *suffix = value[digits] ? strchr(suffixes, g_ascii_toupper(value[digits]))
                                       : &suffixes[1];
    guint64 size = 0;

    if (!suffix || (value[digits] && value[digits + 1]) ||
        !g_ascii_string_to_unsigned(number, 10, 0, G_MAXUINT, &size, NULL))
        return usage_error(error, "--%s needs a number of MiB, or one with K, M, G or T, not '%s'",
                           option->name, value);
    size = suffix == suffixes ? (size + 1023) >> 10 : size << (10 * (suffix - suffixes - 1));
    if (size > G_MAXUINT)
        return usage_error(error, "--%s is at most %u MiB, not '%s'", option->name, G_MAXUINT,
                           value);
    *place = (guint)size;
    return TRUE;
}

static gboolean set_seconds(const Option *option, double *place, const char *value,
                            GError **error)
{
    char *end;
    double number = g_ascii_strtod(value, &end);

    if (!g_ascii_isdigit(*value) || *end || number > 1e6)
        return usage_error(error, "--%s needs a number of seconds, not '%s'", option->name, value);
    *place = number;
    return TRUE;
}

gboolean options_set(Options *options, const Option *option, const char *value, GError **error)
{
    gpointer base = option->in_machine ? (gpointer)options->machine : (gpointer)options;
    gpointer place = (char *)base + option->offset;

    switch (option->kind) {
    case OPTION_FLAG:
        return truth_parse(value ? value : "on", place) ||
               usage_error(error, "--%s is " TRUTH_WORDS ", not '%s'", option->name, value);
    case OPTION_TEXT:
    case OPTION_PATH:
        if (!*value)
            return usage_error(error, "--%s needs a value that isn't empty", option->name);
        g_free(*(char **)place);
        *(char **)place = option->kind == OPTION_PATH ? g_canonicalize_filename(value, NULL)
                                                      : g_strdup(value);
        return TRUE;
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

/* The option that @word names, and the value that it carries itself, if any. */
static const Option *find_option(const char *word, const char **value)
{
    gsize len = word[1] == '-' ? strcspn(word + 2, "=") : 0;

    for (const Option *option = options_table(); option->name; option++) {
        if (word[1] == '-' && strlen(option->name) == len &&
            strncmp(word + 2, option->name, len) == 0) {
            *value = word[2 + len] ? word + 3 + len : NULL;
            return option;
        }
        if (word[1] != '-' && option->letter && word[1] == option->letter) {
            *value = word[2] ? word + 2 : NULL;
            return option;
        }
    }
    return NULL;
}

static gboolean parse_option(Parser *parser, const char *word, GError **error)
{
    const char *value = NULL;
    const Option *option = find_option(word, &value);
    gboolean wants = option && option->argument;

    if (!option)
        return usage_error(error, "unknown option '%s'", word);
    if (!wants && value && (option->kind != OPTION_FLAG || word[1] != '-'))
        return usage_error(error, "'%s': --%s takes no value", word, option->name);
    if (wants && !value)
        value = *parser->next ? *parser->next++ : NULL;
    if (wants && !value)
        return usage_error(error, "--%s needs a value: %s", option->name, option->argument);
    g_ptr_array_add(parser->seen, (gpointer)option);
    return options_set(parser->options, option, value, error);
}

static gboolean parse_words(Parser *parser, GError **error)
{
    gboolean only_words = FALSE;

    while (*parser->next) {
        char *word = *parser->next++;

        if (!only_words && strcmp(word, "--") == 0)
            only_words = TRUE;
        else if (only_words || *word != '-' || !word[1])
            g_ptr_array_add(parser->positional, word);
        else if (!parse_option(parser, word, error))
            return FALSE;
    }
    return TRUE;
}

/* --- words ------------------------------------------------------------------------------- */

static gboolean is_subcommand(const char *word)
{
    const Command *command = command_find(command_table(), word);

    return command && (command->needs == NEEDS_STORE || strcmp(word, "help") == 0);
}

static char **copy_words(GPtrArray *words)
{
    char **copy = g_new0(char *, words->len + 1);

    for (guint i = 0; i < words->len; i++)
        copy[i] = g_strdup(words->pdata[i]);
    return copy;
}

/* Wrong arguments are told before anything is opened. */
static gboolean check_command(char **words, GError **error)
{
    char **values = NULL, **pairs = NULL;
    const Command *command = command_find(command_table(), words[0]);
    gboolean ok = command_bind(command, words + 1, &values, &pairs, error);

    command_free_values(values);
    g_strfreev(pairs);
    return ok;
}

/* A bare word that is no file is a mistyped command more often than a socket. */
static gboolean check_address(const Options *options, const char *where, GError **error)
{
    const char *address;
    g_autofree char *name = attached_vms_split(where, &address);

    if (name || g_hash_table_contains(options->addresses, where) || strpbrk(address, "/:") ||
        g_file_test(address, G_FILE_TEST_EXISTS))
        return TRUE;
    return usage_error(error, "'%s' is neither a command (run, serve, list, show, verify, "
                              "replay, help) nor a socket", address);
}

/* Whatever is wrong with it, it is the command line that is wrong. */
static gboolean check_machine(const Machine *machine, GError **error)
{
    g_autoptr(GError) reason = NULL;

    return machine_check(machine, &reason) || usage_error(error, "%s", reason->message);
}

/* serve MONITOR */
static gboolean take_monitor(Options *options, GPtrArray *words, GError **error)
{
    if (words->len != 2)
        return usage_error(error, "serve takes one monitor: a path, unix:PATH, tcp:HOST:PORT");
    options->address = g_strdup(words->pdata[1]);
    return TRUE;
}

static OptionsMode mode_of(GPtrArray *words)
{
    const char *first = words->len ? words->pdata[0] : "";

    if (is_subcommand(first))
        return MODE_STORE;
    if (strcmp(first, "serve") == 0)
        return MODE_SERVE;
    return strcmp(first, "run") == 0 ? MODE_RUN : MODE_ATTACH;
}

/* Defaults of the configuration file. The command line has been parsed, and comes first. */
static gboolean take_config(Options *options, GPtrArray *seen, GError **error)
{
    g_autofree char *path = config_default_path();
    g_autoptr(Config) config = NULL;

    if (options->no_config)
        return TRUE;
    config = config_load(path, error);
    if (!config)
        return FALSE;
    g_hash_table_unref(options->addresses);
    options->addresses = g_hash_table_ref(config_addresses(config));
    g_hash_table_unref(options->emulators);
    options->emulators = g_hash_table_ref(config_emulators(config));
    return config_apply(config, options, seen, error);
}

static gboolean take_words(Options *options, GPtrArray *words, GError **error)
{
    const char *first = words->len ? words->pdata[0] : NULL;

    if (!first && options->attach->pdata[0])
        return TRUE;
    if (!first)
        return usage_error(error, "name the socket of a VM, or a command: run, serve, list, "
                                  "show, verify, replay, help");
    if (options->mode == MODE_STORE) {
        if (options->pending)
            g_ptr_array_add(words, (gpointer) "--pending");
        if (options->all)
            g_ptr_array_add(words, (gpointer) "--all");
        if (options->trust_paths)
            g_ptr_array_add(words, (gpointer) "--trust-paths");
        options->words = copy_words(words);
        return check_command(options->words, error);
    }
    if (options->mode == MODE_SERVE)
        return take_monitor(options, words, error);
    if (words->len > 2)
        return usage_error(error, "'%s' is one word too many: %s takes one script",
                           (char *)words->pdata[2], first);
    options->script = g_strdup(words->len > 1 ? words->pdata[1] : NULL);
    if (options->mode == MODE_RUN)
        return check_machine(options->machine, error);
    options->address = g_strdup(first);
    return check_address(options, first, error);
}

/* Where an option goes, for the message that it doesn't go here. */
static const char *places(OptionsMode modes)
{
    switch ((int)modes) {
    case MODE_RUN:
        return "'run'";
    case MODE_ATTACH:
        return "a socket";
    case MODE_RUN | MODE_SERVE:
        return "'run' and 'serve'";
    case MODE_RUN | MODE_ATTACH:
        return "'run' and with a socket";
    case MODE_STORE:
        return "'verify'";
    default:
        return "a VM";
    }
}

static gboolean check_modes(const Options *options, GPtrArray *seen, GError **error)
{
    for (guint i = 0; i < seen->len; i++) {
        const Option *option = seen->pdata[i];

        if (!(option->modes & options->mode))
            return usage_error(error, "--%s goes with %s only", option->name,
                               places(option->modes));
    }
    return TRUE;
}

Options *options_parse(char **words, GError **error)
{
    static char *nothing[] = {NULL};
    g_autoptr(Options) options = options_new();
    g_autoptr(GPtrArray) positional = g_ptr_array_new(), seen = g_ptr_array_new();
    Parser parser = {options, words ? words : nothing, positional, seen};

    if (!parse_words(&parser, error))
        return NULL;
    if (options->complete) {
        g_ptr_array_add(positional, NULL);
        options->print = options_complete((char **)positional->pdata, options->complete - 1);
    }
    if (options->print) {
        options->mode = MODE_PRINT;
        return g_steal_pointer(&options);
    }
    options->mode = mode_of(positional);
    if (!take_config(options, seen, error))
        return NULL;
    g_ptr_array_add(options->commands, NULL);
    g_ptr_array_add(options->attach, NULL);
    if (!take_words(options, positional, error) ||
        !check_modes(options, seen, error))
        return NULL;
    return g_steal_pointer(&options);
}
