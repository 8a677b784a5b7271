/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Completion: what is offered at each place of a line, '|' being the cursor. The schema is made by
 * hand; the VM is a table of answers, which it gives when a test asks for them.
 */
#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#include "qmpbridge/commands/command-table.h"
#include "qmpbridge/ui/prompt/complete.h"

static const char schema_text[] =
    "[{'name':'blockdev-add','meta-type':'command','arg-type':'1','ret-type':'0'},"
    "{'name':'block_resize','meta-type':'command','arg-type':'5','ret-type':'0'},"
    "{'name':'x-try','meta-type':'command','arg-type':'0','ret-type':'0','features':['unstable']},"
    "{'name':'old','meta-type':'command','arg-type':'0','ret-type':'0','features':['deprecated']},"
    "{'name':'object-del','meta-type':'command','arg-type':'6','ret-type':'0'},"
    "{'name':'qom-get','meta-type':'command','arg-type':'7','ret-type':'0'},"
    "{'name':'lists','meta-type':'command','arg-type':'10','ret-type':'0'},"
    "{'name':'JOB_END','meta-type':'event','arg-type':'6'},"
    "{'name':'0','meta-type':'object','members':[]},"
    "{'name':'1','meta-type':'object','tag':'driver','members':["
    "{'name':'driver','type':'2'},{'name':'node-name','type':'str','default':null},"
    "{'name':'read-only','type':'bool','default':null}],"
    "'variants':[{'case':'raw','type':'3'},{'case':'file','type':'4'}]},"
    "{'name':'2','meta-type':'enum','members':[{'name':'raw'},{'name':'file'},"
    "{'name':'vvfat','features':['deprecated']}]},"
    "{'name':'3','meta-type':'object','members':[{'name':'file','type':'8'},"
    "{'name':'x-debug','type':'bool','default':null,'features':['unstable']}]},"
    "{'name':'4','meta-type':'object','members':[{'name':'filename','type':'str'}]},"
    "{'name':'5','meta-type':'object','members':[{'name':'node-name','type':'str','default':null},"
    "{'name':'size','type':'int'},{'name':'device','type':'str','default':null}]},"
    "{'name':'6','meta-type':'object','members':[{'name':'id','type':'str'}]},"
    "{'name':'7','meta-type':'object','members':[{'name':'path','type':'str'},"
    "{'name':'property','type':'str'}]},"
    "{'name':'8','meta-type':'alternate','members':[{'type':'1'},{'type':'str'}]},"
    "{'name':'10','meta-type':'object','members':[{'name':'l','type':'[2]'},"
    "{'name':'o','type':'[6]','default':null}]},"
    "{'name':'transaction','meta-type':'command','arg-type':'11','ret-type':'0'},"
    "{'name':'11','meta-type':'object','members':[{'name':'actions','type':'[12]'}]},"
    "{'name':'[12]','meta-type':'array','element-type':'12'},"
    "{'name':'12','meta-type':'object','tag':'type','members':[{'name':'type','type':'13'}],"
    "'variants':[{'case':'bitmap-drop','type':'14'},{'case':'blockdev-try','type':'15'}]},"
    "{'name':'13','meta-type':'enum','members':[{'name':'bitmap-drop'},{'name':'blockdev-try',"
    "'features':['unstable']}]},"
    "{'name':'14','meta-type':'object','members':[{'name':'data','type':'5'}]},"
    "{'name':'15','meta-type':'object','members':[{'name':'data','type':'1'}]},"
    "{'name':'[2]','meta-type':'array','element-type':'2'},"
    "{'name':'[6]','meta-type':'array','element-type':'6'},"
    "{'name':'str','meta-type':'builtin','json-type':'string'},"
    "{'name':'int','meta-type':'builtin','json-type':'int'},"
    "{'name':'bool','meta-type':'builtin','json-type':'boolean'}]";

/* What the VM answers; the rest it doesn't know. */
static const struct {
    const char *query, *args, *answer;
} answers[] = {
    {"query-named-block-nodes", "{\"flat\": true}",
     "[{'node-name':'disk0'},{'node-name':'disk one'},{'node-name':'#block7'}]"},
    {"query-block", NULL, "[{'device':'ide0'},{'device':''}]"},
    {"qom-list", "{\"path\": \"/objects\"}",
     "[{'name':'type','type':'string'},{'name':'pool','type':'child<iothread>'}]"},
    {"qom-list", "{\"path\": \"/\"}", "[{'name':'machine','type':'child<none-machine>'}]"},
    {"qom-list", "{\"path\": \"/m\"}", "[{'name':'size','type':'int'}]"},
    {"human-monitor-command", "{\"command-line\": \"help\"}",
     "'cont|c  -- go on\\r\\ninfo [x] -- i'"},
    {"human-monitor-command", "{\"command-line\": \"help info\"}", "'info cpus  -- show'"},
};

/* The question, if there is one, and whether it was heard that the answer came. */
typedef struct {
    LiveNamesQuery *query[4];
    GBytes *answer[4];
    guint asked, changed;
} Vm;

static void ask(LiveNamesQuery *query, const char *command, GBytes *args, gpointer user_data)
{
    Vm *vm = user_data;
    g_autofree char *text =
        args ? g_strndup(g_bytes_get_data(args, NULL), g_bytes_get_size(args)) : NULL;

    ck_assert_uint_lt(vm->asked, 4);
    vm->query[vm->asked] = query;
    for (gsize i = 0; i < G_N_ELEMENTS(answers); i++) {
        if (!strcmp(answers[i].query, command) && !g_strcmp0(answers[i].args, text))
            vm->answer[vm->asked] = g_bytes_new(answers[i].answer, strlen(answers[i].answer));
    }
    vm->asked++;
}

static void on_changed(gpointer user_data)
{
    ((Vm *)user_data)->changed++;
}

static gint64 now(gpointer user_data)
{
    (void)user_data;
    return 0;
}

static const LiveNamesOps ops = {ask, on_changed, now};

static void answer_all(Vm *vm)
{
    for (guint i = 0; i < vm->asked; i++) {
        live_names_answer(vm->query[i], vm->answer[i]);
        g_clear_pointer(&vm->answer[i], g_bytes_unref);
    }
    vm->asked = 0;
}

static char **list_recordings(gpointer user_data)
{
    (void)user_data;
    return g_strsplit("login_001 login_002 b", " ", -1);
}

static char **list_vms(gpointer user_data)
{
    (void)user_data;
    return g_strsplit("web db", " ", -1);
}

static Schema *new_schema(void)
{
    g_autoptr(GBytes) text = g_bytes_new_static(schema_text, strlen(schema_text));
    Schema *schema = schema_new(text, NULL);

    ck_assert_ptr_nonnull(schema);
    return schema;
}

/* What is offered: labels between bars, or what is inserted. */
static char *offered(const CompletionSources *sources, const char *marked, gboolean insert,
                     gboolean *pending)
{
    const char *bar = strchr(marked, '|');
    g_autofree char *line = g_strdup(marked);
    g_autoptr(Completion) completion = NULL;
    GString *out = g_string_new(NULL);

    memmove(line + (bar - marked), bar + 1, strlen(bar));
    completion = complete_line(sources, line, (gsize)(bar - marked));
    for (guint i = 0; i < completion->items->len; i++) {
        const CompletionItem *item = completion->items->pdata[i];

        g_string_append_printf(out, "%s%s", out->len ? "|" : "",
                               insert ? item->insert : item->label);
        ck_assert_uint_ge(strlen(item->insert), (gsize)(bar - marked) - completion->start);
    }
    *pending = completion->pending;
    return g_string_free(out, FALSE);
}

static char *offered_in_the_end(const char *marked, gboolean insert)
{
    g_autoptr(Schema) schema = new_schema();
    Vm vm = {0};
    g_autoptr(LiveNames) names = live_names_new(&ops, &vm);
    CompletionSources sources = {.commands = command_table(),
                                 .schema = schema,
                                 .names = names,
                                 .recordings = list_recordings,
                                 .vms = list_vms};
    gboolean pending;
    char *first = offered(&sources, marked, insert, &pending);

    if (!pending)
        return first;
    answer_all(&vm);
    ck_assert_uint_gt(vm.changed, 0);
    g_free(first);
    first = offered(&sources, marked, insert, &pending);
    ck_assert(!pending);
    return first;
}

static const struct {
    const char *line, *labels;
} shown[] = {
    {"block|", "block_resize|blockdev-add"},
    {"  x|", "x-try (unstable)"},
    {"ol|d", "old (deprecated)"},
    {"que|", "query-record"},
    {"zzz|", ""},
    {"|no-such", "block_resize"}, /* among all others; see below */
    {"blockdev-add |", "driver= (required)|node-name=|read-only="},
    {"blockdev-add driver=|", "file|raw|vvfat (deprecated)"},
    {"blockdev-add driver=file |", "filename= (required)|node-name=|read-only="},
    {"blockdev-add | driver=file", "filename= (required)|node-name=|read-only="},
    {"blockdev-add driver=raw |",
     "file. (required)|file= (required)|node-name=|read-only=|x-debug= (unstable)"},
    {"blockdev-add driver=raw file.|", "driver= (required)|node-name=|read-only="},
    {"blockdev-add driver=raw file.driver=file file.f|", "filename= (required)"},
    {"blockdev-add driver=raw file.driver=|", "file|raw|vvfat (deprecated)"},
    {"blockdev-add driver=raw file=|", "#block7|disk0|disk one"},
    {"blockdev-add 'driver=r|", "raw"},
    {"blockdev-add driver=raw read-only=|", "false|true"},
    {"blockdev-add node-name=|", ""},
    {"block_resize |", "size= (required)|device=|node-name="},
    {"block_resize node-name=d|", "disk0|disk one"},
    {"block_resize device=|", "#block7|disk0|disk one|ide0"},
    {"block_resize size=|", ""},
    {"lists l.|", "0="},
    {"lists l.0=raw l.|", "1="},
    {"lists l.0=|", "file|raw|vvfat (deprecated)"},
    {"lists o.|", "0."},
    {"lists o.0.|", "id= (required)"},
    {"object-del id=|", "pool"},
    {"qom-get path=/m|", "/machine"},
    {"qom-get path=/m property=|", "size"},
    {"qom-get property=|", ""},
    {"qmp blockdev-add driver=v|", "vvfat (deprecated)"},
    {"qmp o|", "object-del|old (deprecated)"},
    {"help wa|", "wait"},
    {"wait J|", "JOB_END"},
    {"show |", "name= (required)|b|login_001|login_002"},
    {"show name=|", "b|login_001|login_002"},
    {"begin_record |", "file_name= (required)"},
    {"end_record |", "discard"},
    {"hmp |", "c|cont|info"},
    {"hmp help c|", "c|cont"},
    {"hmp info |", "cpus"},
    {"hmp cont |", ""},
    {"use |", "db|web"},
    {"all blo|", "block_resize|blockdev-add"},
    {"all blockdev-add driver=v|", "vvfat (deprecated)"},
    {"all hmp c|", "c|cont"},
    {"wait JOB_END |", "id= (required)|match|timeout"},
    {"wait JOB_END match |", "id= (required)|timeout"},
    {"wait e|", "end"},
    {"events |", "except|off|on|only"},
    {"events on |", ""},
    {"set |", "+e|-e"},
    {"set -e |", ""},
    {"yank |", "all|block-node=|chardev=|migration"},
    {"yank all |", "block-node=|chardev=|migration"},
    {"yank block-node=d|", "disk0|disk one"},
    {"help blockdev-add driver=v|", "vvfat (deprecated)"},
    {"add-fd x |", "r|rw|w"},
    {"transaction |", "("},
    {"events only J|", "JOB_END"},
    {"quit |", ""},
    {"no-such |", ""},
    {"{'execute': '|", ""},
    {"block_resize size={|", ""},
    {"# bl|", ""},
    {"block_resize x\\|", ""},
};

START_TEST(labels)
{
    g_autofree char *found = offered_in_the_end(shown[_i].line, FALSE);

    if (strcmp(shown[_i].line, "|no-such") == 0)
        ck_assert_ptr_nonnull(strstr(found, shown[_i].labels));
    else
        ck_assert_str_eq(found, shown[_i].labels);
}
END_TEST

static const struct {
    const char *line, *inserts;
} inserted[] = {
    {"  x|", "x-try"},
    {"block_resize node-name=disk|", "node-name=disk0|node-name=disk\\ one"},
    {"block_resize node-name=\"disk|", "node-name=\"disk one\"|node-name=\"disk0\""},
    {"block_resize \"node-name=disk o|", "\"node-name=disk one\""},
    {"block_resize node-name='disk o|", "node-name='disk one'"},
    {"block_resize node-name=disk\\ o|", "node-name=disk\\ one"},
    {"block_resize node-name=#|", "node-name=#block7"},
    {"blockdev-add 'fi|", ""},
    {"blockdev-add 'node|", "'node-name="},
    {"blockdev-add 'driver=r|", "'driver=raw'"},
};

START_TEST(inserts)
{
    g_autofree char *found = offered_in_the_end(inserted[_i].line, TRUE);

    ck_assert_str_eq(found, inserted[_i].inserts);
}
END_TEST

START_TEST(files)
{
    g_autofree char *folder = g_dir_make_tmp("qmpbridge-complete-XXXXXX", NULL);
    g_autofree char *file = g_build_filename(folder, "a disk", NULL);
    g_autofree char *inner = g_build_filename(folder, "all", NULL);
    g_autofree char *line = g_strconcat("blockdev-add driver=file filename=", folder, "/a|", NULL);
    g_autofree char *found = NULL, *wanted = NULL;

    ck_assert(g_file_set_contents(file, "", 0, NULL));
    ck_assert_int_eq(g_mkdir(inner, 0700), 0);
    found = offered_in_the_end(line, FALSE);
    ck_assert_str_eq(found, "a disk|all/");
    g_free(found);
    found = offered_in_the_end(line, TRUE);
    wanted = g_strdup_printf("filename=%s/a\\ disk|filename=%s/all/", folder, folder);
    ck_assert_str_eq(found, wanted);
    g_unlink(file);
    g_rmdir(inner);
    g_rmdir(folder);
}
END_TEST

/* Before the schema is known, and without a VM, the shell's own commands are offered. */
START_TEST(unattached)
{
    CompletionSources nothing = {.commands = command_table()};
    gboolean pending;
    g_autofree char *first = offered(&nothing, "re|", FALSE, &pending);
    g_autofree char *keys = offered(&nothing, "block_resize |", FALSE, &pending);
    g_autofree char *recordings = offered(&nothing, "show |", FALSE, &pending);

    ck_assert_str_eq(first, "record-mark|replay");
    ck_assert_str_eq(keys, "");
    ck_assert_str_eq(recordings, "name= (required)");
    ck_assert(!pending);
}
END_TEST

static const struct {
    const char *line, *labels;
} in_block[] = {
    {"|", "abort|bitmap-drop|blockdev-try (unstable)|commit"},
    {"bi|", "bitmap-drop"},
    {"bitmap-drop |", "size= (required)|device=|node-name="},
    {"blockdev-try driver=f|", "file"},
    {"blockdev-try driver=file |", "filename= (required)|node-name=|read-only="},
    {"no-such |", ""},
    {"query|", ""},
};

/* The lines of a transaction are actions. */
START_TEST(actions)
{
    static const char *const words[] = {"abort", "commit", NULL};
    g_autoptr(Schema) schema = new_schema();
    CompletionSources sources = {.commands = command_table(), .schema = schema, .block = words};
    gboolean pending;
    g_autofree char *found = offered(&sources, in_block[_i].line, FALSE, &pending);

    ck_assert_str_eq(found, in_block[_i].labels);
}
END_TEST

/* A VM without transactions, or whose schema isn't known. */
START_TEST(actions_unknown)
{
    static const char *const words[] = {"commit", NULL};
    CompletionSources sources = {.commands = command_table(), .block = words};
    gboolean pending;
    g_autofree char *first = offered(&sources, "|", FALSE, &pending);
    g_autofree char *keys = offered(&sources, "bitmap-drop |", FALSE, &pending);

    ck_assert_str_eq(first, "commit");
    ck_assert_str_eq(keys, "");
}
END_TEST

/* Nothing is offered that isn't typed on: not even a part of what is known. */
START_TEST(pending_first)
{
    g_autoptr(Schema) schema = new_schema();
    Vm vm = {0};
    LiveNames *names = live_names_new(&ops, &vm);
    CompletionSources sources = {.commands = command_table(), .schema = schema, .names = names};
    gboolean pending;
    g_autofree char *first = offered(&sources, "block_resize device=|", FALSE, &pending);
    g_autofree char *again = offered(&sources, "block_resize device=|", FALSE, &pending);

    ck_assert_str_eq(first, "");
    ck_assert_str_eq(again, "");
    ck_assert(pending);
    ck_assert_uint_eq(vm.asked, 2); /* nothing is asked twice */
    live_names_free(names);
    answer_all(&vm); /* comes too late, and changes nothing */
    ck_assert_uint_eq(vm.changed, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("complete");
    TCase *tcase = tcase_create("complete");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, labels, 0, G_N_ELEMENTS(shown));
    tcase_add_loop_test(tcase, inserts, 0, G_N_ELEMENTS(inserted));
    tcase_add_test(tcase, files);
    tcase_add_test(tcase, unattached);
    tcase_add_loop_test(tcase, actions, 0, G_N_ELEMENTS(in_block));
    tcase_add_test(tcase, actions_unknown);
    tcase_add_test(tcase, pending_first);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
