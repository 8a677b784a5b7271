/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The set of monitors, and the names of those that got none.
 */
#include "qmpbridge/shell/monitors.h"

#include <string.h>

#include "qmpbridge/core/name.h"

struct Monitors {
    GPtrArray *all; /* Monitor; a reference each */
    Monitor *current;
};

Monitors *monitors_new(void)
{
    Monitors *monitors = g_new0(Monitors, 1);

    monitors->all = g_ptr_array_new();
    return monitors;
}

void monitors_free(Monitors *monitors)
{
    if (!monitors)
        return;
    while (monitors->all->len)
        monitors_remove(monitors, monitors->all->pdata[0]);
    g_ptr_array_unref(monitors->all);
    g_free(monitors);
}

void monitors_add(Monitors *monitors, Monitor *monitor)
{
    g_ptr_array_add(monitors->all, monitor);
    if (!monitors->current)
        monitors->current = monitor;
}

void monitors_remove(Monitors *monitors, Monitor *monitor)
{
    g_ptr_array_remove(monitors->all, monitor);
    if (monitors->current == monitor)
        monitors->current = monitors_nth(monitors, 0);
    monitor_close(monitor);
    monitor_unref(monitor);
}

void monitors_use(Monitors *monitors, Monitor *monitor)
{
    monitors->current = monitor;
}

guint monitors_count(const Monitors *monitors)
{
    return monitors->all->len;
}

Monitor *monitors_nth(const Monitors *monitors, guint index)
{
    return index < monitors->all->len ? monitors->all->pdata[index] : NULL;
}

Monitor *monitors_find(const Monitors *monitors, const char *name)
{
    for (guint i = 0; i < monitors->all->len; i++) {
        if (strcmp(monitor_name(monitors->all->pdata[i]), name) == 0)
            return monitors->all->pdata[i];
    }
    return NULL;
}

Monitor *monitors_current(const Monitors *monitors)
{
    return monitors->current;
}

/* A path may have a '=' too; a name has no '/'. */
char *monitors_split(const char *text, const char **address)
{
    const char *equals = strchr(text, '=');

    *address = text;
    if (!equals || !name_check(text, (gsize)(equals - text), NULL))
        return NULL;
    *address = equals + 1;
    return g_strndup(text, (gsize)(equals - text));
}

/* What tells one address from another: "web" of /run/web.sock, "localhost-4444" of
 * tcp:localhost:4444. */
static char *telling_part(const char *address)
{
    static const char *const endings[] = {".sock", ".socket", ".qmp", NULL};
    const char *slash = strrchr(address, '/'), *colon = strchr(address, ':');
    char *part = g_strdup(slash ? slash + 1 : colon ? colon + 1 : address);

    for (guint i = 0; endings[i]; i++) {
        if (g_str_has_suffix(part, endings[i]) && strlen(part) > strlen(endings[i]))
            part[strlen(part) - strlen(endings[i])] = '\0';
    }
    return part;
}

static char *legal_name(const char *text)
{
    static const char others[] = "._-";
    char *name = g_strndup(*text ? text : "vm", NAME_MAX_BYTES);

    for (char *c = name; *c; c++) {
        if (!g_ascii_isalnum(*c) && (!strchr(others, *c) || (c == name && *c == '.')))
            *c = '-';
    }
    return name;
}

char *monitors_name_for(const Monitors *monitors, const char *address)
{
    g_autofree char *part = telling_part(address);
    char *name = legal_name(part);

    while (monitors_find(monitors, name)) {
        char *taken = name;

        name = name_next(taken);
        g_free(taken);
    }
    return name;
}
