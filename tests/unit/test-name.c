/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recording names: a table of legal and illegal ones, and numbering up to the limits.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/name.h"

static const struct {
    const char *name;
    gsize len;
    gboolean legal;
} names[] = {
    {"a", 1, TRUE},    {"alice_session", 13, TRUE}, {"A-Z.0_9", 7, TRUE}, {"-", 1, TRUE},
    {"_", 1, TRUE},    {"a..b", 4, TRUE},           {"", 0, FALSE},       {".", 1, FALSE},
    {"..", 2, FALSE},  {".hidden", 7, FALSE},       {"a/b", 3, FALSE},    {"../../x", 7, FALSE},
    {"a b", 3, FALSE}, {"a\0b", 3, FALSE},          {"a\n", 2, FALSE},    {"\xc3\xa4", 2, FALSE},
    {"%s", 2, FALSE},  {"a;b", 3, FALSE},
};

START_TEST(test_check)
{
    g_autoptr(GError) error = NULL;

    ck_assert_int_eq(name_check(names[_i].name, names[_i].len, &error), names[_i].legal);
    ck_assert_int_eq(error == NULL, names[_i].legal);
    if (error) {
        ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_NAME));
        ck_assert(g_str_is_ascii(error->message));
    }
}
END_TEST

START_TEST(test_length)
{
    char name[NAME_MAX_BYTES + 2];

    memset(name, 'x', sizeof(name));
    ck_assert(name_check(name, NAME_MAX_BYTES, NULL));
    ck_assert(!name_check(name, NAME_MAX_BYTES + 1, NULL));
}
END_TEST

static const struct {
    const char *taken, *next;
} nexts[] = {
    {"foo", "foo_001"},
    {"foo_001", "foo_002"},
    {"foo_009", "foo_010"},
    {"foo_999", "foo_1000"},
    {"foo_1000", "foo_1001"},
    {"foo_0042", "foo_0043"},
    {"foo_12", "foo_12_001"},
    {"foo001", "foo001_001"},
    {"_001", "_001_001"},
    {"foo_999999998", "foo_999999999"},
    {"foo_999999999", "foo_999999999_001"},
    {"foo_9999999999", "foo_9999999999_001"},
    {"123", "123_001"},
};

START_TEST(test_next)
{
    g_autofree char *next = name_next(nexts[_i].taken);

    ck_assert_str_eq(next, nexts[_i].next);
}
END_TEST

START_TEST(test_number)
{
    char longest[NAME_MAX_BYTES + 1];
    g_autofree char *first = name_number("foo", 1);
    g_autofree char *big = name_number("foo", G_MAXUINT);
    g_autofree char *cut = NULL;

    ck_assert_str_eq(first, "foo_001");
    ck_assert_str_eq(big, "foo_4294967295");
    memset(longest, 'x', NAME_MAX_BYTES);
    longest[NAME_MAX_BYTES] = '\0';
    cut = name_number(longest, 7);
    ck_assert_uint_eq(strlen(cut), NAME_MAX_BYTES);
    ck_assert(g_str_has_suffix(cut, "x_007"));
}
END_TEST

/* From the longest name a thousand steps: each legal, each new. */
START_TEST(test_next_never_repeats)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autofree char *name = g_strnfill(NAME_MAX_BYTES, 'n');

    for (int i = 0; i < 2000; i++) {
        char *next = name_next(name);

        ck_assert(name_check(next, strlen(next), NULL));
        ck_assert_msg(!g_hash_table_contains(seen, next), "%s came twice", next);
        g_free(name);
        name = g_strdup(next);
        g_hash_table_add(seen, next);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("name");
    TCase *tcase = tcase_create("name");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(tcase, test_check, 0, G_N_ELEMENTS(names));
    tcase_add_test(tcase, test_length);
    tcase_add_loop_test(tcase, test_next, 0, G_N_ELEMENTS(nexts));
    tcase_add_test(tcase, test_number);
    tcase_add_test(tcase, test_next_never_repeats);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
