/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The texts of --help, --version and the lists that the completion reads, all made from the
 * tables of options and commands.
 */
#include "config.h"

#include <string.h>

#include "qmpbridge/program/options.h"
#include "qmpbridge/commands/command-table.h"

static void append_option(GString *out, const Option *option)
{
    g_autofree char *left = g_strdup_printf(
        "%c%c%s --%s%s%s", option->letter ? '-' : ' ', option->letter ? option->letter : ' ',
        option->letter ? "," : " ", option->name, option->argument ? "=" : "",
        option->argument ? option->argument : "");

    g_string_append_printf(out, "  %-30s %s\n", left, option->help);
}

static void append_group(GString *out, const char *title, OptionsMode modes)
{
    g_string_append_printf(out, "\n%s:\n", title);
    for (const Option *option = options_table(); option->name; option++) {
        if (option->help && option->modes == modes)
            append_option(out, option);
    }
}

static void append_subcommands(GString *out)
{
    g_string_append(out, "\nCommands that need no VM:\n");
    for (const Command *const *row = command_table()->rows; *row; row++) {
        g_autofree char *usage = command_usage(*row);

        if ((*row)->needs == NEEDS_STORE)
            g_string_append_printf(out, "  %-30s %s\n", usage, (*row)->help);
    }
}

char *options_help(void)
{
    GString *out = g_string_new(
        "Usage: qmpbridge run [OPTION]... [SCRIPT]      start a VM that can be recorded\n"
        "       qmpbridge serve [OPTION]... MONITOR     let many clients share a QMP monitor\n"
        "       qmpbridge derive [OPTION]... BASE NEW   make a disk image on top of another\n"
        "       qmpbridge console [OPTION]... VM        type on a guest's console\n"
        "       qmpbridge [OPTION]... SOCKET [SCRIPT]   attach to a running VM\n"
        "       qmpbridge [OPTION]... COMMAND [NAME]    work on the recordings\n"
        "\n"
        "SOCKET is the control socket of a 'qmpbridge run' or a QMP monitor: a path, unix:PATH,\n"
        "abstract:NAME, tcp:HOST:PORT, tls:HOST:PORT or fd:N; NAME=SOCKET gives the VM a name.\n"
        "SCRIPT holds one command a line; '-' is standard input.\n"
        "Without -c and SCRIPT there is a prompt on a terminal; 'help' lists its commands.\n");

    append_subcommands(out);
    append_group(out, "Options of run", MODE_RUN);
    append_group(out, "Options of run and of serve", MODE_RUN | MODE_SERVE);
    append_group(out, "Options of run and of console", MODE_RUN | MODE_CONSOLE);
    append_group(out, "Options of console", MODE_CONSOLE);
    append_group(out, "Options of attaching", MODE_ATTACH);
    append_group(out, "Options of run and of attaching", MODE_RUN | MODE_ATTACH);
    append_group(out, "Options of run, of serve and of attaching",
                 MODE_RUN | MODE_SERVE | MODE_ATTACH);
    append_group(out, "Options of verify", MODE_STORE);
    append_group(out, "Options", MODE_ANY & ~MODE_PRINT);
    append_group(out, "Information", MODE_PRINT);
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
    GString *out = g_string_new("help\nrun\nserve\nconsole\nderive\n");

    for (const Command *const *row = command_table()->rows; *row; row++) {
        if ((*row)->needs == NEEDS_STORE)
            g_string_append_printf(out, "%s\n", (*row)->name);
    }
    return g_string_free(out, FALSE);
}
