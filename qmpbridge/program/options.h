/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program's options: one table, which serves the parser of the command line, the configuration
 * file, --help, the completion and the test of the man page; and a set of them with their values.
 */
#pragma once

#include "qmpbridge/core/limits.h"
#include "qmpbridge/io/transport.h"
#include "qmpbridge/vm/affinity.h"
#include "qmpbridge/vm/machine.h"

G_BEGIN_DECLS

/** What the program is asked to do; bits, so that a set of them says where an option is allowed. */
typedef enum {
    MODE_RUN = 1 << 0,         /**< run: start a VM */
    MODE_ATTACH = 1 << 1,      /**< SOCKET: attach to a VM */
    MODE_STORE = 1 << 2,       /**< list, show, ...: one command that needs no VM */
    MODE_SERVE = 1 << 3,       /**< serve: a monitor to many clients */
    MODE_PRINT = 1 << 4,       /**< --help and its like: print Options.print */
    MODE_CONSOLE = 1 << 5,     /**< console: a terminal on a guest's console */
    MODE_DERIVE = 1 << 6,      /**< derive: make an image on top of another */
    MODE_MAINTENANCE = 1 << 7, /**< maintain: start a VM on an image itself */
    MODE_ANY = (1 << 8) - 1,
} OptionsMode;

/** Where the guest's console is typed at: --console. */
typedef enum {
    CONSOLE_SOCKET, /**< by clients of the control socket */
    CONSOLE_STDIO,  /**< on the terminal of `run` */
    CONSOLE_NONE,   /**< nowhere */
} ConsoleKind;

/** A parsed command line. Strings are owned; NULL where not given. */
typedef struct {
    OptionsMode mode;
    Machine *machine;          /**< MODE_RUN: checked by machine_check() */
    char *emulator;            /**< --qemu */
    char *plugin;              /**< --plugin, absolute */
    char *plugin_options;      /**< --recctrl: "session_rec=on,nrec=3", checked */
    char *store;               /**< --store, absolute */
    char *seed_directory;      /**< --seed-dir, absolute */
    char *seed_label;          /**< --seed-label */
    gboolean keep_disk;        /**< --keep-disk */
    char *keep_disk_directory; /**< --keep-disk-dir, absolute; implies the former */
    char *socket;              /**< --socket, absolute */
    char *machine_file;        /**< --machine-file, absolute */
    gboolean print_machine;
    gboolean force;     /**< --force: start what can't be recorded as well */
    char *base;         /**< (nullable) what file names are relative to while options are set;
                           NULL: the current directory */
    char *log;          /**< --log */
    Affinity *affinity; /**< --cpu-affinity; never NULL */
    char *cpus;         /**< its text */
    gboolean net_given; /**< --net; otherwise --forward and --allow imply one */
    gboolean dry_run, no_verify, no_idle_verify, json, return_value, no_color;
    guint keep_free, store_limit;       /**< --keep-free, --store-limit in MiB; 0: none */
    gboolean pending, all, trust_paths; /**< MODE_STORE: appended to .words */
    gboolean self_contained;            /**< likewise */
    char *output;                       /**< --output, likewise */
    double timeout;                     /**< --timeout in seconds; 0: none */
    double idle_end;                    /**< --idle-end in seconds; 0: never */
    double monitor_timeout;             /**< --monitor-timeout in seconds; 0: the default */
    GPtrArray *commands;                /**< -c: char *, NULL-terminated after parsing */
    char *script;                       /**< script file, "-" for standard input */
    ConsoleKind console;                /**< --console */
    gboolean console_given;
    char *escape;                   /**< --escape, checked */
    gboolean take, read_only, stay; /**< MODE_CONSOLE */
    char *address; /**< MODE_ATTACH, MODE_SERVE, MODE_CONSOLE: the monitor; NULL: only --attach has
                      any */
    GPtrArray *attach; /**< --attach: char *, [NAME=]ADDRESS; NULL-terminated after parsing */
    gboolean reconnect, keep_going, no_config;
    GHashTable *addresses; /**< addresses by name, of the configuration; never NULL */
    GHashTable *emulators; /**< paths by version and target, of the configuration; never NULL */
    TransportTls *tls;     /**< --tls-...; members are NULL where not given */
    char *
        *words; /**< MODE_STORE: the command and its arguments; else what follows the subcommand */
    guint complete; /**< --complete: the index of the word, and one */
    char *print;    /**< MODE_PRINT: the text */
} Options;

/** How an option's value is taken. */
typedef enum {
    OPTION_FLAG,    /**< no value; sets a gboolean */
    OPTION_TEXT,    /**< a string */
    OPTION_PATH,    /**< a file name, made absolute */
    OPTION_PROGRAM, /**< a program's name, or a file name, which is made absolute */
    OPTION_UINT,    /**< an unsigned number */
    OPTION_SIZE,    /**< a guint of MiB; suffixes K, M, G, T in powers of 1024 */
    OPTION_SECONDS, /**< seconds, fractions allowed */
    OPTION_LIST,    /**< a string, any number of times */
    OPTION_CALL,    /**< .set takes it */
    OPTION_PRINT,   /**< .make makes the text that is printed instead of anything else */
} OptionKind;

/** A row of the table. */
typedef struct {
    const char *name;     /**< without its dashes; NULL ends the table */
    char letter;          /**< or 0 */
    const char *argument; /**< name of the value in --help, or NULL */
    const char *help;     /**< one line; NULL hides it */
    OptionsMode modes;    /**< where it is allowed */
    OptionKind kind;
    gboolean in_machine; /**< .offset is into Machine, else into Options */
    gsize offset;
    gboolean (*set)(Options *options, const char *value, GError **error);
    /** OPTION_CALL of run: appends the values that .set would have to get, one by one. */
    void (*get)(const Options *options, GPtrArray *values);
    gboolean repeatable; /**< OPTION_CALL: each value adds something */
    gboolean of_network; /**< it needs one */
    gboolean typed_only; /**< it has no place in a file, since it says which files are read */
    char *(*make)(void);
} Option;

/** The option that words behind "--" of run are added to. */
#define OPTIONS_QEMU_ARGUMENTS "qemu-arguments"

/** The table, in the order of --help. */
const Option *options_table(void);

/** The defaults. Returns: (transfer full). */
Options *options_new(void);

/** Sets one option. @value: NULL turns a flag on. Returns: FALSE with BRIDGE_ERROR_USAGE. */
gboolean options_set(Options *options, const Option *option, const char *value, GError **error);

/** Appends the values of one option, which options_set() would have to get one by one: none for a
 * flag that is off, or a text that isn't set. @values: (element-type char *), owned. */
void options_get(const Options *options, const Option *option, GPtrArray *values);

/** @options: (nullable). */
void options_free(Options *options);

/** Sets BRIDGE_ERROR_USAGE. Returns: FALSE. */
gboolean options_wrong(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

/** Texts of OPTION_PRINT rows. Returns: (transfer full). (options-help.c) */
char *options_help(void);
char *options_version(void);
char *options_list_options(void);
char *options_list_commands(void);
char *options_list_subcommands(void);
/**
 * Candidates for a word of the program's own command line. (options-complete.c)
 *
 * @words: NULL-terminated, without the program's name. @index: of the word; may be the one behind
 * the last.
 *
 * Returns: (transfer full): a line for each; one that begins with ':' is for the shell to do.
 */
char *options_complete(char **words, guint index);
/** The commands in troff, for qmpbridge-shell(1). (options-manual.c) */
char *options_manual(void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Options, options_free)

G_END_DECLS
