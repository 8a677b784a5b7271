/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The raw text of query-qmp-schema -> the arrays of a Schema. First the names of all types are
 * learnt, then what refers to them is read, so the order of the entries doesn't matter. Type
 * names are looked up in a balanced tree: in a hash table a peer could make them all collide.
 */
#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/json-scan.h"
#include "qmpbridge/core/schema-internal.h"

/* The members of an entry that are read. */
enum {
    NAME,
    META,
    ARGUMENTS,
    RETURNS,
    OOB,
    FEATURES,
    MEMBERS,
    VALUES,
    TAG,
    VARIANTS,
    ELEMENT,
    JSON,
    N_FIELDS
};
static const char *const field_names[N_FIELDS + 1] = {
    [NAME] = "name",         [META] = "meta-type",       [ARGUMENTS] = "arg-type",
    [RETURNS] = "ret-type",  [OOB] = "allow-oob",        [FEATURES] = "features",
    [MEMBERS] = "members",   [VALUES] = "values",        [TAG] = "tag",
    [VARIANTS] = "variants", [ELEMENT] = "element-type", [JSON] = "json-type",
};

typedef struct {
    JsonSlice fields[N_FIELDS];
    guint type; /* index of the type it describes; 0 for none */
} IndexEntry;

typedef struct {
    Schema *schema;
    GArray *entries; /* IndexEntry: those with a name and a meta-type */
    GTree *types;    /* name -> index, as a pointer */
} Index;

/* A copy of a JSON string in the schema's arena; NULL if it is none, or no useful name. */
static const char *keep_name(Index *index, JsonSlice slice)
{
    g_autofree char *name = json_slice_string(slice);
    gsize len = name ? strlen(name) : 0;

    if (len == 0 || len > SCHEMA_MAX_NAME)
        return NULL;
    index->schema->name_bytes += len + 1;
    return g_string_chunk_insert_len(index->schema->names, name, (gssize)len);
}

/* The type of a name; the unknown one if there is no such. */
static const SchemaType *find_type(Index *index, JsonSlice slice)
{
    g_autofree char *name = json_slice_string(slice);

    return index->schema->types + (name ? GPOINTER_TO_UINT(g_tree_lookup(index->types, name)) : 0);
}

static void note_feature(JsonSlice element, gpointer user_data)
{
    guint *flags = user_data;

    if (json_slice_is(element, "deprecated"))
        *flags |= SCHEMA_DEPRECATED;
    if (json_slice_is(element, "unstable"))
        *flags |= SCHEMA_UNSTABLE;
}

static guint read_features(JsonSlice features)
{
    guint flags = 0;

    json_scan_array(features, note_feature, &flags);
    return flags;
}

/* --- members ------------------------------------------------------------------------------ */

static void add(Index *index, const char *name, const SchemaType *type, guint flags)
{
    SchemaMember member = {name, type, flags};

    g_array_append_val(index->schema->members, member);
}

/* A member of an object, or a branch of an alternate. */
static void add_member(JsonSlice element, gpointer user_data)
{
    static const char *const names[] = {"name", "type", "default", "features", NULL};
    Index *index = user_data;
    JsonSlice fields[4];
    JsonScan scan;

    if (!json_scan(element, names, fields, &scan, NULL) || !fields[1].text)
        return;
    add(index, keep_name(index, fields[0]), find_type(index, fields[1]),
        read_features(fields[3]) | (fields[2].text ? SCHEMA_OPTIONAL : 0));
}

/* A value of an enum; before QEMU 6.2 just a string. */
static void add_value(JsonSlice element, gpointer user_data)
{
    static const char *const names[] = {"name", "features", NULL};
    Index *index = user_data;
    JsonSlice fields[2];
    JsonScan scan;
    const char *name;

    if (!json_scan(element, names, fields, &scan, NULL))
        return;
    name = keep_name(index, scan.is_object ? fields[0] : element);
    if (name)
        add(index, name, NULL, read_features(fields[1]));
}

static void add_variant(JsonSlice element, gpointer user_data)
{
    static const char *const names[] = {"case", "type", NULL};
    Index *index = user_data;
    JsonSlice fields[2];
    JsonScan scan;
    const char *name;

    if (!json_scan(element, names, fields, &scan, NULL))
        return;
    name = keep_name(index, fields[0]);
    if (name)
        add(index, name, find_type(index, fields[1]), 0);
}

/* Appends what @func makes of an array. Returns: how many; *@first is the first one's index. */
static guint32 add_all(Index *index, JsonSlice array, JsonElementFunc func, guint32 *first)
{
    *first = index->schema->members->len;
    json_scan_array(array, func, index);
    return index->schema->members->len - *first;
}

/* --- types -------------------------------------------------------------------------------- */

typedef struct {
    const char *text;
    SchemaKind kind;
} Word;

static SchemaKind find_word(const Word *words, gsize count, JsonSlice slice)
{
    for (gsize i = 0; i < count; i++) {
        if (json_slice_is(slice, words[i].text))
            return words[i].kind;
    }
    return SCHEMA_UNKNOWN;
}

static SchemaKind builtin_kind(JsonSlice json)
{
    static const Word words[] = {
        {"string", SCHEMA_STRING}, {"int", SCHEMA_INT},   {"number", SCHEMA_NUMBER},
        {"boolean", SCHEMA_BOOL},  {"null", SCHEMA_NULL}, {"value", SCHEMA_ANY},
    };

    return find_word(words, G_N_ELEMENTS(words), json);
}

static SchemaKind type_kind(const IndexEntry *entry)
{
    static const Word words[] = {
        {"enum", SCHEMA_ENUM},
        {"array", SCHEMA_ARRAY},
        {"object", SCHEMA_OBJECT},
        {"alternate", SCHEMA_ALTERNATE},
    };

    if (json_slice_is(entry->fields[META], "builtin"))
        return builtin_kind(entry->fields[JSON]);
    return find_word(words, G_N_ELEMENTS(words), entry->fields[META]);
}

/* The tag is one of the members; without it no variant can be chosen. */
static void find_tag(Index *index, SchemaType *type, JsonSlice tag)
{
    g_autofree char *name = json_slice_string(tag);
    guint32 end = type->members + type->n_members;

    for (guint32 i = type->members; name && i < end; i++) {
        if (g_strcmp0(g_array_index(index->schema->members, SchemaMember, i).name, name) == 0)
            type->tag = i;
    }
}

/* Members of objects have names. */
static void drop_nameless(Index *index, SchemaType *type)
{
    GArray *members = index->schema->members;
    guint32 kept = type->members;

    for (guint32 i = type->members; i < members->len; i++) {
        SchemaMember *member = &g_array_index(members, SchemaMember, i);

        if (member->name)
            g_array_index(members, SchemaMember, kept++) = *member;
    }
    g_array_set_size(members, kept);
    type->n_members = kept - type->members;
}

static void read_object(Index *index, const IndexEntry *entry, SchemaType *type)
{
    type->n_members = add_all(index, entry->fields[MEMBERS], add_member, &type->members);
    drop_nameless(index, type);
    find_tag(index, type, entry->fields[TAG]);
    type->n_variants = add_all(index, entry->fields[VARIANTS], add_variant, &type->variants);
}

static void read_enum(Index *index, const IndexEntry *entry, SchemaType *type)
{
    JsonSlice members = entry->fields[MEMBERS];

    type->n_members =
        add_all(index, members.text ? members : entry->fields[VALUES], add_value, &type->members);
}

static void read_type(Index *index, const IndexEntry *entry)
{
    SchemaType *type = &index->schema->types[entry->type];

    switch (type->kind) {
    case SCHEMA_OBJECT:
        read_object(index, entry, type);
        break;
    case SCHEMA_ENUM:
        read_enum(index, entry, type);
        break;
    case SCHEMA_ALTERNATE:
        type->n_members = add_all(index, entry->fields[MEMBERS], add_member, &type->members);
        break;
    case SCHEMA_ARRAY:
        type->members = index->schema->members->len;
        type->n_members = 1;
        add(index, NULL, find_type(index, entry->fields[ELEMENT]), 0);
        break;
    default:
        break;
    }
}

/* --- commands and events ------------------------------------------------------------------ */

static void read_entity(Index *index, const IndexEntry *entry, GArray *array)
{
    SchemaEntity entity = {
        .name = keep_name(index, entry->fields[NAME]),
        .arguments = find_type(index, entry->fields[ARGUMENTS]),
        .returns = find_type(index, entry->fields[RETURNS]),
        .flags = read_features(entry->fields[FEATURES]),
    };

    if (json_slice_is_true(entry->fields[OOB]))
        entity.flags |= SCHEMA_ALLOW_OOB;
    if (entity.name)
        g_array_append_val(array, entity);
}

static int compare_entities(const void *a, const void *b)
{
    return strcmp(((const SchemaEntity *)a)->name, ((const SchemaEntity *)b)->name);
}

/* Sorts; of several with the same name one stays. */
static void sort_entities(GArray *array)
{
    guint kept = 0;

    g_array_sort(array, compare_entities);
    for (guint i = 0; i < array->len; i++) {
        SchemaEntity *entity = &g_array_index(array, SchemaEntity, i);

        if (kept == 0 || compare_entities(&g_array_index(array, SchemaEntity, kept - 1), entity))
            g_array_index(array, SchemaEntity, kept++) = *entity;
    }
    g_array_set_size(array, kept);
}

/* --- the whole ---------------------------------------------------------------------------- */

static void collect(JsonSlice element, gpointer user_data)
{
    Index *index = user_data;
    IndexEntry entry = {.type = 0};
    JsonScan scan;

    if (json_scan(element, field_names, entry.fields, &scan, NULL) && entry.fields[NAME].text &&
        entry.fields[META].text)
        g_array_append_val(index->entries, entry);
}

/* Gives each entry that describes a type its place; the first one of a name counts. */
static void place_types(Index *index)
{
    Schema *schema = index->schema;

    schema->types = g_new0(SchemaType, index->entries->len + 1);
    schema->types[0] = (SchemaType){.schema = schema, .tag = SCHEMA_NO_TAG};
    schema->n_types = 1;
    for (guint i = 0; i < index->entries->len; i++) {
        IndexEntry *entry = &g_array_index(index->entries, IndexEntry, i);
        SchemaKind kind = type_kind(entry);
        char *name = kind ? json_slice_string(entry->fields[NAME]) : NULL;

        if (!name || g_tree_lookup(index->types, name)) {
            g_free(name);
            continue;
        }
        entry->type = schema->n_types++;
        schema->types[entry->type] = (SchemaType){schema, kind, 0, 0, 0, 0, SCHEMA_NO_TAG};
        g_tree_insert(index->types, name, GUINT_TO_POINTER(entry->type));
    }
}

static void read_entries(Index *index)
{
    for (guint i = 0; i < index->entries->len; i++) {
        const IndexEntry *entry = &g_array_index(index->entries, IndexEntry, i);

        if (entry->type)
            read_type(index, entry);
        else if (json_slice_is(entry->fields[META], "command"))
            read_entity(index, entry, index->schema->commands);
        else if (json_slice_is(entry->fields[META], "event"))
            read_entity(index, entry, index->schema->events);
    }
}

static int compare_names(gconstpointer a, gconstpointer b, gpointer unused)
{
    (void)unused;
    return strcmp(a, b);
}

static Schema *schema_empty(char *digest)
{
    Schema *schema = g_new0(Schema, 1);

    g_atomic_ref_count_init(&schema->refs);
    schema->digest = digest;
    schema->commands = g_array_new(FALSE, FALSE, sizeof(SchemaEntity));
    schema->events = g_array_new(FALSE, FALSE, sizeof(SchemaEntity));
    schema->members = g_array_new(FALSE, FALSE, sizeof(SchemaMember));
    schema->names = g_string_chunk_new(4096);
    return schema;
}

static gboolean check_array(JsonSlice text, GError **error)
{
    JsonScan scan;

    if (json_scan(text, NULL, NULL, &scan, error))
        g_set_error_literal(error, BRIDGE_ERROR, BRIDGE_ERROR_TYPE, "the schema is no array");
    return FALSE;
}

Schema *schema_index(GBytes *text, char *digest, GError **error)
{
    g_autoptr(Schema) schema = schema_empty(digest);
    g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(IndexEntry));
    g_autoptr(GTree) types = g_tree_new_full(compare_names, NULL, g_free, NULL);
    Index index = {schema, entries, types};

    if (!json_scan_array(json_slice_of(text), collect, &index) &&
        !check_array(json_slice_of(text), error))
        return NULL;
    place_types(&index);
    read_entries(&index);
    sort_entities(schema->commands);
    sort_entities(schema->events);
    return g_steal_pointer(&schema);
}
