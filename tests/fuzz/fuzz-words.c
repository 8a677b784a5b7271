/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: a command line. Its words become arguments, whose JSON can be parsed again; a word
 * that was split off, once it is quoted, is the same word.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "qmpbridge/core/json.h"
#include "qmpbridge/shell/input.h"
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
    g_autoptr(Input) input = input_from_pairs(NULL, words[0], words + 1, NULL, &error);
    g_autoptr(JsonNode) again = NULL;
    gsize len;
    const char *text;

    g_assert_true((input == NULL) == (error != NULL));
    if (!input || !input->args)
        return;
    text = g_bytes_get_data(input->args, &len);
    again = json_parse(text, (gssize)len, NULL);
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
