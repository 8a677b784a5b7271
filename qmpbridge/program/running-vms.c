/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The VMs that run; see running-vms.h.
 */
#include "qmpbridge/program/running-vms.h"

#include <string.h>
#include <unistd.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/io/control-socket.h"
#include "qmpbridge/io/runtime-dir.h"

/** What runtime_dir_new() puts behind a name. */
#define SUFFIX_LEN strlen("-XXXXXX")

static void running_vm_free(gpointer data)
{
    RunningVm *vm = data;

    g_free(vm->name);
    g_free(vm->socket);
    g_free(vm);
}

static void add(GPtrArray *vms, const char *parent, const char *directory)
{
    g_autofree char *socket = g_build_filename(parent, directory, CONTROL_SOCKET_NAME, NULL);
    gsize len = strlen(directory);
    RunningVm *vm;

    if (!g_str_has_prefix(directory, RUNTIME_PREFIX) ||
        len <= strlen(RUNTIME_PREFIX) + SUFFIX_LEN || !g_file_test(socket, G_FILE_TEST_EXISTS))
        return;
    vm = g_new(RunningVm, 1);
    vm->name =
        g_strndup(directory + strlen(RUNTIME_PREFIX), len - strlen(RUNTIME_PREFIX) - SUFFIX_LEN);
    vm->socket = g_steal_pointer(&socket);
    g_ptr_array_add(vms, vm);
}

static void add_all(GPtrArray *vms, const char *parent)
{
    g_autoptr(GDir) dir = g_dir_open(parent, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir)))
        add(vms, parent, name);
}

GPtrArray *running_vms_list(void)
{
    g_auto(GStrv) parents = runtime_dir_parents();
    GPtrArray *vms = g_ptr_array_new_with_free_func(running_vm_free);

    for (char **parent = parents; *parent; parent++)
        add_all(vms, *parent);
    return vms;
}

char *running_vms_address(const char *word, GHashTable *addresses, GError **error)
{
    const char *known = g_hash_table_lookup(addresses, word);
    g_autoptr(GPtrArray) vms = running_vms_list();
    g_autofree char *kept = g_strndup(word, RUNTIME_NAME_MAX);
    g_autoptr(GString) all = g_string_new(NULL), same = g_string_new(NULL);
    const char *found = NULL;
    guint n = 0;

    if (known || strpbrk(word, "/:") || g_file_test(word, G_FILE_TEST_EXISTS))
        return g_strdup(known ? known : word);
    for (guint i = 0; i < vms->len; i++) {
        const RunningVm *vm = vms->pdata[i];

        g_string_append_printf(all, "%s%s", all->len ? ", " : "", vm->name);
        if (!g_str_equal(vm->name, kept))
            continue;
        g_string_append_printf(same, "%s%s", same->len ? ", " : "", vm->socket);
        found = vm->socket;
        n++;
    }
    if (n == 1)
        return g_strdup(found);
    if (n > 1)
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                    "%u VMs are called '%s': name the socket, %s", n, word, same->str);
    else
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_NOT_FOUND,
                    "no VM is called '%s': name its control socket%s%s", word,
                    all->len ? ", or one that runs: " : "", all->str);
    return NULL;
}
