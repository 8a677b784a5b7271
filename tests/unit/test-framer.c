/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Framer: a table of inputs with what must come out, each fed whole, byte by byte and in every
 * two-part split; limits; recovery; cost.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/framer.h"

/* Expected output: texts separated by '|', "!S" "!B" "!D" for errors of syntax, size, depth. */
static const struct {
    const char *input;
    gsize len; /* 0: strlen */
    const char *output;
} cases[] = {
    {"", 0, ""},
    {"{}", 0, "{}"},
    {"{}{}", 0, "{}|{}"},
    {"[1,2] [3]", 0, "[1,2]|[3]"},
    {" \t\r\n{}\r\n", 0, "{}"},
    {"{\"a\":\n  1\n}", 0, "{\"a\":\n  1\n}"},
    {"{\"a\":\"}\"}", 0, "{\"a\":\"}\"}"},
    {"{\"a\":\"\\\"}\"}", 0, "{\"a\":\"\\\"}\"}"},
    {"{\"a\":\"\\\\\"}", 0, "{\"a\":\"\\\\\"}"},
    {"{'a':'}'}", 0, "{'a':'}'}"},
    {"{'a':'\"'}", 0, "{'a':'\"'}"},
    {"{\"a\":\"'\"}{}", 0, "{\"a\":\"'\"}|{}"},
    {"{\"a\":[{\"b\":[]}]}", 0, "{\"a\":[{\"b\":[]}]}"},
    {"junk {}", 0, "!S|{}"},
    {"junk junk\nmore\n{}", 0, "!S|!S|{}"},
    {"}{}", 0, "!S|{}"},
    {"\"{\" {}", 0, "!S" /* a quote is no text: the brace in it begins one */},
    {"5\n{}", 0, "!S|{}"},
    {"{]", 0, "{]"},
    {"{\"a\":\"b\n{}", 0, "!S|{}"},
    {"{\"a\":\x01{}", 0, "!S|{}"},
    {"{\"a\":\xff{}", 0, "!S|{}"},
    {"\xff{}", 0, "{}"},
    {"{\"a\0b\":1}{}", 11, "!S|!S|{}"},
    {"\0\0{}", 4, "{}"},
    {"{\"\xc3\xa4\":1}", 0, "{\"\xc3\xa4\":1}"},
    {"[[[[[[[[[[]]]]]]]]]]{}", 0, "!D|{}"},
    {"[[[[[[[[[[\x01{}", 0, "!D|{}"},
    {"[[[[[[[[[\"]\"]]]]]]]]]{}", 0, "!D|{}"},
    {"{\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\":1}{}", 0, "!B|{}"},
    /* The closing bracket itself is the byte that is one too many. */
    {"{\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\":1}{}", 0, "!B|{}"},
    {"{\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n{}", 0, "!B|{}"},
};

#define MAX_BYTES 64
#define MAX_DEPTH 8

static void drain(Framer *framer, GString *out)
{
    const char *text;
    gsize len;

    for (;;) {
        g_autoptr(GError) error = NULL;
        FramerResult result = framer_next(framer, &text, &len, &error);

        if (result == FRAMER_MORE)
            return;
        if (out->len)
            g_string_append_c(out, '|');
        if (result == FRAMER_TEXT) {
            ck_assert(!error);
            g_string_append_len(out, text, (gssize)len);
        } else {
            ck_assert(error && error->domain == BRIDGE_ERROR);
            g_string_append(out, error->code == BRIDGE_ERROR_SYNTAX    ? "!S"
                                 : error->code == BRIDGE_ERROR_TOO_BIG ? "!B"
                                                                       : "!D");
        }
    }
}

/* An exact copy lets the address sanitizer see a read past the end. */
static char *copy_exactly(const char *bytes, gsize len)
{
    char *copy = g_malloc(len ? len : 1);

    memcpy(copy, bytes, len);
    return copy;
}

static void check_split(int i, gsize first, gsize step)
{
    g_autoptr(Framer) framer = framer_new(MAX_BYTES, MAX_DEPTH);
    g_autoptr(GString) out = g_string_new(NULL);
    gsize len = cases[i].len ? cases[i].len : strlen(cases[i].input);

    for (gsize at = 0; at < len;) {
        gsize n = MIN(at == 0 && first ? first : step, len - at);
        g_autofree char *copy = copy_exactly(cases[i].input + at, n);

        framer_feed(framer, copy, n);
        drain(framer, out);
        at += n;
    }
    ck_assert_str_eq(out->str, cases[i].output);
}

START_TEST(test_cases)
{
    gsize len = cases[_i].len ? cases[_i].len : strlen(cases[_i].input);

    check_split(_i, 0, len + 1);
    check_split(_i, 0, 1);
    for (gsize first = 1; first < len; first++)
        check_split(_i, first, len);
}
END_TEST

START_TEST(test_unfinished)
{
    g_autoptr(Framer) framer = framer_new(0, 0);
    const char *text;
    gsize len;

    framer_feed(framer, "{\"a\":", 5);
    ck_assert_int_eq(framer_next(framer, &text, &len, NULL), FRAMER_MORE);
    ck_assert_uint_eq(framer_pending(framer), 5);
    framer_feed(framer, "1}", 2);
    ck_assert_int_eq(framer_next(framer, &text, &len, NULL), FRAMER_TEXT);
    ck_assert_uint_eq(len, 7);
    ck_assert_int_eq(framer_next(framer, &text, &len, NULL), FRAMER_MORE);
    ck_assert_uint_eq(framer_pending(framer), 0);
}
END_TEST

/* The limits are exact: what is at them passes. */
START_TEST(test_limits_exact)
{
    g_autoptr(Framer) framer = framer_new(10, 3);
    const char *text;
    gsize len;

    framer_feed(framer, "[\"456789\"][[[]]]", 16);
    ck_assert_int_eq(framer_next(framer, &text, &len, NULL), FRAMER_TEXT);
    ck_assert_uint_eq(len, 10);
    ck_assert_int_eq(framer_next(framer, &text, &len, NULL), FRAMER_TEXT);
    ck_assert_uint_eq(len, 6);
}
END_TEST

/* A skipped text of any size costs no memory. */
START_TEST(test_skipping_is_bounded)
{
    g_autoptr(Framer) framer = framer_new(100000, 0);
    g_autofree char *chunk = g_strnfill(50000, 'x');
    g_autoptr(GString) out = g_string_new(NULL);

    framer_feed(framer, "[\"", 2);
    for (int i = 0; i < 400; i++) {
        framer_feed(framer, chunk, 50000);
        drain(framer, out);
        ck_assert_uint_le(framer_footprint(framer), 400000);
    }
    framer_feed(framer, "\"]{}", 4);
    drain(framer, out);
    ck_assert_str_eq(out->str, "!B|{}");
}
END_TEST

START_TEST(test_shrinks)
{
    g_autoptr(Framer) framer = framer_new(0, 0);
    g_autofree char *chunk = g_strnfill(1 << 20, ' ');
    g_autoptr(GString) out = g_string_new(NULL);

    framer_feed(framer, "[", 1);
    for (int i = 0; i < 8; i++)
        framer_feed(framer, chunk, 1 << 20);
    framer_feed(framer, "]", 1);
    drain(framer, out);
    ck_assert_uint_gt(out->len, 8 << 20);
    ck_assert_uint_le(framer_footprint(framer), 65536);
}
END_TEST

/* 16 MiB byte by byte, and as many small texts: a quadratic framer would not end in time. */
START_TEST(test_linear)
{
    g_autoptr(Framer) framer = framer_new(0, 0);
    const char *text;
    gsize len;
    guint texts = 0;

    framer_feed(framer, "[", 1);
    for (int i = 0; i < 16 << 20; i++) {
        framer_feed(framer, "1", 1);
        if (framer_next(framer, &text, &len, NULL) != FRAMER_MORE)
            ck_abort_msg("something came out at byte %d", i);
    }
    framer_feed(framer, "]", 1);
    ck_assert_int_eq(framer_next(framer, &text, &len, NULL), FRAMER_TEXT);
    for (int i = 0; i < 1 << 20; i++)
        framer_feed(framer, "{\"a\": 1}", 8);
    while (framer_next(framer, &text, &len, NULL) == FRAMER_TEXT)
        texts++;
    ck_assert_uint_eq(texts, 1 << 20);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("framer");
    TCase *tcase = tcase_create("framer");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tcase, 20);
    tcase_add_loop_test(tcase, test_cases, 0, G_N_ELEMENTS(cases));
    tcase_add_test(tcase, test_unfinished);
    tcase_add_test(tcase, test_limits_exact);
    tcase_add_test(tcase, test_skipping_is_bounded);
    tcase_add_test(tcase, test_shrinks);
    tcase_add_test(tcase, test_linear);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
