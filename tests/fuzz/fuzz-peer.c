/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: a client that says anything to the server side. What the peer sends is always
 * whole JSON, requests stay within their limit, and all can be answered.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "qmpbridge/core/message.h"
#include "qmpbridge/core/peer.h"

#define OUTSTANDING 8u

static PeerFlow flow(const char *name, gpointer user_data)
{
    (void)user_data;
    return (PeerFlow)((guchar)*name % 3);
}

static void check_sent(GBytes *bytes)
{
    gsize len;
    const char *text = g_bytes_get_data(bytes, &len);
    g_autoptr(JsonNode) node = json_parse(text, (gssize)len, NULL);

    g_assert_nonnull(node);
}

/* Collects what is to be answered in @tokens. */
static void drain(Peer *peer, GArray *tokens)
{
    for (;;) {
        g_autoptr(PeerAction) action = peer_next_action(peer);

        if (!action)
            return;
        if (action->type == PEER_REQUEST)
            g_array_append_val(tokens, action->token);
        else if (action->type == PEER_SEND)
            check_sent(action->bytes);
        g_assert_cmpuint(tokens->len, <=, OUTSTANDING);
    }
}

static void answer(Peer *peer, GArray *tokens, guint index)
{
    guint64 token = g_array_index(tokens, guint64, index);

    g_array_remove_index_fast(tokens, index);
    if (token % 2)
        peer_return(peer, token, NULL);
    else
        peer_error(peer, token, "GenericError", "no");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char hello[] = "{\"execute\": \"qmp_capabilities\", "
                                "\"arguments\": {\"enable\": [\"oob\"]}}";
    g_autoptr(Peer) peer = peer_new(flow, NULL, OUTSTANDING, 1 << 20);
    g_autoptr(JsonNode) body = message_greeting_body_new(NULL, TRUE);
    g_autoptr(GArray) tokens = g_array_new(FALSE, FALSE, sizeof(guint64));
    size_t chunk = size ? (size_t)(data[0] >> 1) + 1 : 1;

    peer_greet(peer, body);
    if (size && data[0] & 1)
        peer_feed(peer, hello, strlen(hello));
    for (size_t at = 1; at < size; at += chunk) {
        peer_feed(peer, data + at, MIN(chunk, size - at));
        drain(peer, tokens);
        if (tokens->len && data[at] & 1)
            answer(peer, tokens, data[at] % tokens->len);
        drain(peer, tokens);
    }
    while (tokens->len) {
        answer(peer, tokens, tokens->len - 1);
        drain(peer, tokens);
    }
    return 0;
}
