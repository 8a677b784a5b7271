/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The arguments of pam_recctrl.so; see pam-options.h.
 */
#include "guest-agent/pam-options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "guest-agent/pam-name.h"

#define WAIT_MAX 3600 /* seconds; a login that takes longer is lost anyway */
#define ITEM_MAX 256  /* bytes of a user's, group's or service's name */

/* The text behind "KEY=" if @argument begins so, else NULL. */
static const char *value_of(const char *argument, const char *key)
{
    size_t length = strlen(key);

    return strncmp(argument, key, length) == 0 && argument[length] == '=' ? argument + length + 1
                                                                          : NULL;
}

static const char *check_list(const char *list)
{
    size_t length;

    do {
        length = strcspn(list, ",");
        if (length == 0 || length >= ITEM_MAX || strcspn(list, " \t") < length)
            return "a list has names with commas between them, and no blanks";
        list += length;
    } while (*list++);
    return NULL;
}

static const char *parse_wait(const char *text, unsigned *seconds)
{
    unsigned long value;
    char *end;

    errno = 0;
    value = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end || errno || value > WAIT_MAX)
        return "wait= needs a number of seconds, 0 to 3600";
    *seconds = (unsigned)value;
    return NULL;
}

static const char *parse_one(PamOptions *options, const char *argument)
{
    const struct {
        const char *key;
        const char **list;
    } lists[] = {
        {"users", &options->users},
        {"groups", &options->groups},
        {"services", &options->services},
    };
    const char *value, *wrong;

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        if (!(value = value_of(argument, lists[i].key)))
            continue;
        wrong = check_list(value);
        if (!wrong)
            *lists[i].list = value;
        return wrong;
    }
    if ((value = value_of(argument, "name"))) {
        wrong = pam_name_check(value);
        if (!wrong)
            options->name = value;
        return wrong;
    }
    if ((value = value_of(argument, "wait")))
        return parse_wait(value, &options->wait);
    if (strcmp(argument, "debug") == 0)
        options->debug = true;
    else if (strcmp(argument, "optional") == 0)
        options->required = false;
    else if (strcmp(argument, "required") != 0)
        return "unknown option; known: users=, groups=, services=, name=, wait=, optional, "
               "required, debug";
    return NULL;
}

const char *pam_options_parse(PamOptions *options, int argc, const char **argv, const char **which)
{
    const char *wrong = NULL;

    memset(options, 0, sizeof(*options));
    options->name = PAM_NAME_DEFAULT;
    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], "required") == 0)
            options->required = true;
    for (int i = 0; i < argc && !wrong; i++) {
        wrong = parse_one(options, argv[i]);
        *which = argv[i];
    }
    return wrong;
}

bool pam_options_any(const char *list, bool (*match)(const char *item, void *opaque), void *opaque)
{
    char item[ITEM_MAX];
    size_t length;

    if (!list)
        return false;
    do {
        length = strcspn(list, ",");
        if (length < sizeof(item)) {
            memcpy(item, list, length);
            item[length] = '\0';
            if (match(item, opaque))
                return true;
        }
        list += length;
    } while (*list++);
    return false;
}

static bool is_equal(const char *item, void *other)
{
    return strcmp(item, other) == 0;
}

bool pam_options_has(const char *list, const char *item)
{
    return item && pam_options_any(list, is_equal, (void *)(size_t)item);
}
