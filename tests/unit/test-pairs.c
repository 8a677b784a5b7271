/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * key=value words into JSON: with the schema's types, and by their look where there is none.
 */
#include <check.h>
#include <stdlib.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/shell/pairs.h"
#include "tests/unit/shell-fixture.h"

/* Words separated by '|'. @json: NULL for an error. */
typedef struct {
    const char *words, *json;
} Case;

static const Case typed[] = {
    {"", "{}"},
    {"text=5", "{\"text\": \"5\"}"},
    {"text=true", "{\"text\": \"true\"}"},
    {"text=", "{\"text\": \"\"}"},
    {"text=a=b", "{\"text\": \"a=b\"}"},
    {"number=5", "{\"number\": 5}"},
    {"number=-7", "{\"number\": -7}"},
    {"number=0x10", "{\"number\": 16}"},
    {"number=0xffffffff81000000", "{\"number\": -2130706432}"},
    {"number=9223372036854775807", "{\"number\": 9223372036854775807}"},
    {"number=9223372036854775808", NULL},
    {"number=0x10000000000000000", NULL},
    {"number=five", NULL},
    {"number=", NULL},
    {"number=5x", NULL},
    {"number=1.5", NULL},
    {"number=0x", NULL},
    {"real=1.5", "{\"real\": 1.5}"},
    {"real=2", "{\"real\": 2}"},
    {"real=x", NULL},
    {"flag=on", "{\"flag\": true}"},
    {"flag=no", "{\"flag\": false}"},
    {"flag=1", NULL},
    {"kind=raw", "{\"kind\": \"raw\"}"},
    {"list=[1,2]", "{\"list\": [1, 2]}"},
    {"list=1", NULL},
    {"list={}", NULL},
    {"sub={\"kind\":\"raw\"}", "{\"sub\": {\"kind\": \"raw\"}}"},
    {"sub=raw", NULL},
    {"sub.kind=raw|sub.offset=4", "{\"sub\": {\"kind\": \"raw\", \"offset\": 4}}"},
    {"sub.backing=5|sub.kind=qcow2", "{\"sub\": {\"backing\": \"5\", \"kind\": \"qcow2\"}}"},
    {"any=5", "{\"any\": 5}"},
    {"any=five", "{\"any\": \"five\"}"},
    {"alt=5", "{\"alt\": 5}"},
    {"unknown=true", "{\"unknown\": true}"},
    {"text", NULL},
    {"=5", NULL},
    {".a=5", NULL},
    {"a..b=5", NULL},
    {"text=1|text=2", NULL},
    {"text=1|text.a=2", NULL},
    {"sub.kind=raw|sub=raw", NULL},
};

static const Case guessed[] = {
    {"a=5", "{\"a\": 5}"},
    {"a=-5", "{\"a\": -5}"},
    {"a=1.5", "{\"a\": 1.5}"},
    {"a=1.2.3", "{\"a\": \"1.2.3\"}"},
    {"a=12ab", "{\"a\": \"12ab\"}"},
    {"a=true", "{\"a\": true}"},
    {"a=on", "{\"a\": \"on\"}"},
    {"a=null", "{\"a\": null}"},
    {"a=\"5\"", "{\"a\": \"5\"}"},
    {"a=[1,{}]", "{\"a\": [1, {}]}"},
    {"a={broken", "{\"a\": \"{broken\"}"},
    {"a=", "{\"a\": \"\"}"},
};

static void check_case(Schema *schema, const Case *c)
{
    g_auto(GStrv) words = g_strsplit(c->words, "|", -1);
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonObject) object = pairs_to_json(schema, "ok", words, &error);
    g_autoptr(GString) text = g_string_new(NULL);

    if (!c->json) {
        ck_assert_msg(!object, "%s was taken", c->words);
        ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE));
        return;
    }
    ck_assert_msg(object != NULL, "%s: %s", c->words, error ? error->message : "");
    json_append_object(text, object);
    ck_assert_str_eq(text->str, c->json);
}

START_TEST(with_schema)
{
    g_autoptr(Schema) schema = fixture_schema();

    check_case(schema, &typed[_i]);
}
END_TEST

START_TEST(without_schema)
{
    check_case(NULL, &guessed[_i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pairs");
    TCase *tcase = tcase_create("pairs");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(tcase, with_schema, 0, G_N_ELEMENTS(typed));
    tcase_add_loop_test(tcase, without_schema, 0, G_N_ELEMENTS(guessed));
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
