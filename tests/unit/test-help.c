/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `help` prints of commands and events, and that a schema can't make it endless.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "qmpbridge/commands/help-qmp.h"
#include "tests/unit/schema-fixture.h"

static Schema *schema_of(const char *text)
{
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    Schema *schema = schema_new(bytes, NULL);

    ck_assert_ptr_nonnull(schema);
    return schema;
}

/* @has: lines that are there, @lacks: text that isn't. */
static const struct {
    const char *name, *pair, *has, *lacks;
} cases[] = {
    {"add", NULL, "add: a QMP command\n\nArguments ([] are optional):\n", "deprecated.\n"},
    {"add", NULL, "  driver                  one of file, qcow2 (unstable), net, null-co\n", NULL},
    {"add", NULL, "  [ro]                    bool (deprecated)\n", NULL},
    {"add", NULL,
     "\nDepending on driver, also:\n"
     "  driver=file             filename, [locking]\n"
     "  driver=qcow2            file, [backing]\n",
     "one of auto"},
    {"add", "driver=file",
     "  filename                string\n"
     "  [locking]               one of auto, on, off\n",
     "Depending"},
    {"add", "driver=qcow2",
     "  file                    object or string\n"
     "    driver                one of file",
     "Depending"},
    {"add", "driver=qcow2", "    ...                   more, depending on driver\n", NULL},
    {"add", "driver=qcow2", "  [backing]               object or string or null\n", NULL},
    {"set", NULL, "It is deprecated.\n", "It is unstable"},
    {"set", NULL,
     "  [list]                  array of object\n"
     "    x                     int\n",
     NULL},
    {"set", NULL, "  [names]                 array of string\n", NULL},
    {"set", NULL, "\nReturns:\n  array of object\n    driver", NULL},
    {"x-try", NULL, "It is unstable: it may change", "Returns"},
    {"x-try", NULL, "out of band", "Arguments"},
    {"x-try", NULL, "It takes no arguments.\n", NULL},
    {"MOVED", NULL, "MOVED: a QMP event\n\nData:\n  [size]                  int\n", "Returns"},
};

START_TEST(test_help)
{
    g_autoptr(Schema) schema = schema_of(SCHEMA_FIXTURE);
    const SchemaEntity *entity = schema_command(schema, cases[_i].name);
    char *pairs[] = {(char *)cases[_i].pair, NULL};
    g_autofree char *text = NULL;

    if (!entity)
        entity = schema_event(schema, cases[_i].name);
    text = help_qmp(schema, entity, pairs);
    ck_assert_msg(strstr(text, cases[_i].has) != NULL, "%s", text);
    if (cases[_i].lacks)
        ck_assert_msg(!strstr(text, cases[_i].lacks), "%s", text);
}
END_TEST

/* Each member is an object with all of them, and they are many; names that steer a terminal. */
START_TEST(test_hostile)
{
    g_autoptr(GString) text = g_string_new("[{'name':'c','meta-type':'command','arg-type':'o',"
                                           "'ret-type':'a'},{'name':'a','meta-type':'array',"
                                           "'element-type':'a'},{'name':'o','meta-type':'object',"
                                           "'tag':'m0','members':[");
    g_autoptr(Schema) schema = NULL;
    g_autofree char *told = NULL;

    for (guint i = 0; i < 1000; i++)
        g_string_append_printf(text, "%s{'name':'m%u','type':'o'}", i ? "," : "", i);
    g_string_append(text, ",{'name':'\\u001b[31m','type':'z'}],'variants':["
                          "{'case':'x','type':'o'}]},{'name':'z','meta-type':'alternate',"
                          "'members':["
                          "{'type':'z'},{'type':'z'},{'type':'z'}]}]");
    schema = schema_of(text->str);
    told = help_qmp(schema, schema_command(schema, "c"), NULL);
    ck_assert_uint_lt(strlen(told), 100000);
    ck_assert(strstr(told, "there is more") != NULL);
    ck_assert(!strchr(told, '\033'));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("help");
    TCase *tcase = tcase_create("help");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(tcase, test_help, 0, G_N_ELEMENTS(cases));
    tcase_add_test(tcase, test_hostile);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
