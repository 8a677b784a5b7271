/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Control against a scripted peer: what the plugin says on the control socket, in which order,
 * and which answers the guest gets meanwhile. No socket and no clock; the journal's file is real.
 */
#include <check.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "plugin/control.h"
#include "plugin/journal-file.h"
#include "plugin/watch.h"
#include "qmpbridge/core/json.h"
#include "tests/unit/fake-host.h"

#define GREETING                                                                \
    "{'QMP':{'version':{'qemu':{'major':11,'minor':1,'micro':3},'package':''}," \
    "'capabilities':['oob']}}\r\n"

#define CUT                                                     \
    "{'event':'RECORD_CUT','data':{'journal':'%s','serial':7}," \
    "'timestamp':{'seconds':0,'microseconds':0}}\r\n"
#define FLUSH                                      \
    "{'event':'RECORD_FLUSH','data':{'serial':8}," \
    "'timestamp':{'seconds':0,'microseconds':0}}\r\n"

typedef struct {
    Host host;
    SharedPolicy *shared;
    JournalWriter *writer;
    Control *control;
    gint64 now;
    gint64 last_id; /* of the command said last */
} Rig;

static void describe(gpointer opaque, JournalHeader *header)
{
    (void)opaque;
    g_strlcpy(header->target, "x86_64", sizeof(header->target));
    header->two_way = TRUE;
}

static void rig_up(Rig *rig, const PolicyOptions *options)
{
    rig->host = fake_host(7);
    rig->shared = shared_policy_new(options, NULL);
    rig->writer = journal_writer_new(rig->shared, describe, NULL);
    rig->control = control_new(rig->shared, rig->writer, &rig->host);
    rig->now = g_get_monotonic_time();
    control_connected(rig->control, rig->now);
}

static void rig_down(Rig *rig)
{
    control_free(rig->control);
    journal_writer_free(rig->writer);
    shared_policy_free(rig->shared);
}

static void hear(Rig *rig, const char *text)
{
    control_feed(rig->control, text, strlen(text), rig->now);
}

/* The next command must be @name, its arguments the JSON text @args. */
static void expect_said(Rig *rig, const char *name, const char *args)
{
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(GString) got = g_string_new(NULL), wanted = g_string_new(NULL);
    g_autoptr(JsonObject) object = NULL, expected = json_parse_object(args, -1, NULL);
    const char *verb = NULL;
    JsonObject *arguments = NULL;

    control_run(rig->control, rig->now);
    bytes = control_next_output(rig->control);
    ck_assert_msg(bytes != NULL, "nothing was said, not %s", name);
    object =
        json_parse_object(g_bytes_get_data(bytes, NULL), (gssize)g_bytes_get_size(bytes), NULL);
    ck_assert_ptr_nonnull(object);
    json_opt_string(object, "execute", &verb, NULL);
    json_opt_string(object, "exec-oob", &verb, NULL);
    ck_assert_str_eq(verb, name);
    json_get_int(object, "id", &rig->last_id, NULL);
    if (json_opt_object(object, "arguments", &arguments, NULL) && arguments)
        json_append_object(got, arguments);
    json_append_object(wanted, expected);
    ck_assert_msg(g_string_equal(got, wanted), "%s was said with %s, not %s", name, got->str,
                  wanted->str);
}

static void expect_silence(Rig *rig)
{
    control_run(rig->control, rig->now);
    ck_assert_ptr_null(control_next_output(rig->control));
}

static void answer(Rig *rig, const char *format)
{
    g_autofree char *text =
        g_strdup_printf("{%s,'id':%" G_GINT64_FORMAT "}\r\n", format, rig->last_id);

    hear(rig, text);
}

static void expect_agent(Rig *rig)
{
    g_autofree char *agent = g_strdup_printf(
        "{'protocol':1,'abi':1,'api':7,'target':'x86_64','two-way':true,'watch':%s}",
        watch_possible() ? "true" : "false");

    expect_said(rig, "record-agent", agent);
}

static void shake_hands(Rig *rig, const char *mode)
{
    g_autofree char *value = g_strdup_printf("'return':{'mode':'%s'}", mode);

    hear(rig, GREETING);
    expect_said(rig, "qmp_capabilities", "{'enable':['oob']}");
    answer(rig, "'return':{}");
    expect_agent(rig);
    answer(rig, value);
    expect_said(rig, "query-record", "{}");
    answer(rig, "'return':{'state':'off','mode':'record'}");
    expect_silence(rig);
}

static gint32 ask(Rig *rig, gint32 action, const char *text)
{
    Hypercall request = {.action = action};

    g_strlcpy(request.text, text, sizeof(request.text));
    return shared_policy_answer(rig->shared, &request, TRUE);
}

START_TEST(test_record)
{
    PolicyOptions options = {.sessions = FALSE};
    g_autofree char *folder = g_dir_make_tmp("control-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "journal", NULL);
    g_autofree char *cut = g_strdup_printf(CUT, path);
    g_autoptr(Journal) journal = NULL;
    gint64 begin;
    Rig rig;

    rig_up(&rig, &options);
    ck_assert_int_eq(ask(&rig, HYPERCALL_TOGGLE, "early"), HYPERCALL_ERROR);
    shake_hands(&rig, "record");
    ck_assert_int_eq(ask(&rig, HYPERCALL_TOGGLE, "work"), HYPERCALL_STARTED);
    ck_assert_int_eq(ask(&rig, HYPERCALL_STATUS, ""), HYPERCALL_PENDING);
    expect_said(&rig, "begin_record", "{'file_name':'work_000'}");
    begin = rig.last_id;
    hear(&rig, cut);
    expect_said(&rig, "record-journal", "{'serial':7,'state':'cut','answers':0}");
    answer(&rig, "'return':{}");
    ck_assert_int_eq(ask(&rig, HYPERCALL_STATUS, ""), HYPERCALL_PENDING);
    rig.last_id = begin;
    answer(&rig, "'return':{'name':'work_000'}");
    ck_assert_int_eq(ask(&rig, HYPERCALL_STATUS, ""), HYPERCALL_STARTED);
    ck_assert_int_eq(ask(&rig, HYPERCALL_STATUS, ""), HYPERCALL_STARTED);
    ck_assert_int_eq(ask(&rig, HYPERCALL_MARK, "here"), HYPERCALL_PENDING);
    expect_said(&rig, "record-mark", "{'text':'here'}");
    answer(&rig, "'return':{}");
    ck_assert_int_eq(ask(&rig, HYPERCALL_TOGGLE, "work"), HYPERCALL_STOPPED);
    expect_said(&rig, "end_record", "{'reason':'requested'}");
    hear(&rig, FLUSH);
    begin = rig.last_id;
    expect_said(&rig, "record-journal", "{'serial':8,'state':'closed','answers':5}");
    rig.last_id = begin;
    answer(&rig, "'return':{'name':'work_000','reason':'requested','insns':1,'bytes':1}");
    ck_assert_int_eq(ask(&rig, HYPERCALL_STATUS, ""), HYPERCALL_STOPPED);

    journal = journal_file_load(path, NULL);
    ck_assert(journal && journal->complete);
    ck_assert_uint_eq(journal->answers, 5);
    ck_assert_int_eq(journal->runs[0].answer, HYPERCALL_PENDING);
    ck_assert_uint_eq(journal->runs[1].count, 2);
    rig_down(&rig);
    g_unlink(path);
    g_rmdir(folder);
}
END_TEST

static char *cut_event(const char *path, int serial)
{
    return g_strdup_printf("{'event':'RECORD_CUT','data':{'journal':'%s','serial':%d},"
                           "'timestamp':{'seconds':0,'microseconds':0}}\r\n",
                           path, serial);
}

/* A second cut ends the open segment, which is a journal of its own, and begins the next one where
 * it ended. Joined they are what one journal without a cut would be. */
START_TEST(test_segments)
{
    PolicyOptions options = {.sessions = FALSE};
    g_autofree char *folder = g_dir_make_tmp("control-XXXXXX", NULL);
    g_autofree char *one = g_build_filename(folder, "one", NULL);
    g_autofree char *two = g_build_filename(folder, "two", NULL);
    g_autofree char *first = cut_event(one, 3), *again = cut_event(one, 4);
    g_autofree char *second = cut_event(two, 7);
    g_autoptr(Journal) a = NULL, b = NULL, joined = NULL;
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    const Journal *segments[2];
    Rig rig;

    rig_up(&rig, &options);
    shake_hands(&rig, "record");
    hear(&rig, first);
    expect_said(&rig, "record-journal", "{'serial':3,'state':'cut','answers':0}");
    ask(&rig, HYPERCALL_STATUS, "");
    hear(&rig, again); /* the same file: what it had doesn't count */
    expect_said(&rig, "record-journal", "{'serial':4,'state':'cut','answers':0}");
    for (guint i = 0; i < 3; i++)
        ask(&rig, HYPERCALL_STATUS, "");
    hear(&rig, second);
    expect_said(&rig, "record-journal", "{'serial':7,'state':'cut','answers':0,'position':3}");
    for (guint i = 0; i < 2; i++)
        ask(&rig, HYPERCALL_STATUS, "");
    ask(&rig, HYPERCALL_PROBE, "");
    hear(&rig, FLUSH);
    expect_said(&rig, "record-journal", "{'serial':8,'state':'closed','answers':3,'position':3}");
    expect_silence(&rig);

    segments[0] = a = journal_file_load(one, NULL);
    segments[1] = b = journal_file_load(two, NULL);
    ck_assert(a && a->complete && b && b->complete);
    ck_assert_uint_eq(a->answers, 3);
    ck_assert_uint_eq(b->answers, 3);
    ck_assert(journal_join(bytes, segments, 2, 6, NULL));
    joined = journal_parse(bytes->data, bytes->len, NULL);
    ck_assert_uint_eq(joined->n_runs, 2);
    ck_assert_uint_eq(joined->runs[0].count, 5);
    ck_assert_int_eq(joined->runs[1].action, HYPERCALL_PROBE);
    rig_down(&rig);
    g_unlink(one);
    g_unlink(two);
    g_rmdir(folder);
}
END_TEST

/* The next segment begins although the one that ends can't be written, and both are answered. */
START_TEST(test_torn_segment)
{
    PolicyOptions options = {.sessions = FALSE};
    g_autofree char *folder = g_dir_make_tmp("control-XXXXXX", NULL);
    g_autofree char *one = g_build_filename(folder, "one", NULL);
    g_autofree char *two = g_build_filename(folder, "two", NULL);
    g_autofree char *first = cut_event(one, 3), *second = cut_event(two, 7);
    g_autofree char *torn =
        g_strdup_printf("{'serial':3,'state':'failed','answers':0,'reason':\"can't write the "
                        "journal %s: File too large\"}",
                        one);
    struct rlimit limit;
    Rig rig;

    rig_up(&rig, &options);
    shake_hands(&rig, "record");
    hear(&rig, first);
    expect_said(&rig, "record-journal", "{'serial':3,'state':'cut','answers':0}");
    ask(&rig, HYPERCALL_STATUS, "");
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = 48; /* a header, and nothing behind it */
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    hear(&rig, second);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_FSIZE, &limit);
    expect_said(&rig, "record-journal", torn);
    expect_said(&rig, "record-journal", "{'serial':7,'state':'cut','answers':0,'position':1}");
    expect_silence(&rig);
    rig_down(&rig);
    g_unlink(one);
    g_unlink(two);
    g_rmdir(folder);
}
END_TEST

START_TEST(test_begin_refused)
{
    PolicyOptions options = {.sessions = FALSE};
    Rig rig;

    rig_up(&rig, &options);
    shake_hands(&rig, "record");
    ck_assert_int_eq(ask(&rig, HYPERCALL_START, "work"), HYPERCALL_PENDING);
    expect_said(&rig, "begin_record", "{'file_name':'work_000'}");
    answer(&rig, "'error':{'class':'GenericError','desc':'the store is full'}");
    ck_assert_int_eq(ask(&rig, HYPERCALL_STATUS, ""), HYPERCALL_ERROR);
    rig_down(&rig);
}
END_TEST

START_TEST(test_bad_journal_path)
{
    PolicyOptions options = {.sessions = FALSE};
    Rig rig;

    rig_up(&rig, &options);
    shake_hands(&rig, "record");
    hear(&rig, "{'event':'RECORD_CUT','data':{'journal':'relative','serial':3},"
               "'timestamp':{'seconds':0,'microseconds':0}}\r\n");
    expect_said(&rig, "record-journal",
                "{'serial':3,'state':'failed','answers':0,"
                "'reason':'the path of a journal must be absolute'}");
    rig_down(&rig);
}
END_TEST

/* Whether this process holds a descriptor by which its memory is watched. */
static gboolean is_watching(void)
{
    g_autoptr(GDir) dir = g_dir_open("/proc/self/fd", 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename("/proc/self/fd", name, NULL);
        g_autofree char *to = g_file_read_link(path, NULL);

        if (g_strcmp0(to, "anon_inode:[userfaultfd]") == 0)
            return TRUE;
    }
    return FALSE;
}

/* Guest RAM is watched from the cut, or from before it, to the end of the recording, or to that of
 * the connection. */
START_TEST(test_watch)
{
    static const char *const ends[] = {
        "{'event':'RECORD_END','data':{'name':'x'},'timestamp':{'seconds':0,'microseconds':0}}\r\n",
        "{'event':'RECORD_ERROR','data':{'name':'x'},"
        "'timestamp':{'seconds':0,'microseconds':0}}\r\n",
        NULL,
    };
    PolicyOptions options = {.sessions = FALSE};
    gboolean ahead = _i >= 3;
    gsize size = 1u << 20;
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    g_autofree char *cut =
        g_strdup_printf("{'event':'%s','data':{'journal':'relative','serial':3,"
                        "'ram-address':%" G_GSIZE_FORMAT ",'ram-size':%" G_GSIZE_FORMAT "},"
                        "'timestamp':{'seconds':0,'microseconds':0}}\r\n",
                        ahead ? "RECORD_WATCH" : "RECORD_CUT", (gsize)memory, size);
    int possible = watch_start((gsize)memory, size);
    Rig rig;

    if (possible >= 0)
        close(possible);
    else
        g_printerr("userfaultfd notes no writes here: Linux 6.7 or later is missing\n");
    rig_up(&rig, &options);
    shake_hands(&rig, "record");
    hear(&rig, cut);
    ck_assert_int_eq(is_watching(), possible >= 0);
    if (ahead) {
        expect_said(&rig, "record-journal", "{'serial':3,'state':'watched','answers':0}");
        answer(&rig, "'return':{}");
        hear(&rig, "{'event':'RECORD_CUT','data':{'journal':'relative','serial':4},"
                   "'timestamp':{'seconds':0,'microseconds':0}}\r\n");
        ck_assert_int_eq(is_watching(), possible >= 0);
    }
    if (ends[_i % 3])
        hear(&rig, ends[_i % 3]);
    else
        control_disconnected(rig.control);
    ck_assert(!is_watching());
    rig_down(&rig);
}
END_TEST

START_TEST(test_timeout)
{
    PolicyOptions options = {.timeout = 5};
    Rig rig;

    rig_up(&rig, &options);
    shake_hands(&rig, "record");
    ask(&rig, HYPERCALL_TOGGLE, "long");
    expect_said(&rig, "begin_record", "{'file_name':'long_000'}");
    answer(&rig, "'return':{'name':'long_000'}");
    expect_silence(&rig);
    ck_assert_int_eq(control_deadline(rig.control), rig.now + 5 * G_USEC_PER_SEC);
    rig.now += 5 * G_USEC_PER_SEC;
    expect_said(&rig, "end_record", "{'reason':'timeout'}");
    expect_silence(&rig);
    rig_down(&rig);
}
END_TEST

/* What people do at the shell shows in the guest's status. */
START_TEST(test_others)
{
    PolicyOptions options = {.sessions = FALSE};
    Rig rig;

    rig_up(&rig, &options);
    shake_hands(&rig, "record");
    hear(&rig, "{'event':'RECORD_BEGIN','data':{'name':'theirs'},"
               "'timestamp':{'seconds':0,'microseconds':0}}\r\n");
    ck_assert_int_eq(ask(&rig, HYPERCALL_STATUS, ""), HYPERCALL_STARTED);
    hear(&rig, "{'event':'RECORD_END','data':{'name':'theirs','reason':'requested'},"
               "'timestamp':{'seconds':0,'microseconds':0}}\r\n");
    ck_assert_int_eq(ask(&rig, HYPERCALL_STATUS, ""), HYPERCALL_STOPPED);
    expect_silence(&rig);
    rig_down(&rig);
}
END_TEST

static void ask_room(Rig *rig, const char *data)
{
    g_autofree char *event = g_strdup_printf("{'event':'CONSOLE_ROOM','data':%s,"
                                             "'timestamp':{'seconds':0,'microseconds':0}}\r\n",
                                             data);

    hear(rig, event);
}

/* What is on its way to the guest gets there while the plugin asks again, some times. */
START_TEST(test_room)
{
    PolicyOptions options = {.sessions = FALSE};
    Rig rig;

    rig_up(&rig, &options);
    shake_hands(&rig, "record");
    ck_assert_int_ge(control_wake_fd(rig.control), 0);
    fake_host_rooms[0] = 8;
    ask_room(&rig, "{'serial':4,'console':'console'}");
    expect_said(&rig, "console-room", "{'serial':4,'room':8}");
    answer(&rig, "'return':{}");
    fake_host_rooms[0] = fake_host_rooms[1] = -1;
    fake_host_rooms[2] = 0;
    ask_room(&rig, "{'serial':5,'console':'console'}");
    expect_silence(&rig);
    expect_silence(&rig);
    expect_said(&rig, "console-room", "{'serial':5,'room':0}");
    answer(&rig, "'return':{}");
    for (guint i = 0; i < FAKE_ROOMS; i++)
        fake_host_rooms[i] = -1;
    ask_room(&rig, "{'serial':6,'console':'console'}");
    for (guint i = 0; i < 3; i++)
        expect_silence(&rig);
    expect_said(&rig, "console-room", "{'serial':6,'room':-1}");
    answer(&rig, "'return':{}");
    expect_silence(&rig);
    ask_room(&rig, "{'serial':7,'console':'another'}");
    expect_said(&rig, "console-room", "{'serial':7}");
    answer(&rig, "'return':{}");
    rig.host.find_room = NULL;
    ask_room(&rig, "{'serial':8,'console':'console'}");
    expect_said(&rig, "console-room", "{'serial':8}");
    answer(&rig, "'return':{}");
    ask_room(&rig, "7"); /* no event of QMP */
    expect_silence(&rig);
    rig_down(&rig);
}
END_TEST

START_TEST(test_no_recorder)
{
    PolicyOptions options = {.sessions = FALSE};
    Rig rig;

    rig_up(&rig, &options);
    hear(&rig, GREETING);
    expect_said(&rig, "qmp_capabilities", "{'enable':['oob']}");
    answer(&rig, "'return':{}");
    expect_agent(&rig);
    answer(&rig, "'error':{'class':'CommandNotFound','desc':'The command record-agent has not "
                 "been found'}");
    expect_silence(&rig);
    ck_assert_int_eq(ask(&rig, HYPERCALL_START, "x"), HYPERCALL_ERROR);
    rig_down(&rig);
}
END_TEST

START_TEST(test_lost)
{
    PolicyOptions options = {.sessions = FALSE};
    Rig rig;

    rig_up(&rig, &options);
    shake_hands(&rig, "record");
    ask(&rig, HYPERCALL_START, "work");
    expect_said(&rig, "begin_record", "{'file_name':'work_000'}");
    control_disconnected(rig.control);
    ck_assert_int_eq(ask(&rig, HYPERCALL_STATUS, ""), HYPERCALL_ERROR);
    ck_assert_int_eq(ask(&rig, HYPERCALL_START, "work"), HYPERCALL_ERROR);
    control_connected(rig.control, rig.now);
    shake_hands(&rig, "dry");
    ck_assert_int_eq(ask(&rig, HYPERCALL_PROBE, "") & 0xff, HYPERCALL_FEATURE_DRY);
    ck_assert_int_eq(ask(&rig, HYPERCALL_START, "work"), HYPERCALL_PENDING);
    rig_down(&rig);
}
END_TEST

/* A journal that was given up when the connection was lost is not said to be closed. */
START_TEST(test_lost_journal)
{
    PolicyOptions options = {.sessions = FALSE};
    g_autofree char *folder = g_dir_make_tmp("control-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "journal", NULL);
    g_autofree char *cut = g_strdup_printf(CUT, path);
    Rig rig;

    rig_up(&rig, &options);
    shake_hands(&rig, "record");
    hear(&rig, cut);
    expect_said(&rig, "record-journal", "{'serial':7,'state':'cut','answers':0}");
    control_disconnected(rig.control);
    control_connected(rig.control, rig.now);
    shake_hands(&rig, "record");
    hear(&rig, FLUSH);
    expect_said(&rig, "record-journal",
                "{'serial':8,'state':'failed','answers':0,'reason':'no journal is open: it was "
                "given up when the connection was lost'}");
    rig_down(&rig);
    g_unlink(path);
    g_rmdir(folder);
}
END_TEST

START_TEST(test_junk)
{
    static const char *const texts[] = {
        "nonsense\r\n",
        "{\r\n",
        "[1]\r\n",
        "{'event':7}\r\n",
        "{'return':[]}\r\n",
        "{'event':'RECORD_CUT','timestamp':{'seconds':0,'microseconds':0}}\r\n",
        "{'event':'RECORD_CUT','data':7,'timestamp':{'seconds':0,'microseconds':0}}\r\n",
        "{'event':'RECORD_CUT','data':{'journal':[]},'timestamp':{'seconds':0,"
        "'microseconds':0}}\r\n",
        "\xff\xfe\r\n"};
    PolicyOptions options = {.sessions = FALSE};
    Rig rig;

    rig_up(&rig, &options);
    shake_hands(&rig, "record");
    hear(&rig, texts[_i]);
    control_run(rig.control, rig.now);
    ck_assert_int_eq(ask(&rig, HYPERCALL_STATUS, ""), HYPERCALL_STOPPED);
    rig_down(&rig);
}
END_TEST

/* A guest that asks faster than the link can listen is refused, not forgotten. */
START_TEST(test_queue_full)
{
    PolicyOptions options = {.sessions = FALSE};
    guint accepted = 0;
    Rig rig;

    rig_up(&rig, &options);
    shake_hands(&rig, "record");
    hear(&rig, "{'event':'RECORD_BEGIN','data':{'name':'x'},"
               "'timestamp':{'seconds':0,'microseconds':0}}\r\n");
    while (accepted < 1000 && ask(&rig, HYPERCALL_MARK, "m") == HYPERCALL_PENDING)
        accepted++;
    ck_assert_uint_lt(accepted, 1000);
    ck_assert_int_eq(ask(&rig, HYPERCALL_TOGGLE, "x"), HYPERCALL_ERROR);
    ck_assert_int_eq(ask(&rig, HYPERCALL_STATUS, ""), HYPERCALL_STARTED);
    for (guint i = 0; i < accepted; i++) {
        expect_said(&rig, "record-mark", "{'text':'m'}");
        answer(&rig, "'return':{}");
    }
    expect_silence(&rig);
    ck_assert_int_eq(ask(&rig, HYPERCALL_TOGGLE, "x"), HYPERCALL_STOPPED);
    rig_down(&rig);
}
END_TEST

/* Refusals are printed, but not more often than people can read. */
START_TEST(test_complaints)
{
    static const char why[] = "because";
    g_autofree char *first = NULL, *then = NULL;
    PolicyOptions options = {.sessions = FALSE};
    Rig rig;

    rig_up(&rig, &options);
    shake_hands(&rig, "record");
    shared_policy_complain(rig.shared, why);
    first = shared_policy_take_complaint(rig.shared, rig.now);
    ck_assert_str_eq(first, why);
    ck_assert_ptr_null(shared_policy_take_complaint(rig.shared, rig.now));
    ck_assert_int_eq(shared_policy_deadline(rig.shared), 0);
    for (guint i = 0; i < 3; i++)
        shared_policy_complain(rig.shared, why);
    ck_assert_ptr_null(shared_policy_take_complaint(rig.shared, rig.now + 9 * G_USEC_PER_SEC));
    ck_assert_int_eq(shared_policy_deadline(rig.shared), rig.now + 10 * G_USEC_PER_SEC);
    then = shared_policy_take_complaint(rig.shared, shared_policy_deadline(rig.shared));
    ck_assert_str_eq(then, "because (and 2 more)");
    rig_down(&rig);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("control");
    TCase *tcase = tcase_create("control");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tcase, test_record);
    tcase_add_test(tcase, test_segments);
    tcase_add_test(tcase, test_torn_segment);
    tcase_add_test(tcase, test_begin_refused);
    tcase_add_test(tcase, test_bad_journal_path);
    tcase_add_loop_test(tcase, test_watch, 0, 6);
    tcase_add_test(tcase, test_timeout);
    tcase_add_test(tcase, test_others);
    tcase_add_test(tcase, test_room);
    tcase_add_test(tcase, test_no_recorder);
    tcase_add_test(tcase, test_lost);
    tcase_add_test(tcase, test_lost_journal);
    tcase_add_loop_test(tcase, test_junk, 0, 9);
    tcase_add_test(tcase, test_queue_full);
    tcase_add_test(tcase, test_complaints);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
