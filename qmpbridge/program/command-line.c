/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parses a command line by the table of options, which may stand anywhere ("--" ends them), and
 * merges it with the configuration file; see command-line.h.
 */
#include "qmpbridge/program/command-line.h"

#include <string.h>

#include "qmpbridge/program/configuration.h"
#include "qmpbridge/program/machine-file.h"
#include "qmpbridge/commands/command-table.h"
#include "qmpbridge/shell/attached-vms.h"

/* A command line on its way through the parser. */
typedef struct {
    Options *options;
    char **next;           /* the words not yet looked at */
    GPtrArray *positional; /* borrowed */
    GPtrArray *seen;       /* Option, borrowed */
} Parser;

static gboolean is_subcommand(const char *word)
{
    const Command *command = command_find(command_table(), word);

    return command && (command->needs == NEEDS_STORE || strcmp(word, "help") == 0);
}

static OptionsMode mode_of(GPtrArray *words)
{
    const char *first = words->len ? words->pdata[0] : "";

    if (is_subcommand(first))
        return MODE_STORE;
    if (strcmp(first, "serve") == 0)
        return MODE_SERVE;
    if (strcmp(first, "derive") == 0)
        return MODE_DERIVE;
    if (strcmp(first, "console") == 0)
        return MODE_CONSOLE;
    return strcmp(first, "run") == 0 ? MODE_RUN : MODE_ATTACH;
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
        return options_wrong(error, "unknown option '%s'", word);
    if (!wants && value && (option->kind != OPTION_FLAG || word[1] != '-'))
        return options_wrong(error, "'%s': --%s takes no value", word, option->name);
    if (wants && !value)
        value = *parser->next ? *parser->next++ : NULL;
    if (wants && !value)
        return options_wrong(error, "--%s needs a value: %s", option->name, option->argument);
    g_ptr_array_add(parser->seen, (gpointer)option);
    return options_set(parser->options, option, value, error);
}

/* What stands behind "--" of run is QEMU's. */
static void take_qemu_arguments(Parser *parser)
{
    const char *unused;

    g_ptr_array_add(parser->seen, (gpointer)find_option("--" OPTIONS_QEMU_ARGUMENTS, &unused));
    while (*parser->next)
        machine_add_argument(parser->options->machine, *parser->next++);
}

static gboolean parse_words(Parser *parser, GError **error)
{
    gboolean only_words = FALSE;

    while (*parser->next) {
        char *word = *parser->next++;

        if (!only_words && strcmp(word, "--") == 0 && mode_of(parser->positional) == MODE_RUN)
            take_qemu_arguments(parser);
        else if (!only_words && strcmp(word, "--") == 0)
            only_words = TRUE;
        else if (only_words || *word != '-' || !word[1])
            g_ptr_array_add(parser->positional, word);
        else if (!parse_option(parser, word, error))
            return FALSE;
    }
    return TRUE;
}

/* --- words ------------------------------------------------------------------------------- */

static char **copy_words(GPtrArray *words)
{
    char **copy = g_new0(char *, words->len + 1);

    for (guint i = 0; i < words->len; i++)
        copy[i] = g_strdup(words->pdata[i]);
    return copy;
}

/* Wrong arguments are reported before anything is opened. */
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
    return options_wrong(error,
                         "'%s' is neither a command (run, serve, console, derive, list, show, "
                         "verify, replay, help) nor a socket",
                         address);
}

/* Any fault of the machine is a wrong command line: BRIDGE_ERROR_USAGE. */
static gboolean check_machine(const Options *options, GError **error)
{
    Machine *machine = options->machine;
    g_autoptr(GError) reason = NULL;

    if (!options->net_given && (machine->forwards->len > 0 || machine->allowed->len > 0))
        machine->network = machine->restricted = TRUE;
    return machine_check(machine, &reason) || options_wrong(error, "%s", reason->message);
}

/* serve MONITOR */
static gboolean take_monitor(Options *options, GPtrArray *words, GError **error)
{
    if (words->len != 2)
        return options_wrong(error, "serve takes one monitor: a path, unix:PATH, tcp:HOST:PORT");
    options->address = g_strdup(words->pdata[1]);
    return TRUE;
}

/* derive BASE NEW */
static gboolean take_images(Options *options, GPtrArray *words, GError **error)
{
    if (words->len != 3)
        return options_wrong(error, "derive takes two images: the base, and the new one on top");
    g_ptr_array_remove_index(words, 0);
    options->words = copy_words(words);
    return TRUE;
}

/* console VM */
static gboolean take_console(Options *options, GPtrArray *words, GError **error)
{
    if (words->len != 2)
        return options_wrong(error, "console takes one VM: its name or its control socket");
    options->address = g_strdup(words->pdata[1]);
    return TRUE;
}

/* What the command line has set stands; a machine file comes next, the configuration file sets what
 * is left. */
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
        return options_wrong(error, "name the socket of a VM, or a command: run, serve, console, "
                                    "derive, list, show, verify, replay, rm, help");
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
    if (options->mode == MODE_DERIVE)
        return take_images(options, words, error);
    if (options->mode == MODE_CONSOLE)
        return take_console(options, words, error);
    if (words->len > 2)
        return options_wrong(error, "'%s' is one word too many: %s takes one script",
                             (char *)words->pdata[2], first);
    options->script = g_strdup(words->len > 1 ? words->pdata[1] : NULL);
    if (options->mode == MODE_RUN)
        return check_machine(options, error);
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
    case MODE_CONSOLE:
        return "'console'";
    case MODE_RUN | MODE_CONSOLE:
        return "'run' and 'console'";
    default:
        return "a VM";
    }
}

static gboolean check_modes(const Options *options, GPtrArray *seen, GError **error)
{
    for (guint i = 0; i < seen->len; i++) {
        const Option *option = seen->pdata[i];

        if (!(option->modes & options->mode))
            return options_wrong(error, "--%s goes with %s only", option->name,
                                 places(option->modes));
    }
    return TRUE;
}

Options *command_line_parse(char **words, GError **error)
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
    if (options->machine_file && options->mode == MODE_RUN &&
        !machine_file_apply(options->machine_file, options, seen, error))
        return NULL;
    if (!take_config(options, seen, error))
        return NULL;
    g_ptr_array_add(options->commands, NULL);
    g_ptr_array_add(options->attach, NULL);
    if (!take_words(options, positional, error) || !check_modes(options, seen, error))
        return NULL;
    if (options->print_machine) {
        options->print = machine_file_text(options);
        options->mode = MODE_PRINT;
    }
    return g_steal_pointer(&options);
}
