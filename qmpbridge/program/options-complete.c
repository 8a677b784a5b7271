/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What can stand on the program's own command line, for the completion of bash and zsh: they give
 * the words and print what comes back. One candidate a line; with a line that begins with ':' the
 * shell completes by itself: ":files BEFORE" and ":directories BEFORE", where BEFORE is what
 * stands before the file's name in the word. Nothing is started, and no VM is asked.
 */
#include <string.h>

#include "qmpbridge/program/options.h"
#include "qmpbridge/program/running-vms.h"
#include "qmpbridge/program/subcommands.h"
#include "qmpbridge/store/store.h"
#include "qmpbridge/commands/command-table.h"
#include "qmpbridge/ui/prompt/argument-completers.h"

/* Values that can be listed, by option. */
static const struct {
    const char *option, *values;
} choices[] = {
    {"disk-interface", "virtio ide"},
    {"firmware", "default uefi"},
    {"display", "none vga vnc="},
    {"net", "none user restricted"},
    {"accel", "auto kvm tcg"},
    {"console", "socket stdio none"},
    {"escape", "^] none"},
    {"cpu-affinity", "auto none"},
    {"recctrl", "session_rec=on session_rec=off nrec= timeout= dry=on dry=off"},
};

/* The line up to the word that is completed. */
typedef struct {
    const char *word;
    const char *command;  /* the first positional word, or NULL */
    guint positional;     /* how many stand before the word */
    const Option *option; /* the word is its value */
    const char *before;   /* what of the word isn't the value: "--store=" */
    gboolean only_words;  /* behind "--" */
    const char *store;
    GString *out;
} PartialLine;

static void offer(PartialLine *place, const char *before, const char *candidate)
{
    g_autofree char *whole = g_strconcat(before, candidate, NULL);

    if (g_str_has_prefix(whole, place->word) && !strpbrk(whole, "\r\n"))
        g_string_append_printf(place->out, "%s\n", whole);
}

static void offer_words(PartialLine *place, const char *before, const char *words)
{
    g_auto(GStrv) split = g_strsplit(words, " ", -1);

    for (char **word = split; *word; word++)
        offer(place, before, *word);
}

static void offer_files(PartialLine *place, const char *kind, const char *before)
{
    g_string_append_printf(place->out, ":%s %s\n", kind, before);
}

/* --- reading the line -------------------------------------------------------------------- */

/* The option that a word names, up to '='. */
static const Option *option_of(const char *word)
{
    for (const Option *option = options_table(); option->name; option++) {
        gsize len = strlen(option->name);

        if (word[1] != '-' && option->letter == word[1] && !word[2])
            return option;
        if (word[1] == '-' && strncmp(word + 2, option->name, len) == 0 &&
            (!word[2 + len] || word[2 + len] == '='))
            return option;
    }
    return NULL;
}

static gboolean is_option(const PartialLine *place, const char *word)
{
    return !place->only_words && word[0] == '-' && word[1];
}

/* Takes a word before the one that is completed; @option: whose value it must be, or NULL. Returns
 * the option whose value comes next. */
static const Option *take_word(PartialLine *place, const char *word, const Option *option)
{
    const char *equals = strchr(word, '=');

    if (option) {
        place->store = strcmp(option->name, "store") == 0 ? word : place->store;
        return NULL;
    }
    if (!place->only_words && strcmp(word, "--") == 0) {
        place->only_words = TRUE;
        return NULL;
    }
    if (is_option(place, word)) {
        option = option_of(word);
        if (option && equals)
            return take_word(place, equals + 1, option);
        return option && option->argument ? option : NULL;
    }
    if (!place->positional++)
        place->command = word;
    return NULL;
}

/* @before: (out) (transfer full): what PartialLine.before borrows. */
static void read_line(PartialLine *place, char **words, guint index, char **before)
{
    const Option *option = NULL;
    const char *equals;
    guint i;

    for (i = 0; i < index && words[i]; i++)
        option = take_word(place, words[i], option);
    place->word = words[i] ? words[i] : "";
    equals = strchr(place->word, '=');
    if (!option && equals && is_option(place, place->word)) {
        option = option_of(place->word);
        *before = g_strndup(place->word, (gsize)(equals + 1 - place->word));
    }
    place->option = option;
    place->before = *before ? *before : "";
}

/* --- candidates -------------------------------------------------------------------------- */

/* Where the options must be allowed, as far as the line shows it. */
static guint modes_of(const PartialLine *place)
{
    const Subcommand *row = place->command ? subcommand_find(place->command) : NULL;

    if (!place->command)
        return MODE_ANY;
    if (row)
        return row->mode | MODE_PRINT;
    return (command_find(command_table(), place->command) ? MODE_STORE : MODE_ATTACH) | MODE_PRINT;
}

static void offer_options(PartialLine *place)
{
    for (const Option *option = options_table(); option->name; option++) {
        if (option->help && (option->modes & modes_of(place)))
            offer(place, "--", option->name);
    }
}

/* Words of each target, all of them once: which emulator it will be isn't known. */
static void offer_targets(PartialLine *place)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    const Target *target;
    gsize n;

    target = target_table(&n);
    for (gsize i = 0; i < n; i++) {
        if (g_hash_table_add(seen, (gpointer)target[i].machines))
            offer_words(place, place->before, target[i].machines);
    }
}

static void offer_values(PartialLine *place)
{
    const Option *option = place->option;

    if (strcmp(option->name, "machine") == 0)
        offer_targets(place);
    for (gsize i = 0; i < G_N_ELEMENTS(choices); i++) {
        if (strcmp(choices[i].option, option->name) == 0)
            offer_words(place, place->before, choices[i].values);
    }
    if (g_strcmp0(option->argument, "DIR") == 0)
        offer_files(place, "directories", place->before);
    else if (g_strcmp0(option->argument, "FILE") == 0 || g_strcmp0(option->argument, "PATH") == 0)
        offer_files(place, "files", place->before);
}

static void offer_recordings(PartialLine *place)
{
    g_autofree char *path = place->store ? g_strdup(place->store) : store_default_path();
    g_autoptr(Store) store = store_open(path, FALSE, NULL);
    g_autoptr(GPtrArray) recordings = store ? store_list(store, NULL) : NULL;

    for (guint i = 0; recordings && i < recordings->len; i++)
        offer(place, "", ((Recording *)recordings->pdata[i])->name);
}

/* The VMs that run: by name, or by control socket. */
static void offer_running(PartialLine *place, gboolean by_name)
{
    g_autoptr(GPtrArray) vms = running_vms_list();

    for (guint i = 0; i < vms->len; i++) {
        const RunningVm *vm = vms->pdata[i];

        offer(place, "", by_name ? vm->name : vm->socket);
    }
}

static void offer_first(PartialLine *place)
{
    g_autofree char *subcommands = options_list_subcommands();

    g_strdelimit(subcommands, "\n", ' ');
    offer_words(place, "", g_strchomp(subcommands));
    offer_running(place, FALSE);
    offer_files(place, "files", "");
}

static void offer_to_subcommand(PartialLine *place, const Subcommand *row)
{
    if (row->vm_name && place->positional == 1)
        offer_running(place, TRUE);
    if (row->vm && place->positional == 1)
        offer_running(place, FALSE);
    if (place->positional <= MAX(row->n_words, 1))
        offer_files(place, "files", "");
}

/* Words behind the first one. */
static void offer_further(PartialLine *place)
{
    const Command *row = command_find(command_table(), place->command);
    const Subcommand *subcommand = subcommand_find(place->command);

    if (subcommand) {
        offer_to_subcommand(place, subcommand);
    } else if (row && strcmp(row->name, "help") == 0 && place->positional == 1) {
        for (const Command *const *each = command_table()->rows; *each; each++)
            offer(place, "", (*each)->name);
    } else if (row && row->arguments[0].complete == complete_recordings && place->positional == 1) {
        offer_recordings(place);
    } else if (!row && place->positional == 1) {
        offer_files(place, "files", "");
    }
}

char *options_complete(char **words, guint index)
{
    PartialLine place = {.out = g_string_new(NULL)};
    g_autofree char *before = NULL;

    read_line(&place, words, index, &before);
    if (place.option)
        offer_values(&place);
    else if (is_option(&place, place.word) || strcmp(place.word, "-") == 0)
        offer_options(&place);
    else if (place.positional)
        offer_further(&place);
    else
        offer_first(&place);
    return g_string_free(place.out, FALSE);
}
