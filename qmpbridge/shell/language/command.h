/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a row of the command table is: one command, for the prompt, scripts, -c, the program's
 * subcommands, help, completion and the test that compares the man page with it. The table itself
 * is commands/command-table.c; the program hands it to a shell, which hands it on to completion.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct CommandCall CommandCall; /* see call.h */
typedef struct Candidates Candidates;   /* see ui/prompt/candidates.h */

/** How words become an argument's value. */
typedef enum {
    ARGUMENT_WORD,    /**< one word */
    ARGUMENT_KEYWORD, /**< one of its keywords */
    ARGUMENT_SWITCH,  /**< its own name turns it on; NAME=no and the like are taken too */
    ARGUMENT_REST,    /**< all remaining words, joined by blanks */
    ARGUMENT_WORDS,   /**< all remaining words, for the command to take apart */
    ARGUMENT_LINE,    /**< the rest of the line as it was typed, quotes and all; the only one */
    ARGUMENT_COMMAND, /**< the rest of the line, another command with its arguments; the only one */
    ARGUMENT_PAIRS,   /**< any number of key=value, anywhere */
} ArgumentType;

#define COMMAND_MAX_KEYWORDS 4

typedef struct {
    const char *name; /**< NULL ends the list; lower case, upper case in usage texts */
    ArgumentType type;
    gboolean optional;
    const char *usage; /**< (nullable): what usage texts show instead of the name */
    /** (nullable): offers what may be typed here; see ui/prompt/argument-completers.h. */
    void (*complete)(Candidates *candidates);
    const char *keywords[COMMAND_MAX_KEYWORDS]; /**< fixed words that are offered besides */
} Argument;

/** What a command needs to run. */
typedef enum {
    NEEDS_NOTHING,
    NEEDS_STORE,
    NEEDS_FILES,   /**< works on files and perhaps on the store, which need not be there */
    NEEDS_VM,      /**< is about one VM, whatever its connection's state */
    NEEDS_MONITOR, /**< is about one VM, whose monitor must be there */
} CommandNeeds;

/** What a command is about, in the order in which `help` lists them. */
typedef enum {
    FAMILY_NONE, /**< of no row */
    FAMILY_RECORDING,
    FAMILY_STORE,
    FAMILY_QMP,
    FAMILY_VMS,
    FAMILY_SHELL,
} CommandFamily;

#define COMMAND_MAX_ARGUMENTS 4

/** A row of the table. */
typedef struct {
    const char *name;
    Argument arguments[COMMAND_MAX_ARGUMENTS];
    const char *help;    /**< one line, a capital first and no full stop last */
    const char *details; /**< further lines for `help NAME`, whole sentences */
    CommandFamily family;
    CommandNeeds needs;
    void (*run)(CommandCall *call); /**< ends in exactly one call_finish(), now or later */
} Command;

/** The commands that a shell has. */
typedef struct {
    const Command *const *rows; /**< sorted by name, NULL last */
    const Command *qmp;         /**< runs a line whose first word is no row's name */
    const Command *json;        /**< runs a line that is a JSON object */
} CommandTable;

/** A row by name, or NULL. */
const Command *command_find(const CommandTable *table, const char *name);

/** TRUE if it needs no VM: the program's command line takes it, too. */
gboolean command_is_offline(const Command *command);

/** "Recordings": what a family is called; NULL past the last one. */
const char *command_family_name(CommandFamily family);

/** "wait EVENT [KEY=VALUE]... [SECONDS]". Returns: (transfer full). */
char *command_usage(const Command *command);

/**
 * Binds words to a command's arguments.
 *
 * @words: (nullable): those after the command's name. A word may carry the argument's name:
 *   "file_name=x" binds as "x" does.
 * @values: set to COMMAND_MAX_ARGUMENTS strings (NULL where not given), in the order of the
 *   arguments; free with command_free_values().
 * @pairs: set to the key=value words, or to those of ARGUMENT_WORDS; free with g_strfreev().
 *
 * Returns: FALSE with BRIDGE_ERROR_USAGE, whose text is the usage; @values and @pairs then are
 * NULL.
 */
gboolean command_bind(const Command *command, char **words, char ***values, char ***pairs,
                      GError **error);

/**
 * The words of a line that begins with the name of a row whose argument is an ARGUMENT_LINE: the
 * name, and the rest as it was typed without the blanks around it, if there is any; or of a row
 * that takes another command's line, which begins so: the name, then the words of that.
 *
 * Returns: (transfer full) (nullable): NULL for other lines, which words_split() splits.
 */
char **command_line_words(const CommandTable *table, const char *line);
/** TRUE if the command that begins in @line goes on in the next line: a quote or bracket is open,
 * and it isn't one of those that take the line as it was typed. */
gboolean command_line_is_open(const CommandTable *table, const char *line);

/** @values: (nullable). */
void command_free_values(char **values);

/**
 * Checks the table itself: sorted and unique names, texts there and well-formed, no argument after
 * one that takes the rest, no required one after an optional one, keywords where they are needed.
 *
 * Returns: (transfer full): NULL if all is well, else what is wrong with which row.
 */
char *command_table_check(const Command *const *rows);

G_END_DECLS
