/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * begin_replay and end_replay: what is refused and why, the course of a replay in events, its
 * socket. The emulator only claims to replay (replay-rig.h).
 */
#include "qmpbridge/replay/replay-service.h"

#include "qmpbridge/io/client.h"
#include "qmpbridge/store/scratch.h"

#include "tests/unit/replay-rig.h"

typedef struct {
    ReplayRig base;
    OwnedDir *runtime;
    QmpServer *server; /**< the live VM's */
    QmpClient *client; /**< of it */
    QmpClient *inside; /**< (nullable) client of a replay's socket */
    ReplayService *service;
    GString *events;  /**< "NAME FILE REASON RESULT" a line */
    GString *replies; /**< "ok" or the error, a line */
    char *socket;     /**< of the last begin_replay that succeeded */
    guint settled, stops;
} Rig;

static const char *text_of(JsonObject *data, const char *name)
{
    const char *text = json_as_string(json_lookup(data, name));

    return text ? text : "-";
}

static void emitted(const char *name, JsonObject *data, gpointer user_data)
{
    Rig *rig = user_data;

    g_string_append_printf(rig->events, "%s %s %s %s\n", name, text_of(data, "file_name"),
                           text_of(data, "reason"), text_of(data, "result"));
    json_object_unref(data);
}

static void settled(gpointer user_data)
{
    ((Rig *)user_data)->settled++;
}

static void handle(QmpServer *server, QmpRequest *request, gpointer user_data)
{
    Rig *rig = user_data;

    (void)server;
    ck_assert(replay_service_knows(qmp_request_name(request)));
    if (rig->service)
        ck_assert(replay_service_handle(rig->service, request));
    else
        qmp_request_unref(request);
}

static void replied(QmpClient *client, JsonNode *value, const GError *error, gpointer user_data)
{
    Rig *rig = user_data;
    const char *socket = json_as_string(json_lookup(json_as_object(value), "socket"));

    (void)client;
    if (socket) {
        g_free(rig->socket);
        rig->socket = g_strdup(socket);
    }
    g_string_append_printf(rig->replies, "%s\n", error ? error->message : "ok");
}

static void inside_event(QmpClient *client, JsonNode *event, gpointer user_data)
{
    (void)client;
    if (g_strcmp0(json_as_string(json_lookup(json_as_object(event), "event")), "STOP") == 0)
        ((Rig *)user_data)->stops++;
}

static QmpClient *connect_to(Rig *rig, const char *path)
{
    static const QmpClientOps ops = {.event = inside_event};
    QmpClient *client = qmp_client_new(transport_connect(path, NULL), 0, &ops, rig);

    temp_wait(qmp_client_is_ready(client), "the greeting");
    return client;
}

static void rig_init(Rig *rig, const char *mode, gboolean store)
{
    static const QmpServerOps ops = {.handle = handle};
    ReplayServiceOptions options = {.emit = emitted, .settled = settled, .user_data = rig};
    g_autofree char *path = NULL;
    g_autoptr(JsonNode) greeting = json_parse("{'version': {'qemu': {'major': 11, 'minor': 1, "
                                              "'micro': 3}, 'package': ''}, 'capabilities': []}",
                                              -1, NULL);

    *rig = (Rig){.events = g_string_new(NULL), .replies = g_string_new(NULL)};
    replay_rig_init(&rig->base, mode);
    options.store = store ? rig->base.store : NULL;
    options.replay.emulators = rig->base.emulators;
    options.replay.plugin = "/recctrl.so";
    options.replay.stall_timeout =
        g_str_equal(mode, "stalls") ? 1 : 0; /* a busy host may be slow */
    options.replay.trust_paths = TRUE;
    rig->service = replay_service_new(&options);
    path = g_build_filename(rig->base.dir, "live.sock", NULL);
    rig->server = qmp_server_new(path, &ops, rig, NULL);
    ck_assert_ptr_nonnull(rig->server);
    qmp_server_set_greeting(rig->server, greeting);
    rig->client = connect_to(rig, path);
}

static void rig_clear(Rig *rig)
{
    replay_service_free(rig->service);
    if (rig->inside)
        qmp_client_unref(rig->inside);
    qmp_client_unref(rig->client);
    qmp_server_free(rig->server);
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    ck_assert_uint_eq(temp_count(rig->base.runtime), 0); /* no socket is left */
    g_string_free(rig->events, TRUE);
    g_string_free(rig->replies, TRUE);
    g_free(rig->socket);
    replay_rig_clear(&rig->base);
}

/* @args: (nullable): text of an object. */
static void send_to(Rig *rig, QmpClient *client, const char *name, const char *args)
{
    JsonObject *object = args ? json_parse_object(args, -1, NULL) : NULL;

    ck_assert(!args || object);
    qmp_client_execute(client, name, object, 0, replied, rig);
}

/* Sends and waits. Returns: what was replied, (transfer none). */
static const char *ask(Rig *rig, QmpClient *client, const char *name, const char *args)
{
    g_string_truncate(rig->replies, 0);
    send_to(rig, client, name, args);
    temp_wait(rig->replies->len, "the reply");
    return rig->replies->str;
}

static void begin(Rig *rig, const char *args)
{
    ck_assert_str_eq(ask(rig, rig->client, "begin_replay", args), "ok\n");
    if (rig->inside)
        qmp_client_unref(rig->inside);
    rig->inside = connect_to(rig, rig->socket);
}

static const struct {
    const char *mode, *result;
} courses[] = {
    {"good", "REPLAY_END web finished identical\n"},
    {"killed once", "REPLAY_END web finished identical\n"},
    {"registers", "REPLAY_END web finished diverged\n"},
    {"stalls", "REPLAY_END web finished diverged\n"},
    {"killed", "REPLAY_END web finished failed\n"},
};

START_TEST(test_course)
{
    Rig rig;

    rig_init(&rig, courses[_i].mode, TRUE);
    ck_assert_str_eq(ask(&rig, rig.client, "begin_replay", "{'file_name': 'web'}"), "ok\n");
    ck_assert(g_str_has_prefix(rig.events->str, "REPLAY_BEGIN web - -\n"));
    temp_wait(rig.settled, "the end");
    ck_assert_msg(g_str_has_suffix(rig.events->str, courses[_i].result), "%s", rig.events->str);
    ck_assert(!replay_service_is_busy(rig.service));
    rig_clear(&rig);
}
END_TEST

/* What can't begin has an error for its reply, and no event. */
START_TEST(test_no_begin)
{
    Rig rig;

    rig_init(&rig, "can't start", TRUE);
    ck_assert(g_str_has_prefix(ask(&rig, rig.client, "begin_replay", "{'file_name': 'web'}"),
                               "the replay can't be started: "));
    temp_wait(rig.settled, "the end");
    ck_assert_str_eq(rig.events->str, "");
    rig_clear(&rig);
}
END_TEST

static const struct {
    const char *command, *args, *why;
} refusals[] = {
    {"begin_replay", NULL, "arguments are missing"},
    {"begin_replay", "{}", "file_name"},
    {"begin_replay", "{'file_name': 5}", "file_name"},
    {"begin_replay", "{'file_name': '../web'}", "dot"},
    {"begin_replay", "{'file_name': 'web', 'paused': 1}", "paused"},
    {"begin_replay", "{'file_name': 'none'}", "no recording"},
    {"begin_replay", "{'file_name': 'live'}", "still being recorded"},
    {"end_replay", NULL, "nothing is being replayed"},
    {"end_replay", "{'file_name': 'web'}", "isn't being replayed"},
    {"end_replay", "{'file_name': []}", "file_name"},
};

START_TEST(test_refused)
{
    Rig rig;
    g_autoptr(Recording) live = NULL;

    rig_init(&rig, "good", TRUE);
    live = store_reserve(rig.base.store, "live", NULL);
    ask(&rig, rig.client, refusals[_i].command, refusals[_i].args);
    ck_assert_msg(strstr(rig.replies->str, refusals[_i].why) != NULL, "%s", rig.replies->str);
    ck_assert_str_eq(rig.events->str, "");
    ck_assert(!replay_service_is_busy(rig.service));
    ck_assert(store_discard(rig.base.store, live, NULL));
    rig_clear(&rig);
}
END_TEST

START_TEST(test_no_store)
{
    Rig rig;

    rig_init(&rig, "good", FALSE);
    ck_assert_ptr_nonnull(
        strstr(ask(&rig, rig.client, "begin_replay", "{'file_name': 'web'}"), "dry run"));
    ck_assert_ptr_nonnull(strstr(ask(&rig, rig.client, "end_replay", NULL), "dry run"));
    rig_clear(&rig);
}
END_TEST

/* As many at once as the limit allows, one of a name; each is ended by its name. */
START_TEST(test_several)
{
    Rig rig;

    rig_init(&rig, "good", TRUE);
    begin(&rig, "{'file_name': 'web', 'paused': true}");
    ck_assert_ptr_nonnull(
        strstr(ask(&rig, rig.client, "begin_replay", "{'file_name': 'web'}"), "already, at /"));
    for (guint i = 1; i <= REPLAY_SERVICE_MAX; i++) {
        g_autofree char *name = g_strdup_printf("more-%u", i);
        g_autofree char *args = g_strdup_printf("{'file_name': '%s', 'paused': true}", name);

        replay_rig_recording(rig.base.store, name);
        if (i < REPLAY_SERVICE_MAX)
            begin(&rig, args);
        else
            ck_assert_ptr_nonnull(
                strstr(ask(&rig, rig.client, "begin_replay", args), "4 replays run already"));
    }
    ck_assert_ptr_nonnull(strstr(ask(&rig, rig.client, "end_replay", NULL), "says which one"));
    ck_assert_str_eq(ask(&rig, rig.client, "end_replay", "{'file_name': 'more-2'}"), "ok\n");
    ck_assert(g_str_has_suffix(rig.events->str, "REPLAY_END more-2 requested -\n"));
    ck_assert_uint_eq(rig.settled, 1);
    rig_clear(&rig);
}
END_TEST

/* Ended while it is being opened: both clients hear of it, and there was no REPLAY_BEGIN. */
START_TEST(test_end_at_once)
{
    Rig rig;

    rig_init(&rig, "late", TRUE);
    send_to(&rig, rig.client, "begin_replay", "{'file_name': 'web'}");
    rig.inside = connect_to(&rig, qmp_server_path(rig.server)); /* another client of the live VM */
    send_to(&rig, rig.inside, "end_replay", NULL);
    temp_wait(rig.settled, "the end");
    temp_wait(strstr(rig.replies->str, "ok\n"), "the replies");
    ck_assert_str_eq(rig.replies->str, "the replay was ended before it began\nok\n");
    ck_assert_str_eq(rig.events->str, "");
    rig_clear(&rig);
}
END_TEST

START_TEST(test_shut_down)
{
    Rig rig;

    rig_init(&rig, "good", TRUE);
    begin(&rig, "{'file_name': 'web', 'paused': true}");
    replay_service_shut_down(rig.service);
    temp_wait(rig.settled, "the end");
    ck_assert(g_str_has_suffix(rig.events->str, "REPLAY_END web shutdown -\n"));
    ck_assert_ptr_nonnull(
        strstr(ask(&rig, rig.client, "begin_replay", "{'file_name': 'web'}"), "is ending"));
    rig_clear(&rig);
}
END_TEST

/* What passes, by name, and what doesn't. */
static const struct {
    const char *command, *args, *reply;
} inside[] = {
    {"query-replay", NULL, "ok"},
    {"query-status", NULL, "ok"},
    {"stop", NULL, "ok"},
    {"replay-break", "{'icount': 1300}", "ok"},
    {"human-monitor-command", "{'command-line': 'info registers -a'}", "ok"},
    {"human-monitor-command", "{'command-line': ' x/4x 0'}", "ok"},
    {"human-monitor-command", "{'command-line': '\\tsavevm x'}", "follows its recording"},
    {"human-monitor-command", "{'command-line': 'infos'}", "follows its recording"},
    {"human-monitor-command", "{'command-line': 'q'}", "follows its recording"},
    {"human-monitor-command", "{'command-line': ''}", "follows its recording"},
    {"migrate", "{'uri': 'tcp:0:1'}", "'migrate' isn't for it"},
    {"system_reset", NULL, "follows its recording"},
    {"device_add", "{'driver': 'x'}", "follows its recording"},
    {"begin_record", "{'file_name': 'x'}", "follows its recording"},
    {"begin_replay", "{'file_name': 'x'}", "follows its recording"},
    {"replay-seek", "{}", "icount"},
    {"replay-seek", NULL, "icount"},
    {"replay-seek", "{'icount': 999}", "has the instructions 1000 to 1500"},
    {"replay-seek", "{'icount': 1501}", "has the instructions 1000 to 1500"},
    {"replay-seek", "{'icount': -1}", "icount"},
};

START_TEST(test_inside)
{
    Rig rig;

    rig_init(&rig, "good", TRUE);
    begin(&rig, "{'file_name': 'web', 'paused': true}");
    ask(&rig, rig.inside, inside[_i].command, inside[_i].args);
    ck_assert_msg(strstr(rig.replies->str, inside[_i].reply) != NULL, "%s", rig.replies->str);
    rig_clear(&rig);
}
END_TEST

/* Forth, back by another attempt, where the connection stays, and to the end. */
START_TEST(test_seek)
{
    Rig rig;

    rig_init(&rig, "good", TRUE);
    begin(&rig, "{'file_name': 'web', 'paused': true}");
    ck_assert_str_eq(ask(&rig, rig.inside, "replay-seek", "{'icount': 1300}"), "ok\n");
    temp_wait(rig.stops == 1, "the instruction");
    ck_assert_str_eq(ask(&rig, rig.inside, "replay-seek", "{'icount': 1100}"), "ok\n");
    temp_wait(rig.stops == 2, "the earlier instruction");
    ck_assert_str_eq(rig.events->str, "REPLAY_BEGIN web - -\nREPLAY_BEGIN web - -\n");
    ck_assert_uint_eq(replay_rig_starts(&rig.base), 2);
    ck_assert_str_eq(ask(&rig, rig.inside, "cont", NULL), "ok\n");
    temp_wait(rig.settled, "the end");
    ck_assert(g_str_has_suffix(rig.events->str, "REPLAY_END web finished identical\n"));
    rig_clear(&rig);
}
END_TEST

START_TEST(test_quit_inside)
{
    Rig rig;

    rig_init(&rig, "good", TRUE);
    begin(&rig, "{'file_name': 'web', 'paused': true}");
    ck_assert_str_eq(ask(&rig, rig.inside, "quit", NULL), "ok\n");
    temp_wait(rig.settled, "the end");
    ck_assert(g_str_has_suffix(rig.events->str, "REPLAY_END web requested -\n"));
    rig_clear(&rig);
}
END_TEST

/* The service goes at any time: nothing is left, and nothing more is emitted. */
START_TEST(test_free)
{
    gint64 enough;
    gsize len;
    Rig rig;

    rig_init(&rig, "stalls", TRUE);
    enough = g_get_monotonic_time() + _i * 50000;
    send_to(&rig, rig.client, "begin_replay", "{'file_name': 'web'}");
    while (g_get_monotonic_time() < enough)
        g_main_context_iteration(NULL, FALSE);
    len = rig.events->len;
    g_clear_pointer(&rig.service, replay_service_free);
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    ck_assert_uint_eq(rig.events->len, len);
    rig_clear(&rig);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, test_course, 0, G_N_ELEMENTS(courses));
    tcase_add_test(tcase, test_no_begin);
    tcase_add_loop_test(tcase, test_refused, 0, G_N_ELEMENTS(refusals));
    tcase_add_test(tcase, test_no_store);
    tcase_add_test(tcase, test_several);
    tcase_add_test(tcase, test_end_at_once);
    tcase_add_test(tcase, test_shut_down);
    tcase_add_loop_test(tcase, test_inside, 0, G_N_ELEMENTS(inside));
    tcase_add_test(tcase, test_seek);
    tcase_add_test(tcase, test_quit_inside);
    tcase_add_loop_test(tcase, test_free, 0, 5);
}

int main(int argc, char **argv)
{
    (void)argc;
    replay_rig_main(argv);
    return temp_run("replay-service", add_tests);
}
