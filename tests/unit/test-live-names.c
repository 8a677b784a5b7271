/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Live names: what is asked, how long an answer counts, and that answers of any kind stay within
 * the bounds. The VM is this file: it answers when a test says so; its clock stands still else.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "qmpbridge/ui/prompt/live-names.h"

static struct {
    gint64 now;
    guint asked, changed;
    char *args;         /* of the last query */
    GPtrArray *pending; /* LiveNamesQuery */
} vm;

static void on_ask(LiveNamesQuery *query, const char *command, GBytes *args, gpointer user_data)
{
    (void)user_data;
    ck_assert_str_ne(command, "");
    vm.asked++;
    g_free(vm.args);
    vm.args = args ? g_strndup(g_bytes_get_data(args, NULL), g_bytes_get_size(args)) : NULL;
    g_ptr_array_add(vm.pending, query);
}

static void on_changed(gpointer user_data)
{
    (void)user_data;
    vm.changed++;
}

static gint64 on_now(gpointer user_data)
{
    (void)user_data;
    return vm.now;
}

static const LiveNamesOps ops = {on_ask, on_changed, on_now};

static void set_up(void)
{
    memset(&vm, 0, sizeof(vm));
    vm.now = 1000000;
    vm.pending = g_ptr_array_new();
}

static void tear_down(void)
{
    ck_assert_uint_eq(vm.pending->len, 0);
    g_ptr_array_unref(vm.pending);
    g_free(vm.args);
}

/* Answers the oldest question. @text: (nullable): it failed. */
static void answer(const char *text)
{
    LiveNamesQuery *query = vm.pending->pdata[0];
    g_autoptr(GBytes) value = text ? g_bytes_new(text, strlen(text)) : NULL;

    g_ptr_array_remove_index(vm.pending, 0);
    live_names_answer(query, value);
}

static const LiveNamesPlace node = {"blockdev-del", "node-name", "", NULL};
static const LiveNamesPlace job = {"job-cancel", "id", "", NULL};
static const LiveNamesPlace driver = {"device_add", "driver", "", NULL};
static const LiveNamesPlace human = {"hmp", "command", "", NULL};

/* The names by '|', or "?" while they aren't known. */
static char *find(LiveNames *names, const LiveNamesPlace *place)
{
    gboolean pending = FALSE;
    g_autoptr(GPtrArray) found = live_names_find(names, place, &pending);

    if (pending)
        return g_strdup("?");
    g_ptr_array_add(found, NULL);
    return g_strjoinv("|", (char **)found->pdata);
}

#define expect(names, place, text)                    \
    do {                                              \
        g_autofree char *found_ = find(names, place); \
        ck_assert_str_eq(found_, text);               \
    } while (0)

/* --- how long they count ----------------------------------------------------------------- */

START_TEST(kept_for_a_while)
{
    g_autoptr(LiveNames) names = live_names_new(&ops, NULL);

    expect(names, &job, "?");
    expect(names, &job, "?"); /* asked once */
    ck_assert_uint_eq(vm.asked, 1);
    answer("[{\"id\": \"a\"}, {\"id\": \"b\"}]");
    ck_assert_uint_eq(vm.changed, 1);
    expect(names, &job, "a|b");
    vm.now += LIVE_NAMES_KEEP_MS;
    expect(names, &job, "a|b");
    vm.now += 1;
    expect(names, &job, "?"); /* an old answer isn't used */
    answer("[]");
    expect(names, &job, "");
    ck_assert_uint_eq(vm.asked, 2);
}
END_TEST

START_TEST(forgotten)
{
    g_autoptr(LiveNames) names = live_names_new(&ops, NULL);

    expect(names, &job, "?");
    expect(names, &driver, "?");
    answer("[{\"id\": \"a\"}]");
    answer("[{\"name\": \"e1000\"}]");
    live_names_forget(names);
    expect(names, &job, "?");
    expect(names, &driver, "e1000"); /* lasting */
    answer("[{\"id\": \"b\"}]");
    expect(names, &job, "b");
}
END_TEST

/* An answer that was under way may be older than the event: only the asker of then gets it. */
START_TEST(forgotten_under_way)
{
    g_autoptr(LiveNames) names = live_names_new(&ops, NULL);

    expect(names, &job, "?");
    live_names_forget(names);
    answer("[{\"id\": \"a\"}]");
    expect(names, &job, "a");
    vm.now += 1;
    expect(names, &job, "?");
    answer("[]");
}
END_TEST

/* What lasts counts for good, but a failure doesn't. */
START_TEST(lasting)
{
    g_autoptr(LiveNames) names = live_names_new(&ops, NULL);

    expect(names, &driver, "?");
    answer(NULL);
    expect(names, &driver, "");
    vm.now += LIVE_NAMES_KEEP_MS + 1;
    expect(names, &driver, "?");
    answer("[{\"name\": \"e1000\"}]");
    vm.now += G_GINT64_CONSTANT(1000) * LIVE_NAMES_KEEP_MS;
    expect(names, &driver, "e1000");
    ck_assert_uint_eq(vm.asked, 2);
}
END_TEST

START_TEST(answered_after_the_end)
{
    LiveNames *names = live_names_new(&ops, NULL);

    expect(names, &job, "?");
    expect(names, &driver, "?");
    answer("[]");
    live_names_free(names);
    answer("[{\"name\": \"e1000\"}]");
    ck_assert_uint_eq(vm.changed, 1);
}
END_TEST

/* However many paths are typed, only so many answers are kept; the oldest goes, even unanswered. */
START_TEST(answers_kept)
{
    g_autoptr(LiveNames) names = live_names_new(&ops, NULL);
    guint asked = LIVE_NAMES_MAX_ANSWERS + 10;

    for (guint i = 0; i < asked; i++) {
        g_autofree char *path = g_strdup_printf("/p%u/", i);
        LiveNamesPlace place = {"qom-get", "path", path, NULL};

        expect(names, &place, "?");
    }
    ck_assert_uint_eq(vm.asked, asked);
    while (vm.pending->len)
        answer("[{\"name\": \"x\", \"type\": \"child<y>\"}]");
    ck_assert_uint_eq(vm.changed, LIVE_NAMES_MAX_ANSWERS);
}
END_TEST

/* --- what is asked ----------------------------------------------------------------------- */

START_TEST(of_a_path)
{
    g_autoptr(LiveNames) names = live_names_new(&ops, NULL);
    LiveNamesPlace child = {"qom-get", "path", "/machine/un\"it/x", NULL};
    LiveNamesPlace loose = {"qom-get", "path", "machine", NULL};
    g_auto(GStrv) pairs = g_strsplit("path=/a", "|", -1);
    g_auto(GStrv) none = g_strsplit("path=|pathology=/b", "|", -1);
    LiveNamesPlace property = {"qom-get", "property", "", pairs};
    LiveNamesPlace nowhere = {"qom-get", "property", "", none};

    expect(names, &loose, "");
    expect(names, &nowhere, "");
    ck_assert_uint_eq(vm.asked, 0);
    expect(names, &child, "?");
    ck_assert_str_eq(vm.args, "{\"path\": \"/machine/un\\\"it\"}");
    answer("[{\"name\": \"sub\", \"type\": \"child<z>\"}, {\"name\": \"p\", \"type\": \"bool\"}]");
    expect(names, &child, "/machine/un\"it/sub");
    expect(names, &property, "?");
    ck_assert_str_eq(vm.args, "{\"path\": \"/a\"}");
    answer("[{\"name\": \"p\", \"type\": \"bool\"}]");
    expect(names, &property, "p");
}
END_TEST

/* --- hostile answers --------------------------------------------------------------------- */

static const struct {
    const LiveNamesPlace *place;
    const char *answer, *names;
} hostile[] = {
    {&job, NULL, ""},
    {&job, "", ""},
    {&job, "null", ""},
    {&job, "7", ""},
    {&job, "\"id\"", ""},
    {&job, "{\"id\": \"a\"}", ""},
    {&job, "[", ""},
    {&job, "[[{\"id\": \"a\"}]]", ""},
    {&job,
     "[null, 1, \"x\", {}, {\"id\": null}, {\"id\": {}}, {\"id\": [\"b\"]}, {\"id\": true},"
     " {\"id\": 1.5}, {\"id\": \"a\"}]",
     "a"},
    {&job, "[{\"id\": -7}]", "-7"},
    {&job,
     "[{\"id\": \"\"}, {\"id\": \"a\\nb\"}, {\"id\": \"\\u001b[31m\"}, {\"id\": \"\\u007f\"},"
     " {\"id\": \"\\u009b1m\"}, {\"id\": \"\\u202ex\"}, "
     "{\"id\": \"\\u2028\"}, {\"id\": \"good\"}]",
     "good"},
    {&job, "[{\"id\": \"x y\"}, {\"id\": \"%s%n\"}, {\"id\": \"\xc3\xa9\"}]", "x y|%s%n|\xc3\xa9"},
    {&job, "[{\"id\": \"\\ud800\"}]", ""},
    {&node, "[{\"node-name\": {\"node-name\": \"a\"}}]", ""},
    {&driver, "[{\"name\": \"e1000\", \"type\": 7}]", "e1000"},
    {&human, "7", ""},
    {&human, "[\"cont|c  -- x\"]", ""},
    {&human, "\"cont|c  -- x\\r\\n\\u001b[2J  -- x\\r\\n -- \\n%n -- y\\nq-1|| --\"", "cont|c|q-1"},
};

START_TEST(hostile_answer)
{
    g_autoptr(LiveNames) names = live_names_new(&ops, NULL);

    expect(names, hostile[_i].place, "?");
    answer(hostile[_i].answer);
    expect(names, hostile[_i].place, hostile[_i].names);
    ck_assert_uint_eq(vm.changed, 1);
}
END_TEST

/* @count elements that differ; each with @filler in its name. */
static char *many(guint count, const char *filler)
{
    GString *text = g_string_new("[");

    for (guint i = 0; i < count; i++)
        g_string_append_printf(text, "%s{\"id\": \"%s%u\"}", i ? "," : "", filler, i);
    g_string_append_c(text, ']');
    return g_string_free(text, FALSE);
}

static guint count_of(LiveNames *names, const LiveNamesPlace *place)
{
    gboolean pending = FALSE;
    g_autoptr(GPtrArray) found = live_names_find(names, place, &pending);

    ck_assert(!pending);
    return found->len;
}

START_TEST(too_many)
{
    g_autoptr(LiveNames) names = live_names_new(&ops, NULL);
    g_autofree char *text = many(100000, "n");

    expect(names, &job, "?");
    answer(text);
    ck_assert_uint_eq(count_of(names, &job), LIVE_NAMES_MAX);
}
END_TEST

START_TEST(too_long)
{
    g_autoptr(LiveNames) names = live_names_new(&ops, NULL);
    g_autofree char *fits = g_strnfill(LIVE_NAMES_MAX_BYTES - 1, 'x');
    g_autofree char *text = many(11, fits); /* of which "...10" is a byte too long */
    g_autofree char *huge = g_strnfill(LIVE_NAMES_MAX_ANSWER, ' ');

    expect(names, &job, "?");
    answer(text);
    ck_assert_uint_eq(count_of(names, &job), 10);
    live_names_forget(names);
    expect(names, &job, "?");
    memcpy(huge + LIVE_NAMES_MAX_ANSWER - 15, "[{\"id\": \"a\"}]", 13);
    answer(huge);
    expect(names, &job, "a");
    live_names_forget(names);
    expect(names, &job, "?");
    g_free(huge);
    huge = g_strnfill(LIVE_NAMES_MAX_ANSWER + 1, ' ');
    memcpy(huge, "[{\"id\": \"a\"}]", 13);
    answer(huge);
    expect(names, &job, "");
}
END_TEST

/* HMP's help is text: its lines and aliases are bounded as well. */
START_TEST(too_much_help)
{
    g_autoptr(LiveNames) names = live_names_new(&ops, NULL);
    g_autoptr(GString) text = g_string_new("\"");

    for (guint i = 0; i < 100000; i++)
        g_string_append(text, "a|b|c|d|e|f|g|h|i|j  -- x\\n");
    g_string_append_c(text, '"');
    expect(names, &human, "?");
    answer(text->str);
    ck_assert_uint_le(count_of(names, &human), LIVE_NAMES_MAX);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("names");
    TCase *tcase = tcase_create("names");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, kept_for_a_while);
    tcase_add_test(tcase, forgotten);
    tcase_add_test(tcase, forgotten_under_way);
    tcase_add_test(tcase, lasting);
    tcase_add_test(tcase, answered_after_the_end);
    tcase_add_test(tcase, answers_kept);
    tcase_add_test(tcase, of_a_path);
    tcase_add_loop_test(tcase, hostile_answer, 0, G_N_ELEMENTS(hostile));
    tcase_add_test(tcase, too_many);
    tcase_add_test(tcase, too_long);
    tcase_add_test(tcase, too_much_help);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
