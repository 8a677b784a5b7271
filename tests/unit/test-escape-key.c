/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The escape key of a console: how it is named, and what of the keys goes to the guest, however
 * they are cut.
 */
#include "qmpbridge/ui/console/escape-key.h"

#include "tests/unit/temp.h"

static const struct {
    const char *text;
    int key; /* -1: none; -2: refused */
    const char *name;
} texts[] = {
    {"none", -1, "none"}, {"^]", 0x1d, "Ctrl-]"}, {"^a", 1, "Ctrl-A"}, {"^A", 1, "Ctrl-A"},
    {"^@", 0, "Ctrl-@"},  {"^_", 0x1f, "Ctrl-_"}, {"~", '~', "~"},     {"^", '^', "^"},
    {"", -2, NULL},       {"^1", -2, NULL},       {"^ab", -2, NULL},   {"ab", -2, NULL},
    {"\x01", -2, NULL},   {"\xc3\xa4", -2, NULL}, {"None", -2, NULL},
};

START_TEST(test_parse)
{
    EscapeKey key;
    g_autoptr(GError) error = NULL;
    gboolean good = escape_key_parse(texts[_i].text, &key, &error);
    g_autofree char *name = good ? escape_key_name(&key) : NULL;

    ck_assert_int_eq(good, texts[_i].key != -2);
    ck_assert(good || g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE));
    if (!good)
        return;
    ck_assert_int_eq(key.key, texts[_i].key);
    ck_assert_str_eq(name, texts[_i].name);
}
END_TEST

/* L: leave, H: help. */
static const struct {
    const char *typed, *guest, *actions, *rest;
} keys[] = {
    {"abc", "abc", "", ""},
    {"\x1dq", "", "L", ""},
    {"\x1d.", "", "L", ""},
    {"ab\x1dqcd", "ab", "L", "cd"},
    {"\x1d\x1d", "\x1d", "", ""},
    {"\x1d\x1d\x1dq", "\x1d", "L", ""},
    {"\x1dx", "\x1dx", "", ""},
    {"a\x1d?b", "ab", "H", ""},
    {"\x1d", "", "", ""},
    {"q.?", "q.?", "", ""},
    {"\x03\x1a\x04", "\x03\x1a\x04", "", ""},
};

/* @piece: bytes at a time. */
static void check(int index, gsize piece)
{
    EscapeKey key = {0x1d, FALSE};
    g_autoptr(GByteArray) guest = g_byte_array_new();
    g_autoptr(GString) actions = g_string_new(NULL);
    const guint8 *typed = (const guint8 *)keys[index].typed;
    gsize left = strlen(keys[index].typed);
    gboolean over = FALSE;

    while (left > 0 && !over) {
        const guint8 *bytes = typed;
        gsize len = MIN(piece, left), before = len;

        while (len > 0 && !over) {
            EscapeKeyAction action = escape_key_take(&key, &bytes, &len, guest);

            if (action != ESCAPE_KEY_NOTHING)
                g_string_append_c(actions, action == ESCAPE_KEY_LEAVE ? 'L' : 'H');
            over = action == ESCAPE_KEY_LEAVE;
        }
        typed += before - len;
        left -= before - len;
    }
    ck_assert_str_eq(actions->str, keys[index].actions);
    ck_assert_uint_eq(guest->len, strlen(keys[index].guest));
    if (guest->len > 0)
        ck_assert_mem_eq(guest->data, keys[index].guest, guest->len);
    ck_assert_str_eq((const char *)typed, keys[index].rest);
}

START_TEST(test_take)
{
    for (gsize piece = 1; piece < 8; piece++)
        check(_i, piece);
}
END_TEST

START_TEST(test_none)
{
    EscapeKey key = {-1, FALSE};
    g_autoptr(GByteArray) guest = g_byte_array_new();
    guint8 all[256];
    const guint8 *bytes = all;
    gsize len = sizeof(all);

    for (guint i = 0; i < sizeof(all); i++)
        all[i] = (guint8)i;
    ck_assert_int_eq(escape_key_take(&key, &bytes, &len, guest), ESCAPE_KEY_NOTHING);
    ck_assert_uint_eq(guest->len, sizeof(all));
    ck_assert_mem_eq(guest->data, all, sizeof(all));
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, test_parse, 0, G_N_ELEMENTS(texts));
    tcase_add_loop_test(tcase, test_take, 0, G_N_ELEMENTS(keys));
    tcase_add_test(tcase, test_none);
}

int main(void)
{
    return temp_run("escape-key", add_tests);
}
