/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The set of VMs, and the names of those that got none.
 */
#include "qmpbridge/shell/attached-vms.h"

#include <string.h>

#include "qmpbridge/core/name.h"

struct AttachedVms {
    GPtrArray *all; /* AttachedVm; a reference each */
    AttachedVm *current;
};

AttachedVms *attached_vms_new(void)
{
    AttachedVms *vms = g_new0(AttachedVms, 1);

    vms->all = g_ptr_array_new();
    return vms;
}

void attached_vms_free(AttachedVms *vms)
{
    if (!vms)
        return;
    while (vms->all->len)
        attached_vms_remove(vms, vms->all->pdata[0]);
    g_ptr_array_unref(vms->all);
    g_free(vms);
}

void attached_vms_add(AttachedVms *vms, AttachedVm *vm)
{
    g_ptr_array_add(vms->all, vm);
    if (!vms->current)
        vms->current = vm;
}

void attached_vms_remove(AttachedVms *vms, AttachedVm *vm)
{
    g_ptr_array_remove(vms->all, vm);
    if (vms->current == vm)
        vms->current = attached_vms_nth(vms, 0);
    attached_vm_close(vm);
    attached_vm_unref(vm);
}

void attached_vms_use(AttachedVms *vms, AttachedVm *vm)
{
    vms->current = vm;
}

guint attached_vms_count(const AttachedVms *vms)
{
    return vms->all->len;
}

AttachedVm *attached_vms_nth(const AttachedVms *vms, guint index)
{
    return index < vms->all->len ? vms->all->pdata[index] : NULL;
}

AttachedVm *attached_vms_find(const AttachedVms *vms, const char *name)
{
    for (guint i = 0; i < vms->all->len; i++) {
        if (strcmp(attached_vm_name(vms->all->pdata[i]), name) == 0)
            return vms->all->pdata[i];
    }
    return NULL;
}

AttachedVm *attached_vms_current(const AttachedVms *vms)
{
    return vms->current;
}

/* A path may have a '=' too; a name has no '/'. */
char *attached_vms_split(const char *text, const char **address)
{
    const char *equals = strchr(text, '=');

    *address = text;
    if (!equals || !name_check(text, (gsize)(equals - text), NULL))
        return NULL;
    *address = equals + 1;
    return g_strndup(text, (gsize)(equals - text));
}

/* The part in which one address differs from another: "web" of /run/web.sock, "localhost-4444" of
 * tcp:localhost:4444. */
static char *distinct_part(const char *address)
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

char *attached_vms_name_for(const AttachedVms *vms, const char *address)
{
    g_autofree char *part = distinct_part(address);
    char *name = legal_name(part);

    while (attached_vms_find(vms, name)) {
        char *taken = name;

        name = name_next(taken);
        g_free(taken);
    }
    return name;
}
