/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: the shapes of QMP. A request that is taken can be sent on and is then the same; a
 * server's message is one of four kinds, and the reply made from its parts is that reply again.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "qmpbridge/core/message.h"

static void check_plain(JsonSlice slice)
{
    JsonScan scan;

    if (!slice.text)
        return;
    g_assert_true(json_scan(slice, NULL, NULL, &scan, NULL));
    g_assert_true(scan.plain);
}

static void check_same(JsonSlice a, JsonSlice b)
{
    g_assert_true((a.text == NULL) == (b.text == NULL));
    g_assert_cmpmem(a.text, a.len, b.text, b.len);
}

static void send_on(const Request *request)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_auto(Request) again = {0};
    gint64 id = 0;

    message_append_command(text, request->name, request->args, request->oob, 7);
    g_assert_true(g_str_has_suffix(text->str, "}\n"));
    g_assert_true(message_request((JsonSlice){text->str, text->len - 1}, &again, NULL));
    g_assert_cmpstr(again.name, ==, request->name);
    g_assert_true(again.oob == request->oob);
    g_assert_true(json_slice_int(again.id, &id) && id == 7);
    check_same(again.args, request->args);
}

/* The reply to a request carries its id, whatever that is. */
static void answer(const Request *request, const char *desc)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(JsonNode) root = NULL;
    Message message;

    message_append_error(text, "GenericError", desc, request->id);
    g_assert_true(g_str_has_suffix(text->str, "}\r\n"));
    root = json_parse(text->str, (gssize)text->len, NULL);
    g_assert_true(message_classify(root, &message, NULL));
    g_assert_cmpint(message.kind, ==, MESSAGE_ERROR);
    g_assert_true((message.id != NULL) == (request->id.text != NULL));
}

static void as_request(JsonSlice text)
{
    g_autoptr(GError) error = NULL;
    g_auto(Request) request = {0};
    gboolean taken = message_request(text, &request, &error);

    g_assert_true(taken == (error == NULL));
    check_plain(request.args);
    check_plain(request.id);
    if (taken) {
        g_assert_nonnull(request.name);
        send_on(&request);
    }
    answer(&request, error ? error->message : "no");
}

static void as_reply(const Message *message)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *value = json_to_text(message->value);
    g_autofree char *id = message->id ? json_to_text(message->id) : NULL;
    g_autoptr(JsonNode) root = NULL;
    Message again;

    message_append_return(text, (JsonSlice){value, strlen(value)},
                          (JsonSlice){id, id ? strlen(id) : 0});
    root = json_parse(text->str, (gssize)text->len, NULL);
    g_assert_true(message_classify(root, &again, NULL));
    g_assert_cmpint(again.kind, ==, MESSAGE_RETURN);
    g_assert_true(json_node_equal(again.value, message->value));
}

static void as_message(JsonSlice text)
{
    g_autoptr(JsonNode) root = json_parse(text.text, (gssize)text.len, NULL);
    g_autoptr(GError) error = NULL;
    Message message;

    if (!message_classify(root, &message, &error)) {
        g_assert_nonnull(error);
        return;
    }
    if (message.kind == MESSAGE_RETURN)
        as_reply(&message);
    if (message.kind == MESSAGE_ERROR)
        g_assert_nonnull(message.desc);
    if (message.kind == MESSAGE_ERROR || message.kind == MESSAGE_EVENT)
        g_assert_nonnull(message.name);
    if (message.kind == MESSAGE_GREETING)
        message_offers_oob(message.value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    JsonSlice text = {(const char *)data, size};

    if (size == 0)
        return 0;
    as_request(text);
    as_message(text);
    return 0;
}
