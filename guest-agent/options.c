/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line of recctrlu, taken apart; see options.h.
 */
#include "guest-agent/options.h"

#include "guest-agent/libc.h"

static bool parse_number(const char *text, unsigned long max, unsigned long *value)
{
    char *end;

    if (text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    *value = strtoul(text, &end, 0);
    return errno == 0 && *end == '\0' && *value <= max;
}

/* The value of option @name: "--name=value" or the next argument. NULL if @argv[*at] is another
 * option, "" if the value is missing. */
static const char *option_value(const char *name, int argc, char **argv, int *at)
{
    size_t len = strlen(name);

    if (strncmp(argv[*at], name, len) != 0)
        return NULL;
    if (argv[*at][len] == '=')
        return argv[*at] + len + 1;
    if (argv[*at][len] != '\0')
        return NULL;
    return *at + 1 < argc ? argv[++*at] : "";
}

static bool parse_switch(Options *options, const char *arg)
{
    const struct {
        const char *name;
        bool *value;
    } switches[] = {
        {"--help", &options->help},         {"-h", &options->help},
        {"--version", &options->version},   {"-V", &options->version},
        {"--cpuid", &options->panda},       {"--quiet", &options->quiet},
        {"--optional", &options->optional},
    };

    for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
        if (strcmp(arg, switches[i].name) == 0) {
            *switches[i].value = true;
            return true;
        }
    }
    return false;
}

static const char *parse_option(Options *options, int argc, char **argv, int *at)
{
    const char *value;
    unsigned long number;

    if (parse_switch(options, argv[*at]))
        return NULL;
    if ((value = option_value("--wait", argc, argv, at))) {
        if (!parse_number(value, 86400, &number))
            return "--wait needs a number of seconds, 0 to 86400";
        options->wait = (unsigned)number;
        return NULL;
    }
    if ((value = option_value("--token", argc, argv, at))) {
        if (!parse_number(value, ~0ul, &number) || number == 0)
            return "--token needs a number other than 0";
        options->token = number;
        return NULL;
    }
    return "unknown option";
}

const char *options_parse(Options *options, int argc, char **argv)
{
    memset(options, 0, sizeof(*options));
    options->wait = OPTIONS_WAIT;
    for (int at = 1; at < argc; at++) {
        const char *wrong;

        if (argv[at][0] != '-') {
            options->command = argv[at];
            options->args = &argv[at + 1];
            options->n_args = argc - at - 1;
            return NULL;
        }
        wrong = parse_option(options, argc, argv, &at);
        if (wrong)
            return wrong;
    }
    return options->help || options->version ? NULL : "a command is missing";
}
