/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The client session: rows of inputs with the actions that must follow, written as text. An input
 * is a line: "<TEXT" bytes from the peer, ">NAME TAG [TIMEOUT]" a command, "!NAME TAG" the same
 * out of band, "=NAME TAG [ARGS]" one as text, "$NAME TAG [TIMEOUT]" one with a descriptor, "-" no
 * descriptors from now on, "*" short commands from now on, "@TIME" a tick, "~TAG" forget, "." end
 * of file. An action comes out as "send TEXT", "send+N TEXT" with N descriptors, "ready", "ret TAG
 * JSON", "text TAG TEXT", "err TAG CODE", "event NAME", "notice CODE", "fatal CODE".
 */
#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/message.h"
#include "qmpbridge/core/qmp-session.h"

#define HELLO "<{'QMP': {'version': {}, 'capabilities': []}}\n"
#define HELLO_OOB "<{'QMP': {'version': {}, 'capabilities': ['oob']}}\n"
#define NEGOTIATED HELLO "<{'return': {}, 'id': 1}\n"
#define NEGOTIATED_OOB HELLO_OOB "<{'return': {}, 'id': 1}\n"
#define CAPS "send {\"execute\":\"qmp_capabilities\",\"id\":1}\n"
#define CAPS_OOB                                                                    \
    "send {\"execute\":\"qmp_capabilities\",\"arguments\":{\"enable\": [\"oob\"]}," \
    "\"id\":1}\n"
#define READY CAPS "ready\n"
#define READY_OOB CAPS_OOB "ready\n"
/* QEMU, and one command at a time that goes to it without an id. */
#define HELLO_QEMU                                                           \
    "<{'QMP': {'version': {'qemu': {'major': 11, 'minor': 1, 'micro': 3}}, " \
    "'capabilities': ['oob']}}\n"
#define QEMU "*\n" HELLO_QEMU "<{'return': {}, 'id': 1}\n"
#define BARE(name) "send {\"execute\":\"" name "\"}\n"
#define SENT(name, id) "send {\"execute\":\"" name "\",\"id\":" id "}\n"
#define SENT_FD(name, id) "send+1 {\"execute\":\"" name "\",\"id\":" id "}\n"
/* 1280 arrays within each other. */
#define TIMES_4(x) x x x x
#define DEEP_64(x) TIMES_4(TIMES_4(TIMES_4(x)))
#define DEEP_1280(x) TIMES_4(DEEP_64(x)) TIMES_4(TIMES_4(DEEP_64(x)))
#define DEEP DEEP_1280("[") DEEP_1280("]")

static const struct {
    const char *what, *input, *output;
} rows[] = {
    {"negotiates", NEGOTIATED, READY},
    {"enables OOB", NEGOTIATED_OOB, READY_OOB},
    {"commands wait for the end of negotiation", ">a 1\n" HELLO "<{'return': {}, 'id': 1}\n",
     CAPS "ready\n" SENT("a", "2")},
    {"negotiation refused", ">a 1\n" HELLO "<{'error': {'class': 'C', 'desc': 'D'}, 'id': 1}\n",
     CAPS "err 1 PROTOCOL\nfatal PROTOCOL\n"},
    {"no greeting", ">a 1\n@100\n", "err 1 BUSY\nfatal BUSY\n"},
    {"no greeting yet", "@99\n", ""},
    {"no answer to negotiation", HELLO "@100\n", CAPS "fatal BUSY\n"},
    {"HMP monitor", "<QEMU 7.2 monitor - type 'help'\n", "fatal PROTOCOL\n"},
    {"greeting malformed", "<{'QMP': 1}\n", "fatal PROTOCOL\n"},
    {"message before the greeting", "<{'event': 'E'}\n" NEGOTIATED, "notice PROTOCOL\n" READY},
    {"event before the end of negotiation", HELLO "<{'event': 'E'}\n", CAPS "notice PROTOCOL\n"},
    {"a return", NEGOTIATED ">a 1\n<{'return': [5], 'id': 2}\n",
     READY SENT("a", "2") "ret 1 [5]\n"},
    {"an error",
     NEGOTIATED ">a 1\n<{'error': {'class': 'CommandNotFound', 'desc': 'x'}, "
                "'id': 2}\n",
     READY SENT("a", "2") "err 1 COMMAND_NOT_FOUND\n"},
    {"one at a time without OOB",
     NEGOTIATED ">a 1\n>b 2\n>c 3\n<{'return': 1, 'id': 2}\n<{'return': 2, 'id': 3}\n",
     READY SENT("a", "2") "ret 1 1\n" SENT("b", "3") "ret 2 2\n" SENT("c", "4")},
    {"seven at a time with OOB",
     NEGOTIATED_OOB ">a 1\n>a 2\n>a 3\n>a 4\n>a 5\n>a 6\n>a 7\n>a 8\n<{'return': 1, 'id': 4}\n",
     READY_OOB SENT("a", "2") SENT("a", "3") SENT("a", "4") SENT("a", "5") SENT("a", "6")
         SENT("a", "7") SENT("a", "8") "ret 3 1\n" SENT("a", "9")},
    {"OOB goes past a full window",
     NEGOTIATED_OOB ">a 1\n>a 2\n>a 3\n>a 4\n>a 5\n>a 6\n>a 7\n>a 8\n!y 9\n",
     READY_OOB SENT("a", "2") SENT("a", "3") SENT("a", "4") SENT("a", "5") SENT("a", "6")
         SENT("a", "7") SENT("a", "8") "send {\"exec-oob\":\"y\",\"id\":9}\n"},
    {"OOB without OOB is in-band", NEGOTIATED "!y 1\n", READY SENT("y", "2")},
    {"replies in any order",
     NEGOTIATED_OOB ">a 1\n>b 2\n<{'return': 2, 'id': 3}\n<{'return': 1, 'id': 2}\n",
     READY_OOB SENT("a", "2") SENT("b", "3") "ret 2 2\nret 1 1\n"},
    {"an event before the reply", NEGOTIATED ">a 1\n<{'event': 'RESUME'}{'return': {}, 'id': 2}\n",
     READY SENT("a", "2") "event RESUME\nret 1 {}\n"},
    {"unknown id", NEGOTIATED "<{'return': {}, 'id': 99}\n", READY "notice PROTOCOL\n"},
    {"foreign ids",
     NEGOTIATED ">a 1\n<{'return': 1, 'id': '2'}{'return': 1, 'id': 2.0}{'return': 1, 'id': {}}\n",
     READY SENT("a", "2") "notice PROTOCOL\nnotice PROTOCOL\nnotice PROTOCOL\n"},
    {"a reply comes once", NEGOTIATED ">a 1\n<{'return': 1, 'id': 2}{'return': 1, 'id': 2}\n",
     READY SENT("a", "2") "ret 1 1\nnotice PROTOCOL\n"},
    {"return without id", NEGOTIATED ">a 1\n<{'return': 1}\n",
     READY SENT("a", "2") "notice PROTOCOL\n"},
    {"parse error is the oldest in-band command's",
     NEGOTIATED_OOB "!y 1\n>a 2\n>b 3\n<{'error': {'class': 'GenericError', 'desc': 'x'}}\n",
     READY_OOB "send {\"exec-oob\":\"y\",\"id\":2}\n" SENT("a", "3")
         SENT("b", "4") "err 2 COMMAND\n"},
    {"parse error of nobody", NEGOTIATED "<{'error': {'class': 'GenericError', 'desc': 'x'}}\n",
     READY "notice PROTOCOL\n"},
    {"timeout, then the late reply", NEGOTIATED ">a 1 50\n@49\n@50\n<{'return': {}, 'id': 2}\n",
     READY SENT("a", "2") "err 1 TIMEOUT\nnotice TIMEOUT\n"},
    {"a timed-out command keeps its place",
     NEGOTIATED ">a 1 50\n>b 2\n@50\n<{'return': {}, 'id': 2}\n",
     READY SENT("a", "2") "err 1 TIMEOUT\nnotice TIMEOUT\n" SENT("b", "3")},
    {"timeout unsent", NEGOTIATED ">a 1\n>b 2 50\n@50\n<{'return': 1, 'id': 2}\n",
     READY SENT("a", "2") "err 2 TIMEOUT\nret 1 1\n"},
    {"timeout before the greeting", ">a 1 50\n@50\n" NEGOTIATED, "err 1 TIMEOUT\n" READY},
    {"end of file", NEGOTIATED ">a 1\n>b 2\n.\n.\n@1000\n>c 3\n",
     READY SENT("a", "2") "err 1 CLOSED\nerr 2 CLOSED\nfatal CLOSED\nerr 3 CLOSED\n"},
    {"end of file after a timeout", NEGOTIATED ">a 1 50\n@50\n.\n",
     READY SENT("a", "2") "err 1 TIMEOUT\nfatal CLOSED\n"},
    {"end of file before the greeting", ">a 1\n.\n" HELLO, "err 1 CLOSED\nfatal CLOSED\n"},
    {"forgotten in flight", NEGOTIATED ">a 1\n~1\n<{'return': {}, 'id': 2}\n",
     READY SENT("a", "2") "notice TIMEOUT\n"},
    {"forgotten before end of file", NEGOTIATED ">a 1\n>b 2\n~1\n~2\n.\n",
     READY SENT("a", "2") "fatal CLOSED\n"},
    {"no command", NEGOTIATED "> 1\n", READY SENT("", "2")},
    {"junk", NEGOTIATED ">a 1\n<junk\n<{'return': 1, 'id': 2}\n",
     READY SENT("a", "2") "notice SYNTAX\nret 1 1\n"},
    {"damaged reply", NEGOTIATED ">a 1\n<{\"return\": 1e999, \"id\": 2}\n",
     READY SENT("a", "2") "err 1 PROTOCOL\n"},
    {"damaged reply of a pretty peer", NEGOTIATED ">a 1\n<{\t\"return\": 1e999, \"id\": 2}\n",
     READY SENT("a", "2") "err 1 PROTOCOL\n"},
    {"reply cut short", NEGOTIATED ">a 1\n<{\"return\": \xff{\"return\": 1, \"id\": 2}\n",
     READY SENT("a", "2") "err 1 PROTOCOL\nnotice PROTOCOL\n"},
    {"reply too deep", NEGOTIATED ">a 1\n<{\"id\": 2, \"return\": " DEEP "}\n",
     READY SENT("a", "2") "err 1 PROTOCOL\n"},
    {"damaged event", NEGOTIATED ">a 1\n<{\"event\": 1e999}\n",
     READY SENT("a", "2") "notice SYNTAX\n"},
    {"event cut short", NEGOTIATED ">a 1\n<{\"event\": \xff{\"return\": 1, \"id\": 2}\n",
     READY SENT("a", "2") "notice SYNTAX\nret 1 1\n"},
    {"event too deep", NEGOTIATED ">a 1\n<{\"event\": " DEEP "}{\"return\": 1, \"id\": 2}\n",
     READY SENT("a", "2") "notice TOO_DEEP\nret 1 1\n"},
    {"malformed message", NEGOTIATED "<{'event': 5}\n", READY "notice PROTOCOL\n"},
    {"a big number in a tree", NEGOTIATED ">a 1\n<{'return': 18446744073709551615, 'id': 2}\n",
     READY SENT("a", "2") "ret 1 1.8446744073709552e+19\n"},
    {"a return as text",
     NEGOTIATED "=a 1\n<{\"return\":  [18446744073709551615,1.50] , \"id\": 2}\n",
     READY SENT("a", "2") "text 1 [18446744073709551615,1.50]\n"},
    {"text that wasn't plain", NEGOTIATED "=a 1\n<{'id': 2, 'return': {'a':'\xc3\xa4'}}\n",
     READY SENT("a", "2") "text 1 {\"a\": \"\\u00e4\"}\n"},
    {"arguments as text", NEGOTIATED "=a 1 {\"x\":18446744073709551615}\n",
     READY "send {\"execute\":\"a\",\"arguments\":{\"x\":18446744073709551615},\"id\":2}\n"},
    {"an error to text", NEGOTIATED "=a 1\n<{'error': {'class': 'C', 'desc': 'x'}, 'id': 2}\n",
     READY SENT("a", "2") "err 1 COMMAND\n"},
    {"text malformed after the value", NEGOTIATED "=a 1\n<{\"return\": {}, \"id\": 2, }\n",
     READY SENT("a", "2") "err 1 PROTOCOL\n"},
    {"text with a lone surrogate", NEGOTIATED "=a 1\n<{\"return\": \"\\ud800\", \"id\": 2}\n",
     READY SENT("a", "2") "err 1 PROTOCOL\n"},
    {"text not UTF-8", NEGOTIATED "=a 1\n<{\"return\": \"\xc3(\", \"id\": 2}\n",
     READY SENT("a", "2") "err 1 PROTOCOL\n"},
    {"text to nobody", NEGOTIATED "=a 1\n~1\n<{\"return\": {}, \"id\": 2}\n",
     READY SENT("a", "2") "notice TIMEOUT\n"},
    {"text and end of file", NEGOTIATED "=a 1\n.\n=b 2\n",
     READY SENT("a", "2") "err 1 CLOSED\nfatal CLOSED\nerr 2 CLOSED\n"},
    {"return inside of an event",
     NEGOTIATED "=a 1\n<{\"event\": \"E\", \"data\": {\"return\": 1, \"id\": 2}}\n",
     READY SENT("a", "2") "event E\n"},
    {"return in a string",
     NEGOTIATED "=a 1\n<{\"event\": \"E\", \"data\": {\"x\": \"}, \\\"return\\\": 1\"}}\n",
     READY SENT("a", "2") "event E\n"},
    {"members spelled with escapes", NEGOTIATED "=a 1\n<{\"\\u0072eturn\": 1, \"i\\u0064\": 2}\n",
     READY SENT("a", "2") "text 1 1\n"},
    {"descriptors go alone", ">a 1\n$fd 2\n>b 3\n" NEGOTIATED_OOB,
     READY_OOB SENT("a", "2") SENT_FD("fd", "3") SENT("b", "4")},
    {"one command with descriptors at a time",
     NEGOTIATED_OOB "$f 1\n>a 2\n$g 3\n>b 4\n!y 5\n<{'return': 1, 'id': 3}\n"
                    "<{\"return\": 2, \"id\": 2}\n",
     READY_OOB SENT_FD("f", "2") SENT("a", "3") "send {\"exec-oob\":\"y\",\"id\":4}\n"
                                                "ret 2 1\ntext 1 2\n" SENT_FD("g", "5")
                                                    SENT("b", "6")},
    {"a timed-out command keeps its descriptors' place",
     NEGOTIATED_OOB "$f 1 50\n$g 2 70\n>b 3\n@50\n@70\n",
     READY_OOB SENT_FD("f", "2") "err 1 TIMEOUT\nerr 2 TIMEOUT\n" SENT("b", "3")},
    {"descriptors at the end", NEGOTIATED "$f 1\n$g 2\n.\n$h 3\n",
     READY SENT_FD("f", "2") "err 1 CLOSED\nerr 2 CLOSED\nfatal CLOSED\nerr 3 CLOSED\n"},
    {"no way for descriptors", NEGOTIATED "-\n$f 1\n>a 2\n",
     READY "err 1 UNSUPPORTED\n" SENT("a", "2")},
    {"QEMU: no id", QEMU ">a 1\n<{'return': 1}\n>b 2\n<{'error': {'class': 'C', 'desc': 'x'}}\n",
     READY_OOB BARE("a") "ret 1 1\n" BARE("b") "err 2 COMMAND\n"},
    {"QEMU: ids that are in flight already",
     HELLO_QEMU
     "<{'return': {}, 'id': 1}\n>a 1\n>b 2\n*\n>c 3\n>d 4\n>e 5\n<{'return': 1, 'id': 2}\n>f 6\n",
     READY_OOB SENT("a", "2") SENT("b", "3") BARE("c") SENT("d", "1")
         SENT("e", "4") "ret 1 1\n" SENT("f", "2")},
    {"short commands to another peer", "*\n" NEGOTIATED_OOB ">a 1\n", READY_OOB SENT("a", "2")},
    {"QEMU: small ids beside it, and again once they are free",
     QEMU ">a 1\n>b 2\n>c 3\n<{'return': 2, 'id': 1}\n>d 4\n<{'return': 1}\n>e 5\n>f 6\n",
     READY_OOB BARE("a") SENT("b", "1")
         SENT("c", "2") "ret 2 2\n" SENT("d", "1") "ret 1 1\n" BARE("e") SENT("f", "3")},
    {"QEMU: out of band with an id",
     QEMU "!y 1\n>a 2\n!z 3\n<{'return': 2}\n<{'return': 1, 'id': 1}\n",
     READY_OOB "send {\"exec-oob\":\"y\",\"id\":1}\n" BARE(
         "a") "send {\"exec-oob\":\"z\",\"id\":2}\nret 2 2\nret 1 1\n"},
    {"QEMU: an id that stands for none",
     QEMU ">a 1\n<{'return': 1, 'id': 0}\n<{'return': 1, 'id': 1}\n",
     READY_OOB BARE("a") "notice PROTOCOL\nnotice PROTOCOL\n"},
    {"QEMU: a reply comes once", QEMU ">a 1\n<{'return': 1}\n<{'return': 2}\n",
     READY_OOB BARE("a") "ret 1 1\nnotice PROTOCOL\n"},
    {"QEMU: a timed-out command keeps its turn without an id",
     QEMU ">a 1 50\n@50\n>b 2\n<{'return': 1}\n<{'return': 2, 'id': 1}\n>c 3\n",
     READY_OOB BARE("a") "err 1 TIMEOUT\n" SENT("b", "1") "notice TIMEOUT\nret 2 2\n" BARE("c")},
    {"QEMU: parse error is the oldest in-band command's",
     QEMU ">a 1\n>b 2\n<{'return': 1}\n<{'error': {'class': 'GenericError', 'desc': 'x'}}\n",
     READY_OOB BARE("a") SENT("b", "1") "ret 1 1\nerr 2 COMMAND\n"},
    {"second greeting", NEGOTIATED HELLO, READY "notice PROTOCOL\n"},
};

static const char *code_name(const GError *error)
{
    ck_assert(error->domain == BRIDGE_ERROR);
    switch (error->code) {
    case BRIDGE_ERROR_PROTOCOL:
        return "PROTOCOL";
    case BRIDGE_ERROR_BUSY:
        return "BUSY";
    case BRIDGE_ERROR_CLOSED:
        return "CLOSED";
    case BRIDGE_ERROR_TIMEOUT:
        return "TIMEOUT";
    case BRIDGE_ERROR_COMMAND:
        return "COMMAND";
    case BRIDGE_ERROR_COMMAND_NOT_FOUND:
        return "COMMAND_NOT_FOUND";
    case BRIDGE_ERROR_SYNTAX:
        return "SYNTAX";
    case BRIDGE_ERROR_UNSUPPORTED:
        return "UNSUPPORTED";
    case BRIDGE_ERROR_TOO_BIG:
        return "TOO_BIG";
    case BRIDGE_ERROR_TOO_DEEP:
        return "TOO_DEEP";
    default:
        return "?";
    }
}

static void print_reply(GString *out, QmpSessionAction *action)
{
    if (action->error) {
        g_string_append_printf(out, "err %d %s\n", GPOINTER_TO_INT(action->tag),
                               code_name(action->error));
        return;
    }
    ck_assert((action->bytes == NULL) != (action->node == NULL));
    if (action->bytes) {
        g_string_append_printf(out, "text %d %.*s\n", GPOINTER_TO_INT(action->tag),
                               (int)g_bytes_get_size(action->bytes),
                               (const char *)g_bytes_get_data(action->bytes, NULL));
        return;
    }
    g_string_append_printf(out, "ret %d ", GPOINTER_TO_INT(action->tag));
    json_append(out, action->node);
    g_string_append_c(out, '\n');
}

static void check_event_text(const QmpSessionAction *action)
{
    gsize len;
    const char *text = g_bytes_get_data(action->bytes, &len);
    g_autoptr(JsonNode) again = json_parse(text, (gssize)len, NULL);

    ck_assert_uint_gt(len, 2);
    ck_assert_mem_eq(text + len - 2, "\r\n", 2);
    ck_assert_ptr_null(memchr(text, '\'', len));
    ck_assert(json_node_equal(again, action->node));
}

static void print_action(GString *out, QmpSessionAction *action)
{
    Message message;
    gsize len;
    const char *bytes;

    switch (action->type) {
    case QMP_SESSION_SEND:
        bytes = g_bytes_get_data(action->bytes, &len);
        g_string_append(out, "send");
        if (action->fds)
            g_string_append_printf(out, "+%u", fds_count(action->fds));
        g_string_append_printf(out, " %.*s", (int)len, bytes);
        break;
    case QMP_SESSION_READY:
        ck_assert_ptr_nonnull(json_lookup(json_as_object(action->node), "version"));
        g_string_append(out, "ready\n");
        break;
    case QMP_SESSION_REPLY:
        print_reply(out, action);
        break;
    case QMP_SESSION_EVENT:
        ck_assert(message_classify(action->node, &message, NULL));
        check_event_text(action);
        g_string_append_printf(out, "event %s\n", message.name);
        break;
    case QMP_SESSION_NOTICE:
        g_string_append_printf(out, "notice %s\n", code_name(action->error));
        break;
    case QMP_SESSION_FATAL:
        g_string_append_printf(out, "fatal %s\n", code_name(action->error));
        break;
    }
}

static void drain(QmpSession *session, GString *out)
{
    for (;;) {
        g_autoptr(QmpSessionAction) action = qmp_session_next_action(session);

        if (!action)
            return;
        print_action(out, action);
    }
}

static void submit(QmpSession *session, const char *line, gint64 now)
{
    g_auto(GStrv) words = g_strsplit(line + 1, " ", 3);
    gint64 timeout = words[2] ? g_ascii_strtoll(words[2], NULL, 10) : QMP_SESSION_NEVER;

    qmp_session_submit(session, message_command_new(words[0], NULL, *line == '!'), timeout, now,
                       GINT_TO_POINTER(atoi(words[1])));
}

static void submit_text(QmpSession *session, const char *line, gint64 now)
{
    g_auto(GStrv) words = g_strsplit(line + 1, " ", 3);
    g_autoptr(GBytes) args = words[2] ? g_bytes_new(words[2], strlen(words[2])) : NULL;

    qmp_session_submit_text(session, words[0], args, FALSE, NULL, QMP_SESSION_NEVER, now,
                            GINT_TO_POINTER(atoi(words[1])));
}

static void submit_fd(QmpSession *session, const char *line, gint64 now)
{
    g_auto(GStrv) words = g_strsplit(line + 1, " ", 3);
    gint64 timeout = words[2] ? g_ascii_strtoll(words[2], NULL, 10) : QMP_SESSION_NEVER;
    g_autoptr(Fds) fds = fds_new();

    ck_assert(fds_take(fds, open("/dev/null", O_RDONLY | O_CLOEXEC)));
    qmp_session_submit_text(session, words[0], NULL, FALSE, fds, timeout, now,
                            GINT_TO_POINTER(atoi(words[1])));
}

static void input(QmpSession *session, const char *line, gint64 *now, gboolean by_byte)
{
    gsize len = strlen(line);

    switch (*line) {
    case '<':
        for (gsize i = 1; by_byte && i < len; i++)
            qmp_session_feed(session, line + i, 1, *now);
        if (!by_byte)
            qmp_session_feed(session, line + 1, len - 1, *now);
        qmp_session_feed(session, "\r\n", 2, *now);
        break;
    case '>':
    case '!':
        submit(session, line, *now);
        break;
    case '=':
        submit_text(session, line, *now);
        break;
    case '$':
        submit_fd(session, line, *now);
        break;
    case '-':
        qmp_session_set_passes_fds(session, FALSE);
        break;
    case '*':
        qmp_session_be_terse(session);
        break;
    case '@':
        *now = g_ascii_strtoll(line + 1, NULL, 10);
        qmp_session_tick(session, *now);
        break;
    case '~':
        qmp_session_forget(session, GINT_TO_POINTER(atoi(line + 1)));
        break;
    case '.':
        qmp_session_eof(session, NULL);
        break;
    default:
        ck_assert(*line == '\0');
    }
}

static void run(int row, gboolean by_byte)
{
    gint64 now = 0;
    g_autoptr(QmpSession) session = qmp_session_new(now, 100);
    g_autoptr(GString) out = g_string_new(NULL);
    g_auto(GStrv) lines = g_strsplit(rows[row].input, "\n", -1);

    qmp_session_set_passes_fds(session, TRUE);
    for (char **line = lines; *line; line++) {
        input(session, *line, &now, by_byte);
        drain(session, out);
    }
    ck_assert_msg(g_strcmp0(out->str, rows[row].output) == 0, "%s:\n%s-- instead of --\n%s",
                  rows[row].what, out->str, rows[row].output);
}

START_TEST(test_rows)
{
    run(_i, FALSE);
    run(_i, TRUE);
}
END_TEST

START_TEST(test_deadlines)
{
    g_autoptr(QmpSession) session = qmp_session_new(1000, 500);

    ck_assert_int_eq(qmp_session_next_deadline(session), 1500);
    qmp_session_submit(session, message_command_new("a", NULL, FALSE), 100, 1000, NULL);
    ck_assert_int_eq(qmp_session_next_deadline(session), 1100);
    qmp_session_tick(session, 1100);
    ck_assert_int_eq(qmp_session_next_deadline(session), 1500);
    qmp_session_submit(session, message_command_new("b", NULL, FALSE), QMP_SESSION_NEVER, 1100,
                       NULL);
    ck_assert_int_eq(qmp_session_next_deadline(session), 1500);
    qmp_session_submit(session, message_command_new("c", NULL, FALSE), QMP_SESSION_NEVER - 1, 1100,
                       NULL);
    ck_assert_int_eq(qmp_session_next_deadline(session), 1500);
    ck_assert_uint_eq(qmp_session_pending(session), 2);
    qmp_session_eof(session, NULL);
    ck_assert_int_eq(qmp_session_next_deadline(session), QMP_SESSION_NEVER);
    ck_assert_uint_eq(qmp_session_pending(session), 0);
}
END_TEST

START_TEST(test_state)
{
    g_autoptr(QmpSession) session = qmp_session_new(0, QMP_SESSION_NEVER);
    static const char hello[] = "{\"QMP\": {\"version\": {}, \"capabilities\": [\"oob\"]}}"
                                "{\"return\": {}, \"id\": 1}";

    ck_assert(!qmp_session_is_ready(session) && !qmp_session_has_oob(session));
    qmp_session_feed(session, hello, sizeof(hello) - 1, 0);
    ck_assert(qmp_session_is_ready(session) && qmp_session_has_oob(session));
    qmp_session_eof(session, NULL);
    ck_assert(!qmp_session_is_ready(session) && !qmp_session_has_oob(session));
}
END_TEST

/* More commands in flight than there are small ids: each has one of its own, and gets its answer.
 */
START_TEST(test_many_ids)
{
    g_autoptr(QmpSession) session = qmp_session_new(0, QMP_SESSION_NEVER);
    g_autoptr(GHashTable) ids = g_hash_table_new(NULL, NULL);
    g_autoptr(GString) answers = g_string_new(NULL);
    static const char hello[] =
        "{\"QMP\": {\"version\": {\"qemu\": {}}, \"capabilities\": [\"oob\"]}}"
        "{\"return\": {}, \"id\": 1}";

    qmp_session_be_terse(session);
    qmp_session_feed(session, hello, sizeof(hello) - 1, 0);
    for (guint i = 0; i < 2; i++) /* qmp_capabilities, and that it is ready */
        qmp_session_action_free(qmp_session_next_action(session));
    for (int i = 1; i <= 100; i++) {
        g_autoptr(QmpSessionAction) action = NULL;
        g_autofree char *text = NULL;
        const char *id;

        qmp_session_submit(session, message_command_new("y", NULL, TRUE), QMP_SESSION_NEVER, 0,
                           GINT_TO_POINTER(i));
        action = qmp_session_next_action(session);
        ck_assert(action && action->type == QMP_SESSION_SEND);
        text = g_strndup(g_bytes_get_data(action->bytes, NULL), g_bytes_get_size(action->bytes));
        id = strstr(text, "\"id\":");
        ck_assert_ptr_nonnull(id);
        ck_assert(g_hash_table_add(ids, GINT_TO_POINTER(atoi(id + 5))));
        g_string_append_printf(answers, "{\"return\": %d, \"id\": %d}", i, atoi(id + 5));
    }
    qmp_session_feed(session, answers->str, answers->len, 0);
    for (int i = 1; i <= 100; i++) {
        g_autoptr(QmpSessionAction) action = qmp_session_next_action(session);

        ck_assert(action && action->type == QMP_SESSION_REPLY && action->node);
        ck_assert_int_eq(json_node_get_int(action->node), GPOINTER_TO_INT(action->tag));
    }
}
END_TEST

/* A node that is no command is refused, in every state. */
START_TEST(test_no_command)
{
    g_autoptr(QmpSession) session = qmp_session_new(0, QMP_SESSION_NEVER);
    g_autoptr(GString) out = g_string_new(NULL);

    qmp_session_submit(session, json_parse("{'execute': 1}", -1, NULL), 1, 0, GINT_TO_POINTER(1));
    qmp_session_submit(session, json_parse("[]", -1, NULL), 1, 0, GINT_TO_POINTER(2));
    qmp_session_submit(session, json_parse("{'execute': 'a', 'arguments': 1}", -1, NULL), 1, 0,
                       GINT_TO_POINTER(3));
    drain(session, out);
    ck_assert_str_eq(out->str, "err 1 PROTOCOL\nerr 2 PROTOCOL\nerr 3 PROTOCOL\n");
}
END_TEST

/* What a monitor can't read at once isn't sent, and what follows is. */
START_TEST(test_too_big)
{
    static const char hello[] = "{\"QMP\": {\"version\": {}, \"capabilities\": []}}"
                                "{\"return\": {}, \"id\": 1}";
    g_autoptr(QmpSession) session = qmp_session_new(0, QMP_SESSION_NEVER);
    g_autoptr(GString) out = g_string_new(NULL);
    g_autofree char *spaces = g_strnfill(MESSAGE_MAX_BYTES, ' ');
    g_autoptr(GBytes) args = g_bytes_new_static(spaces, MESSAGE_MAX_BYTES);

    spaces[0] = '{';
    spaces[MESSAGE_MAX_BYTES - 1] = '}';
    qmp_session_feed(session, hello, sizeof(hello) - 1, 0);
    qmp_session_submit_text(session, "a", args, FALSE, NULL, 1, 0, GINT_TO_POINTER(1));
    qmp_session_submit_text(session, "b", NULL, FALSE, NULL, 1, 0, GINT_TO_POINTER(2));
    drain(session, out);
    ck_assert_str_eq(out->str, CAPS "ready\nerr 1 TOO_BIG\n" SENT("b", "2"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("session");
    TCase *tcase = tcase_create("session");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(tcase, test_rows, 0, G_N_ELEMENTS(rows));
    tcase_add_test(tcase, test_deadlines);
    tcase_add_test(tcase, test_state);
    tcase_add_test(tcase, test_many_ids);
    tcase_add_test(tcase, test_no_command);
    tcase_add_test(tcase, test_too_big);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
