/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recctrlu: asks the emulator, from inside the guest, to record. One table row for each command;
 * the same rows make the help. It needs no privilege, no environment and no library.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "guest-agent/channel.h"
#include "guest-agent/hypercall-abi.h"
#include "guest-agent/options.h"
#include "guest-agent/run.h"
#include "guest-agent/waiting.h"

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
    int action;             /* of the commands that are one hypercall */
    int (*handler)(const Options *options, int action);
} Command;

static void say(const Options *options, const char *text)
{
    if (!options->quiet)
        fprintf(stderr, "%s\n", text);
}

static int unheard(void)
{
    fputs("recctrlu: no recorder listens here (no hypercall was answered): is this machine an "
          "emulator with the plugin recctrl?\n",
          stderr);
    return EXIT_UNHEARD;
}

/* A token need not be secret, only different from those of other runs in this guest. */
static unsigned long new_token(void)
{
    struct timespec now = {0, 0};
    unsigned long token = 0;

    if (getrandom(&token, sizeof(token), GRND_NONBLOCK) != (ssize_t)sizeof(token)) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        token = (unsigned long)now.tv_nsec << 32 ^ (unsigned long)now.tv_sec << 20;
        token ^= (unsigned long)getpid();
    }
    return token ? token : 1;
}

static int report(const Options *options, long answer)
{
    switch (answer) {
    case CHANNEL_UNHEARD:
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

static int do_call(const Options *options, int action)
{
    const char *text = options->n_args > 0 ? options->args[0] : NULL;

    return report(options, channel_call(action, text, options->token));
}

static int do_mark(const Options *options, int action)
{
    long answer = channel_call(action, options->args[0], 0);

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

static int do_probe(const Options *options, int action)
{
    int features = channel_probe();

    (void)action;
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

static int do_start(const Options *options, int action)
{
    unsigned long token = options->token ? options->token : new_token();
    long answer = waiting_start(options->args[0], token, options->wait);

    (void)action;
    if (answer == HYPERCALL_NOOP) {
        fputs("recctrlu: a recording is on already\n", stderr);
        return EXIT_UNCHANGED;
    }
    return report(options, answer);
}

static int do_stop(const Options *options, int action)
{
    long answer = waiting_stop(options->token, options->wait);

    (void)action;
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

static int do_status(const Options *options, int action)
{
    long answer = channel_call(action, NULL, options->token);

    if (answer == CHANNEL_UNHEARD)
        return unheard();
    puts(answer == HYPERCALL_STARTED   ? "on"
         : answer == HYPERCALL_STOPPED ? "off"
         : answer == HYPERCALL_PENDING ? "pending"
                                       : "failed");
    return answer == HYPERCALL_ERROR ? EXIT_REFUSED : EXIT_DONE;
}

static int finish_run(const Options *options, unsigned long token, int status)
{
    long answer = waiting_stop(token, options->wait);

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

static int do_run(const Options *options, int action)
{
    char **command = &options->args[1];
    unsigned long token = options->token ? options->token : new_token();
    long answer;

    (void)action;
    if (strcmp(command[0], "--") == 0 && !*++command) {
        fputs("recctrlu: run: a command is missing after --\n", stderr);
        return EXIT_USAGE;
    }
    if (options->optional && channel_probe() < 0)
        return run_command(command);
    answer = waiting_start(options->args[0], token, options->wait);
    if (answer == HYPERCALL_NOOP) {
        fputs("recctrlu: a recording is on already; the command was not run\n", stderr);
        return RUN_FAILED;
    }
    if (answer != HYPERCALL_STARTED && answer != HYPERCALL_STOPPED) {
        report(options, answer);
        /* It may still begin after the deadline: a stop by token ends it then, at once. */
        waiting_stop(token, 0);
        return RUN_FAILED;
    }
    return finish_run(options, token, run_command(command));
}

static const Command commands[] = {
    {"toggle", "NAME", "start a recording, or stop the present one", 1, 1, HYPERCALL_TOGGLE,
     do_call},
    {"open_session", "NAME", "a session begins; the first one starts a recording", 1, 1,
     HYPERCALL_OPEN, do_call},
    {"close_session", "NAME", "a session ends; the last one stops the recording", 1, 1,
     HYPERCALL_CLOSE, do_call},
    {"probe", "", "tell whether a recorder listens", 0, 0, HYPERCALL_PROBE, do_probe},
    {"start", "NAME", "start a recording and wait until it has begun", 1, 1, HYPERCALL_START,
     do_start},
    {"stop", "", "stop the recording and wait until it is whole", 0, 0, HYPERCALL_STOP, do_stop},
    {"status", "", "print on, off, pending or failed", 0, 0, HYPERCALL_STATUS, do_status},
    {"mark", "TEXT", "put a bookmark into the recording", 1, 1, HYPERCALL_MARK, do_mark},
    {"run", "NAME [--] COMMAND...", "record a command; exits with its status", 2, -1,
     HYPERCALL_START, do_run},
};
#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int print_help(void)
{
    puts("Usage: recctrlu [OPTION]... COMMAND [ARGUMENT]...\n"
         "Asks the emulator that runs this machine to record.\n\nCommands:");
    for (size_t i = 0; i < N_COMMANDS; i++)
        printf("  %-14s%-22s%s\n", commands[i].name, commands[i].args, commands[i].help);
    printf("\nOptions (before the command):\n"
           "  --wait SECONDS  how long start, stop and run wait (default %u)\n"
           "  --token N       identity of a session or recording, not 0\n"
           "  --optional      run: go on without a recording where no recorder listens\n"
           "  --cpuid         use the instruction that PANDA knows\n"
           "  --quiet         print errors only\n"
           "  --help, --version\n\n"
           "Exit codes: 0 done, 1 refused or failed, 2 usage, 3 no recorder listens here,\n"
           "4 still pending, 6 nothing to do; run: the command's, 125 not recorded, 126, 127.\n",
           OPTIONS_WAIT);
    return EXIT_DONE;
}

static int usage(const char *what, const char *which)
{
    fprintf(stderr, "recctrlu: %s%s%s; see recctrlu --help\n", which ? which : "",
            which ? ": " : "", what);
    return EXIT_USAGE;
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
        if (options->n_args > 0 && !channel_text_fits(options->args[0]))
            return usage("longer than 127 bytes", command->args);
        return command->handler(options, command->action);
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
        channel_use_panda();
    return execute(&options);
}
