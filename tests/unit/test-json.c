/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON: what parses and comes back the same, what is refused, typed access to hostile trees.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/json.h"

/* Parsed, then written: the text expected, NULL if it is the input itself. */
static const struct {
    const char *input, *output;
} good[] = {
    {"{}", NULL},
    {"[]", NULL},
    {"null", NULL},
    {"true", NULL},
    {"0", NULL},
    {"-1", NULL},
    {"9223372036854775807", NULL},
    {"-9223372036854775808", NULL},
    {"9223372036854775808", "9.2233720368547758e+18"},
    {"18446744073709551615", "1.8446744073709552e+19"},
    {"-9223372036854775809", "-9.2233720368547758e+18"},
    {"1.5", NULL},
    {"1.0", NULL},
    {"-0.25", NULL},
    {"1e3", "1000.0"},
    {"\"\"", NULL},
    {"{\"a\": 1, \"b\": [true, null, {}]}", NULL},
    {" { 'a' : 'b' } \r\n", "{\"a\": \"b\"}"},
    {"'\"'", "\"\\\"\""},
    {"\"'\"", NULL},
    {"\"\\'\"", "\"'\""},
    {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\\"\\\\/\\u0008\\u000c\\n\\r\\t\""},
    {"\"\\u00e4\\ud83d\\ude00\"", NULL},
    {"\"\xc3\xa4\xf0\x9f\x98\x80\"", "\"\\u00e4\\ud83d\\ude00\""},
    {"\"\x7f\"", "\"\\u007f\""},
    {"{\"a\": 1, \"a\": 2}", "{\"a\": 2}"},
    {"[1,2 ,3]", "[1, 2, 3]"},
};

/* An exact copy lets the address sanitizer see a read past the end. */
static char *copy_exactly(const char *bytes, gsize len)
{
    char *copy = g_malloc(len ? len : 1);

    memcpy(copy, bytes, len);
    return copy;
}

START_TEST(test_good)
{
    gsize len = strlen(good[_i].input);
    g_autofree char *exact = copy_exactly(good[_i].input, len);
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonNode) node = json_parse(exact, (gssize)len, &error);
    g_autofree char *text = NULL;

    ck_assert_msg(node, "%s: %s", good[_i].input, error ? error->message : "no error");
    text = json_to_text(node);
    ck_assert_str_eq(text, good[_i].output ? good[_i].output : good[_i].input);
}
END_TEST

static const struct {
    const char *input;
    gsize len; /* 0: strlen */
} bad[] = {
    {"", 0},
    {" ", 0},
    {"{", 0},
    {"}", 0},
    {"[", 0},
    {"[1", 0},
    {"[1,]", 0},
    {"[,1]", 0},
    {"{\"a\"}", 0},
    {"{\"a\":}", 0},
    {"{\"a\":1,}", 0},
    {"{a:1}", 0},
    {"{1:1}", 0},
    {"{}{}", 0},
    {"{} x", 0},
    {"1 2", 0},
    {"01", 0},
    {"+1", 0},
    {"-", 0},
    {".5", 0},
    {"1.", 0},
    {"1e", 0},
    {"1e999", 0},
    {"NaN", 0},
    {"Infinity", 0},
    {"tru", 0},
    {"truex", 0},
    {"nul", 0},
    {"11111111111111111111111111111111111111111111111111111111111111111111111.0", 0},
    {"\"", 0},
    {"\"abc", 0},
    {"\"abc'", 0},
    {"\"\\", 0},
    {"\"\\x\"", 0},
    {"\"\\u12\"", 0},
    {"\"\\u12g4\"", 0},
    {"\"\\u0000\"", 0},
    {"{\"a\\u0000b\":1}", 0},
    {"\"\\ud800\"", 0},
    {"\"\\udc00\"", 0},
    {"\"\\ud800\\u0041\"", 0},
    {"\"\\ud800x\"", 0},
    {"\"\xff\"", 0},
    {"\"\xc0\x80\"", 0},
    {"\"\xed\xa0\x80\"", 0},
    {"\"\n\"", 0},
    {"\"a\0b\"", 5},
    {"1\0", 2},
    {"/* comment */ 1", 0},
    {"// comment\n1", 0},
    {"\xef\xbb\xbf{}", 0},
    {"[}", 0},
    {"{]", 0},
};

START_TEST(test_bad)
{
    gsize len = bad[_i].len ? bad[_i].len : strlen(bad[_i].input);
    g_autofree char *exact = copy_exactly(bad[_i].input, len);
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonNode) node = json_parse(len ? exact : "", (gssize)len, &error);

    ck_assert_msg(!node, "%s was taken", bad[_i].input);
    ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_SYNTAX));
    ck_assert(g_str_is_ascii(error->message));
    ck_assert_ptr_null(json_parse(bad[_i].input, (gssize)len, NULL));
}
END_TEST

static char *nested(guint depth, char open, char close)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < depth; i++)
        g_string_append(text, open == '{' && i ? "\"a\":{" : open == '{' ? "{" : "[");
    for (guint i = 0; i < depth; i++)
        g_string_append_c(text, close);
    return g_string_free(text, FALSE);
}

START_TEST(test_depth)
{
    g_autofree char *most = nested(JSON_MAX_DEPTH, '[', ']');
    g_autofree char *objects = nested(JSON_MAX_DEPTH, '{', '}');
    g_autofree char *over = nested(JSON_MAX_DEPTH + 1, '[', ']');
    g_autofree char *bomb = g_strnfill(1000000, '[');
    g_autoptr(JsonNode) node = json_parse(most, -1, NULL);
    g_autoptr(JsonNode) object = json_parse(objects, -1, NULL);
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;

    ck_assert(node && object);
    text = json_to_text(node);
    ck_assert_str_eq(text, most);
    ck_assert_ptr_null(json_parse(over, -1, &error));
    ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_TOO_DEEP));
    ck_assert_ptr_null(json_parse(bomb, -1, NULL));
}
END_TEST

/* Few bytes can ask for much memory: the number of values is limited, exactly. */
START_TEST(test_values_limit)
{
    g_autoptr(GString) text = g_string_new("[0");
    g_autoptr(JsonNode) most = NULL;
    g_autoptr(GError) error = NULL;

    for (guint i = 2; i < JSON_MAX_VALUES; i++)
        g_string_append(text, ",0");
    g_string_append_c(text, ']');
    most = json_parse(text->str, (gssize)text->len, NULL);
    ck_assert_ptr_nonnull(most);
    g_string_truncate(text, text->len - 1);
    g_string_append(text, ",0]");
    ck_assert_ptr_null(json_parse(text->str, (gssize)text->len, &error));
    ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_TOO_BIG));
}
END_TEST

START_TEST(test_parse_object)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonObject) object = json_parse_object("{\"a\":1}", -1, NULL);

    ck_assert(object && json_object_has_member(object, "a"));
    ck_assert_ptr_null(json_parse_object("[1]", -1, &error));
    ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_TYPE));
    ck_assert_ptr_null(json_parse_object("{", -1, NULL));
}
END_TEST

/* Bytes that aren't UTF-8 can reach the writer from file names and the like. */
START_TEST(test_write_invalid_utf8)
{
    g_autoptr(GString) out = g_string_new(NULL);

    json_append_string(out, "a\xff"
                            "b\xc3");
    ck_assert_str_eq(out->str, "\"a\\ufffdb\\ufffd\"");
}
END_TEST

/* Row: member, then which of the getters may take it. */
static const struct {
    const char *name;
    gboolean string, integer, positive, boolean, number, object, array, absent;
} members[] = {
    {"string", .string = TRUE},
    {"int", .integer = TRUE, .positive = TRUE, .number = TRUE},
    {"negative", .integer = TRUE, .number = TRUE},
    {"bool", .boolean = TRUE},
    {"double", .number = TRUE},
    {"object", .object = TRUE},
    {"array", .array = TRUE},
    {"null", .absent = TRUE},
    {"missing", .absent = TRUE},
};

#define CHECK_GETTER(kind, type, taken)                                           \
    do {                                                                          \
        type value = 0;                                                           \
        g_autoptr(GError) error = NULL;                                           \
        g_autoptr(GError) opt_error = NULL;                                       \
        gboolean got = json_get_##kind(object, members[_i].name, &value, &error); \
        ck_assert_int_eq(got, taken);                                             \
        ck_assert_int_eq(error == NULL, taken);                                   \
        if (error) {                                                              \
            ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_TYPE));   \
            ck_assert_ptr_nonnull(strstr(error->message, members[_i].name));      \
        }                                                                         \
        got = json_opt_##kind(object, members[_i].name, &value, &opt_error);      \
        ck_assert_int_eq(got, taken || members[_i].absent);                       \
        ck_assert_int_eq(opt_error == NULL, got);                                 \
    } while (0)

START_TEST(test_getters)
{
    g_autoptr(JsonObject) object =
        json_parse_object("{'string':'s','int':7,'negative':-7,'bool':true,'double':1.5,"
                          "'object':{},'array':[],'null':null}",
                          -1, NULL);

    CHECK_GETTER(string, const char *, members[_i].string);
    CHECK_GETTER(int, gint64, members[_i].integer);
    CHECK_GETTER(uint, guint64, members[_i].positive);
    CHECK_GETTER(bool, gboolean, members[_i].boolean);
    CHECK_GETTER(double, double, members[_i].number);
    CHECK_GETTER(object, JsonObject *, members[_i].object);
    CHECK_GETTER(array, JsonArray *, members[_i].array);
}
END_TEST

START_TEST(test_values)
{
    g_autoptr(JsonObject) object =
        json_parse_object("{'s':'x','i':-9223372036854775808,'b':true,'d':2}", -1, NULL);
    const char *s = "kept";
    gint64 i = 0;
    gboolean b = FALSE;
    double d = 0;

    ck_assert(json_opt_string(object, "none", &s, NULL));
    ck_assert_str_eq(s, "kept");
    ck_assert(json_get_string(object, "s", &s, NULL));
    ck_assert_str_eq(s, "x");
    ck_assert(json_get_int(object, "i", &i, NULL) && i == G_MININT64);
    ck_assert(json_get_bool(object, "b", &b, NULL) && b == TRUE);
    ck_assert(json_get_double(object, "d", &d, NULL) && d > 1.9 && d < 2.1);
    ck_assert(!json_get_string(NULL, "s", &s, NULL));
    ck_assert(json_opt_string(NULL, "s", &s, NULL));
}
END_TEST

START_TEST(test_as)
{
    g_autoptr(JsonNode) array = json_parse("[{}, 1, 's', null]", -1, NULL);
    JsonArray *elements = json_as_array(array);

    ck_assert_ptr_nonnull(json_array_object(elements, 0));
    ck_assert_ptr_null(json_array_object(elements, 1));
    ck_assert_ptr_null(json_array_object(elements, 4));
    ck_assert_ptr_null(json_array_object(NULL, 0));
    ck_assert_ptr_null(json_as_object(array));
    ck_assert_ptr_null(json_as_object(NULL));
    ck_assert_ptr_null(json_as_string(json_array_get_element(elements, 1)));
    ck_assert_ptr_null(json_as_string(json_array_get_element(elements, 3)));
    ck_assert_str_eq(json_as_string(json_array_get_element(elements, 2)), "s");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("json");
    TCase *tcase = tcase_create("json");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(tcase, test_good, 0, G_N_ELEMENTS(good));
    tcase_add_loop_test(tcase, test_bad, 0, G_N_ELEMENTS(bad));
    tcase_add_test(tcase, test_depth);
    tcase_add_test(tcase, test_values_limit);
    tcase_add_test(tcase, test_parse_object);
    tcase_add_test(tcase, test_write_invalid_utf8);
    tcase_add_loop_test(tcase, test_getters, 0, G_N_ELEMENTS(members));
    tcase_add_test(tcase, test_values);
    tcase_add_test(tcase, test_as);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
