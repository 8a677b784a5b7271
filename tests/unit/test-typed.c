/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Half-typed lines: the words, the one under the cursor, what is open there, and what a candidate
 * becomes. A line that is whole has the words that words_split() finds in it.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "qmpbridge/shell/language/words.h"
#include "qmpbridge/shell/language/typed.h"

/* The cursor is at '^'. Words by '|', those before the cursor, ':', those behind it. */
static const struct {
    const char *line, *words, *word;
    char quote;
    gboolean closed;
} cases[] = {
    {"^", ":", "", 0, FALSE},
    {"  ^", ":", "", 0, FALSE},
    {"a^", ":", "a", 0, FALSE},
    {"a ^", "a:", "", 0, FALSE},
    {"a b^", "a:", "b", 0, FALSE},
    {"a b^c d", "a:d", "b", 0, FALSE},
    {"a ^ b=1 # c", "a:b=1", "", 0, FALSE},
    {"a ^b=1", "a:", "", 0, FALSE},
    {"a 'b c^", "a:", "b c", '\'', FALSE},
    {"a 'b c' d^", "a|b c:", "d", 0, FALSE},
    {"a \"b 'c^", "a:", "b 'c", '"', FALSE},
    {"a \"b\\\"^", "a:", "b\"", '"', FALSE},
    {"a \"b\\x^", "a:", "b\\x", '"', FALSE},
    {"a \"b\\^", "a:", "b", '"', TRUE},
    {"a 'b\\^", "a:", "b\\", '\'', FALSE},
    {"a b\\^", "a:", "b", 0, TRUE},
    {"a b\\ c^", "a:", "b c", 0, FALSE},
    {"a x='b c^", "a:", "x=b c", '\'', FALSE},
    {"a 'b'\"c\"d^", "a:", "bcd", 0, FALSE},
    {"a ''^", "a:", "", 0, FALSE},
    {"a x={\"b\": ^", "a:", "x={\"b\": ", 0, TRUE},
    {"a x={\"b\": \"}^", "a:", "x={\"b\": \"}", 0, TRUE},
    {"a x={\"b\": [1]} ^", "a|x={\"b\": [1]}:", "", 0, FALSE},
    {"a [1, 2] b^", "a|[1, 2]:", "b", 0, FALSE},
    {"a x[0]^", "a:", "x[0]", 0, FALSE},
    {"a x=\"{\" y^", "a|x={:", "y", 0, FALSE},
    {"a \\={ y^", "a|={:", "y", 0, FALSE},
    {"{\"execute\": ^", ":", "", 0, TRUE},
    {"  {^", ":", "", 0, TRUE},
    {"a # b^", "a:", "", 0, TRUE},
    {"#^", ":", "", 0, TRUE},
    {"a b#c^", "a:", "b#c", 0, FALSE},
    {"a \\\n^", "a:", "", 0, FALSE},
    {"a \\\n b^", "a:", "b", 0, FALSE},
    {"a \\\n  \\\n b c^", "a|b:", "c", 0, FALSE},
    {"a b\\\nc^", "a:", "bc", 0, FALSE},
    {"a^ \\\n b", ":b", "a", 0, FALSE},
    {"\\\n a ^", "a:", "", 0, FALSE},
    {"a # b\nc^", "a:", "c", 0, FALSE},
    {"# a\n^ b", ":b", "", 0, FALSE},
    {"a ^ b='", "a:b=", "", 0, FALSE},
    {"a b^#c d", "a:d", "b", 0, FALSE},
    {"a \xc3\xa9^", "a:", "\xc3\xa9", 0, FALSE},
};

/* Takes the cursor out of a line. (transfer full) */
static char *without_cursor(const char *marked, gsize *cursor)
{
    GString *line = g_string_new(marked);

    *cursor = (gsize)(strchr(marked, '^') - marked);
    g_string_erase(line, (gssize)*cursor, 1);
    return g_string_free(line, FALSE);
}

static char *words_of(const Typed *typed)
{
    GString *out = g_string_new(NULL);

    for (guint i = 0; i < typed->before; i++)
        g_string_append_printf(out, "%s%s", i ? "|" : "", (char *)typed->words->pdata[i]);
    g_string_append_c(out, ':');
    for (guint i = typed->before; typed->words->pdata[i]; i++)
        g_string_append_printf(out, "%s%s", i > typed->before ? "|" : "",
                               (char *)typed->words->pdata[i]);
    return g_string_free(out, FALSE);
}

START_TEST(half_typed)
{
    gsize cursor;
    g_autofree char *line = without_cursor(cases[_i].line, &cursor);
    g_autoptr(Typed) typed = typed_parse(line, cursor);
    g_autofree char *words = words_of(typed);

    ck_assert_msg(!strcmp(words, cases[_i].words), "%s: %s", cases[_i].line, words);
    ck_assert_msg(!strcmp(typed->word, cases[_i].word), "%s: %s", cases[_i].line, typed->word);
    ck_assert_msg(typed->quote == cases[_i].quote, "%s: quote %d", cases[_i].line, typed->quote);
    ck_assert_msg(typed->closed == cases[_i].closed, "%s: closed", cases[_i].line);
    ck_assert_uint_le(typed->start, cursor);
}
END_TEST

/* At each place of each line, and with all of it typed where it is whole. */
START_TEST(agrees_with_words)
{
    gsize cursor;
    g_autofree char *line = without_cursor(cases[_i].line, &cursor);
    g_auto(GStrv) words = words_split(line, NULL);
    g_autofree char *whole = g_strconcat(line, " ", NULL);
    g_autoptr(Typed) typed = typed_parse(whole, strlen(whole));

    for (gsize at = 0; at <= strlen(line); at++)
        typed_free(typed_parse(line, at));
    if (!words || strchr(line, '#') || words_is_json(line))
        return;
    ck_assert_msg(typed->before == g_strv_length(words), "'%s': %u", line, typed->before);
    for (guint i = 0; words[i]; i++)
        ck_assert_str_eq(typed->words->pdata[i], words[i]);
}
END_TEST

/* What becomes of the word when the candidate is chosen. */
static const struct {
    const char *line, *candidate;
    gboolean goes_on;
    const char *word;
} insertions[] = {
    {"a ^", "b", FALSE, "b"},
    {"a b^", "bc", FALSE, "bc"},
    {"a ^", "b c", FALSE, "b\\ c"},
    {"a '^", "b c", FALSE, "'b c'"},
    {"a '^", "b c", TRUE, "'b c"},
    {"a '^", "b'c", FALSE, "'b'\\''c'"},
    {"a \"^", "b\"c$d`\\", FALSE, "\"b\\\"c\\$d\\`\\\\\""},
    {"a \"b^", "b'c", TRUE, "\"b'c"},
    {"a ^", "#b", FALSE, "\\#b"},
    {"a b^", "b#", FALSE, "b#"},
    {"a ^", "{b", FALSE, "\\{b"},
    {"a x=^", "x=[b", FALSE, "x=\\[b"},
    {"a x=b^", "x=b[", FALSE, "x=b["},
    {"a 'x'y^", "xyz", FALSE, "'x'yz"},
    {"a ^", "b\tc", FALSE, "b\\\tc"},
    {"a ^", "c\fd\re", FALSE, "c\\\fd\\\re"},
    {"a ^", "b\nc", FALSE, "b'\n'c"},
    {"a '^", "b\nc", FALSE, "'b\nc'"},
    {"a ^", "b'\"\\", FALSE, "b\\'\\\"\\\\"},
};

START_TEST(inserted)
{
    gsize cursor;
    g_autofree char *line = without_cursor(insertions[_i].line, &cursor);
    g_autoptr(Typed) typed = typed_parse(line, cursor);
    g_autofree char *word =
        typed_insert(typed, line, cursor, insertions[_i].candidate, insertions[_i].goes_on);
    g_autofree char *done = g_strndup(line, typed->start);
    g_autofree char *whole = g_strconcat(done, word, NULL);
    g_auto(GStrv) words = words_split(whole, NULL);

    ck_assert_str_eq(word, insertions[_i].word);
    if (insertions[_i].goes_on)
        return;
    ck_assert_ptr_nonnull(words);
    ck_assert_uint_eq(g_strv_length(words), 2);
    ck_assert_str_eq(words[1], insertions[_i].candidate);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("typed");
    TCase *tcase = tcase_create("typed");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(tcase, half_typed, 0, G_N_ELEMENTS(cases));
    tcase_add_loop_test(tcase, agrees_with_words, 0, G_N_ELEMENTS(cases));
    tcase_add_loop_test(tcase, inserted, 0, G_N_ELEMENTS(insertions));
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
