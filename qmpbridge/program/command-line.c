/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parses a command line by the table of options, which may stand anywhere ("--" ends them), and
 * merges it with the configuration file; see command-line.h.
 */
#include "qmpbridge/program/command-line.h"

#include <string.h>

#include "qmpbridge/program/configuration.h"
#include "qmpbridge/program/machine-file.h"
#include "qmpbridge/program/subcommands.h"
#include "qmpbridge/commands/command-table.h"
#include "qmpbridge/shell/attached-vms.h"

/* A command line on its way through the parser. */
typedef struct {
    Options *options;
    char **next;           /* the words not yet looked at */
    GPtrArray *positional; /* borrowed */
    GPtrArray *seen;       /* Option, borrowed */
} Parser;

static gboolean is_store_command(const char *word)
{
    const Command *command = command_find(command_table(), word);

    return command && (command_is_offline(command) || strcmp(word, "help") == 0);
}

static OptionsMode mode_of(GPtrArray *words)
{
    const char *first = words->len ? words->pdata[0] : "";
    const Subcommand *row = subcommand_find(first);

    if (row)
        return row->mode;
    return is_store_command(first) ? MODE_STORE : MODE_ATTACH;
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

        if (!only_words && strcmp(word, "--") == 0 &&
            mode_of(parser->positional) & (MODE_RUN | MODE_MAINTENANCE))
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

static char **copy_words(GPtrArray *words, guint from)
{
    char **copy = g_new0(char *, words->len - from + 1);

    for (guint i = from; i < words->len; i++)
        copy[i - from] = g_strdup(words->pdata[i]);
    return copy;
}

/* "run, serve, ...": all that the first word can be. */
static char *list_commands(void)
{
    g_autofree char *lines = options_list_subcommands();
    g_auto(GStrv) names = g_strsplit(g_strchomp(lines), "\n", -1);

    return g_strjoinv(", ", names);
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
    g_autofree char *commands = NULL;

    if (name || g_hash_table_contains(options->addresses, where) || strpbrk(address, "/:") ||
        g_file_test(address, G_FILE_TEST_EXISTS))
        return TRUE;
    commands = list_commands();
    return options_wrong(error, "'%s' is neither a command (%s) nor a socket", address, commands);
}

/* The image of maintain: of the machine's disks it is the one with that file, or else the first. */
static gboolean take_image(Machine *machine, const char *text, GError **error)
{
    g_autoptr(Machine) only = machine_new();
    MachineDisk *image = NULL;

    if (!machine_add_disk(only, text, NULL, error))
        return FALSE;
    for (guint i = 0; i < machine->disks->len && !image; i++) {
        MachineDisk *disk = g_ptr_array_index(machine->disks, i);

        if (g_str_equal(disk->file, machine_disk(only, 0)->file))
            image = disk;
    }
    if (!image) {
        image = g_ptr_array_steal_index(only->disks, 0);
        g_ptr_array_insert(machine->disks, 0, image);
    }
    image->in_place = TRUE;
    return !image->read_only ||
           options_wrong(error, "%s is a read-only disk of the machine", image->file);
}

/* maintain IMAGE ...: the words are those of run then. */
static gboolean take_maintenance(Options *options, GPtrArray *words, GError **error)
{
    if (words->len < 2)
        return options_wrong(error, "maintain takes the disk image that is to be written");
    if (!take_image(options->machine, words->pdata[1], error))
        return FALSE;
    g_ptr_array_remove_index(words, 1);
    return TRUE;
}

/* Any fault of the machine is a wrong command line: BRIDGE_ERROR_USAGE. */
static gboolean check_machine(const Options *options, GError **error)
{
    Machine *machine = options->machine;
    g_autoptr(GError) reason = NULL;

    if (!options->net_given && (machine->forwards->len > 0 || machine->allowed->len > 0)) {
        machine->network = TRUE;
        /* What a guest is maintained with comes from outside. */
        machine->restricted = options->mode == MODE_RUN || machine->allowed->len > 0;
    }
    if (options->idle_end > 0 && !machine->network)
        return options_wrong(error, "--idle-end looks at connections, which need a network: "
                                    "add --net or --forward");
    return machine_check(machine, &reason) || options_wrong(error, "%s", reason->message);
}

/* What follows a subcommand that takes no script. */
static gboolean take_arguments(Options *options, const Subcommand *row, GPtrArray *words,
                               GError **error)
{
    if (words->len - 1 != row->n_words)
        return options_wrong(error, "%s takes %s", row->name, row->wrong);
    options->words = copy_words(words, 1);
    options->address = row->vm ? g_strdup(options->words[0]) : NULL;
    return TRUE;
}

/* A command of the shell that needs no VM. Its options are words there. */
static gboolean take_store_command(Options *options, GPtrArray *words, GError **error)
{
    g_autofree char *output = NULL;

    if (options->pending)
        g_ptr_array_add(words, (gpointer) "--pending");
    if (options->all)
        g_ptr_array_add(words, (gpointer) "--all");
    if (options->trust_paths)
        g_ptr_array_add(words, (gpointer) "--trust-paths");
    if (options->self_contained)
        g_ptr_array_add(words, (gpointer) "--self-contained");
    if (options->output)
        g_ptr_array_add(words, output = g_strconcat("--output=", options->output, NULL));
    options->words = copy_words(words, 0);
    return check_command(options->words, error);
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
    const Subcommand *row = first ? subcommand_find(first) : NULL;
    g_autofree char *commands = NULL;

    if (!first && options->attach->pdata[0])
        return TRUE;
    if (!first) {
        commands = list_commands();
        return options_wrong(error, "name the socket of a VM, or a command: %s", commands);
    }
    if (options->mode == MODE_STORE)
        return take_store_command(options, words, error);
    if (row && row->n_words > 0)
        return take_arguments(options, row, words, error);
    if (options->mode == MODE_MAINTENANCE && !take_maintenance(options, words, error))
        return FALSE;
    if (words->len > 2)
        return options_wrong(error, "'%s' is one word too many: %s takes one script",
                             (char *)words->pdata[2], first);
    options->script = g_strdup(words->len > 1 ? words->pdata[1] : NULL);
    if (options->mode & (MODE_RUN | MODE_MAINTENANCE))
        return check_machine(options, error);
    options->address = g_strdup(first);
    return check_address(options, first, error);
}

/* Where an option goes, for the message that it doesn't go here: "'run' and 'serve'". */
static char *places(OptionsMode modes)
{
    GString *out = g_string_new(NULL);

    for (const Subcommand *row = subcommand_table(); row->name; row++) {
        if (row->mode & modes)
            g_string_append_printf(out, "%s'%s'", out->len ? " and " : "", row->name);
    }
    if (modes & MODE_STORE)
        g_string_append_printf(out, "%sa command on recordings", out->len ? " and " : "");
    if (modes & MODE_ATTACH)
        g_string_append_printf(out, "%sa socket", out->len ? " and " : "");
    return g_string_free(out, FALSE);
}

static gboolean check_modes(const Options *options, GPtrArray *seen, GError **error)
{
    for (guint i = 0; i < seen->len; i++) {
        const Option *option = seen->pdata[i];
        g_autofree char *where = places(option->modes);

        if (!(option->modes & options->mode))
            return options_wrong(error, "--%s goes with %s only", option->name, where);
    }
    return TRUE;
}

Options *command_line_parse(char **words, GError **error)
{
    static char *nothing[] = {NULL};
    g_autoptr(Options) options = options_new();
    g_autoptr(GPtrArray) positional = g_ptr_array_new(), seen = g_ptr_array_new();
    Parser parser = {options, words ? words : nothing, positional, seen};
    gboolean forced;

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
    forced = options->force;
    if (options->machine_file && options->mode & (MODE_RUN | MODE_MAINTENANCE) &&
        !machine_file_apply(options->machine_file, options, seen, error))
        return NULL;
    if (!take_config(options, seen, error))
        return NULL;
    /* A file says it of a machine that can't be recorded: that is no leave to break recordings. */
    if (options->mode == MODE_MAINTENANCE)
        options->force = forced;
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
