/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: a command line. Its words become arguments, whose JSON can be parsed again; a word
 * that was split off, once it is quoted, is the same word.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "qmpbridge/shell/pairs.h"
#include "qmpbridge/shell/words.h"

static void check_words(char **words)
{
    for (char **word = words; *word; word++) {
        g_autofree char *quoted = g_shell_quote(*word);
        g_auto(GStrv) again = words_split(quoted, NULL);

        g_assert_true(g_utf8_validate(*word, -1, NULL));
        g_assert_nonnull(again);
        g_assert_cmpstr(again[0], ==, *word);
        g_assert_null(again[1]);
    }
}

static void check_arguments(char **words)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonObject) object = pairs_to_json(NULL, words[0], words + 1, &error);
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(JsonNode) again = NULL;

    g_assert_true((object == NULL) == (error != NULL));
    if (!object)
        return;
    json_append_object(text, object);
    again = json_parse(text->str, (gssize)text->len, NULL);
    g_assert_nonnull(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *line = g_strndup((const char *)data, size);
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) words = words_split(line, &error);

    g_assert_true((words == NULL) == (error != NULL));
    words_is_json(line);
    if (!words || !words[0])
        return 0;
    check_words(words);
    check_arguments(words);
    return 0;
}
