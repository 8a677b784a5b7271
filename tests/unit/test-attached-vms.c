/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attached VMs and the set of them, with peers at sockets that answer, fall silent, go and come
 * back. Everything that waits hears of the end, and a command without a connection fails.
 */
#include "tests/unit/temp.h"

#include "qmpbridge/core/message.h"
#include "qmpbridge/io/server.h"
#include "qmpbridge/shell/attached-vms.h"

static char *directory;
static SchemaCache *schemas;
static struct {
    guint ready, lost, over;
    guint schema_questions;
    GPtrArray *held; /* QmpRequest: never answered */
} seen;

/* --- the peers --------------------------------------------------------------------------- */

/* To "query-qmp-schema" comes @user_data; "drop" closes the connection, others hang. */
static void handle(QmpServer *server, QmpRequest *request, gpointer user_data)
{
    g_autoptr(QmpRequest) owned = request;

    if (g_str_equal(qmp_request_name(request), "query-qmp-schema")) {
        g_autoptr(GBytes) text = g_bytes_new_static(user_data, strlen(user_data));

        seen.schema_questions++;
        qmp_request_return_text(request, text);
        return;
    }
    g_ptr_array_add(seen.held, qmp_request_ref(request));
    if (g_str_equal(qmp_request_name(request), "drop"))
        qmp_server_drop(server, qmp_request_client(request));
}

static char schema_one[] = "[{\"name\": \"one\", \"meta-type\": \"command\", \"arg-type\": \"0\", "
                           "\"ret-type\": \"0\"}, {\"name\": \"0\", \"meta-type\": \"object\", "
                           "\"members\": []}]";
static char schema_bad[] = "7";

static QmpServer *start_peer(const char *name, char *schema)
{
    static const QmpServerOps ops = {.handle = handle};
    g_autofree char *path = g_build_filename(directory, name, NULL);
    JsonNode *greeting = message_greeting_body_new(NULL, FALSE);
    QmpServer *server = qmp_server_new(path, &ops, schema, NULL);

    ck_assert_ptr_nonnull(server);
    qmp_server_set_greeting(server, greeting);
    json_node_unref(greeting);
    return server;
}

/* --- the VMs ------------------------------------------------------------------------ */

static void on_ready(AttachedVm *vm, JsonObject *greeting, gpointer user_data)
{
    (void)vm;
    (void)greeting;
    (void)user_data;
    seen.ready++;
}

static void on_lost(AttachedVm *vm, const GError *error, guint retry_ms, gpointer user_data)
{
    (void)vm;
    (void)error;
    (void)user_data;
    *(retry_ms ? &seen.lost : &seen.over) += 1;
}

static const AttachedVmOps ops = {.ready = on_ready, .lost = on_lost};

static AttachedVm *attach(const char *name, AttachedVmOptions options)
{
    g_autofree char *address = g_build_filename(directory, name, NULL);
    AttachedVm *vm;

    options.schemas = schemas;
    vm = attached_vm_new(name, address, &options, &ops, NULL, NULL);
    ck_assert_ptr_nonnull(vm);
    return vm;
}

static gboolean on_deadline(gpointer user_data)
{
    ck_abort_msg("nothing came within %d s: %s", TEMP_DEADLINE_S, (const char *)user_data);
    return G_SOURCE_REMOVE;
}

#define wait_until(condition)                                                        \
    do {                                                                             \
        static char what[] = #condition;                                             \
        guint deadline_ = g_timeout_add_seconds(TEMP_DEADLINE_S, on_deadline, what); \
        while (!(condition))                                                         \
            g_main_context_iteration(NULL, TRUE);                                    \
        g_source_remove(deadline_);                                                  \
    } while (0)

/* How something ended: nothing yet, well, or with which code. */
typedef struct {
    guint times;
    int code; /* -1: well */
} End;

static void note_end(End *end, const GError *error)
{
    end->times++;
    ck_assert(!error || error->domain == BRIDGE_ERROR);
    end->code = error ? error->code : -1;
}

static void on_ready_end(const GError *error, gpointer user_data)
{
    note_end(user_data, error);
}

static void on_reply(QmpClient *client, GBytes *value, const GError *error, gpointer user_data)
{
    (void)client;
    ck_assert((value == NULL) == (error != NULL));
    note_end(user_data, error);
}

static void on_schema(gpointer user_data)
{
    note_end(user_data, NULL);
}

static void set_up(void)
{
    directory = temp_new();
    schemas = schema_cache_new();
    memset(&seen, 0, sizeof(seen));
    seen.held = g_ptr_array_new_with_free_func((GDestroyNotify)qmp_request_unref);
}

static void tear_down(void)
{
    g_ptr_array_unref(seen.held);
    schema_cache_free(schemas);
    temp_free(directory);
}

/* --- the set ----------------------------------------------------------------------------- */

START_TEST(the_set)
{
    g_autoptr(AttachedVms) vms = attached_vms_new();
    AttachedVm *a = attach("a", (AttachedVmOptions){0}), *b = attach("b", (AttachedVmOptions){0});

    ck_assert_ptr_null(attached_vms_current(vms));
    attached_vms_add(vms, a);
    attached_vms_add(vms, b);
    ck_assert_uint_eq(attached_vms_count(vms), 2);
    ck_assert_ptr_eq(attached_vms_current(vms), a);
    ck_assert_ptr_eq(attached_vms_find(vms, "b"), b);
    ck_assert_ptr_null(attached_vms_find(vms, "c"));
    ck_assert_ptr_eq(attached_vms_nth(vms, 1), b);
    ck_assert_ptr_null(attached_vms_nth(vms, 2));
    attached_vms_use(vms, b);
    attached_vms_remove(vms, a);
    ck_assert_ptr_eq(attached_vms_current(vms), b);
    attached_vms_add(vms, attach("c", (AttachedVmOptions){0}));
    attached_vms_remove(vms, b);
    ck_assert_str_eq(attached_vm_name(attached_vms_current(vms)), "c");
    attached_vms_remove(vms, attached_vms_current(vms));
    ck_assert_ptr_null(attached_vms_current(vms));
    ck_assert_uint_eq(seen.over, 0); /* the owner that closes it gets no call */
}
END_TEST

static const struct {
    const char *address, *name;
} names[] = {
    {"/run/web.sock", "web"},
    {"unix:/run/db.socket", "db"},
    {"web.qmp", "web"},
    {"/run/.sock", "-sock"},
    {"abstract:one", "one"},
    {"tcp:localhost:4444", "localhost-4444"},
    {"tls:[::1]:4444", "---1--4444"},
    {"fd:3", "3"},
    {"/run/", "vm"},
    {"/run/a b\n\033[1m\xc3\xa9", "a-b---1m--"},
    {"/run/taken", "taken_001"},
};

START_TEST(name_for)
{
    g_autoptr(AttachedVms) vms = attached_vms_new();
    g_autofree char *name = NULL;

    attached_vms_add(vms, attach("taken", (AttachedVmOptions){0}));
    name = attached_vms_name_for(vms, names[_i].address);
    ck_assert_str_eq(name, names[_i].name);
}
END_TEST

START_TEST(name_for_long)
{
    g_autoptr(AttachedVms) vms = attached_vms_new();
    g_autofree char *address = g_strnfill(100000, 'x'), *name = NULL;

    name = attached_vms_name_for(vms, address);
    ck_assert_uint_le(strlen(name), 255);
}
END_TEST

static const struct {
    const char *text, *name, *address;
} splits[] = {
    {"web=/run/web.sock", "web", "/run/web.sock"},
    {"web=tcp:h:1", "web", "tcp:h:1"},
    {"/run/a=b", NULL, "/run/a=b"},
    {"=x", NULL, "=x"},
    {"a b=x", NULL, "a b=x"},
    {"web=", "web", ""},
    {"web", NULL, "web"},
};

START_TEST(split)
{
    const char *address;
    g_autofree char *name = attached_vms_split(splits[_i].text, &address);

    ck_assert_pstr_eq(name, splits[_i].name);
    ck_assert_str_eq(address, splits[_i].address);
}
END_TEST

/* --- ready ------------------------------------------------------------------------------- */

/* The time-out is for those that wait however long it takes; others hear of the attempt. */
START_TEST(never_there)
{
    AttachedVmOptions patient = {.timeout = 0.01, .retry = ENDPOINT_RETRY_ALWAYS, .patient = TRUE};
    g_autoptr(AttachedVm) waited = attach("none", patient);
    g_autoptr(AttachedVm) tried = attach("none", (AttachedVmOptions){.timeout = 0.01});
    End waiting = {0}, trying = {0}, later = {0};

    attached_vm_when_ready(waited, on_ready_end, &waiting);
    attached_vm_when_ready(tried, on_ready_end, &trying);
    ck_assert_uint_eq(waiting.times + trying.times, 0);
    wait_until(waiting.times && trying.times);
    ck_assert_int_eq(waiting.code, BRIDGE_ERROR_TIMEOUT);
    ck_assert_int_ne(trying.code, BRIDGE_ERROR_TIMEOUT);
    ck_assert_int_eq(attached_vm_state(tried), ATTACHED_VM_OVER);
    attached_vm_when_ready(tried, on_ready_end, &later); /* at once */
    ck_assert_int_eq(later.code, trying.code);
    ck_assert_uint_eq(waiting.times, 1);
}
END_TEST

/* It comes late, and goes: each waiter is called, once. */
START_TEST(comes_and_goes)
{
    AttachedVmOptions patient = {.retry = ENDPOINT_RETRY_ALWAYS, .patient = TRUE};
    g_autoptr(QmpServer) peer = NULL;
    g_autoptr(AttachedVm) vm = attach("late", patient);
    End first = {0}, second = {0};

    attached_vm_when_ready(vm, on_ready_end, &first);
    wait_until(seen.lost);
    peer = start_peer("late", schema_one);
    endpoint_retry_now(attached_vm_endpoint(vm));
    wait_until(first.times);
    ck_assert_int_eq(first.code, -1);
    ck_assert_ptr_null(attached_vm_gap(vm)); /* nothing of it is missing */
    g_clear_pointer(&peer, qmp_server_free);
    wait_until(attached_vm_state(vm) == ATTACHED_VM_LOST);
    attached_vm_when_ready(vm, on_ready_end, &second);
    attached_vm_close(vm);
    ck_assert_int_eq(second.code, BRIDGE_ERROR_CLOSED);
    ck_assert_uint_eq(first.times + second.times, 2);
}
END_TEST

/* --- commands ---------------------------------------------------------------------------- */

/* What was under way fails, and so does what is tried without a connection. */
START_TEST(fails_closed)
{
    g_autoptr(QmpServer) peer = start_peer("a", schema_one);
    g_autoptr(AttachedVm) vm = attach("a", (AttachedVmOptions){0});
    End early = {0}, hanging = {0}, late = {0};

    attached_vm_qmp_text(vm, "hang", NULL, QMP_EXECUTE, on_reply, &early);
    ck_assert_int_eq(early.code, BRIDGE_ERROR_CLOSED);
    wait_until(seen.ready);
    attached_vm_qmp_text(vm, "hang", NULL, QMP_EXECUTE, on_reply, &hanging);
    wait_until(seen.held->len);
    g_clear_pointer(&peer, qmp_server_free);
    wait_until(seen.over);
    ck_assert_int_eq(hanging.code, BRIDGE_ERROR_CLOSED);
    ck_assert_uint_eq(hanging.times, 1);
    ck_assert_int_eq(attached_vm_state(vm), ATTACHED_VM_OVER);
    attached_vm_qmp_text(vm, "hang", NULL, QMP_EXECUTE, on_reply, &late);
    ck_assert_int_eq(late.code, BRIDGE_ERROR_CLOSED);
}
END_TEST

START_TEST(timed_out)
{
    g_autoptr(QmpServer) peer = start_peer("a", schema_one);
    g_autoptr(AttachedVm) vm = attach("a", (AttachedVmOptions){.timeout = 0.05});
    End hanging = {0};

    wait_until(seen.ready);
    attached_vm_qmp_text(vm, "hang", NULL, QMP_EXECUTE, on_reply, &hanging);
    wait_until(hanging.times);
    ck_assert_int_eq(hanging.code, BRIDGE_ERROR_TIMEOUT);
    ck_assert_int_eq(attached_vm_state(vm), ATTACHED_VM_READY);
}
END_TEST

/* --- the log ----------------------------------------------------------------------------- */

static char *read_log(const char *path)
{
    char *text = NULL;

    ck_assert(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

/* A gap is in the log and known; that the shell leaves is no end of the VM. */
START_TEST(logged)
{
    g_autofree char *path = g_build_filename(directory, "log", NULL), *text = NULL, *gap = NULL;
    EventLog *log = eventlog_open(path, NULL, NULL);
    g_autoptr(QmpServer) peer = start_peer("a", schema_one);
    AttachedVmOptions options = {.log = log, .retry = ENDPOINT_RETRY_LOST};
    AttachedVm *vm = attach("a", options);
    End dropping = {0};

    wait_until(seen.ready == 1);
    attached_vm_qmp_text(vm, "drop", NULL, QMP_EXECUTE, on_reply, &dropping);
    wait_until(attached_vm_state(vm) == ATTACHED_VM_LOST);
    endpoint_retry_now(attached_vm_endpoint(vm));
    wait_until(seen.ready == 2);
    ck_assert_ptr_nonnull(attached_vm_gap(vm));
    gap = g_strndup(g_bytes_get_data(attached_vm_gap(vm), NULL),
                    g_bytes_get_size(attached_vm_gap(vm)));
    attached_vm_unref(vm);
    eventlog_free(log);
    text = read_log(path);
    ck_assert_ptr_nonnull(strstr(text, gap));
    ck_assert(g_str_has_prefix(gap, "{\"gap\": {\"begin\": \""));
    ck_assert_ptr_nonnull(strstr(gap, "\"reason\": \""));
    ck_assert_ptr_null(strstr(text, "has ended"));
}
END_TEST

/* --- the schema -------------------------------------------------------------------------- */

START_TEST(schema_shared)
{
    g_autoptr(QmpServer) peer = start_peer("a", schema_one);
    g_autoptr(QmpServer) second = start_peer("b", schema_one);
    g_autoptr(AttachedVm) a = attach("a", (AttachedVmOptions){0});
    g_autoptr(AttachedVm) b = attach("b", (AttachedVmOptions){0});
    End of_a = {0}, again = {0}, of_b = {0};

    attached_vm_with_schema(a, on_schema, &of_a);
    attached_vm_with_schema(a, on_schema, &again);
    attached_vm_with_schema(b, on_schema, &of_b);
    wait_until(of_a.times && again.times && of_b.times);
    ck_assert_ptr_nonnull(attached_vm_schema(a));
    ck_assert_ptr_eq(attached_vm_schema(a), attached_vm_schema(b));
    ck_assert_uint_eq(seen.schema_questions, 2); /* one each */
    ck_assert_ptr_nonnull(schema_command(attached_vm_schema(a), "one"));
}
END_TEST

/* One that is of no use, and none at all: who waits goes on without. */
START_TEST(no_schema)
{
    g_autoptr(QmpServer) peer = start_peer("a", schema_bad);
    g_autoptr(AttachedVm) useless = attach("a", (AttachedVmOptions){0});
    g_autoptr(AttachedVm) nobody = attach("none", (AttachedVmOptions){0});
    End of_useless = {0}, of_nobody = {0}, later = {0};

    attached_vm_with_schema(useless, on_schema, &of_useless);
    attached_vm_with_schema(nobody, on_schema, &of_nobody);
    wait_until(of_useless.times && of_nobody.times);
    ck_assert_ptr_null(attached_vm_schema(useless));
    attached_vm_with_schema(nobody, on_schema, &later);
    ck_assert_uint_eq(later.times, 1);
    ck_assert_uint_eq(seen.schema_questions, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("attached-vms");
    TCase *tcase = tcase_create("attached-vms");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tcase, 2 * TEMP_DEADLINE_S);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, the_set);
    tcase_add_loop_test(tcase, name_for, 0, G_N_ELEMENTS(names));
    tcase_add_test(tcase, name_for_long);
    tcase_add_loop_test(tcase, split, 0, G_N_ELEMENTS(splits));
    tcase_add_test(tcase, never_there);
    tcase_add_test(tcase, comes_and_goes);
    tcase_add_test(tcase, fails_closed);
    tcase_add_test(tcase, timed_out);
    tcase_add_test(tcase, logged);
    tcase_add_test(tcase, schema_shared);
    tcase_add_test(tcase, no_schema);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
