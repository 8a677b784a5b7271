/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The texts of --help, --version and the lists that the completion reads, all made from the
 * tables of options and commands.
 */
#include "config.h"

#include <string.h>

#include "qmpbridge/program/options.h"
#include "qmpbridge/program/subcommands.h"
#include "qmpbridge/commands/command-table.h"

static void append_option(GString *out, const Option *option)
{
    g_autofree char *left = g_strdup_printf(
        "%c%c%s --%s%s%s", option->letter ? '-' : ' ', option->letter ? option->letter : ' ',
        option->letter ? "," : " ", option->name, option->argument ? "=" : "",
        option->argument ? option->argument : "");

    g_string_append_printf(out, "  %-30s %s\n", left, option->help);
}

/* "Options of run and of serve" */
static void append_title(GString *out, OptionsMode modes)
{
    const char *before = " of ";

    g_string_append(out, modes == MODE_PRINT ? "\nInformation" : "\nOptions");
    if (modes == MODE_PRINT || modes == (MODE_ANY & ~MODE_PRINT))
        modes = 0;
    for (const Subcommand *row = subcommand_table(); row->name; row++) {
        if (!(row->mode & modes))
            continue;
        g_string_append_printf(out, "%s%s", before, row->name);
        before = " and of ";
    }
    if (modes & MODE_ATTACH)
        g_string_append_printf(out, "%sattaching", before);
    if (modes & MODE_STORE)
        g_string_append_printf(out, "%sverify", before);
    g_string_append(out, ":\n");
}

/* The options, those together that are allowed at the same places. */
static void append_options(GString *out)
{
    g_autoptr(GHashTable) done = g_hash_table_new(NULL, NULL);

    for (const Option *first = options_table(); first->name; first++) {
        if (!first->help || !g_hash_table_add(done, GINT_TO_POINTER(first->modes)))
            continue;
        append_title(out, first->modes);
        for (const Option *option = first; option->name; option++) {
            if (option->help && option->modes == first->modes)
                append_option(out, option);
        }
    }
}

static void append_usage(GString *out)
{
    const char *before = "Usage:";

    for (const Subcommand *row = subcommand_table(); row->name; row++) {
        g_autofree char *usage =
            g_strdup_printf("qmpbridge %s [OPTION]... %s", row->name, row->words);

        g_string_append_printf(out, "%-6s %-39s %s\n", before, usage, row->help);
        before = "";
    }
}

static void append_subcommands(GString *out)
{
    g_string_append(out, "\nCommands that need no VM:\n");
    for (const Command *const *row = command_table()->rows; *row; row++) {
        g_autofree char *usage = command_usage(*row);

        if (command_is_offline(*row))
            g_string_append_printf(out, "  %-30s %s\n", usage, (*row)->help);
    }
}

char *options_help(void)
{
    GString *out = g_string_new(NULL);

    append_usage(out);
    g_string_append(
        out,
        "       qmpbridge [OPTION]... SOCKET [SCRIPT]   attach to a running VM\n"
        "       qmpbridge [OPTION]... COMMAND [NAME]    work on the recordings\n"
        "\n"
        "SOCKET is the control socket of a 'qmpbridge run' or a QMP monitor: a path, unix:PATH,\n"
        "abstract:NAME, tcp:HOST:PORT, tls:HOST:PORT or fd:N; NAME=SOCKET gives the VM a name.\n"
        "SCRIPT holds one command a line; '-' is standard input.\n"
        "Without -c and SCRIPT there is a prompt on a terminal; 'help' lists its commands.\n");
    append_subcommands(out);
    append_options(out);
    g_string_append(
        out,
        "\nExit status: 0 success, 1 a command failed, 2 usage, 3 emulator, 4 connection,\n"
        "5 a recording failed or is incomplete, 6 a replay diverged, 7 store, 8 time-out,\n"
        "9 busy: another client holds the monitor or types on the console, or the socket is in\n"
        "use.\n"
        "More: man qmpbridge\n");
    return g_string_free(out, FALSE);
}

char *options_version(void)
{
    return g_strdup("qmpbridge " PACKAGE_VERSION "\n");
}

/* One a line: "--name" or "--name=ARGUMENT", and "-c COMMAND" for a letter. */
char *options_list_options(void)
{
    GString *out = g_string_new(NULL);

    for (const Option *option = options_table(); option->name; option++) {
        if (!option->help)
            continue;
        g_string_append_printf(out, "--%s%s%s\n", option->name, option->argument ? "=" : "",
                               option->argument ? option->argument : "");
        if (option->letter)
            g_string_append_printf(out, "-%c%s%s\n", option->letter, option->argument ? " " : "",
                                   option->argument ? option->argument : "");
    }
    return g_string_free(out, FALSE);
}

char *options_list_commands(void)
{
    GString *out = g_string_new(NULL);

    for (const Command *const *row = command_table()->rows; *row; row++) {
        g_autofree char *usage = command_usage(*row);

        g_string_append_printf(out, "%s\n", usage);
    }
    return g_string_free(out, FALSE);
}

char *options_list_subcommands(void)
{
    GString *out = g_string_new("help\n");

    for (const Subcommand *row = subcommand_table(); row->name; row++)
        g_string_append_printf(out, "%s\n", row->name);
    for (const Command *const *row = command_table()->rows; *row; row++) {
        if (command_is_offline(*row))
            g_string_append_printf(out, "%s\n", (*row)->name);
    }
    return g_string_free(out, FALSE);
}
