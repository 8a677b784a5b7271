/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Passthrough: a client, a server, the passthrough and a scripted emulator below; and what the
 * table adds to the two introspection commands, checked the way a schema-driven client reads it.
 */
#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/message.h"
#include "qmpbridge/io/passthrough.h"
#include "qmpbridge/io/transport.h"
#include "tests/lib/scripted-peer.h"

static const char *const modes[] = {"record", "dry", NULL};
static const ExtensionMember begin_args[] = {
    {"file_name", "str", FALSE, NULL}, {"mode", "enum", TRUE, modes}, {NULL, NULL, FALSE, NULL}};
static const ExtensionMember end_data[] = {{"insns", "int", FALSE, NULL},
                                           {NULL, NULL, FALSE, NULL}};
static const ExtensionEntry table[] = {{"begin_record", FALSE, begin_args, NULL},
                                       {"query-record", FALSE, NULL, end_data},
                                       {"RECORD_END", TRUE, end_data, NULL},
                                       {NULL, FALSE, NULL, NULL}};

static JsonObject *find(JsonNode *schema, const char *name)
{
    JsonArray *array = json_as_array(schema);
    JsonObject *found = NULL;

    for (guint i = 0; i < json_array_get_length(array); i++) {
        const char *value = NULL;

        if (json_get_string(json_array_object(array, i), "name", &value, NULL) &&
            strcmp(value, name) == 0) {
            ck_assert_msg(!found, "%s is there twice", name);
            found = json_array_object(array, i);
        }
    }
    return found;
}

/* The entry that member @key of @entry names; it must be there and of @meta_type. */
static JsonObject *follow(JsonNode *schema, JsonObject *entry, const char *key,
                          const char *meta_type)
{
    const char *name = NULL;
    const char *type = NULL;
    JsonObject *target;

    ck_assert(json_get_string(entry, key, &name, NULL));
    target = find(schema, name);
    ck_assert_msg(target, "no type %s", name);
    ck_assert(json_get_string(target, "meta-type", &type, NULL));
    ck_assert_str_eq(type, meta_type);
    return target;
}

static GBytes *bytes_of(const char *text)
{
    return g_bytes_new(text, strlen(text));
}

static char *text_of(GBytes *bytes)
{
    return g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
}

START_TEST(test_schema)
{
    g_autoptr(GBytes) answer =
        bytes_of("[{'name': 'stop', 'meta-type': 'command', 'arg-type': '0', 'ret-type': '0'},"
                 "{'name': '0', 'meta-type': 'object', 'members': []},"
                 "{'name': 'begin_record', 'meta-type': 'command', 'arg-type': '0', "
                 "'ret-type': '0'},"
                 "{'name': 'str', 'meta-type': 'builtin', 'json-type': 'string'}, 5]");
    g_autoptr(GBytes) extended = passthrough_extend_schema(answer, table);
    g_autofree char *whole = text_of(extended);
    g_autoptr(JsonNode) schema = json_parse(whole, -1, NULL);
    JsonObject *arguments, *mode, *member;
    JsonArray *members;
    const char *text;

    ck_assert_ptr_nonnull(schema);
    ck_assert_ptr_nonnull(strstr(whole, "'string'}, 5, {"));
    arguments = follow(schema, find(schema, "begin_record"), "arg-type", "object");
    follow(schema, find(schema, "begin_record"), "ret-type", "object");
    ck_assert(json_get_array(arguments, "members", &members, NULL));
    ck_assert_uint_eq(json_array_get_length(members), 2);
    member = json_array_object(members, 0);
    follow(schema, member, "type", "builtin");
    ck_assert(!json_lookup(member, "default"));
    member = json_array_object(members, 1);
    ck_assert(JSON_NODE_HOLDS_NULL(json_lookup(member, "default")));
    mode = follow(schema, member, "type", "enum");
    ck_assert(json_get_array(mode, "members", &members, NULL));
    ck_assert(json_get_string(json_array_object(members, 1), "name", &text, NULL));
    ck_assert_str_eq(text, "dry");
    arguments = follow(schema, find(schema, "RECORD_END"), "arg-type", "object");
    ck_assert(!json_lookup(find(schema, "RECORD_END"), "ret-type"));
    ck_assert(json_get_array(arguments, "members", &members, NULL));
    follow(schema, json_array_object(members, 0), "type", "builtin");
    ck_assert_ptr_nonnull(find(schema, "stop"));
}
END_TEST

/* Rows: what query-commands returned, and what becomes of it. */
static const struct {
    const char *answer, *extended;
} commands[] = {
    {"[{\"name\":\"begin_record\"}, {}, 7]",
     "[{\"name\":\"begin_record\"}, {}, 7, {\"name\": \"query-record\"}]"},
    {"[]", "[{\"name\": \"begin_record\"}, {\"name\": \"query-record\"}]"},
    {"[{\"name\": \"query-\\u0072ecord\"}, {\"name\": \"RECORD_END\"}]",
     "[{\"name\": \"query-\\u0072ecord\"}, {\"name\": \"RECORD_END\"}, "
     "{\"name\": \"begin_record\"}]"},
    {"{}", "{}"},
    {"18446744073709551615", "18446744073709551615"},
};

START_TEST(test_commands)
{
    g_autoptr(GBytes) answer = bytes_of(commands[_i].answer);
    g_autoptr(GBytes) extended = passthrough_extend_commands(answer, table);
    g_autofree char *text = text_of(extended);

    ck_assert_str_eq(text, commands[_i].extended);
}
END_TEST

START_TEST(test_no_array)
{
    g_autoptr(GBytes) object = bytes_of("{\"a\": 1}");
    g_autoptr(GBytes) array = bytes_of("[1,2]");
    g_autoptr(GBytes) same = passthrough_extend_schema(object, table);
    g_autoptr(GBytes) nothing = passthrough_extend_schema(array, NULL);
    g_autofree char *text = text_of(nothing);

    ck_assert(g_bytes_equal(object, same));
    ck_assert_str_eq(text, "[1, 2]");
}
END_TEST

static struct {
    QmpServer *server;
    Passthrough *passthrough;
    guint replies, came, left;
    GString *log;
} rig;

static void handle(QmpServer *server, QmpRequest *request, gpointer user_data)
{
    (void)server;
    (void)user_data;
    passthrough_request(rig.passthrough, request);
    rig.came++;
}

static void client_gone(QmpServer *server, guint64 client, const TransportPeer *who,
                        const GError *why, gpointer user_data)
{
    (void)server;
    (void)who;
    (void)why;
    (void)user_data;
    passthrough_client_gone(rig.passthrough, client);
    rig.left++;
}

static void on_ready(QmpClient *client, JsonNode *greeting, gpointer user_data)
{
    (void)client;
    (void)user_data;
    qmp_server_set_greeting(rig.server, greeting);
}

static void on_reply(QmpClient *client, JsonNode *value, const GError *error, gpointer user_data)
{
    g_autofree char *text = value ? json_to_text(value) : NULL;

    (void)client;
    (void)user_data;
    rig.replies++;
    if (error)
        g_string_append_printf(rig.log, "%s:%s ", bridge_error_qmp_class(error), error->message);
    else
        g_string_append_printf(rig.log, "%s ", text);
}

static const QmpServerOps server_ops = {.handle = handle, .client_gone = client_gone};
static const QmpClientOps below_ops = {.ready = on_ready};
static const QmpClientOps above_ops = {NULL, NULL, NULL, NULL};

START_TEST(test_through)
{
    g_autofree char *folder = g_dir_make_tmp("passthrough-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "s", NULL);
    int fd;
    ScriptedPeer *emulator = scripted_peer_new(&fd);
    QmpClient *below = qmp_client_new(transport_from_fd(fd, NULL), 0, &below_ops, NULL);
    QmpClient *above;

    rig.log = g_string_new(NULL);
    rig.server = qmp_server_new(path, &server_ops, NULL, NULL);
    rig.passthrough = passthrough_new(below, table);
    above = qmp_client_new(transport_connect(path, NULL), 5000, &above_ops, NULL);
    scripted_peer_greet(emulator, TRUE);
    scripted_peer_expect(emulator, "{'execute': 'a', 'arguments': {'n': 9223372036854775807}}");
    scripted_peer_send(emulator, "{\"return\": [-9223372036854775808], \"id\": $ID}");
    scripted_peer_expect(emulator, "{'execute': 'b'}");
    scripted_peer_send(emulator, "{\"error\": {\"class\": \"DeviceNotFound\", \"desc\": \"no\"}, "
                                 "\"id\": $ID}");
    scripted_peer_expect(emulator, "{'exec-oob': 'yank'}");
    scripted_peer_send(emulator, "{\"return\": {}, \"id\": $ID}");
    scripted_peer_expect(emulator, "{'execute': 'query-commands'}");
    scripted_peer_send(emulator, "{\"return\": [], \"id\": $ID}");
    scripted_peer_expect(emulator, "{'execute': 'gone'}");
    scripted_peer_close(emulator);
    qmp_client_execute(above, "a", json_parse_object("{'n': 9223372036854775807}", -1, NULL), 0,
                       on_reply, NULL);
    qmp_client_execute(above, "b", NULL, 0, on_reply, NULL);
    loop_until_count(&rig.replies, 2);
    qmp_client_execute_full(above, "yank", NULL, QMP_EXECUTE_OOB, 0, on_reply, NULL, NULL);
    loop_until_count(&rig.replies, 3);
    qmp_client_execute(above, "query-commands", NULL, 0, on_reply, NULL);
    qmp_client_execute(above, "gone", NULL, 0, on_reply, NULL);
    loop_until_count(&rig.replies, 5);
    ck_assert_str_eq(rig.log->str,
                     "[-9223372036854775808] DeviceNotFound:no {} [{\"name\": \"begin_record\"}, "
                     "{\"name\": \"query-record\"}] GenericError:the peer closed the connection ");
    passthrough_free(rig.passthrough);
    qmp_client_unref(above);
    qmp_client_unref(below);
    qmp_server_free(rig.server);
    scripted_peer_free(emulator);
    g_string_free(rig.log, TRUE);
    g_rmdir(folder);
}
END_TEST

/* --- turns ----------------------------------------------------------------------------------- */

/* More than one client may have outstanding, so that some of A's waits even before the server. */
#define OF_A 100u

static void on_tagged(QmpClient *client, JsonNode *value, const GError *error, gpointer user_data)
{
    (void)client;
    (void)value;
    (void)error;
    rig.replies++;
    g_string_append(rig.log, user_data);
}

/* A client that doesn't mind how much is in flight, and reads nothing. */
static void send_many(GIOStream *client, guint count)
{
    g_autoptr(GString) text = g_string_new("{\"execute\": \"qmp_capabilities\"}\n");

    for (guint i = 0; i < count; i++)
        g_string_append(text, "{\"execute\": \"a\"}\n");
    ck_assert(g_output_stream_write_all(g_io_stream_get_output_stream(client), text->str, text->len,
                                        NULL, NULL, NULL));
}

typedef struct {
    ScriptedPeer *emulator;
    GIOStream *a;
    QmpClient *below, *b;
    char *folder;
} Turns;

static void turns_start(Turns *turns)
{
    g_autofree char *path = NULL;
    int fd;

    memset(&rig, 0, sizeof(rig)); /* counts of an earlier test, where tests don't fork */
    turns->folder = g_dir_make_tmp("passthrough-XXXXXX", NULL);
    path = g_build_filename(turns->folder, "s", NULL);
    turns->emulator = scripted_peer_new(&fd);
    turns->below = qmp_client_new(transport_from_fd(fd, NULL), 0, &below_ops, NULL);
    rig.log = g_string_new(NULL);
    rig.server = qmp_server_new(path, &server_ops, NULL, NULL);
    rig.passthrough = passthrough_new(turns->below, NULL);
    scripted_peer_greet(turns->emulator, TRUE);
    turns->a = transport_connect(path, NULL);
    turns->b = qmp_client_new(transport_connect(path, NULL), 5000, &above_ops, NULL);
}

static void turns_end(Turns *turns)
{
    passthrough_free(rig.passthrough);
    g_object_unref(turns->a);
    qmp_client_unref(turns->b);
    qmp_client_unref(turns->below);
    qmp_server_free(rig.server);
    scripted_peer_free(turns->emulator);
    g_string_free(rig.log, TRUE);
    g_rmdir(turns->folder);
    g_free(turns->folder);
}

static void expect_calls(Turns *turns, const char *const *names, guint count)
{
    for (guint i = 0; i < count; i++) {
        g_autofree char *call = g_strdup_printf("{'execute': '%s'}", names[i]);

        scripted_peer_expect(turns->emulator, call);
    }
}

/* Ids are those of the session: 1 was the negotiation. */
static void answer_calls(Turns *turns, guint first, guint count)
{
    for (guint i = first; i < first + count; i++) {
        g_autofree char *reply = g_strdup_printf("{\"return\": {}, \"id\": %u}", i + 2);

        scripted_peer_send(turns->emulator, reply);
    }
}

/* A sends a hundred commands, B one: B's is the second after those that the emulator has. */
START_TEST(test_turns)
{
    const char *names[OF_A + 1];
    Turns turns;

    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        names[i] = "a";
    names[8] = "b";
    turns_start(&turns);
    expect_calls(&turns, names, 7);
    send_many(turns.a, OF_A);
    loop_until_done(turns.emulator);
    loop_until_count(&rig.came, PEER_MAX_OUTSTANDING);
    qmp_client_execute(turns.b, "b", NULL, 0, on_tagged, (gpointer) "b");
    loop_until_count(&rig.came, PEER_MAX_OUTSTANDING + 1);
    for (guint i = 7; i < G_N_ELEMENTS(names); i++) {
        answer_calls(&turns, i - 7, 1);
        expect_calls(&turns, &names[i], 1);
    }
    answer_calls(&turns, OF_A + 1 - 7, 7);
    loop_until_count(&rig.replies, 1);
    loop_until_done(turns.emulator);
    turns_end(&turns);
}
END_TEST

/* A leaves: what it had waiting is freed at once, whether the monitor answers or not, and never
 * sent; and exec-oob of B passes all that is. */
START_TEST(test_left)
{
    static const char *const names[] = {"a", "a", "a", "a", "a", "a", "a"};
    static const char *const last[] = {"b"};
    Turns turns;

    turns_start(&turns);
    expect_calls(&turns, names, 7);
    send_many(turns.a, 20);
    loop_until_done(turns.emulator);
    loop_until_count(&rig.came, 20);
    scripted_peer_expect(turns.emulator, "{'exec-oob': 'yank'}");
    scripted_peer_send(turns.emulator, "{\"return\": {}, \"id\": $ID}");
    qmp_client_execute_full(turns.b, "yank", NULL, QMP_EXECUTE_OOB, 0, on_tagged, (gpointer) "y",
                            NULL);
    loop_until_count(&rig.replies, 1);
    qmp_client_execute(turns.b, "b", NULL, 0, on_tagged, (gpointer) "b");
    loop_until_count(&rig.came, 22);
    ck_assert_uint_eq(passthrough_waiting(rig.passthrough), 13 + 1);
    g_io_stream_close(turns.a, NULL, NULL);
    loop_until_count(&rig.left, 1);
    ck_assert_uint_eq(passthrough_waiting(rig.passthrough), 1);
    answer_calls(&turns, 0, 7);
    expect_calls(&turns, last, 1);
    scripted_peer_send(turns.emulator, "{\"return\": {}, \"id\": $ID}");
    loop_until_count(&rig.replies, 2);
    ck_assert_str_eq(rig.log->str, "yb");
    turns_end(&turns);
}
END_TEST

/* A client from which nothing more is read for the time being is seen to leave all the same. */
START_TEST(test_left_paused)
{
    static const char *const names[] = {"a", "a", "a", "a", "a", "a", "a"};
    Turns turns;

    turns_start(&turns);
    expect_calls(&turns, names, 7);
    send_many(turns.a, OF_A);
    loop_until_count(&rig.came, PEER_MAX_OUTSTANDING);
    g_io_stream_close(turns.a, NULL, NULL);
    loop_until_count(&rig.left, 1);
    ck_assert_uint_eq(passthrough_waiting(rig.passthrough), 0);
    turns_end(&turns);
}
END_TEST

/* However many exec-oob a client sends, and leaves: the monitor has seven to answer. */
START_TEST(test_left_oob)
{
    Turns turns;

    turns_start(&turns);
    for (guint i = 0; i < 7; i++)
        scripted_peer_expect(turns.emulator, "{'exec-oob': 'yank'}");
    for (guint i = 0; i < 20; i++)
        qmp_client_execute_full(turns.b, "yank", NULL, QMP_EXECUTE_OOB, 0, on_tagged,
                                (gpointer) "y", NULL);
    loop_until_done(turns.emulator);
    loop_until_count(&rig.came, 20);
    ck_assert_uint_eq(passthrough_waiting(rig.passthrough), 13);
    qmp_client_close(turns.b);
    loop_until_count(&rig.left, 1);
    ck_assert_uint_eq(passthrough_waiting(rig.passthrough), 0);
    turns_end(&turns);
}
END_TEST

/* Of what is big, one at a time is handed on: the rest can still be freed. */
START_TEST(test_big)
{
    g_autofree char *filler = g_strnfill(600 << 10, 'x');
    g_autofree char *call = g_strdup_printf("{'execute': 'a', 'arguments': {'t': '%s'}}", filler);
    Turns turns;

    turns_start(&turns);
    scripted_peer_expect(turns.emulator, call);
    for (guint i = 0; i < 2; i++)
        qmp_client_execute_node(turns.b, json_parse(call, -1, NULL), 0, on_tagged, (gpointer) "");
    loop_until_count(&rig.came, 2);
    loop_until_done(turns.emulator);
    ck_assert_uint_eq(passthrough_waiting(rig.passthrough), 1);
    answer_calls(&turns, 0, 1);
    scripted_peer_expect(turns.emulator, call);
    loop_until_done(turns.emulator);
    ck_assert_uint_eq(passthrough_waiting(rig.passthrough), 0);
    turns_end(&turns);
}
END_TEST

/* Freed with commands under way and one that waits: that is answered. */
START_TEST(test_freed)
{
    static const char *const names[] = {"a", "a", "a", "a", "a", "a", "a"};
    Turns turns;

    turns_start(&turns);
    expect_calls(&turns, names, 7);
    send_many(turns.a, 20);
    loop_until_count(&rig.came, 20);
    qmp_client_execute(turns.b, "b", NULL, 0, on_tagged, (gpointer) "b");
    loop_until_count(&rig.came, 21);
    g_clear_pointer(&rig.passthrough, passthrough_free);
    loop_until_count(&rig.replies, 1);
    answer_calls(&turns, 0, 7);
    loop_until_done(turns.emulator);
    qmp_client_close(turns.below);
    turns_end(&turns);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("passthrough");
    TCase *tcase = tcase_create("passthrough");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tcase, 20);
    tcase_add_test(tcase, test_schema);
    tcase_add_loop_test(tcase, test_commands, 0, G_N_ELEMENTS(commands));
    tcase_add_test(tcase, test_no_array);
    tcase_add_test(tcase, test_through);
    tcase_add_test(tcase, test_turns);
    tcase_add_test(tcase, test_left);
    tcase_add_test(tcase, test_left_paused);
    tcase_add_test(tcase, test_left_oob);
    tcase_add_test(tcase, test_big);
    tcase_add_test(tcase, test_freed);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
