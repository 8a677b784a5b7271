/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Typed lines into QMP arguments: with the schema's types, and by their look where there is none;
 * what is refused, why, and which part of the line is blamed.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/commands/command-table.h"
#include "qmpbridge/shell/language/transaction-action.h"
#include "tests/unit/schema-fixture.h"

static Schema *make_schema(void)
{
    g_autoptr(GBytes) text = g_bytes_new_static(SCHEMA_FIXTURE, strlen(SCHEMA_FIXTURE));
    Schema *schema = schema_new(text, NULL);

    ck_assert_ptr_nonnull(schema);
    return schema;
}

/* A line as the shell takes it, words or JSON. */
static QmpCommand *read_line(const Schema *schema, const char *line, GError **error)
{
    g_autoptr(Words) words = NULL;

    if (words_is_json(line))
        return qmp_command_from_json(schema, line, error);
    words = words_parse(line, NULL);
    ck_assert_msg(words && words->count, "%s", line);
    return qmp_command_from_pairs(schema, command_table(), words->texts[0], words->texts + 1, words,
                                  error);
}

static char *text_of(GBytes *bytes)
{
    return bytes ? g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes))
                 : g_strdup("-");
}

/* @json: the arguments; "-": none. */
typedef struct {
    const char *line, *json;
} Good;

static const Good typed[] = {
    {"set", "-"},
    {"x-try", "-"},
    {"set size=5", "{\"size\": 5}"},
    {"set size=-7", "{\"size\": -7}"},
    {"set size=0x10", "{\"size\": 16}"},
    {"set size=18446744073709551615", "{\"size\": 18446744073709551615}"},
    {"set size=0xffffffff81000000", "{\"size\": 18446744071578845184}"},
    {"set size=-9223372036854775808", "{\"size\": -9223372036854775808}"},
    {"set rate=1.5", "{\"rate\": 1.5}"},
    {"set rate=2", "{\"rate\": 2}"},
    {"set on=off", "{\"on\": false}"},
    {"set on=true size=1", "{\"on\": true, \"size\": 1}"},
    {"set names=[\"a\",'b c']", "{\"names\": [\"a\", \"b c\"]}"},
    {"set names.0=a names.1=5", "{\"names\": [\"a\", \"5\"]}"},
    {"set names.1=b names.0=a", "{\"names\": [\"a\", \"b\"]}"},
    {"set names=[]", "{\"names\": []}"},
    {"set list.0.x=1 list.0.y=2 list.1.x=3", "{\"list\": [{\"x\": 1, \"y\": 2}, {\"x\": 3}]}"},
    {"set list.0={\"x\":1} list.1.x=3", "{\"list\": [{\"x\": 1}, {\"x\": 3}]}"},
    {"set list.0.x=1 list.0.more.0.x=2", "{\"list\": [{\"x\": 1, \"more\": [{\"x\": 2}]}]}"},
    {"set any=5", "{\"any\": 5}"},
    {"set any=\"5\"", "{\"any\": \"5\"}"},
    {"set any='\"5\"'", "{\"any\": \"5\"}"},
    {"set any={'a': [1, null]}", "{\"any\": {\"a\": [1, null]}}"},
    {"set any.a=1 any.b=x", "{\"any\": {\"a\": 1, \"b\": \"x\"}}"},
    {"set any.0=1 any.1=x", "{\"any\": [1, \"x\"]}"},
    {"set lost=true", "{\"lost\": true}"},
    {"set alt=5", "{\"alt\": 5}"},
    {"set alt=on", "{\"alt\": \"on\"}"},
    {"set alt=true", "{\"alt\": true}"},
    {"set alt=['a']", "{\"alt\": [\"a\"]}"},
    {"set alt.0=a", "{\"alt\": [\"a\"]}"},
    {"add driver=null-co", "{\"driver\": \"null-co\"}"},
    {"add filename=5 driver=file", "{\"filename\": \"5\", \"driver\": \"file\"}"},
    {"add driver=file filename='a b' locking=on",
     "{\"driver\": \"file\", \"filename\": \"a b\", \"locking\": \"on\"}"},
    {"add driver=qcow2 file=node0", "{\"driver\": \"qcow2\", \"file\": \"node0\"}"},
    {"add driver=qcow2 file=5", "{\"driver\": \"qcow2\", \"file\": \"5\"}"},
    {"add driver=qcow2 file.driver=file file.filename=x",
     "{\"driver\": \"qcow2\", \"file\": {\"driver\": \"file\", \"filename\": \"x\"}}"},
    {"add driver=qcow2 file={\"driver\":\"file\",\"filename\":\"x\"} backing=null",
     "{\"driver\": \"qcow2\", \"file\": {\"driver\": \"file\", \"filename\": \"x\"}, "
     "\"backing\": null}"},
    {"add driver=net kind=ssh host=h", "{\"driver\": \"net\", \"kind\": \"ssh\", \"host\": \"h\"}"},
    {"add node-name=\xc3\xa9 driver=null-co",
     "{\"node-name\": \"\\u00e9\", \"driver\": \"null-co\"}"},
    {"device_add driver=e1000 id=n0 addr=5",
     "{\"driver\": \"e1000\", \"id\": \"n0\", \"addr\": 5}"},
    {"{'execute':'set'}", "-"},
    {"{\"execute\":\"set\",\"arguments\":{\"size\":18446744073709551615},\"id\":1}",
     "{\"size\": 18446744073709551615}"},
    {"{\"execute\":\"unknown\",\"arguments\":{\"a\":[1.50]}}", "{\"a\": [1.50]}"},
    {"{\"exec-oob\":\"x-try\",\n\"arguments\":{}}", "-"},
};

START_TEST(test_typed)
{
    g_autoptr(Schema) schema = make_schema();
    g_autoptr(GError) error = NULL;
    g_autoptr(QmpCommand) input = read_line(schema, typed[_i].line, &error);
    g_autofree char *text = NULL;

    ck_assert_msg(input != NULL, "%s: %s", typed[_i].line, error ? error->message : "");
    text = text_of(input->args);
    ck_assert_str_eq(text, typed[_i].json);
}
END_TEST

static const Good guessed[] = {
    {"c a=5", "{\"a\": 5}"},
    {"c a=-5", "{\"a\": -5}"},
    {"c a=0x10", "{\"a\": 16}"},
    {"c a=1.5", "{\"a\": 1.5}"},
    {"c a=1.2.3", "{\"a\": \"1.2.3\"}"},
    {"c a=12ab", "{\"a\": \"12ab\"}"},
    {"c a=true", "{\"a\": true}"},
    {"c a=on", "{\"a\": \"on\"}"},
    {"c a=null", "{\"a\": null}"},
    {"c a='\"5\"'", "{\"a\": \"5\"}"},
    {"c a=[1,{}]", "{\"a\": [1, {}]}"},
    {"c 'a={broken'", "{\"a\": \"{broken\"}"},
    {"c a=", "{\"a\": \"\"}"},
    {"c a.b=1 a.c.d=2", "{\"a\": {\"b\": 1, \"c\": {\"d\": 2}}}"},
    {"c a.0=1 a.1=2", "{\"a\": [1, 2]}"},
    {"c a.0=1 a.2=2", "{\"a\": {\"0\": 1, \"2\": 2}}"},
    {"c a=b=c", "{\"a\": \"b=c\"}"},
};

START_TEST(test_guessed)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(QmpCommand) input = read_line(NULL, guessed[_i].line, &error);
    g_autofree char *text = NULL;

    ck_assert_msg(input != NULL, "%s: %s", guessed[_i].line, error ? error->message : "");
    text = text_of(input->args);
    ck_assert_str_eq(text, guessed[_i].json);
}
END_TEST

/* @bad: the part of the line that is marked; the first one of its kind. */
static const struct {
    const char *line, *message, *bad;
} wrong[] = {
    {"ad", "no command 'ad'; did you mean 'add'?", "ad"},
    {"lst", "no command 'lst'; did you mean 'list'?", "lst"},
    {"nothing-like-it", "no command 'nothing-like-it'; Tab completes them", "nothing-like-it"},
    {"set siz=5", "set has no argument 'siz'; did you mean 'size'?", "siz"},
    {"set size=5 sizes=4", "set has no argument 'sizes'", "sizes"},
    {"set size=five", "'size' must be an integer, not 'five'", "five"},
    {"set size=", "'size' must be an integer, not ''", "="},
    {"set size=5x", "'size' must be an integer, not '5x'", "5x"},
    {"set size=1.5", "'size' must be an integer, not '1.5'", "1.5"},
    {"set size=18446744073709551616", "'size' must be an integer, not '18446744073709551616'",
     "18446744073709551616"},
    {"set size=0x10000000000000000", "'size' must be an integer, not '0x10000000000000000'",
     "0x10000000000000000"},
    {"set rate=x", "'rate' must be a number, not 'x'", "x"},
    {"set on=2", "'on' must be true or false, not '2'", "2"},
    {"set size=5 size=6", "'size' is given twice", "size"},
    {"set any.a=1 any=2", "'any' is given both whole and in parts", "any"},
    {"set any=1 any.a=2", "'any' is given both whole and in parts", "any"},
    {"set size", "'size' is not key=value", "size"},
    {"set =5", "'=5' is not key=value", "=5"},
    {"set any..a=5", "'any..a' is no argument name", "any..a"},
    {"set names=a", "'names' must be an array, not 'a'", "a"},
    {"set names={}", "'names' must be an array, not '{}'", "{}"},
    {"set names.a=1", "'names' is an array: its elements are names.0, names.1, ...", "a"},
    {"set names.0=a names.2=b", "'names.2' is given, but no 'names.1'", "2"},
    {"set list.0.y=1", "'list.0.x' (int) is missing; 'help set' tells more", "list.0.y"},
    {"set list.0.x=1 list.0.z=1", "'list.0' has no member 'z'", "z"},
    {"set list=[{\"x\": 1}, {\"x\": \"2\"}]", "'list.1.x' must be an integer, not a string",
     "\"2\""},
    {"set list=[{\"x\": 1}, {\"x\" 2}]", "JSON syntax: ':' is missing at byte 16", "2"},
    {"set list=[{\"x\": 1, \"x\": 2}]", "'list.0.x' is given twice", "\"x\""},
    {"set alt=maybe", "'alt' can't be 'maybe'; it is one of: auto, on, off", "maybe"},
    {"add", "'driver' (enum) is missing; 'help add' tells more", "add"},
    {"add driver=qcow", "'driver' can't be 'qcow'; did you mean 'qcow2'?", "qcow"},
    {"add filename=x", "'filename' needs driver=file", "filename"},
    {"add driver=file", "'filename' (string) is missing; 'help add' tells more", "add"},
    {"add driver=qcow2 filename=x", "'filename' goes with driver=file, not with qcow2", "filename"},
    {"add driver=file filename=x lockin=on",
     "add has no argument 'lockin'; did you mean 'locking'?", "lockin"},
    {"add driver=net host=h", "'host' needs kind=ssh", "host"},
    {"add driver=net kind=nfs host=h", "'host' goes with kind=ssh, not with nfs", "host"},
    {"add driver=qcow2 file.driver=file file.filenam=x",
     "'file' has no member 'filenam'; did you mean 'filename'?", "filenam"},
    {"add driver=qcow2 file.driver=file",
     "'file.filename' (string) is missing; 'help add' tells "
     "more",
     "file.driver"},
    {"add driver=qcow2 file={\"driver\":\"fil\"}",
     "'file.driver' can't be 'fil'; did you mean 'file'?", "\"fil\""},
    {"device_add id=x", "'driver' (string) is missing; 'help device_add' tells more", "device_add"},
    {"{\"execute\":5}", "not a QMP command: QMP input member 'execute' must be a string", NULL},
    {"{\"execute\":\"set\"", "not a QMP command: JSON syntax: ',' or '}' is missing at byte 16",
     NULL},
    {"{\"execute\":\"set\",\"arguments\":{\"siz\":1}}",
     "set has no argument 'siz'; did you mean 'size'?", "\"siz\""},
    {"{\"execute\":\"add\",\"arguments\":{\"driver\":\"qcow2\",\"file\":{\"driver\":\"file\","
     "\"filename\":7}}}",
     "'arguments.file.filename' must be a string, not 7", "7"},
    {"{\"execute\":\"add\"}", "'arguments.driver' (enum) is missing; 'help add' tells more",
     "{\"execute\":\"add\"}"},
};

START_TEST(test_wrong)
{
    g_autoptr(Schema) schema = make_schema();
    g_autoptr(GError) error = NULL;
    g_autoptr(QmpCommand) input = read_line(schema, wrong[_i].line, &error);
    g_autofree char *marked = NULL;
    ErrorMark mark;

    ck_assert_msg(!input, "%s was taken", wrong[_i].line);
    ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE));
    ck_assert_str_eq(error->message, wrong[_i].message);
    if (!wrong[_i].bad)
        return;
    ck_assert_msg(bridge_error_mark(error, &mark), "%s: no mark", wrong[_i].line);
    marked = g_strndup(wrong[_i].line + mark.column - 1, mark.length);
    if (strcmp(wrong[_i].bad, "="))
        ck_assert_str_eq(marked, wrong[_i].bad);
}
END_TEST

START_TEST(test_columns)
{
    g_autoptr(Schema) schema = make_schema();
    g_autoptr(GError) error = NULL;
    g_autoptr(QmpCommand) input =
        read_line(schema, "set  any='x y' list.0.x=1\\\n  sizes=4", &error);
    ErrorMark mark;

    ck_assert(!input && bridge_error_mark(error, &mark));
    ck_assert_str_eq(mark.line, "  sizes=4");
    ck_assert_uint_eq(mark.column, 3);
    ck_assert_uint_eq(mark.length, 5);
}
END_TEST

/* Hints joined by '|'. */
static const struct {
    const char *line, *hints;
} hints[] = {
    {"set", "set is deprecated"},
    {"x-try", "x-try is unstable: it may change or go without notice"},
    {"add driver=null-co", ""},
    {"add driver=null-co ro=on", "argument 'ro' of add is deprecated"},
    {"{'execute':'set'}", "set is deprecated"},
};

START_TEST(test_hints)
{
    g_autoptr(Schema) schema = make_schema();
    g_autoptr(QmpCommand) input = read_line(schema, hints[_i].line, NULL);
    g_autofree char *joined = NULL;

    ck_assert_ptr_nonnull(input);
    g_ptr_array_add(input->hints, NULL);
    joined = g_strjoinv("|", (char **)input->hints->pdata);
    ck_assert_str_eq(joined, hints[_i].hints);
}
END_TEST

/* @json: NULL: refused with @message. */
static const struct {
    const char *line, *json, *message;
} actions[] = {
    {"snapshot x=1", "{\"type\": \"snapshot\", \"data\": {\"x\": 1}}", NULL},
    {"abort", "{\"type\": \"abort\", \"data\": {}}", NULL},
    {"snapsht x=1", NULL, "no action 'snapsht'; did you mean 'snapshot'?"},
    {"snapshot", NULL, "'x' (int) is missing; 'help snapshot' tells more"},
    {"snapshot x=1 z=2", NULL, "snapshot has no argument 'z'"},
    {"abort x=1", NULL, "abort has no argument 'x'"},
};

START_TEST(test_actions)
{
    g_autoptr(Schema) schema = make_schema();
    g_autoptr(Words) words = words_parse(actions[_i].line, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) action =
        transaction_action(schema, words->texts[0], words->texts + 1, words, NULL, &error);
    g_autofree char *text = text_of(action);

    if (actions[_i].json)
        ck_assert_str_eq(text, actions[_i].json);
    else
        ck_assert_str_eq(error ? error->message : "taken", actions[_i].message);
}
END_TEST

/* Depths and counts that would hurt if they weren't bounded. */
START_TEST(test_bounds)
{
    g_autoptr(Schema) schema = make_schema();
    g_autoptr(GString) deep = g_string_new("set list.0"), many = g_string_new("set");
    g_autoptr(GString) nested = g_string_new("set any=");
    g_autoptr(GError) error = NULL;

    for (guint i = 0; i < 100000; i++)
        g_string_append(deep, ".more.0");
    g_string_append(deep, ".x=1");
    ck_assert(!read_line(schema, deep->str, &error));
    ck_assert_str_eq(error->message, "an argument name has more than 64 parts");
    g_clear_error(&error);
    for (guint i = 0; i < 10000; i++)
        g_string_append_printf(many, " any.a%u=1", i);
    ck_assert(!read_line(schema, many->str, &error));
    ck_assert_str_eq(error->message, "more than 4096 arguments");
    g_clear_error(&error);
    for (guint i = 0; i < 5000; i++)
        g_string_append_c(nested, '[');
    for (guint i = 0; i < 5000; i++)
        g_string_append_c(nested, ']');
    qmp_command_free(read_line(schema, nested->str, NULL)); /* a string, then */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("input");
    TCase *tcase = tcase_create("input");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(tcase, test_typed, 0, G_N_ELEMENTS(typed));
    tcase_add_loop_test(tcase, test_guessed, 0, G_N_ELEMENTS(guessed));
    tcase_add_loop_test(tcase, test_wrong, 0, G_N_ELEMENTS(wrong));
    tcase_add_loop_test(tcase, test_hints, 0, G_N_ELEMENTS(hints));
    tcase_add_loop_test(tcase, test_actions, 0, G_N_ELEMENTS(actions));
    tcase_add_test(tcase, test_columns);
    tcase_add_test(tcase, test_bounds);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
