/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * schema-index FILE [ROUNDS]: indexes the text of a schema, the array that query-qmp-schema
 * returns, and prints the median of the milliseconds that takes, the bytes of the model, and how
 * many commands and events there are.
 */
#include <stdio.h>
#include <stdlib.h>

#include "qmpbridge/core/schema.h"

static int compare(gconstpointer a, gconstpointer b)
{
    const gint64 *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static Schema *index_once(GBytes *text, gint64 *took)
{
    g_autoptr(GError) error = NULL;
    gint64 begin = g_get_monotonic_time();
    Schema *schema = schema_new(text, &error);

    *took = g_get_monotonic_time() - begin;
    if (!schema)
        fprintf(stderr, "schema-index: %s\n", error->message);
    return schema;
}

int main(int argc, char **argv)
{
    guint rounds = argc > 2 ? (guint)CLAMP(atoi(argv[2]), 1, 1000) : 15, commands, events;
    g_autofree gint64 *took = g_new(gint64, rounds);
    g_autoptr(GBytes) text = NULL;
    g_autoptr(Schema) schema = NULL;
    char *content;
    gsize len;

    if (argc < 2 || !g_file_get_contents(argv[1], &content, &len, NULL)) {
        fprintf(stderr, "usage: schema-index FILE [ROUNDS]\n");
        return 2;
    }
    text = g_bytes_new_take(content, len);
    for (guint i = 0; i < rounds; i++) {
        g_clear_pointer(&schema, schema_unref);
        schema = index_once(text, &took[i]);
        if (!schema)
            return 1;
    }
    qsort(took, rounds, sizeof(*took), compare);
    schema_commands(schema, &commands);
    schema_events(schema, &events);
    printf("ms=%.2f bytes=%zu commands=%u events=%u\n", (double)took[rounds / 2] / 1000,
           schema_size(schema), commands, events);
    return 0;
}
