/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The schema model: what it knows of each meta-type, the ways through unions, the cache, and
 * schemas that mean harm.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/schema-path.h"
#include "tests/unit/schema-fixture.h"

static Schema *schema_of(const char *text)
{
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    g_autoptr(GError) error = NULL;
    Schema *schema = schema_new(bytes, &error);

    ck_assert_msg(schema != NULL, "%s", error ? error->message : "");
    return schema;
}

static void expect_names(const SchemaEntity *entities, guint count, const char *joined)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < count; i++)
        g_string_append_printf(text, "%s%s:%u", i ? " " : "", entities[i].name, entities[i].flags);
    ck_assert_str_eq(text->str, joined);
}

START_TEST(test_entities)
{
    g_autoptr(Schema) schema = schema_of(SCHEMA_FIXTURE);
    guint count;
    const SchemaEntity *entities = schema_commands(schema, &count);

    expect_names(entities, count, "add:0 device_add:0 set:1 transaction:0 x-try:10");
    entities = schema_events(schema, &count);
    expect_names(entities, count, "MOVED:0");
    ck_assert_ptr_eq(schema_command(schema, "set")->arguments,
                     schema_event(schema, "MOVED")->arguments);
    ck_assert_int_eq(schema_type_kind(schema_command(schema, "set")->returns), SCHEMA_ARRAY);
    ck_assert_int_eq(schema_type_kind(schema_event(schema, "MOVED")->returns), SCHEMA_UNKNOWN);
    ck_assert_ptr_null(schema_command(schema, "MOVED"));
    ck_assert_ptr_null(schema_command(schema, NULL));
    ck_assert_ptr_null(schema_command(NULL, "set"));
    ck_assert_ptr_null(schema_commands(NULL, &count));
    ck_assert_uint_eq(count, 0);
}
END_TEST

/* @pairs separated by ' '. @members: their names with the kinds; "" for none. */
static const struct {
    const char *command, *pairs, *path;
    SchemaKind kind;
    const char *members;
} paths[] = {
    {"set", "", "", SCHEMA_OBJECT,
     "size:int rate:number on:bool list:array names:array any:value "
     "alt:alternate lost:value"},
    {"set", "", "size", SCHEMA_INT, ""},
    {"set", "", "nothing", SCHEMA_UNKNOWN, ""},
    {"set", "", "size.x", SCHEMA_UNKNOWN, ""},
    {"set", "", "lost", SCHEMA_UNKNOWN, ""},
    {"set", "", "list", SCHEMA_ARRAY, ""},
    {"set", "", "list.7", SCHEMA_OBJECT, "x:int y:int more:array"},
    {"set", "", "list.x", SCHEMA_UNKNOWN, ""},
    {"set", "", "list.0.more.1.x", SCHEMA_INT, ""},
    {"set", "", "alt.0", SCHEMA_STRING, ""},
    {"add", "", "", SCHEMA_OBJECT, "driver:enum node-name:string ro:bool"},
    {"add", "driver=file", "", SCHEMA_OBJECT,
     "driver:enum node-name:string ro:bool filename:string locking:enum"},
    {"add", "driver=nonsense", "filename", SCHEMA_UNKNOWN, ""},
    {"add", "", "filename", SCHEMA_UNKNOWN, ""},
    {"add", "filename=x driver=file", "filename", SCHEMA_STRING, ""},
    {"add", "driver=net", "", SCHEMA_OBJECT, "driver:enum node-name:string ro:bool kind:enum"},
    {"add", "driver=net kind=ssh", "", SCHEMA_OBJECT,
     "driver:enum node-name:string ro:bool kind:enum host:string"},
    {"add", "driver=net kind=ssh", "host", SCHEMA_STRING, ""},
    {"add", "driver=qcow2", "file", SCHEMA_ALTERNATE, "driver:enum node-name:string ro:bool"},
    {"add", "driver=qcow2 file.driver=file", "file", SCHEMA_ALTERNATE,
     "driver:enum node-name:string ro:bool filename:string locking:enum"},
    {"add", "driver=qcow2 file.driver=qcow2 file.file.driver=file", "file.file.filename",
     SCHEMA_STRING, ""},
    {"transaction", "actions.0.type=snapshot", "actions.0", SCHEMA_OBJECT, "type:enum data:object"},
    {"transaction", "actions.0.type=snapshot", "actions.1", SCHEMA_OBJECT, "type:enum"},
    {"transaction", "actions.0.type=snapshot", "actions.0.data.x", SCHEMA_INT, ""},
};

START_TEST(test_path)
{
    g_autoptr(Schema) schema = schema_of(SCHEMA_FIXTURE);
    const SchemaType *top = schema_command(schema, paths[_i].command)->arguments;
    g_auto(GStrv) pairs = g_strsplit(paths[_i].pairs, " ", -1);
    g_autoptr(GPtrArray) members = schema_path_members(top, paths[_i].path, pairs);
    g_autoptr(GString) text = g_string_new(NULL);

    ck_assert_int_eq(schema_type_kind(schema_path_type(top, paths[_i].path, pairs)),
                     paths[_i].kind);
    for (guint i = 0; i < members->len; i++) {
        const SchemaMember *member = members->pdata[i];

        g_string_append_printf(text, "%s%s:%s", i ? " " : "", member->name,
                               schema_kind_name(schema_type_kind(member->type)));
    }
    ck_assert_str_eq(text->str, paths[_i].members);
}
END_TEST

static void expect_values(const SchemaType *type, const char *joined)
{
    g_autoptr(GString) text = g_string_new(NULL);
    guint count;
    const SchemaMember *values = schema_type_members(type, &count);

    for (guint i = 0; i < count; i++)
        g_string_append_printf(text, "%s%s:%u", i ? " " : "", values[i].name, values[i].flags);
    ck_assert_int_eq(schema_type_kind(type), SCHEMA_ENUM);
    ck_assert_str_eq(text->str, joined);
}

START_TEST(test_types)
{
    g_autoptr(Schema) schema = schema_of(SCHEMA_FIXTURE);
    const SchemaType *add = schema_command(schema, "add")->arguments;
    const SchemaType *set = schema_command(schema, "set")->arguments;
    char word[] = "driver=file", *file[] = {word, NULL};
    guint count;

    expect_values(schema_path_type(add, "driver", NULL), "file:0 qcow2:2 net:0 null-co:0");
    expect_values(schema_path_type(add, "locking", file), "auto:0 on:0 off:0");
    expect_values(schema_type_branch(schema_path_type(set, "alt", NULL), SCHEMA_ENUM),
                  "auto:0 on:0 off:0");
    ck_assert_str_eq(schema_type_tag(add)->name, "driver");
    ck_assert_ptr_null(schema_type_tag(set));
    schema_type_variants(add, &count);
    ck_assert_uint_eq(count, 3);
    ck_assert_ptr_null(schema_type_variant(add, "null-co"));
    ck_assert_ptr_null(schema_type_variant(add, NULL));
    ck_assert_uint_eq(schema_path_member(add, "ro", NULL)->flags,
                      SCHEMA_OPTIONAL | SCHEMA_DEPRECATED);
    ck_assert_uint_eq(schema_path_member(add, "filename", file)->flags, 0);
    ck_assert_ptr_null(schema_path_member(add, "", NULL));
    ck_assert_ptr_null(schema_type_element(add));
    ck_assert_ptr_null(schema_type_members(NULL, &count));
}
END_TEST

/* What isn't a schema at all. */
static const struct {
    const char *text;
    BridgeError code;
} refused[] = {
    {"", BRIDGE_ERROR_SYNTAX},    {"[", BRIDGE_ERROR_SYNTAX}, {"[{}", BRIDGE_ERROR_SYNTAX},
    {"[]]", BRIDGE_ERROR_SYNTAX}, {"{}", BRIDGE_ERROR_TYPE},  {"5", BRIDGE_ERROR_TYPE},
};

START_TEST(test_refused)
{
    g_autoptr(GBytes) text = g_bytes_new(refused[_i].text, strlen(refused[_i].text));
    g_autoptr(GError) error = NULL;

    ck_assert_ptr_null(schema_new(text, &error));
    ck_assert(g_error_matches(error, BRIDGE_ERROR, (gint)refused[_i].code));
}
END_TEST

#define ENTRY(name, meta, rest) "{'name':'" name "','meta-type':'" meta "'" rest "}"

/* Entries that mean nothing or harm: the commands that are left. */
/* clang-format off */
static const struct {
    const char *text, *commands;
} hostile[] = {
    {"[]", ""},
    {"[5,null,'x',[],{},{'name':5,'meta-type':'command'},{'meta-type':'command'}]", ""},
    {"[" ENTRY("", "command", "") "," ENTRY("a", "nonsense", "") "]", ""},
    {"[" ENTRY("a", "command", ",'arg-type':'nowhere'") "]", "a:0"},
    {"[" ENTRY("a", "command", "") "," ENTRY("a", "command", ",'allow-oob':true") "]", NULL},
    {"[" ENTRY("a", "command", ",'arg-type':'a'") "," ENTRY("a", "object", ",'members':["
     "{'name':'a','type':'a'},{'name':'a','type':'x'},{'type':'a'},{'name':'b'},7]") "]", "a:0"},
    {"[" ENTRY("a", "command", ",'arg-type':'o','features':{}") ","
     ENTRY("o", "object", ",'members':[{'name':'t','type':'e'}],'tag':'t','variants':["
     "{'case':'x','type':'o'},{'case':'y','type':'l'},{'case':5}]") ","
     ENTRY("e", "enum", ",'members':[{'name':'x'},5,{'name':7}],'values':5") ","
     ENTRY("l", "array", ",'element-type':'l'") ","
     ENTRY("z", "alternate", ",'members':[{'type':'z'},{'type':'o'}]") "]", "a:0"},
    {"[" ENTRY("a", "command", ",'arg-type':'o'") ","
     ENTRY("o", "object", ",'members':7,'tag':'gone','variants':[{'case':'x','type':'o'}]") "]",
     "a:0"},
};
/* clang-format on */

START_TEST(test_hostile)
{
    g_autoptr(Schema) schema = schema_of(hostile[_i].text);
    static const char *const asked[] = {"", "a", "a.a.a", "t", "t.x", "0.0.0", "a.0.t", ".", "..a"};
    char t[] = "t=x", at[] = "a.t=x", a[] = "a=x", *pairs[] = {t, at, a, NULL};
    const SchemaEntity *command = schema_command(schema, "a");
    guint count;
    const SchemaEntity *commands = schema_commands(schema, &count);

    if (hostile[_i].commands)
        expect_names(commands, count, hostile[_i].commands);
    for (guint i = 0; command && i < G_N_ELEMENTS(asked); i++) {
        g_autoptr(GPtrArray) members = schema_path_members(command->arguments, asked[i], pairs);

        schema_path_type(command->arguments, asked[i], pairs);
        ck_assert_uint_le(members->len, 1000);
    }
}
END_TEST

START_TEST(test_long_path)
{
    g_autoptr(Schema) schema = schema_of(SCHEMA_FIXTURE);
    g_autoptr(GString) path = g_string_new("list");

    for (guint i = 0; i < 20; i++)
        g_string_append(path, ".0.more");
    ck_assert_int_eq(schema_type_kind(schema_path_type(schema_command(schema, "set")->arguments,
                                                       path->str, NULL)),
                     SCHEMA_ARRAY);
    for (guint i = 0; i < 100000; i++)
        g_string_append(path, ".0.more");
    ck_assert_ptr_null(schema_path_type(schema_command(schema, "set")->arguments, path->str, NULL));
}
END_TEST

/* Names that a hash table might all put into one place, and a name beyond all measure. */
START_TEST(test_huge)
{
    g_autoptr(GString) text = g_string_new("[");
    g_autofree char *name = g_strnfill(1 << 20, 'x');
    g_autoptr(Schema) schema = NULL;
    guint count;

    for (guint i = 0; i < 20000; i++)
        g_string_append_printf(text, "{\"name\":\"%u\",\"meta-type\":\"object\"},", i);
    g_string_append_printf(text, "{\"name\":\"%s\",\"meta-type\":\"command\"}]", name);
    schema = schema_of(text->str);
    schema_commands(schema, &count);
    ck_assert_uint_eq(count, 0);
    ck_assert_uint_lt(schema_size(schema), 4 << 20);
}
END_TEST

START_TEST(test_cache)
{
    SchemaCache *cache = schema_cache_new();
    g_autoptr(GBytes) text = g_bytes_new_static(SCHEMA_FIXTURE, strlen(SCHEMA_FIXTURE));
    g_autoptr(GBytes) same = g_bytes_new(SCHEMA_FIXTURE, strlen(SCHEMA_FIXTURE));
    g_autoptr(GBytes) bad = g_bytes_new_static("[", 1);
    g_autoptr(Schema) first = schema_cache_get(cache, text, NULL);
    g_autoptr(Schema) second = schema_cache_get(cache, same, NULL);
    g_autoptr(GError) error = NULL;

    ck_assert_ptr_eq(first, second);
    ck_assert_uint_eq(strlen(schema_digest(first)), 64);
    ck_assert_ptr_null(schema_cache_get(cache, bad, &error));
    ck_assert_ptr_nonnull(error);
    for (guint i = 0; i < 100; i++) {
        g_autofree char *other = g_strnfill(i + 1, ' ');
        g_autofree char *array = g_strconcat(other, "[]", NULL);
        g_autoptr(GBytes) bytes = g_bytes_new(array, strlen(array));

        schema_unref(schema_cache_get(cache, bytes, NULL));
    }
    schema_unref(g_steal_pointer(&second));
    second = schema_cache_get(cache, text, NULL);
    ck_assert_ptr_eq(first, second); /* what is in use stays */
    schema_cache_free(cache);
    ck_assert_ptr_nonnull(schema_command(first, "add"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("schema");
    TCase *tcase = tcase_create("schema");
    SRunner *runner;
    int failed;

    tcase_add_test(tcase, test_entities);
    tcase_add_loop_test(tcase, test_path, 0, G_N_ELEMENTS(paths));
    tcase_add_test(tcase, test_types);
    tcase_add_loop_test(tcase, test_refused, 0, G_N_ELEMENTS(refused));
    tcase_add_loop_test(tcase, test_hostile, 0, G_N_ELEMENTS(hostile));
    tcase_add_test(tcase, test_long_path);
    tcase_add_test(tcase, test_huge);
    tcase_add_test(tcase, test_cache);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
