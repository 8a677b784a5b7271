/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The server side: rows of inputs with the actions that must follow. An input is a line: "<TEXT"
 * bytes from the client, "+TOKEN JSON" a return, "=TOKEN TEXT" one as text,
 * "-TOKEN DESC" an error, "*NAME" an event,
 * "^" greeting with OOB, "v" greeting without. An action comes out as the text that is sent, as
 * "req TOKEN NAME [oob] [ARGS]", or as "drop".
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "qmpbridge/core/message.h"
#include "qmpbridge/core/peer.h"

#define GREETED                                                                       \
    "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 0, \"minor\": 0, \"major\": 0}, " \
    "\"package\": \"\"}, \"capabilities\": [\"oob\"]}}\n"
#define OPEN "^\n<{'execute': 'qmp_capabilities'}\n"
#define OPENED GREETED "{\"return\": {}}\n"
#define OPEN_OOB "^\n<{'execute': 'qmp_capabilities', 'arguments': {'enable': ['oob']}}\n"
#define ERROR(klass, desc) "{\"error\": {\"class\": \"" klass "\", \"desc\": \"" desc "\"}}\n"

static const struct {
    const char *what, *input, *output;
} rows[] = {
    {"nothing before the greeting", "<{'execute': 'a'}\n*E\n", ""},
    {"greets", "^\n^\n", GREETED},
    {"early input is kept", "<{'execute': 'qmp_capabilities'}\n^\n", OPENED},
    {"negotiates with an id", "^\n<{'execute': 'qmp_capabilities', 'id': [1]}\n",
     GREETED "{\"return\": {}, \"id\": [1]}\n"},
    {"negotiation comes first", "^\n<{'execute': 'stop', 'id': 1}\n",
     GREETED "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"Expecting capabilities "
             "negotiation with 'qmp_capabilities'\"}, \"id\": 1}\n"},
    {"unknown capability", "^\n<{'execute': 'qmp_capabilities', 'arguments': {'enable': ['x']}}\n",
     GREETED ERROR("GenericError", "Parameter 'enable[0]' does not accept that value")},
    {"capability not offered",
     "v\n<{'execute': 'qmp_capabilities', 'arguments': {'enable': ['oob']}}\n",
     "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 0, \"minor\": 0, \"major\": 0}, "
     "\"package\": \"\"}, \"capabilities\": []}}\n" ERROR("GenericError",
                                                          "Capability oob is not available")},
    {"no event before negotiation", "^\n*E\n", GREETED},
    {"second negotiation", OPEN "<{'execute': 'qmp_capabilities'}\n",
     OPENED ERROR("CommandNotFound",
                  "Capabilities negotiation is already complete, command ignored")},
    {"event", OPEN "*E\n", OPENED "{\"event\": \"E\"}\n"},
    {"request and return", OPEN "<{'execute': 'a', 'id': 'x'}\n+1 [1]\n",
     OPENED "req 1 a\n{\"return\": [1], \"id\": \"x\"}\n"},
    {"request and error", OPEN "<{'execute': 'a', 'id': {}}\n-1 no\n",
     OPENED "req 1 a\n"
            "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}, \"id\": {}}\n"},
    {"all passes as it came",
     OPEN "<{\"execute\":\"a\",\"arguments\":{\"n\":[18446744073709551615]},\"id\":1.50}\n"
          "=1 {\"n\":18446744073709551615}\n",
     OPENED "req 1 a {\"n\":[18446744073709551615]}\n"
            "{\"return\": {\"n\":18446744073709551615}, \"id\": 1.50}\n"},
    {"what isn't plain is made so",
     OPEN "<{'execute':'a','arguments':{'s':'\xc3\xa4'},'id':'\x7f'}\n=1 1\n",
     OPENED "req 1 a {\"s\": \"\\u00e4\"}\n{\"return\": 1, \"id\": \"\\u007f\"}\n"},
    {"malformed arguments go nowhere", OPEN "<{\"execute\": \"a\", \"arguments\": {\"a\": 01}}\n",
     OPENED ERROR("GenericError", "JSON syntax: ',' or '}' is missing at byte 37")},
    {"id null", OPEN "<{'execute': 'a', 'id': null}\n+1 {}\n",
     OPENED "req 1 a\n{\"return\": {}, \"id\": null}\n"},
    {"answered once", OPEN "<{'execute': 'a'}\n+1 1\n+1 2\n-1 x\n+9 1\n",
     OPENED "req 1 a\n{\"return\": 1}\n"},
    {"bad JSON", OPEN "<{'execute': }\n",
     OPENED ERROR("GenericError", "JSON syntax: no JSON value at byte 12")},
    {"junk, then a request", OPEN "<junk\n<{'execute': 'a'}\n",
     OPENED ERROR("GenericError", "not JSON: a message must be an object") "req 1 a\n"},
    {"no object", OPEN "<[]\n", OPENED ERROR("GenericError", "QMP input must be a JSON object")},
    {"no command", OPEN "<{'id': 5}\n",
     OPENED "{\"error\": {\"class\": \"GenericError\", \"desc\": \"QMP input lacks member "
            "'execute'\"}, \"id\": 5}\n"},
    {"many in one", OPEN "<{'execute': 'a'}{'execute': 'b'}\n", OPENED "req 1 a\nreq 2 b\n"},
    {"in-band replies in order", OPEN "<{'execute': 'a'}{'execute': 'b'}\n+2 2\n+1 1\n",
     OPENED "req 1 a\nreq 2 b\n{\"return\": 1}\n{\"return\": 2}\n"},
    {"refusals take their turn", OPEN "<{'execute': 'a'}{}\n+1 1\n",
     OPENED "req 1 a\n{\"return\": 1}\n" ERROR("GenericError", "QMP input lacks member 'execute'")},
    {"exclusive waits and holds",
     OPEN "<{'execute': 'a'}{'execute': 'x-1'}{'execute': 'b'}\n+1 1\n+2 2\n",
     OPENED "req 1 a\n{\"return\": 1}\nreq 2 x-1\n{\"return\": 2}\nreq 3 b\n"},
    {"immediate overtakes", OPEN "<{'execute': 'x-1'}{'execute': 'i-1', 'id': 7}\n+2 2\n+1 1\n",
     OPENED "req 1 x-1\nreq 2 i-1\n{\"return\": 2, \"id\": 7}\n{\"return\": 1}\n"},
    {"immediate pending does not hold an exclusive", OPEN "<{'execute': 'i'}{'execute': 'x'}\n",
     OPENED "req 1 i\nreq 2 x\n"},
    {"OOB", OPEN_OOB "<{'execute': 'x'}{'exec-oob': 'y'}\n", OPENED "req 1 x\nreq 2 y oob\n"},
    {"OOB not negotiated", OPEN "<{'exec-oob': 'y'}\n",
     OPENED ERROR("GenericError", "QMP input member 'exec-oob' is unexpected")},
    {"at most four outstanding",
     OPEN "<{'execute': 'a'}{'execute': 'b'}{'execute': 'c'}{'execute': 'd'}{'execute': 'e'}\n"
          "+1 1\n",
     OPENED "req 1 a\nreq 2 b\nreq 3 c\nreq 4 d\n{\"return\": 1}\nreq 5 e\n"},
};

static PeerFlow flow(const char *name, gpointer user_data)
{
    (void)user_data;
    return *name == 'x' ? PEER_EXCLUSIVE : *name == 'i' ? PEER_IMMEDIATE : PEER_PIPELINE;
}

static void print_args(GString *out, GBytes *args)
{
    if (args)
        g_string_append_printf(out, " %.*s", (int)g_bytes_get_size(args),
                               (const char *)g_bytes_get_data(args, NULL));
}

static void print_action(GString *out, const PeerAction *action)
{
    gsize len;
    const char *bytes;

    switch (action->type) {
    case PEER_SEND:
        bytes = g_bytes_get_data(action->bytes, &len);
        ck_assert_uint_ge(len, 2);
        ck_assert_mem_eq(bytes + len - 2, "\r\n", 2);
        g_string_append_len(out, bytes, (gssize)len - 2);
        g_string_append_c(out, '\n');
        break;
    case PEER_REQUEST:
        g_string_append_printf(out, "req %" G_GUINT64_FORMAT " %s%s", action->token, action->name,
                               action->oob ? " oob" : "");
        print_args(out, action->args);
        g_string_append_c(out, '\n');
        break;
    case PEER_DROP:
        ck_assert_ptr_nonnull(action->error);
        g_string_append(out, "drop\n");
        break;
    }
}

static void drain(Peer *peer, GString *out)
{
    for (;;) {
        g_autoptr(PeerAction) action = peer_next_action(peer);

        if (!action)
            return;
        print_action(out, action);
    }
}

static void greet(Peer *peer, gboolean oob)
{
    g_autoptr(JsonNode) body = message_greeting_body_new(NULL, oob);

    peer_greet(peer, body);
}

static void answer(Peer *peer, const char *line)
{
    char *rest;
    guint64 token = g_ascii_strtoull(line + 1, &rest, 10);
    g_autoptr(JsonNode) value = NULL;

    if (*line == '=') {
        peer_return_text(peer, token, (JsonSlice){rest + 1, strlen(rest + 1)});
        return;
    }
    if (*line == '-') {
        peer_error(peer, token, "GenericError", rest + 1);
        return;
    }
    value = json_parse(rest, -1, NULL);
    peer_return(peer, token, value);
}

static void emit(Peer *peer, const char *name)
{
    g_autofree char *text = g_strdup_printf("{\"event\": \"%s\"}\r\n", name);
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));

    peer_event(peer, bytes);
}

static void input(Peer *peer, const char *line)
{
    switch (*line) {
    case '<':
        peer_feed(peer, line + 1, strlen(line) - 1);
        peer_feed(peer, "\n", 1);
        break;
    case '+':
    case '=':
    case '-':
        answer(peer, line);
        break;
    case '*':
        emit(peer, line + 1);
        break;
    case '^':
    case 'v':
        greet(peer, *line == '^');
        break;
    default:
        ck_assert(*line == '\0');
    }
}

START_TEST(test_rows)
{
    g_autoptr(Peer) peer = peer_new(flow, NULL, 4, 0);
    g_autoptr(GString) out = g_string_new(NULL);
    g_auto(GStrv) lines = g_strsplit(rows[_i].input, "\n", -1);

    for (char **line = lines; *line; line++) {
        input(peer, *line);
        drain(peer, out);
    }
    ck_assert_msg(g_strcmp0(out->str, rows[_i].output) == 0, "%s:\n%s-- instead of --\n%s",
                  rows[_i].what, out->str, rows[_i].output);
}
END_TEST

START_TEST(test_backpressure)
{
    g_autoptr(Peer) peer = peer_new(NULL, NULL, 2, 0);
    g_autoptr(GString) out = g_string_new(NULL);

    ck_assert(!peer_wants_input(peer));
    greet(peer, FALSE);
    ck_assert(peer_wants_input(peer) && !peer_is_ready(peer));
    input(peer, "<{'execute': 'qmp_capabilities'}{'execute': 'a'}");
    ck_assert(peer_wants_input(peer) && peer_is_ready(peer));
    input(peer, "<{'execute': 'a'}");
    ck_assert(!peer_wants_input(peer));
    input(peer, "+2 2");
    ck_assert(!peer_wants_input(peer));
    input(peer, "+1 1");
    ck_assert(peer_wants_input(peer));
}
END_TEST

/* What it has outstanding counts by bytes, too. */
START_TEST(test_qmp_command_cap)
{
    g_autoptr(Peer) peer = peer_new(NULL, NULL, 0, 0);
    g_autofree char *filler = g_strnfill(PEER_MAX_INPUT / 2, 'x');
    g_autofree char *big =
        g_strdup_printf("{\"execute\": \"a\", \"arguments\": {\"t\": \"%s\"}}", filler);

    input(peer, "^");
    input(peer, "<{'execute': 'qmp_capabilities'}");
    peer_feed(peer, big, strlen(big));
    ck_assert(peer_wants_input(peer));
    peer_feed(peer, big, strlen(big));
    ck_assert(!peer_wants_input(peer));
    input(peer, "+2 2");
    ck_assert(!peer_wants_input(peer)); /* the first reply is still due */
    input(peer, "+1 1");
    ck_assert(peer_wants_input(peer));
}
END_TEST

/* A client that does not read is dropped, once, and nothing follows. */
START_TEST(test_slow_reader)
{
    g_autoptr(Peer) peer = peer_new(NULL, NULL, 0, 1000);
    g_autoptr(GString) out = g_string_new(NULL);

    input(peer, "^");
    input(peer, "<{'execute': 'qmp_capabilities'}{'execute': 'a'}");
    drain(peer, out);
    peer_wrote(peer, 500);
    for (int i = 0; i < 200; i++)
        emit(peer, "SOMETHING");
    input(peer, "+1 {}");
    input(peer, "<{'execute': 'b'}");
    g_string_truncate(out, 0);
    drain(peer, out);
    ck_assert_str_eq(out->str, "drop\n");
    ck_assert(!peer_wants_input(peer) && !peer_is_ready(peer));
}
END_TEST

START_TEST(test_reader_keeps_up)
{
    g_autoptr(Peer) peer = peer_new(NULL, NULL, 0, 1000);

    input(peer, "^");
    input(peer, "<{'execute': 'qmp_capabilities'}");
    for (int i = 0; i < 1000; i++) {
        g_autoptr(PeerAction) action = NULL;

        emit(peer, "SOMETHING");
        while ((action = peer_next_action(peer))) {
            ck_assert_int_eq(action->type, PEER_SEND);
            peer_wrote(peer, g_bytes_get_size(action->bytes));
            g_clear_pointer(&action, peer_action_free);
        }
    }
    ck_assert(peer_is_ready(peer));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("peer");
    TCase *tcase = tcase_create("peer");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(tcase, test_rows, 0, G_N_ELEMENTS(rows));
    tcase_add_test(tcase, test_backpressure);
    tcase_add_test(tcase, test_qmp_command_cap);
    tcase_add_test(tcase, test_slow_reader);
    tcase_add_test(tcase, test_reader_keeps_up);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
