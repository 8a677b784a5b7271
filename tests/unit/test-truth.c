/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How yes and no are written.
 */
#include "tests/unit/temp.h"

#include "qmpbridge/core/truth.h"

#define NEITHER 2

static const struct {
    const char *text;
    int value;
} rows[] = {
    {"on", TRUE},      {"off", FALSE},   {"yes", TRUE},    {"no", FALSE},     {"y", TRUE},
    {"n", FALSE},      {"true", TRUE},   {"false", FALSE}, {"1", TRUE},       {"0", FALSE},
    {"ON", TRUE},      {"False", FALSE}, {"", NEITHER},    {"2", NEITHER},    {"ye", NEITHER},
    {"yes ", NEITHER}, {" y", NEITHER},  {"01", NEITHER},  {"null", NEITHER},
};

START_TEST(test_row)
{
    gboolean value = NEITHER;

    ck_assert_int_eq(truth_parse(rows[_i].text, &value), rows[_i].value != NEITHER);
    ck_assert_int_eq(value, rows[_i].value);
}
END_TEST

/* The message names every word that is taken, and no other. */
START_TEST(test_words)
{
    g_auto(GStrv) words = g_strsplit_set(TRUTH_WORDS, " ,", -1);
    gboolean value;
    guint n = 0;

    for (char **word = words; *word; word++) {
        if (**word && strcmp(*word, "or")) {
            ck_assert_msg(truth_parse(*word, &value), "%s", *word);
            n++;
        }
    }
    ck_assert_uint_eq(n, 10);
}
END_TEST

static void add(TCase *tcase)
{
    tcase_add_loop_test(tcase, test_row, 0, (int)G_N_ELEMENTS(rows));
    tcase_add_test(tcase, test_words);
}

int main(void)
{
    return temp_run("truth", add);
}
