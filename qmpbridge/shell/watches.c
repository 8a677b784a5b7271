/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A list of callbacks, each known by a number that isn't used again.
 */
#include "qmpbridge/shell/watches.h"

typedef struct {
    guint id;
    void (*changed)(gpointer user_data);
    gpointer user_data;
} Watch;

struct Watches {
    GArray *all; /* Watch */
    guint last;
};

Watches *watches_new(void)
{
    Watches *watches = g_new0(Watches, 1);

    watches->all = g_array_new(FALSE, FALSE, sizeof(Watch));
    return watches;
}

void watches_free(Watches *watches)
{
    if (!watches)
        return;
    g_array_unref(watches->all);
    g_free(watches);
}

guint watches_add(Watches *watches, void (*changed)(gpointer user_data), gpointer user_data)
{
    Watch watch = {++watches->last, changed, user_data};

    g_array_append_val(watches->all, watch);
    return watch.id;
}

static int find(const Watches *watches, guint id)
{
    for (guint i = 0; i < watches->all->len; i++) {
        if (g_array_index(watches->all, Watch, i).id == id)
            return (int)i;
    }
    return -1;
}

void watches_remove(Watches *watches, guint id)
{
    int index = find(watches, id);

    if (index >= 0)
        g_array_remove_index(watches->all, (guint)index);
}

void watches_call(Watches *watches)
{
    guint count = watches->all->len;
    g_autofree guint *ids = g_new(guint, count);

    for (guint i = 0; i < count; i++)
        ids[i] = g_array_index(watches->all, Watch, i).id;
    for (guint i = 0; i < count; i++) {
        int index = find(watches, ids[i]);
        Watch watch;

        if (index < 0)
            continue;
        watch = g_array_index(watches->all, Watch, index);
        watch.changed(watch.user_data);
    }
}
