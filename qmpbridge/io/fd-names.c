/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * FdNames; see fd-names.h. A name has one owner, the last that gave it: QEMU closes what had the
 * name before.
 */
#include "qmpbridge/io/fd-names.h"

struct FdNames {
    guint refs;
    GHashTable *owners; /**< name -> guint64, the client */
};

FdNames *fd_names_new(void)
{
    FdNames *names = g_new0(FdNames, 1);

    names->refs = 1;
    names->owners = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return names;
}

FdNames *fd_names_ref(FdNames *names)
{
    names->refs++;
    return names;
}

void fd_names_unref(FdNames *names)
{
    if (--names->refs > 0)
        return;
    g_hash_table_unref(names->owners);
    g_free(names);
}

static void close_fd(QmpClient *monitor, const char *name)
{
    JsonObject *arguments = json_object_new();

    json_object_set_string_member(arguments, "fdname", name);
    qmp_client_execute(monitor, "closefd", arguments, QMP_TIMEOUT_NONE, NULL, NULL);
}

void fd_names_done(FdNames *names, QmpClient *monitor, QmpRequest *request)
{
    gboolean given = g_str_equal(qmp_request_name(request), "getfd");
    const char *name;
    guint64 *owner;

    if (!given && !g_str_equal(qmp_request_name(request), "closefd"))
        return;
    name = json_as_string(json_lookup(qmp_request_args(request), "fdname"));
    if (!name)
        return;
    g_hash_table_remove(names->owners, name);
    if (given && !qmp_request_alive(request)) {
        close_fd(monitor, name);
    } else if (given) {
        owner = g_new(guint64, 1);
        *owner = qmp_request_client(request);
        g_hash_table_insert(names->owners, g_strdup(name), owner);
    }
}

void fd_names_close(FdNames *names, QmpClient *monitor, guint64 client)
{
    GHashTableIter iter;
    gpointer name, owner;

    g_hash_table_iter_init(&iter, names->owners);
    while (g_hash_table_iter_next(&iter, &name, &owner)) {
        if (*(guint64 *)owner != client)
            continue;
        close_fd(monitor, name);
        g_hash_table_iter_remove(&iter);
    }
}
