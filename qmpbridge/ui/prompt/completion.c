/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of candidates.
 */
#include "qmpbridge/ui/prompt/completion.h"

#include <string.h>

static void item_free(gpointer data)
{
    CompletionItem *item = data;

    g_free(item->insert);
    g_free(item->label);
    g_free(item);
}

Completion *completion_new(gsize start)
{
    Completion *completion = g_new0(Completion, 1);

    completion->start = start;
    completion->items = g_ptr_array_new_with_free_func(item_free);
    return completion;
}

void completion_free(Completion *completion)
{
    if (!completion)
        return;
    g_ptr_array_unref(completion->items);
    g_free(completion);
}

void completion_add(Completion *completion, char *insert, char *label, gboolean goes_on, guint rank)
{
    CompletionItem *item = g_new(CompletionItem, 1);

    *item = (CompletionItem){insert, label, goes_on, rank};
    if (completion->items->len < COMPLETION_MAX)
        g_ptr_array_add(completion->items, item);
    else
        item_free(item);
}

static gint compare(gconstpointer a, gconstpointer b)
{
    const CompletionItem *left = *(const CompletionItem *const *)a;
    const CompletionItem *right = *(const CompletionItem *const *)b;
    int order = left->rank == right->rank ? strcmp(left->insert, right->insert)
                                          : (int)left->rank - (int)right->rank;

    return order ? order : strcmp(right->label, left->label);
}

/* The marked one of two that are the same comes first, and stays. */
void completion_sort(Completion *completion)
{
    GPtrArray *items = completion->items;

    g_ptr_array_sort(items, compare);
    for (guint i = 1; i < items->len;) {
        const CompletionItem *item = items->pdata[i], *last = items->pdata[i - 1];

        if (strcmp(item->insert, last->insert) == 0)
            g_ptr_array_remove_index(items, i);
        else
            i++;
    }
}
