/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The second monitor: the commands that make it, what goes to it, and that everything goes to the
 * first one when it can't be made, or is lost.
 */
#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>

#include "qmpbridge/core/json.h"
#include "qmpbridge/io/transport.h"
#include "qmpbridge/vm/side-monitor.h"
#include "tests/lib/scripted-peer.h"

#define GETFD "{'execute': 'getfd', 'arguments': {'fdname': 'qmpbridge-side'}}"
#define CHARDEV                                                                               \
    "{'execute': 'chardev-add', 'arguments': {'id': 'qmpbridge-side', 'backend': "            \
    "{'type': 'socket', 'data': {'addr': {'type': 'fd', 'data': {'str': 'qmpbridge-side'}}, " \
    "'server': false}}}}"
#define OBJECT                                                                                    \
    "{'execute': 'object-add', 'arguments': {'qom-type': 'monitor-qmp', 'id': 'qmpbridge-side', " \
    "'chardev': 'qmpbridge-side', 'close-action': 'delete'}}"
#define GREETING                                                                        \
    "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 3, \"minor\": %d, \"major\": %d}, " \
    "\"package\": \"\"}, \"capabilities\": [\"oob\"]}}\r\n"
#define NEGOTIATE "{'execute': 'qmp_capabilities', 'arguments': {'enable': ['oob']}}"
#define DONE "{\"return\": {}, \"id\": $ID}"
#define REFUSED "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}, \"id\": $ID}"

typedef struct {
    ScriptedPeer *emulator, *beside;
    QmpClient *first;
    SideMonitor *side;
    gboolean ready;
    guint settled;
} Rig;

static void first_ready(QmpClient *client, JsonNode *greeting, gpointer user_data)
{
    (void)client;
    (void)greeting;
    ((Rig *)user_data)->ready = TRUE;
}

static const QmpClientOps first_ops = {.ready = first_ready};

static void greet(ScriptedPeer *peer, int major, int minor)
{
    g_autofree char *greeting = g_strdup_printf(GREETING, minor, major);

    scripted_peer_send(peer, greeting);
    scripted_peer_expect(peer, NEGOTIATE);
    scripted_peer_send(peer, DONE);
}

static void settled(gpointer user_data)
{
    ((Rig *)user_data)->settled++;
}

static void rig_start(Rig *rig, int major, int minor)
{
    int fd;

    rig->emulator = scripted_peer_new(&fd);
    greet(rig->emulator, major, minor);
    rig->first = qmp_client_new(transport_from_fd(fd, NULL), 0, &first_ops, rig);
    loop_until(&rig->ready);
}

static void rig_make(Rig *rig)
{
    rig->side = side_monitor_new(rig->first, NULL, NULL, settled, rig);
}

static void rig_end(Rig *rig)
{
    side_monitor_free(rig->side);
    qmp_client_unref(rig->first);
    scripted_peer_free(rig->emulator);
    if (rig->beside)
        scripted_peer_free(rig->beside);
}

/* The emulator takes the descriptor and greets on it. */
static void rig_greet_beside(Rig *rig)
{
    int fd;

    scripted_peer_expect(rig->emulator, GETFD);
    scripted_peer_send(rig->emulator, DONE);
    scripted_peer_expect(rig->emulator, CHARDEV);
    scripted_peer_send(rig->emulator, DONE);
    scripted_peer_expect(rig->emulator, OBJECT);
    scripted_peer_send(rig->emulator, DONE);
    rig_make(rig);
    loop_until_done(rig->emulator);
    fd = scripted_peer_take_fd(rig->emulator);
    rig->beside = scripted_peer_new_for_socket(g_socket_new_from_fd(fd, NULL));
    greet(rig->beside, 11, 1);
    loop_until_count(&rig->settled, 1);
}

/* Rows: what is served once it is ready. */
static const struct {
    const char *name;
    gboolean served;
} names[] = {
    {"pmemsave", TRUE},
    {"query-qmp-schema", TRUE},
    {"screendump", TRUE},
    {"query-status", FALSE},
    {"query-commands", FALSE},
    {"stop", FALSE},
    {"cont", FALSE},
    {"getfd", FALSE},
    {"add-fd", FALSE},
    {"dump-guest-memory", FALSE},
    {"human-monitor-command", FALSE},
    {"pmemsav", FALSE},
    {"", FALSE},
};

START_TEST(test_made)
{
    Rig rig = {0};

    rig_start(&rig, 11, 1);
    rig_greet_beside(&rig);
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        ck_assert_msg(side_monitor_serves(rig.side, names[i].name) == names[i].served, "%s",
                      names[i].name);
    rig_end(&rig);
    ck_assert_uint_eq(rig.settled, 1);
}
END_TEST

START_TEST(test_lost)
{
    Rig rig = {0};

    rig_start(&rig, 11, 1);
    rig_greet_beside(&rig);
    scripted_peer_close(rig.beside);
    while (side_monitor_serves(rig.side, "pmemsave"))
        g_main_context_iteration(NULL, TRUE);
    rig_end(&rig);
    ck_assert_uint_eq(rig.settled, 1);
}
END_TEST

/* Rows: which of the steps fails. Then all that was made is taken back, whichever it was. */
static const struct {
    const char *replies[3];
} refusals[] = {
    {{REFUSED, REFUSED, REFUSED}},
    {{DONE, REFUSED, REFUSED}},
    {{DONE, DONE, REFUSED}},
};

START_TEST(test_refused)
{
    static const char *const steps[] = {GETFD, CHARDEV, OBJECT};
    Rig rig = {0};

    rig_start(&rig, 12, 0);
    for (guint i = 0; i < G_N_ELEMENTS(steps); i++)
        scripted_peer_expect(rig.emulator, steps[i]);
    scripted_peer_send(rig.emulator, "{\"event\": \"STOP\", \"timestamp\": {\"seconds\": 1, "
                                     "\"microseconds\": 2}}");
    for (guint i = 0; i < G_N_ELEMENTS(steps); i++) {
        g_autofree char *id = g_strdup_printf("%u", i + 2); /* 1 was the negotiation */
        g_auto(GStrv) parts = g_strsplit(refusals[_i].replies[i], "$ID", 2);
        g_autofree char *text = g_strjoinv(id, parts);

        scripted_peer_send(rig.emulator, text);
    }
    scripted_peer_expect(rig.emulator, "{'execute': 'chardev-remove', 'arguments': "
                                       "{'id': 'qmpbridge-side'}}");
    scripted_peer_expect(rig.emulator, "{'execute': 'closefd', 'arguments': "
                                       "{'fdname': 'qmpbridge-side'}}");
    rig_make(&rig);
    loop_until_done(rig.emulator);
    ck_assert_uint_eq(rig.settled, 1);
    ck_assert(!side_monitor_serves(rig.side, "pmemsave"));
    rig_end(&rig);
}
END_TEST

START_TEST(test_old)
{
    Rig rig = {0};

    rig_start(&rig, _i ? 10 : 11, _i ? 2 : 0);
    rig_make(&rig);
    ck_assert_ptr_null(rig.side);
    ck_assert(!side_monitor_serves(rig.side, "pmemsave"));
    rig_end(&rig);
    ck_assert_uint_eq(rig.settled, 0);
}
END_TEST

/* Freed while its commands are under way: their replies reach no handler. */
START_TEST(test_freed)
{
    Rig rig = {0};

    rig_start(&rig, 11, 1);
    rig_make(&rig);
    rig_end(&rig);
    ck_assert_uint_eq(rig.settled, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("side-monitor");
    TCase *tcase = tcase_create("side-monitor");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tcase, 20);
    tcase_add_test(tcase, test_made);
    tcase_add_test(tcase, test_lost);
    tcase_add_loop_test(tcase, test_refused, 0, G_N_ELEMENTS(refusals));
    tcase_add_loop_test(tcase, test_old, 0, 2);
    tcase_add_test(tcase, test_freed);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
