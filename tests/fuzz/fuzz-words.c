/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: a command line, as typed. Each word knows its place in it, and can be typed again;
 * words or JSON become a command whose arguments are plain JSON, with a schema and without one; an
 * error's mark is within the line.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "qmpbridge/commands/command-table.h"
#include "qmpbridge/core/error.h"
#include "qmpbridge/core/json-scan.h"
#include "qmpbridge/shell/language/transaction-action.h"
#include "qmpbridge/shell/language/words.h"
#include "tests/unit/schema-fixture.h"

static Schema *fixture(void)
{
    JsonSlice text = {SCHEMA_FIXTURE, strlen(SCHEMA_FIXTURE)};
    g_autoptr(GBytes) plain = g_string_free_to_bytes(json_make_plain(text));

    return schema_new(plain, NULL);
}

static void check_places(const Words *words, const char *line)
{
    gsize len = strlen(line);
    gsize last = 0;

    for (guint i = 0; i < words->count; i++) {
        g_assert_nonnull(words->texts[i]);
        g_assert_true(g_utf8_validate(words->texts[i], -1, NULL));
        g_assert_cmpuint(words->begin[i], >=, last);
        g_assert_cmpuint(words->begin[i], <, words->end[i]);
        g_assert_cmpuint(words->end[i], <=, len);
        last = words->end[i];
    }
    g_assert_null(words->texts[words->count]);
}

/* What is quoted can be typed, and is the same again. */
static void check_quoting(Words *words)
{
    g_autoptr(Words) typed = words_quote(words->texts);
    g_autoptr(Words) again = words_parse(typed->line, NULL);

    g_assert_nonnull(again);
    g_assert_cmpuint(again->count, ==, words->count);
    for (guint i = 0; i < words->count; i++) {
        g_assert_cmpstr(again->texts[i], ==, words->texts[i]);
        g_assert_cmpuint(again->begin[i], ==, typed->begin[i]);
    }
}

static void check_error(const GError *error)
{
    ErrorMark mark;

    g_assert_nonnull(error);
    g_assert_true(*error->message && g_utf8_validate(error->message, -1, NULL));
    if (!bridge_error_mark(error, &mark))
        return;
    g_assert_true(mark.column >= 1 && mark.length >= 1);
    g_assert_cmpuint(mark.column, <=, g_utf8_strlen(mark.line, -1) + 1);
}

/* @input, @error: (nullable): one of them is there. */
static void check_input(const QmpCommand *input, const GError *error)
{
    JsonScan scan;

    if (!input) {
        check_error(error);
        return;
    }
    g_assert_no_error(error);
    g_assert_nonnull(input->name);
    if (!input->args)
        return;
    g_assert_true(json_scan(json_slice_of(input->args), NULL, NULL, &scan, NULL));
    g_assert_true(scan.is_object && scan.plain);
}

static void as_pairs(const Schema *schema, const Words *words)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(QmpCommand) input = qmp_command_from_pairs(schema, command_table(), words->texts[0],
                                                         words->texts + 1, words, &error);

    check_input(input, error);
}

static void as_json(const Schema *schema, const char *line)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(QmpCommand) input = qmp_command_from_json(schema, line, &error);

    check_input(input, error);
    qmp_command_is_oob(line);
}

static void as_action(const Schema *schema, const Words *words)
{
    g_autoptr(GPtrArray) hints = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) action =
        transaction_action(schema, words->texts[0], words->texts + 1, words, hints, &error);

    if (!action)
        check_error(error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *line = g_strndup((const char *)data, size);
    g_autoptr(Schema) schema = fixture();
    g_autoptr(GError) error = NULL;
    g_autoptr(Words) words = words_parse(line, &error);

    words_is_open(line);
    if (words_is_json(line) && g_utf8_validate(line, -1, NULL)) {
        as_json(NULL, line);
        as_json(schema, line);
    }
    if (!words) {
        check_error(error);
        return 0;
    }
    check_places(words, line);
    check_quoting(words);
    if (words->count == 0)
        return 0;
    as_pairs(NULL, words);
    as_pairs(schema, words);
    as_action(schema, words);
    return 0;
}
