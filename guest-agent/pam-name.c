/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The name of a login's recording, from its template; see pam-name.h.
 */
#include "guest-agent/pam-name.h"

#include <stddef.h>
#include <string.h>

/** A name under construction. */
typedef struct {
    char *text; /* of HYPERCALL_TEXT_MAX bytes */
    size_t used;
} Name;

static const char *user_value(const PamNameValues *values)
{
    return values->user;
}

static const char *service_value(const PamNameValues *values)
{
    return values->service;
}

static const char *tty_value(const PamNameValues *values)
{
    return values->tty;
}

static const char *rhost_value(const PamNameValues *values)
{
    return values->rhost;
}

static const char *time_value(const PamNameValues *values)
{
    static __thread char text[32];
    struct tm broken;

    if (!gmtime_r(&values->time, &broken) ||
        strftime(text, sizeof(text), "%Y%m%dT%H%M%SZ", &broken) == 0)
        return NULL;
    return text;
}

static const struct {
    const char *name; /* with its braces */
    const char *(*value)(const PamNameValues *values);
} fields[] = {
    {"{user}", user_value},   {"{service}", service_value}, {"{tty}", tty_value},
    {"{rhost}", rhost_value}, {"{time}", time_value},
};
#define N_FIELDS (sizeof(fields) / sizeof(fields[0]))

/* The field that @text begins with, or N_FIELDS. */
static size_t field_at(const char *text)
{
    size_t i = 0;

    while (i < N_FIELDS && strncmp(text, fields[i].name, strlen(fields[i].name)) != 0)
        i++;
    return i;
}

static int is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

const char *pam_name_check(const char *template)
{
    if (template[0] == '\0')
        return "a name isn't empty";
    while (*template) {
        size_t i = field_at(template);

        if (i < N_FIELDS)
            template += strlen(fields[i].name);
        else if (is_plain(*template))
            template ++;
        else
            return "a name has letters, digits, ._- and {user}, {service}, {tty}, {rhost}, {time}";
    }
    return NULL;
}

static void add(Name *name, char c)
{
    if (name->used == HYPERCALL_TEXT_MAX - 1)
        return;
    name->text[name->used] = is_plain(c) && (c != '.' || name->used > 0) ? c : '_';
    name->text[++name->used] = '\0';
}

static void add_value(Name *name, const char *value)
{
    if (!value || !*value)
        value = "none";
    while (*value)
        add(name, *value++);
}

void pam_name_expand(const char *template, const PamNameValues *values,
                     char text[HYPERCALL_TEXT_MAX])
{
    Name name = {text, 0};

    text[0] = '\0';
    while (*template) {
        size_t i = field_at(template);

        if (i < N_FIELDS) {
            add_value(&name, fields[i].value(values));
            template += strlen(fields[i].name);
        } else {
            add(&name, *template ++);
        }
    }
}
