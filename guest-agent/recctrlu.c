/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recctrlu: asks the emulator, from inside the guest, to record. One table row for each command;
 * the same rows make the help. It needs no privilege and no environment.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "guest-agent/install-pam.h"
#include "guest-agent/libc.h"
#include "guest-agent/options.h"
#include "guest-agent/recctrl.h"
#include "guest-agent/run.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif

/* Exit codes; stable, documented in recctrlu.1. */
enum {
    EXIT_DONE = 0,
    EXIT_REFUSED = 1,
    EXIT_USAGE = 2,
    EXIT_UNHEARD = 3,
    EXIT_TIMED_OUT = 4,
    EXIT_UNCHANGED = 6,
};

typedef struct {
    const char *name;
    const char *args;
    const char *help;
    int min_args, max_args; /* -1: any number */
    int (*handler)(const Options *options);
} Command;

static void say(const Options *options, const char *text)
{
    if (!options->quiet)
        fprintf(stderr, "%s\n", text);
}

static int usage(const char *what, const char *which)
{
    fprintf(stderr, "recctrlu: %s%s%s; see recctrlu --help\n", which ? which : "",
            which ? ": " : "", what);
    return EXIT_USAGE;
}

static int unheard(void)
{
    fputs("recctrlu: no recorder listens here (no hypercall was answered): is this machine an "
          "emulator with the plugin recctrl?\n",
          stderr);
    return EXIT_UNHEARD;
}

static int report(const Options *options, long answer)
{
    switch (answer) {
    case RECCTRL_UNHEARD:
        return unheard();
    case HYPERCALL_ERROR:
        fputs("recctrlu: the recorder refused, or the recording failed: the host knows why\n",
              stderr);
        return EXIT_REFUSED;
    case HYPERCALL_NOOP:
        say(options, "Success.");
        return EXIT_DONE;
    case HYPERCALL_STARTED:
        say(options, "Success. Started recording.");
        return EXIT_DONE;
    case HYPERCALL_STOPPED:
        say(options, "Success. Stopped recording.");
        return EXIT_DONE;
    case HYPERCALL_PENDING:
        fputs("recctrlu: not done yet; the request stands, ask again with 'recctrlu status'\n",
              stderr);
        return EXIT_TIMED_OUT;
    default:
        fprintf(stderr, "recctrlu: unknown answer %ld: another kind of recorder?\n", answer);
        return EXIT_REFUSED;
    }
}

static int do_toggle(const Options *options)
{
    return report(options, recctrl_toggle(options->args[0]));
}

static int do_open(const Options *options)
{
    return report(options, recctrl_open(options->args[0], options->token));
}

static int do_close(const Options *options)
{
    return report(options, recctrl_close(options->args[0], options->token));
}

static int do_mark(const Options *options)
{
    long answer = recctrl_mark(options->args[0]);

    if (answer == HYPERCALL_PENDING) {
        say(options, "Success. The mark is on its way.");
        return EXIT_DONE;
    }
    if (answer == HYPERCALL_NOOP) {
        fputs("recctrlu: no recording is on that a mark could go into\n", stderr);
        return EXIT_UNCHANGED;
    }
    return report(options, answer);
}

static int do_probe(const Options *options)
{
    int features = recctrl_probe();

    if (features < 0)
        return unheard();
    if (!options->quiet) {
        printf("recorder: ABI %d, recording %s, %s mode\n", HYPERCALL_ABI_VERSION,
               features & HYPERCALL_FEATURE_DRY      ? "dry"
               : features & HYPERCALL_FEATURE_RECORD ? "possible"
                                                     : "not possible",
               features & HYPERCALL_FEATURE_SESSIONS ? "session" : "toggle");
    }
    return EXIT_DONE;
}

static int do_start(const Options *options)
{
    unsigned long token = options->token ? options->token : recctrl_new_token();
    long answer = recctrl_start(options->args[0], token, options->wait);

    if (answer == HYPERCALL_NOOP) {
        fputs("recctrlu: a recording is on already\n", stderr);
        return EXIT_UNCHANGED;
    }
    return report(options, answer);
}

static int do_stop(const Options *options)
{
    long answer = recctrl_stop(options->token, options->wait);

    if (answer == HYPERCALL_NOOP) {
        fputs("recctrlu: there is no recording to stop\n", stderr);
        return EXIT_UNCHANGED;
    }
    if (answer == HYPERCALL_STARTED) {
        fputs("recctrlu: the recording could not be ended: it is still on\n", stderr);
        return EXIT_REFUSED;
    }
    return report(options, answer);
}

static int do_status(const Options *options)
{
    long answer = recctrl_status(options->token);

    if (answer == RECCTRL_UNHEARD)
        return unheard();
    puts(answer == HYPERCALL_STARTED   ? "on"
         : answer == HYPERCALL_STOPPED ? "off"
         : answer == HYPERCALL_PENDING ? "pending"
                                       : "failed");
    return answer == HYPERCALL_ERROR ? EXIT_REFUSED : EXIT_DONE;
}

static int finish_run(const Options *options, unsigned long token, int status)
{
    long answer = recctrl_stop(token, options->wait);

    if (answer == HYPERCALL_NOOP) {
        fputs("recctrlu: the recording had ended before the command did\n", stderr);
        return status;
    }
    if (answer != HYPERCALL_STOPPED) {
        report(options, answer);
        return RUN_FAILED;
    }
    return status;
}

static int do_run(const Options *options)
{
    char **command = &options->args[1];
    unsigned long token = options->token ? options->token : recctrl_new_token();
    long answer;

    if (strcmp(command[0], "--") == 0 && !*++command) {
        fputs("recctrlu: run: a command is missing after --\n", stderr);
        return EXIT_USAGE;
    }
    if (options->optional && recctrl_probe() < 0)
        return run_command(command);
    answer = recctrl_start(options->args[0], token, options->wait);
    if (answer == HYPERCALL_NOOP) {
        fputs("recctrlu: a recording is on already; the command was not run\n", stderr);
        return RUN_FAILED;
    }
    if (answer != HYPERCALL_STARTED && answer != HYPERCALL_STOPPED) {
        report(options, answer);
        /* It may still begin after the deadline: a stop by token ends it then, at once. */
        recctrl_stop(token, 0);
        return RUN_FAILED;
    }
    return finish_run(options, token, run_command(command));
}

/* Without words of its own the line is for the module that is made along with recctrlu. */
static int do_install_pam(const Options *options)
{
    static char *const no_arguments[] = {NULL};
    const char *file = "/etc/pam.d/sshd", *wrong;
    char **args = options->args;
    PamLine line = {.module = "pam_recctrl.so", .arguments = no_arguments};
    int error;

    for (; *args && (*args)[0] == '-'; args++) {
        if (strcmp(*args, "--remove") == 0)
            line.remove = true;
        else if (strncmp(*args, "--file=", strlen("--file=")) == 0)
            file = *args + strlen("--file=");
        else if (strcmp(*args, "--file") == 0 && args[1])
            file = *++args;
        else
            return usage("has --remove and --file FILE", "install-pam");
    }
    if (*args) {
        line.module = args[0];
        line.arguments = &args[1];
    }
    switch (install_pam(file, &line, &wrong, &error)) {
    case INSTALL_FAILED:
        fprintf(stderr, "recctrlu: %s: %s%s%s\n", file, wrong, error ? ": " : "",
                error ? strerror(error) : "");
        return EXIT_REFUSED;
    case INSTALL_UNCHANGED:
        say(options, "Success. Nothing had to be changed.");
        return EXIT_DONE;
    default:
        say(options,
            line.remove ? "Success. The line is taken away." : "Success. The line is there.");
        return EXIT_DONE;
    }
}

static const Command commands[] = {
    {"toggle", "NAME", "start a recording, or stop the present one", 1, 1, do_toggle},
    {"open_session", "NAME", "a session begins; the first one starts a recording", 1, 1, do_open},
    {"close_session", "NAME", "a session ends; the last one stops the recording", 1, 1, do_close},
    {"probe", "", "say whether a recorder listens", 0, 0, do_probe},
    {"start", "NAME", "start a recording and wait until it has begun", 1, 1, do_start},
    {"stop", "", "stop the recording and wait until it is whole", 0, 0, do_stop},
    {"status", "", "print on, off, pending or failed", 0, 0, do_status},
    {"mark", "TEXT", "put a bookmark into the recording", 1, 1, do_mark},
    {"run", "NAME [--] COMMAND...", "record a command; exits with its status", 2, -1, do_run},
    {"install-pam", "[--remove] [MODULE...]",
     "write the login hook's line for PAM, or take it back", 0, -1, do_install_pam},
};
#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int print_help(void)
{
    puts("Usage: recctrlu [OPTION]... COMMAND [ARGUMENT]...\n"
         "Asks the emulator that runs this machine to record.\n\nCommands:");
    for (size_t i = 0; i < N_COMMANDS; i++)
        printf("  %-14s%-23s%s\n", commands[i].name, commands[i].args, commands[i].help);
    printf("\nOptions (before the command):\n"
           "  --wait SECONDS  how long start, stop and run wait (default %u)\n"
           "  --token N       identity of a session or recording, not 0\n"
           "  --optional      run: go on without a recording where no recorder listens\n"
           "  --cpuid         use the instruction that PANDA knows\n"
           "  --quiet         print errors only\n"
           "  --help, --version\n\n"
           "install-pam has, behind it: --file FILE (default /etc/pam.d/sshd), --remove; then the\n"
           "module, pam_recctrl.so if none is given, and its arguments.\n\n"
           "Exit codes: 0 done, 1 refused or failed, 2 usage, 3 no recorder listens here,\n"
           "4 still pending, 6 nothing to do; run: the command's, 125 not recorded, 126, 127.\n",
           OPTIONS_WAIT);
    return EXIT_DONE;
}

static int execute(const Options *options)
{
    for (size_t i = 0; i < N_COMMANDS; i++) {
        const Command *command = &commands[i];

        if (strcmp(options->command, command->name) != 0)
            continue;
        if (options->n_args < command->min_args ||
            (command->max_args >= 0 && options->n_args > command->max_args)) {
            return usage(command->args[0] ? "wrong number of arguments" : "takes no arguments",
                         command->name);
        }
        if (options->n_args > 0 && !recctrl_text_fits(options->args[0]))
            return usage("longer than 127 bytes", command->args);
        return command->handler(options);
    }
    return usage("unknown command", options->command);
}

int main(int argc, char **argv)
{
    Options options;
    const char *wrong = options_parse(&options, argc, argv);

    if (wrong)
        return usage(wrong, NULL);
    if (options.help)
        return print_help();
    if (options.version) {
        puts("recctrlu (qmpbridge) " PACKAGE_VERSION);
        return EXIT_DONE;
    }
    if (options.panda)
        recctrl_use_panda();
    return execute(&options);
}
