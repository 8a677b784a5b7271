/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Schemas by digest. Peers may send another schema at each connect, so models that aren't used
 * any more are dropped once there are many.
 */
#include "qmpbridge/core/schema-internal.h"

/* Models kept without a user. */
#define MAX_IDLE 8u

struct SchemaCache {
    GHashTable *models; /* digest, of the Schema -> Schema */
};

SchemaCache *schema_cache_new(void)
{
    SchemaCache *cache = g_new0(SchemaCache, 1);

    cache->models =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)schema_unref);
    return cache;
}

void schema_cache_free(SchemaCache *cache)
{
    if (!cache)
        return;
    g_hash_table_unref(cache->models);
    g_free(cache);
}

static gboolean is_idle(gpointer digest, gpointer model, gpointer unused)
{
    (void)digest;
    (void)unused;
    return g_atomic_ref_count_compare(&((Schema *)model)->refs, 1);
}

Schema *schema_cache_get(SchemaCache *cache, GBytes *text, GError **error)
{
    g_autofree char *digest = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, text);
    Schema *schema = g_hash_table_lookup(cache->models, digest);

    if (schema)
        return schema_ref(schema);
    schema = schema_index(text, g_steal_pointer(&digest), error);
    if (!schema)
        return NULL;
    if (g_hash_table_size(cache->models) >= MAX_IDLE)
        g_hash_table_foreach_remove(cache->models, is_idle, NULL);
    g_hash_table_insert(cache->models, schema->digest, schema_ref(schema));
    return schema;
}
