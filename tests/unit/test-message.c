/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages: a table of what a server may send, one of what a client may send, and the texts that
 * are built.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/message.h"

#define MALFORMED (-1)

static const struct {
    const char *text;
    int kind;
    const char *name, *desc, *id;
} server[] = {
    {"{'QMP': {'version': {}, 'capabilities': []}}", MESSAGE_GREETING, NULL, NULL, NULL},
    {"{'return': {}}", MESSAGE_RETURN, NULL, NULL, NULL},
    {"{'return': null, 'id': 7}", MESSAGE_RETURN, NULL, NULL, "7"},
    {"{'return': [], 'id': {'a': [1]}}", MESSAGE_RETURN, NULL, NULL, "{\"a\": [1]}"},
    {"{'id': null, 'return': 1}", MESSAGE_RETURN, NULL, NULL, "null"},
    {"{'error': {'class': 'C', 'desc': 'D'}}", MESSAGE_ERROR, "C", "D", NULL},
    {"{'error': {'class': 'C', 'desc': 'D'}, 'id': 'x'}", MESSAGE_ERROR, "C", "D", "\"x\""},
    {"{'event': 'STOP', 'timestamp': {}}", MESSAGE_EVENT, "STOP", NULL, NULL},
    {"{'event': 'E', 'data': {'a': 1}}", MESSAGE_EVENT, "E", NULL, NULL},
    {"{'error': {'class': 'C'}}", MALFORMED, NULL, NULL, NULL},
    {"{'error': {'desc': 1, 'class': 'C'}}", MALFORMED, NULL, NULL, NULL},
    {"{'error': 'x'}", MALFORMED, NULL, NULL, NULL},
    {"{'event': 1}", MALFORMED, NULL, NULL, NULL},
    {"{'event': 'E', 'data': 1}", MALFORMED, NULL, NULL, NULL},
    {"{'QMP': 1}", MALFORMED, NULL, NULL, NULL},
    {"{}", MALFORMED, NULL, NULL, NULL},
    {"[]", MALFORMED, NULL, NULL, NULL},
    {"'x'", MALFORMED, NULL, NULL, NULL},
};

START_TEST(test_classify)
{
    g_autoptr(JsonNode) root = json_parse(server[_i].text, -1, NULL);
    g_autoptr(GError) error = NULL;
    g_autofree char *id = NULL;
    Message message;

    ck_assert_ptr_nonnull(root);
    if (server[_i].kind == MALFORMED) {
        ck_assert(!message_classify(root, &message, &error));
        ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_PROTOCOL));
        ck_assert_ptr_null(message.value);
        return;
    }
    ck_assert(message_classify(root, &message, &error));
    ck_assert_int_eq(message.kind, server[_i].kind);
    ck_assert_pstr_eq(message.name, server[_i].name);
    ck_assert_pstr_eq(message.desc, server[_i].desc);
    id = message.id ? json_to_text(message.id) : NULL;
    ck_assert_pstr_eq(id, server[_i].id);
}
END_TEST

static const struct {
    const char *text, *name, *desc, *args, *id;
    gboolean oob;
} client[] = {
    {.text = "{\"execute\": \"stop\"}", .name = "stop"},
    {.text = "{'execute': 'c', 'arguments': {}, 'id': 1}", .name = "c", .args = "{}", .id = "1"},
    {.text = "{'exec-oob': 'yank', 'id': null}", .name = "yank", .oob = TRUE, .id = "null"},
    {.text = "{\"execute\":\"c\",\"arguments\":{\"a\":[18446744073709551615,1.50]}, "
             "\"id\":{\"x\":-0}}",
     .name = "c",
     .args = "{\"a\":[18446744073709551615,1.50]}",
     .id = "{\"x\":-0}"},
    {.text = "{\"execute\": \"c\",\n\"arguments\": {\"a\":\t18446744073709551615,\n"
             "\"b\": \"\xc3\xa4\"}}",
     .name = "c",
     .args = "{\"a\": 18446744073709551615, \"b\": \"\\u00e4\"}"},
    {.text = "{\"\\u0065xecute\": \"\\u0073top\"}", .name = "stop"},
    {.text = "{'execute': 'a', 'execute': 'b'}", .name = "b"},
    {.text = "[]", .desc = "QMP input must be a JSON object"},
    {.text = "{}", .desc = "QMP input lacks member 'execute'"},
    {.text = "{'execute': 1}", .desc = "QMP input member 'execute' must be a string"},
    {.text = "{'execute': {}}", .desc = "QMP input member 'execute' must be a string"},
    {.text = "{'exec-oob': 1}", .desc = "QMP input member 'exec-oob' must be a string"},
    {.text = "{'execute': 'c', 'arguments': 1, 'id': 2}",
     .id = "2",
     .desc = "QMP input member 'arguments' must be an object"},
    {.text = "{'execute': 'c', 'x': 1}", .desc = "QMP input member 'x' is unexpected"},
    {.text = "{'execute': 'c', 'exec-oob': 'c'}",
     .desc = "QMP input member 'exec-oob' clashes with 'execute'"},
    {.text = "{'execute': 'c'", .desc = "JSON syntax: ',' or '}' is missing at byte 15"},
};

/* The id is known even if the rest is wrong. */
static void check_slice(JsonSlice slice, const char *wanted)
{
    g_autofree char *text = slice.text ? g_strndup(slice.text, slice.len) : NULL;

    ck_assert_pstr_eq(text, wanted);
}

START_TEST(test_request)
{
    g_autoptr(GError) error = NULL;
    g_auto(Request) request = {0};
    JsonSlice text = {client[_i].text, strlen(client[_i].text)};

    ck_assert_int_eq(message_request(text, &request, &error), client[_i].desc == NULL);
    ck_assert_pstr_eq(error ? error->message : NULL, client[_i].desc);
    check_slice(request.id, client[_i].id);
    if (error)
        return;
    ck_assert_pstr_eq(request.name, client[_i].name);
    ck_assert_int_eq(request.oob, client[_i].oob);
    check_slice(request.args, client[_i].args);
}
END_TEST

static JsonSlice slice(const char *text)
{
    return (JsonSlice){text, text ? strlen(text) : 0};
}

START_TEST(test_texts)
{
    static const char id[] = "{\"a\": 18446744073709551615}";
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(JsonNode) body = message_greeting_body_new(NULL, TRUE);

    message_append_return(out, slice("[1]"), slice(id));
    message_append_return(out, slice(NULL), slice(NULL));
    message_append_error(out, "GenericError", "no \"x\"", slice(id));
    message_append_greeting(out, body);
    ck_assert_str_eq(out->str,
                     "{\"return\": [1], \"id\": {\"a\": 18446744073709551615}}\r\n"
                     "{\"return\": {}}\r\n"
                     "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no \\\"x\\\"\"}, "
                     "\"id\": {\"a\": 18446744073709551615}}\r\n"
                     "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 0, \"minor\": 0, \"major\": "
                     "0}, \"package\": \"\"}, \"capabilities\": [\"oob\"]}}\r\n");
    ck_assert(message_offers_oob(body));
}
END_TEST

START_TEST(test_command)
{
    g_autoptr(GString) out = g_string_new(NULL);

    message_append_command(out, "stop", slice(NULL), FALSE, 1);
    message_append_command(out, "ya\"nk", slice("{\"i\": []}"), TRUE, G_MAXINT64);
    ck_assert_str_eq(out->str, "{\"execute\":\"stop\",\"id\":1}\n"
                               "{\"exec-oob\":\"ya\\\"nk\",\"arguments\":{\"i\": []},"
                               "\"id\":9223372036854775807}\n");
}
END_TEST

/* What a command with these arguments comes to, once it is written. */
static gboolean within_limits(const char *name, const GString *args)
{
    g_autoptr(GString) out = g_string_new(NULL);
    gsize tokens, depth;

    message_append_command(out, name, (JsonSlice){args->str, args->len}, TRUE, G_MAXINT64);
    json_measure((JsonSlice){out->str, out->len - 1}, &tokens, &depth);
    return out->len <= MESSAGE_MAX_BYTES && tokens <= MESSAGE_MAX_TOKENS && depth <= 1024;
}

/* @begin, @n times @more, @end. Returns: (transfer full) */
static GString *repeated(const char *begin, const char *more, gsize n, const char *end)
{
    GString *text = g_string_new(begin);
    gsize at = text->len, size = strlen(more) * n, done = strlen(more);

    g_string_set_size(text, at + size);
    memcpy(text->str + at, more, done);
    for (; done < size; done += MIN(done, size - done)) /* what is there doubles */
        memcpy(text->str + at + done, text->str + at, MIN(done, size - done));
    return g_string_append(text, end);
}

/* Rows: at a limit, and by one more beyond it. */
static const struct {
    const char *begin, *more, *end;
    gsize fits;
    int code;
} limits[] = {
    {"{\"a\": [1", ",1", "]}", (MESSAGE_MAX_TOKENS - 12 - 7) / 2, BRIDGE_ERROR_TOO_BIG},
    {"{\"a\": ", "[", "]", 1022, BRIDGE_ERROR_TOO_DEEP},
    {"{\"a\": \"", "x", "\"}", MESSAGE_MAX_BYTES - 64 - 6 - 9, BRIDGE_ERROR_TOO_BIG},
};

START_TEST(test_limits)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) most =
        repeated(limits[_i].begin, limits[_i].more, limits[_i].fits, limits[_i].end);
    g_autoptr(GString) over =
        repeated(limits[_i].begin, limits[_i].more, limits[_i].fits + 1, limits[_i].end);

    ck_assert(message_command_fits("x", (JsonSlice){most->str, most->len}, NULL));
    ck_assert(within_limits("x", most));
    ck_assert(!message_command_fits("x", (JsonSlice){over->str, over->len}, &error));
    ck_assert_int_eq(error->code, limits[_i].code);
}
END_TEST

/* A name counts with its escapes; and most commands aren't looked at. */
START_TEST(test_name_limit)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) name = repeated("", "\x7f", MESSAGE_MAX_BYTES / 6, "");

    ck_assert(message_command_fits("stop", (JsonSlice){NULL, 0}, NULL));
    ck_assert(!message_command_fits(name->str, (JsonSlice){NULL, 0}, &error));
    ck_assert_int_eq(error->code, BRIDGE_ERROR_TOO_BIG);
    ck_assert_uint_lt(strlen(error->message), 200);
}
END_TEST

/* Refused for what it would become; the client sees which one it was. */
START_TEST(test_request_too_big)
{
    g_autoptr(GString) text =
        repeated("{\"id\": 'one', \"execute\": \"", "\xc3\xa4", MESSAGE_MAX_BYTES / 6, "\"}");
    g_autoptr(GError) error = NULL;
    g_auto(Request) request = {0};

    ck_assert(!message_request((JsonSlice){text->str, text->len}, &request, &error));
    ck_assert_int_eq(error->code, BRIDGE_ERROR_TOO_BIG);
    check_slice(request.id, "\"one\"");
}
END_TEST

START_TEST(test_command_check)
{
    g_autoptr(JsonNode) good = json_parse("{'exec-oob': 'x', 'id': 'mine'}", -1, NULL);
    g_autoptr(JsonNode) bad = json_parse("{'execute': 'x', 'y': 1}", -1, NULL);
    g_autoptr(GError) error = NULL;
    const char *name = NULL;
    gboolean oob = FALSE;

    ck_assert(message_command_check(good, &name, &oob, NULL));
    ck_assert_str_eq(name, "x");
    ck_assert(oob);
    ck_assert(!message_command_check(bad, &name, &oob, &error));
    ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_PROTOCOL));
}
END_TEST

START_TEST(test_event)
{
    g_autoptr(JsonNode) event =
        message_event_new("RECORD_END", json_parse_object("{'name': 'n'}", -1, NULL), 1500000);
    g_autofree char *text = json_to_text(event);
    g_autoptr(JsonNode) hostile = json_parse("{'capabilities': [1, {}, null]}", -1, NULL);

    ck_assert_str_eq(text, "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 500000}, "
                           "\"event\": \"RECORD_END\", \"data\": {\"name\": \"n\"}}");
    ck_assert(!message_offers_oob(hostile));
    ck_assert(!message_offers_oob(NULL));
}
END_TEST

static const struct {
    const char *body, *version; /* NULL: none */
} versions[] = {
    {"{'version': {'qemu': {'major': 10, 'minor': 0, 'micro': 2}}}", "10.0.2"},
    {"{'version': {'qemu': {'major': 10, 'minor': 0}}}", NULL},
    {"{'version': {'qemu': {'major': '%s', 'minor': 0, 'micro': 2}}}", NULL},
    {"{'version': []}", NULL},
    {"{}", NULL},
};

START_TEST(test_version)
{
    g_autoptr(JsonNode) body = json_parse(versions[_i].body, -1, NULL);
    g_autofree char *version = message_version(body);

    ck_assert_pstr_eq(version, versions[_i].version);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("message");
    TCase *tcase = tcase_create("message");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(tcase, test_version, 0, G_N_ELEMENTS(versions));
    tcase_add_loop_test(tcase, test_classify, 0, G_N_ELEMENTS(server));
    tcase_add_loop_test(tcase, test_request, 0, G_N_ELEMENTS(client));
    tcase_add_test(tcase, test_texts);
    tcase_add_test(tcase, test_command);
    tcase_add_loop_test(tcase, test_limits, 0, G_N_ELEMENTS(limits));
    tcase_add_test(tcase, test_name_limit);
    tcase_add_test(tcase, test_request_too_big);
    tcase_add_test(tcase, test_command_check);
    tcase_add_test(tcase, test_event);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
