/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: a monitor that says anything to a session with commands in flight. Whatever
 * it says, each command is answered exactly once, and FATAL comes last and once.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "qmpbridge/core/message.h"
#include "qmpbridge/core/qmp-session.h"

#define COMMANDS 12u

typedef struct {
    guint replies[COMMANDS];
    guint fatal;
} Seen;

/* @text: (nullable): whatever is passed on parses. */
static void check_text(GBytes *text)
{
    JsonSlice slice = json_slice_of(text);
    g_autoptr(JsonNode) node = NULL;

    if (!text)
        return;
    node = json_parse(slice.text, (gssize)slice.len, NULL);
    g_assert_nonnull(node);
    for (gsize i = 0; i < slice.len; i++)
        g_assert_true(slice.text[i] == '\t' || (slice.text[i] >= 0x20 && slice.text[i] < 0x7f));
}

static void drain(QmpSession *session, Seen *seen)
{
    for (;;) {
        g_autoptr(QmpSessionAction) action = qmp_session_next_action(session);

        if (!action)
            return;
        g_assert_cmpuint(seen->fatal, ==, 0);
        if (action->type == QMP_SESSION_FATAL)
            seen->fatal++;
        if (action->type == QMP_SESSION_REPLY) {
            g_assert_true((!action->node && !action->bytes) != (action->error == NULL));
            check_text(action->bytes);
            seen->replies[GPOINTER_TO_UINT(action->tag)]++;
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char hello[] = "{\"QMP\": {\"version\": {}, \"capabilities\": [\"oob\"]}}"
                                "{\"return\": {}, \"id\": 1}";
    g_autoptr(QmpSession) session = qmp_session_new(0, 1000);
    gboolean greeted = size && data[0] & 1;
    size_t chunk = size ? (size_t)(data[0] >> 1) + 1 : 1;
    Seen seen = {0};

    if (greeted)
        qmp_session_feed(session, hello, strlen(hello), 0);
    for (guint i = 0; i < COMMANDS; i++) {
        gint64 timeout = i % 3 ? QMP_SESSION_NEVER : 50;

        if (i % 2)
            qmp_session_submit_text(session, "c", NULL, i % 5 == 0, NULL, timeout, 0,
                                    GUINT_TO_POINTER(i));
        else
            qmp_session_submit(session, message_command_new("c", NULL, i % 5 == 0), timeout, 0,
                               GUINT_TO_POINTER(i));
    }
    for (size_t at = 1; at < size; at += chunk) {
        qmp_session_feed(session, data + at, MIN(chunk, size - at), (gint64)at);
        qmp_session_tick(session, (gint64)at);
        drain(session, &seen);
    }
    qmp_session_eof(session, NULL);
    drain(session, &seen);
    g_assert_cmpuint(seen.fatal, ==, 1);
    for (guint i = 0; i < COMMANDS; i++)
        g_assert_cmpuint(seen.replies[i], ==, 1);
    return 0;
}
