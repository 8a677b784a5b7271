/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The scanner: it takes what the parser takes and nothing else, whatever the text; what it finds;
 * what it makes plain.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/json-scan.h"
#include "qmpbridge/core/json.h"

static const char *const names[] = {"return", "id", NULL};

static JsonSlice slice(const char *text)
{
    return (JsonSlice){text, strlen(text)};
}

/* "-" stands for an absent value. */
static const struct {
    const char *text, *value, *id, *unknown;
    gboolean object, plain;
} found[] = {
    {"{\"return\": {}, \"id\": 1}", "{}", "1", "-", TRUE, TRUE},
    {" {\"id\":[ 1 ],\"return\": \"a\\\"}\" }\t", "\"a\\\"}\"", "[ 1 ]", "-", TRUE, TRUE},
    {"{\"return\": null}", "null", "-", "-", TRUE, TRUE},
    {"{}", "-", "-", "-", TRUE, TRUE},
    {"{\"return\": 1, \"return\": 2}", "2", "-", "-", TRUE, TRUE},
    {"{\"x\": {\"return\": 1}, \"y\": 1}", "-", "-", "x", TRUE, TRUE},
    {"{\"Return\": 1}", "-", "-", "Return", TRUE, TRUE},
    {"{\"return \": 1, \"retur\": 2}", "-", "-", "return ", TRUE, TRUE},
    {"{\"r\\u0065turn\": -18446744073709551616}", "-18446744073709551616", "-", "-", TRUE, TRUE},
    {"{'return': 1}", "1", "-", "-", TRUE, FALSE},
    {"{\"return\": \"it's\"}", "\"it's\"", "-", "-", TRUE, TRUE},
    {"{\"return\": \"it\\'s\"}", "\"it\\'s\"", "-", "-", TRUE, FALSE},
    {"{\"return\":\n1}", "1", "-", "-", TRUE, FALSE},
    {"{\"return\": 1}\r", "1", "-", "-", TRUE, FALSE},
    {"{\"return\": \"\xc3\xa4\"}", "\"\xc3\xa4\"", "-", "-", TRUE, FALSE},
    {"{\"return\": \"\x7f\"}", "\"\x7f\"", "-", "-", TRUE, FALSE},
    {"[{\"return\": 1}]", "-", "-", "-", FALSE, TRUE},
    {"\"return\"", "-", "-", "-", FALSE, TRUE},
};

static void check_slice(JsonSlice got, const char *wanted)
{
    g_autofree char *text = got.text ? g_strndup(got.text, got.len) : g_strdup("-");

    ck_assert_str_eq(text, wanted);
}

START_TEST(test_found)
{
    JsonSlice values[2];
    JsonScan scan;

    ck_assert(json_scan(slice(found[_i].text), names, values, &scan, NULL));
    check_slice(values[0], found[_i].value);
    check_slice(values[1], found[_i].id);
    check_slice(scan.unknown, found[_i].unknown);
    ck_assert_int_eq(scan.is_object, found[_i].object);
    ck_assert_int_eq(scan.plain, found[_i].plain);
}
END_TEST

static const struct {
    const char *text, *plain;
} plains[] = {
    {" { 'a' : 'b\"' ,\r\n\"c\":[ ] } ", "{\"a\": \"b\\\"\", \"c\": []}"},
    {"[1,2.50 ,18446744073709551615,-0,1E+2]", "[1, 2.50, 18446744073709551615, -0, 1E+2]"},
    {"[true,false,null,{}]", "[true, false, null, {}]"},
    {"\"\xc3\xa4\xf0\x9f\x98\x80\x7f\\/\\'\"", "\"\\u00e4\\ud83d\\ude00\\u007f/'\""},
    {"'\\u00e4'", "\"\\u00e4\""},
    {"{'\xc3\xa4':1,'\xc3\xa4':2}", "{\"\\u00e4\": 1, \"\\u00e4\": 2}"},
};

START_TEST(test_plain)
{
    JsonScan scan;
    GString *plain;

    ck_assert(json_scan(slice(plains[_i].text), NULL, NULL, &scan, NULL));
    plain = json_make_plain(slice(plains[_i].text));
    ck_assert_str_eq(plain->str, plains[_i].plain);
    ck_assert(json_scan(slice(plain->str), NULL, NULL, &scan, NULL));
    ck_assert(scan.plain);
    g_string_free(plain, TRUE);
}
END_TEST

/* Rows: plain text with its tokens and its depth. */
static const struct {
    const char *text;
    gsize tokens, depth;
} measured[] = {
    {"{}", 2, 1},
    {"[]", 2, 1},
    {"{\"a\": {}, \"b\": []}", 11, 2},
    {"[[[ 1, -2.5e+10,\ttrue]] , null]", 13, 3},
    {"{\"a{[:,\\\"]}\": \"\\\\\"}", 5, 1},
    {"\"\"", 1, 0},
    {"17", 1, 0},
};

START_TEST(test_measure)
{
    gsize tokens, depth;

    json_measure(slice(measured[_i].text), &tokens, &depth);
    ck_assert_uint_eq(tokens, measured[_i].tokens);
    ck_assert_uint_eq(depth, measured[_i].depth);
}
END_TEST

/* Each byte becomes six, and all of it counts: brackets and numbers, too. */
START_TEST(test_plain_within)
{
    static const char text[] = "['\x7f\x7f', 1234]";
    static const gsize size = sizeof("[\"\\u007f\\u007f\", 1234]") - 1;
    g_autoptr(GString) fits = json_make_plain_within(slice(text), size, NULL);

    ck_assert_ptr_nonnull(fits);
    ck_assert_uint_eq(fits->len, size);
    for (gsize max = 0; max < size; max++) {
        g_autoptr(GError) error = NULL;

        ck_assert_ptr_null(json_make_plain_within(slice(text), max, &error));
        ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_TOO_BIG));
    }
}
END_TEST

/* An exact copy lets the address sanitizer see a read past the end. */
static void check_twin(const char *text, gsize len)
{
    g_autofree char *exact = g_malloc(len + 1);
    g_autoptr(GError) parse_error = NULL;
    g_autoptr(GError) scan_error = NULL;
    g_autoptr(JsonNode) node = NULL;
    JsonSlice values[2];
    JsonScan scan;
    gboolean good;

    exact = g_realloc(exact, len ? len : 1);
    memcpy(exact, text, len);
    node = json_parse(exact, (gssize)len, &parse_error);
    good = json_scan((JsonSlice){exact, len}, names, values, &scan, &scan_error);
    ck_assert_msg(good == (node != NULL), "%.*s", (int)len, text);
    ck_assert_str_eq(scan_error ? scan_error->message : "",
                     parse_error ? parse_error->message : "");
}

/* Every beginning of each of these, and each with any one byte changed. */
static const char *const seeds[] = {
    "{\"return\": {\"a\": [1, -2.5e3, true, null, \"x\\u00e4\\ud83d\\ude00\\n\"]}, \"id\": 7}",
    "{'a': 'b\\'', \"c\xc3\xa4\": [[], {}, false]}\r\n",
    "[18446744073709551615, 0.1, 1E9, \"\\\"\"]",
};

START_TEST(test_twins)
{
    gsize len = strlen(seeds[_i]);

    for (gsize at = 0; at <= len; at++)
        check_twin(seeds[_i], at);
    for (gsize at = 0; at < len; at++) {
        g_autofree char *text = g_strdup(seeds[_i]);

        for (int c = 0; c < 256; c++) {
            text[at] = (char)c;
            check_twin(text, len);
        }
    }
}
END_TEST

static void check_fails(GString *text, int code)
{
    g_autoptr(GError) error = NULL;
    JsonScan scan;

    ck_assert(!json_scan((JsonSlice){text->str, text->len}, NULL, NULL, &scan, &error));
    ck_assert(g_error_matches(error, BRIDGE_ERROR, code));
}

START_TEST(test_limits)
{
    g_autoptr(GString) deep = g_string_new(NULL);
    g_autoptr(GString) many = g_string_new("[0");
    JsonScan scan;

    for (guint i = 0; i < JSON_MAX_DEPTH; i++)
        g_string_append_c(deep, '[');
    for (guint i = 0; i < JSON_MAX_DEPTH; i++)
        g_string_append_c(deep, ']');
    ck_assert(json_scan((JsonSlice){deep->str, deep->len}, NULL, NULL, &scan, NULL));
    g_string_prepend_c(deep, '[');
    g_string_append_c(deep, ']');
    check_fails(deep, BRIDGE_ERROR_TOO_DEEP);
    for (guint i = 2; i < JSON_MAX_VALUES; i++)
        g_string_append(many, ",0");
    g_string_append_c(many, ']');
    ck_assert(json_scan((JsonSlice){many->str, many->len}, NULL, NULL, &scan, NULL));
    g_string_truncate(many, many->len - 1);
    g_string_append(many, ",0]");
    check_fails(many, BRIDGE_ERROR_TOO_BIG);
}
END_TEST

static void collect(JsonSlice element, gpointer user_data)
{
    g_string_append_len(user_data, element.text, (gssize)element.len);
    g_string_append_c(user_data, '|');
}

START_TEST(test_array)
{
    g_autoptr(GString) seen = g_string_new(NULL);

    ck_assert(json_scan_array(slice(" [1 , [2,3],{\"a\":[]} ,\"]\"] "), collect, seen));
    ck_assert_str_eq(seen->str, "1|[2,3]|{\"a\":[]}|\"]\"|");
    ck_assert(json_scan_array(slice("[]"), collect, seen));
    ck_assert(!json_scan_array(slice("{}"), collect, seen));
    ck_assert(!json_scan_array(slice("[1,]"), collect, seen));
    ck_assert(!json_scan_array(slice("[] 1"), collect, seen));
    ck_assert(!json_scan_array(slice(""), collect, seen));
}
END_TEST

START_TEST(test_slices)
{
    JsonSlice absent = {NULL, 0};
    g_autofree char *string = json_slice_string(slice("\"a\\u00e4'\""));
    g_autofree char *single = json_slice_string(slice("'\"'"));
    g_autoptr(GBytes) bytes = json_slice_to_bytes(slice("[1]"));
    gint64 value = 0;

    ck_assert_str_eq(string, "a\xc3\xa4'");
    ck_assert_str_eq(single, "\"");
    ck_assert_ptr_null(json_slice_string(slice("1")));
    ck_assert_ptr_null(json_slice_string(slice("\"a\" ")));
    ck_assert_ptr_null(json_slice_string(slice("\"")));
    ck_assert_ptr_null(json_slice_string(absent));
    ck_assert(json_slice_is(slice("\"name\""), "name"));
    ck_assert(json_slice_is(slice("\"n\\u0061me\""), "name"));
    ck_assert(json_slice_is(slice("'name'"), "name"));
    ck_assert(!json_slice_is(slice("\"nam\""), "name"));
    ck_assert(!json_slice_is(slice("\"names\""), "name"));
    ck_assert(!json_slice_is(absent, "name"));
    ck_assert(json_slice_int(slice("-9223372036854775808"), &value) && value == G_MININT64);
    ck_assert(!json_slice_int(slice("9223372036854775808"), &value));
    ck_assert(!json_slice_int(slice("1.0"), &value));
    ck_assert(!json_slice_int(slice("\"1\""), &value));
    ck_assert(!json_slice_int(slice("{}"), &value));
    ck_assert(!json_slice_int(slice("1 "), &value));
    ck_assert(!json_slice_int(absent, &value));
    ck_assert_uint_eq(json_slice_of(bytes).len, 3);
    ck_assert_ptr_null(json_slice_of(NULL).text);
    ck_assert_ptr_null(json_slice_to_bytes(absent));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("json-scan");
    TCase *tcase = tcase_create("json-scan");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, test_found, 0, G_N_ELEMENTS(found));
    tcase_add_loop_test(tcase, test_plain, 0, G_N_ELEMENTS(plains));
    tcase_add_loop_test(tcase, test_measure, 0, G_N_ELEMENTS(measured));
    tcase_add_test(tcase, test_plain_within);
    tcase_add_loop_test(tcase, test_twins, 0, G_N_ELEMENTS(seeds));
    tcase_add_test(tcase, test_limits);
    tcase_add_test(tcase, test_array);
    tcase_add_test(tcase, test_slices);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
