/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proof by replay and its queue. This program itself stands for QEMU when FAKE_QEMU is set: it
 * then answers like one that replays, or misbehaves. The end-to-end tests replay for real.
 */
#include "qmpbridge/record/verifier.h"

#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "qmpbridge/record/files.h"
#include "qmpbridge/record/ram.h"
#include "qmpbridge/record/scratch.h"

#include "tests/unit/temp.h"

#define RAM_SIZE (MACHINE_MIN_MEMORY << 20)
#define END 1500
#define VERSION "11.1.3 (fake)"

static guint8 *make_ram(void)
{
    guint8 *ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (ram == MAP_FAILED)
        exit(9);
    ram[5000] = 1;
    return ram;
}

/* --- the emulator -------------------------------------------------------------------------- */

typedef struct {
    const char *mode;
    int fd;
    guint icount, conts;
    guint8 *ram;
} Fake;

static void say(const Fake *fake, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void say(const Fake *fake, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    if (write(fake->fd, text, strlen(text)) < 0)
        _exit(9);
}

static void emit(const Fake *fake, const char *name)
{
    say(fake, "{\"event\": \"%s\", \"timestamp\": {\"seconds\": 1, \"microseconds\": 2}}\r\n",
        name);
}

/* After 'cont': it runs to the break, or on to the end of its log. */
static void run(Fake *fake)
{
    fake->conts++;
    if (g_str_equal(fake->mode, "dies"))
        _exit(1);
    if (g_str_equal(fake->mode, "killed"))
        raise(SIGKILL);
    if (g_str_equal(fake->mode, "aborts"))
        abort();
    if (g_str_equal(fake->mode, "terminated")) {
        say(fake, "{\"event\": \"SHUTDOWN\", \"data\": {\"guest\": false, \"reason\": "
                  "\"host-signal\"}, \"timestamp\": {\"seconds\": 1, \"microseconds\": 2}}\r\n");
        _exit(0);
    }
    if (g_str_equal(fake->mode, "stalls")) {
        fake->icount = 1200;
        return;
    }
    fake->icount = g_str_equal(fake->mode, "too short") ? 1400
                   : g_str_equal(fake->mode, "too long") ? 1600
                                                         : END;
    if (fake->conts > 1 || g_str_equal(fake->mode, "too short"))
        emit(fake, "SHUTDOWN");
    emit(fake, "STOP");
}

static void answer(Fake *fake, const char *request)
{
    const char *id = strstr(request, "\"id\":");
    gint64 number = id ? g_ascii_strtoll(id + strlen("\"id\":"), NULL, 10) : 0;
    g_autofree char *value = g_strdup("{}");

    if (strstr(request, "query-replay")) {
        if (g_str_equal(fake->mode, "hangs"))
            return;
        g_free(value);
        value = g_strdup_printf("{\"icount\": %u}", fake->icount);
    } else if (strstr(request, "info registers")) {
        g_free(value);
        value = g_strdup(g_str_equal(fake->mode, "registers") ? "\"RAX=1\"" : "\"RAX=0\"");
    } else if (strstr(request, "gpa2hva")) {
        g_free(value);
        value = g_str_equal(fake->mode, "no address")
                    ? g_strdup("\"unknown command\"")
                    : g_strdup_printf("\"Host virtual address for 0x0 (pc.ram) is %p\"",
                                      fake->ram);
    }
    say(fake, "{\"return\": %s, \"id\": %" G_GINT64_FORMAT "}\r\n", value, number);
    if (strstr(request, "\"quit\""))
        _exit(0);
    if (strstr(request, "\"cont\""))
        run(fake);
}

/* The console of a replay: what stands behind path= in its arguments. */
static void write_console(char **argv, const char *text)
{
    static const char option[] = "file,id=console,path=";

    for (char **arg = argv; *arg; arg++) {
        if (g_str_has_prefix(*arg, option) &&
            !g_file_set_contents(*arg + strlen(option), text, -1, NULL))
            _exit(9);
    }
}

/* What an emulator is asked before it is used: its version, and an empty log. */
static void answer_trial(char **argv)
{
    static const char record[] = "rr=record,rrfile=";

    for (char **arg = argv; *arg; arg++) {
        const char *log = strstr(*arg, record);

        if (g_str_equal(*arg, "--version")) {
            puts("QEMU emulator version " VERSION);
            exit(0);
        }
        if (log && g_file_set_contents(log + strlen(record), "a whole record log", -1, NULL))
            exit(0);
    }
}

/* Each replay leaves its niceness, a line in $FAKE_STARTS. */
static void note_start(void)
{
    FILE *file = fopen(g_getenv("FAKE_STARTS"), "ae");

    if (!file || fprintf(file, "%d\n", getpriority(PRIO_PROCESS, 0)) < 0 || fclose(file) != 0)
        _exit(9);
}

static G_GNUC_NORETURN void fake_qemu(const char *mode, char **argv)
{
    struct pollfd poller = {.fd = 3, .events = POLLIN};
    Fake fake = {.mode = mode, .ram = make_ram()};
    char request[4096];
    ssize_t n;

    alarm(60); /* whatever becomes of the test */
    answer_trial(argv);
    note_start();
    if (g_str_equal(mode, "can't start"))
        _exit(1);
    write_console(argv, g_str_equal(mode, "console") ? "another" : RECORDING_CONSOLE);
    fake.ram[5001] = g_str_equal(mode, "RAM");
    fake.fd = poll(&poller, 1, -1) == 1 ? accept(3, NULL, NULL) : -1;
    say(&fake, "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 3, \"minor\": 1, \"major\": 11}, "
               "\"package\": \"\"}, \"capabilities\": []}}\r\n");
    while ((n = read(fake.fd, request, sizeof(request) - 1)) > 0) {
        request[n] = '\0';
        answer(&fake, request);
    }
    _exit(0);
}

/* --- recordings ------------------------------------------------------------------------------ */

static void add_file(Recording *recording, const char *name)
{
    guint8 header[512] = {'Q', 'F', 'I', 0xfb, 0, 0, 0, 3};
    g_autofree char *path = recording_file(recording, name);
    g_autofree char *sha256 = NULL;
    struct stat info;

    if (g_str_has_suffix(name, ".qcow2"))
        ck_assert(g_file_set_contents(path, (char *)header, sizeof(header), NULL));
    else
        g_free(temp_file(recording->directory, name,
                         g_str_equal(name, RECORDING_REGISTERS) ? "RAX=0" : name));
    sha256 = recording_digest(name, path, NULL);
    ck_assert_int_eq(stat(path, &info), 0);
    recording_add_file(recording->files, name, (guint64)info.st_size, sha256);
}

static void make_recording(Store *store, const char *name)
{
    static const char *const names[] = {RECORDING_LOG, RECORDING_VMSTATE, RECORDING_JOURNAL,
                                        RECORDING_CONSOLE, RECORDING_REGISTERS};
    g_autoptr(Recording) recording = store_reserve(store, name, NULL);
    guint8 *ram = make_ram();
    RamRegion region = {getpid(), (guint64)(gsize)ram, RAM_SIZE};

    recording->machine = machine_new();
    recording->machine->memory = RAM_SIZE >> 20;
    recording->emulator_path = g_strdup("/nonexistent/qemu");
    recording->emulator_version = g_strdup(VERSION);
    recording->snapshot = g_strdup("qmpbridge-1-0");
    recording->icount_begin = 1000;
    recording->icount_end = END;
    recording->ram_sha256 = ram_digest(&region, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        add_file(recording, names[i]);
    ck_assert(store_commit(store, recording, NULL));
    munmap(ram, RAM_SIZE);
}

typedef struct {
    char *dir, *runtime;
    Store *store;
    Verifier *verifier;
    char *starts;  /**< file: see note_start() */
    GString *told; /**< "NAME VERDICT: detail" a line; '+' before those of the backlog */
    gboolean busy_at_last;
} Rig;

static void verified(const char *name, Verdict verdict, const char *detail, gboolean backlog,
                     gpointer user_data)
{
    Rig *rig = user_data;

    g_string_append_printf(rig->told, "%s%s %s: %s\n", backlog ? "+" : "", name,
                           verdict_name(verdict), detail ? detail : "-");
    rig->busy_at_last = verifier_is_busy(rig->verifier);
}

static gint digesting;

/* As of a guest with much memory: QEMU stands still for longer than a replay may. */
static char *digest_slowly(const RamRegion *region, GError **error)
{
    static GMutex lock;
    static GCond never;
    gboolean slowly = g_str_equal(g_getenv("FAKE_QEMU"), "slow digest");
    gint64 end = g_get_monotonic_time() + (slowly ? 2 * G_USEC_PER_SEC : 0);

    g_atomic_int_set(&digesting, TRUE);
    g_mutex_lock(&lock);
    while (g_cond_wait_until(&never, &lock, end))
        continue;
    g_mutex_unlock(&lock);
    g_atomic_int_set(&digesting, FALSE);
    return ram_digest(region, error);
}

static void rig_init(Rig *rig, const char *mode)
{
    ProofOptions options = {.plugin = "/recctrl.so", .stall_timeout = 1};
    g_autofree char *store = NULL;
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *qemu = NULL, *tool = NULL;
    g_autoptr(Emulators) emulators = NULL;

    *rig = (Rig){.dir = temp_new(), .told = g_string_new(NULL)};
    rig->runtime = g_build_filename(rig->dir, "run", NULL);
    store = g_build_filename(rig->dir, "store", NULL);
    ck_assert_int_eq(mkdir(rig->runtime, 0700), 0);
    rig->starts = temp_file(rig->dir, "starts", "");
    g_setenv("FAKE_STARTS", rig->starts, TRUE);
    g_setenv("XDG_RUNTIME_DIR", rig->runtime, TRUE);
    g_setenv("FAKE_QEMU", mode, TRUE);
    rig->store = store_open(store, TRUE, NULL);
    make_recording(rig->store, "web");
    qemu = g_build_filename(rig->dir, "qemu", NULL);
    tool = temp_script(rig->dir, "qemu-img", "true");
    ck_assert_int_eq(symlink(self, qemu), 0);
    options.digest = g_str_equal(mode, "slow digest") ? digest_slowly : NULL;
    options.emulators = emulators = emulators_new(qemu, NULL, NULL);
    rig->verifier = verifier_new(rig->store, &options, verified, rig);
}

static void rig_clear(Rig *rig)
{
    verifier_free(rig->verifier);
    ck_assert_uint_eq(scratch_sweep(store_path(rig->store)), 0); /* nothing was left */
    store_free(rig->store);
    g_string_free(rig->told, TRUE);
    g_free(rig->runtime);
    g_free(rig->starts);
    temp_free(rig->dir);
}

static const struct {
    const char *mode, *told;
    Verdict verdict;
} cases[] = {
    {"identical", "web identical: -\n", VERDICT_IDENTICAL},
    {"registers", "web diverged: registers at instruction 1500", VERDICT_DIVERGED},
    {"RAM", "web diverged: guest RAM at instruction 1500", VERDICT_DIVERGED},
    {"console", "web diverged: the console's bytes", VERDICT_DIVERGED},
    {"too short", "web diverged: the replay ended at instruction 1400, the recording at 1500",
     VERDICT_DIVERGED},
    {"too long", "web diverged: the replay ended at instruction 1600", VERDICT_DIVERGED},
    {"stalls", "web diverged: the replay stands still at instruction 1200 of 1500",
     VERDICT_DIVERGED},
    {"slow digest", "web identical: -\n", VERDICT_IDENTICAL},
    {"aborts", "web diverged: QEMU gave up after instruction", VERDICT_DIVERGED},
    {"killed", "web failed: QEMU was ended from outside: QEMU was killed by signal 9",
     VERDICT_FAILED},
    {"terminated", "web failed: QEMU was ended from outside: QEMU has quit", VERDICT_FAILED},
    {"dies", "web diverged: QEMU gave up after instruction", VERDICT_DIVERGED},
    {"hangs", "web diverged: QEMU hangs", VERDICT_DIVERGED},
    {"can't start", "web failed: the replay can't be started", VERDICT_FAILED},
    {"no address", "web failed: QEMU doesn't say where guest RAM is", VERDICT_FAILED},
};

START_TEST(test_verdict)
{
    g_autoptr(Recording) kept = NULL;
    Rig rig;

    rig_init(&rig, cases[_i].mode);
    verifier_add(rig.verifier, "web");
    ck_assert(verifier_is_busy(rig.verifier));
    temp_wait(rig.told->len, "the verdict");
    ck_assert_msg(g_str_has_prefix(rig.told->str, cases[_i].told), "%s", rig.told->str);
    ck_assert(!rig.busy_at_last);
    kept = store_find(rig.store, "web", NULL);
    ck_assert_int_eq(kept->verdict, cases[_i].verdict);
    ck_assert_int_gt(kept->verdict_wall, 0);
    ck_assert_int_eq(kept->state, RECORDING_COMPLETE);
    rig_clear(&rig);
}
END_TEST

/* By another QEMU of the series: identical is identical, but a difference says nothing. */
static const struct {
    const char *mode, *told;
} others[] = {
    {"identical", "web identical: -\n"},
    {"registers", "web failed: replayed by QEMU " VERSION ", not by 11.1.2: registers at"},
};

START_TEST(test_other_version)
{
    g_autoptr(Recording) recording = NULL;
    Rig rig;

    rig_init(&rig, others[_i].mode);
    recording = store_find(rig.store, "web", NULL);
    g_free(recording->emulator_version);
    recording->emulator_version = g_strdup("11.1.2");
    ck_assert(recording_save(recording, NULL));
    verifier_add(rig.verifier, "web");
    temp_wait(rig.told->len, "the verdict");
    ck_assert_msg(g_str_has_prefix(rig.told->str, others[_i].told), "%s", rig.told->str);
    rig_clear(&rig);
}
END_TEST

/* One after another, with names that aren't there in between. */
START_TEST(test_queue)
{
    Rig rig;

    rig_init(&rig, "identical");
    make_recording(rig.store, "second");
    verifier_add(rig.verifier, "none");
    verifier_add(rig.verifier, "web");
    verifier_add(rig.verifier, "../x");
    verifier_add(rig.verifier, "second");
    temp_wait(!verifier_is_busy(rig.verifier), "all verdicts");
    ck_assert(g_str_has_prefix(rig.told->str, "none failed: "));
    ck_assert_ptr_nonnull(strstr(rig.told->str, "web identical: -\n"));
    ck_assert_ptr_nonnull(strstr(rig.told->str, "../x failed: "));
    ck_assert(g_str_has_suffix(rig.told->str, "second identical: -\n"));
    ck_assert(!rig.busy_at_last);
    rig_clear(&rig);
}
END_TEST

/* What isn't whole, or is of a later version, gets no verdict, and above all isn't rewritten. */
static const char *const texts[] = {
    "{\"schema\": 2, \"new\": \"things\"}",
    "{\"schema\": 1, \"machine\": 5}",
    "nonsense",
};

START_TEST(test_untouched)
{
    g_autofree char *directory = NULL;
    g_autofree char *text = NULL;
    Rig rig;

    rig_init(&rig, "identical");
    directory = g_build_filename(store_path(rig.store), "web", NULL);
    g_free(temp_file(directory, RECORDING_JSON, texts[_i]));
    verifier_add(rig.verifier, "web");
    temp_wait(rig.told->len, "the verdict");
    ck_assert_msg(g_str_has_prefix(rig.told->str, "web failed: "), "%s", rig.told->str);
    text = temp_read(directory, RECORDING_JSON);
    ck_assert_str_eq(text, texts[_i]);
    rig_clear(&rig);
}
END_TEST

/* Freed while it replays: QEMU and the copies go, nobody is told. */
START_TEST(test_free)
{
    Rig rig;
    gint64 enough = g_get_monotonic_time() + _i * 50000;

    rig_init(&rig, "stalls");
    verifier_add(rig.verifier, "web");
    verifier_add(rig.verifier, "web");
    while (g_get_monotonic_time() < enough)
        g_main_context_iteration(NULL, FALSE);
    g_clear_pointer(&rig.verifier, verifier_free);
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    ck_assert_uint_eq(rig.told->len, 0);
    rig_clear(&rig);
}
END_TEST

/* --- the backlog ----------------------------------------------------------------------------- */

static void set_verdict(const Rig *rig, const char *name, Verdict verdict)
{
    g_autoptr(Recording) recording = store_find(rig->store, name, NULL);

    recording->verdict = verdict;
    ck_assert(recording_save(recording, NULL));
}

static Verdict get_verdict(const Rig *rig, const char *name)
{
    g_autoptr(Recording) recording = store_find(rig->store, name, NULL);

    return recording->verdict;
}

static gboolean has_started(const Rig *rig)
{
    g_autofree char *text = temp_read(rig->dir, "starts");

    return *text != '\0';
}

/* Those without a verdict and with a failed one, in the background; nothing else. */
START_TEST(test_backlog)
{
    g_autoptr(Recording) live = NULL;
    g_autofree char *niceness = NULL;
    Rig rig;

    rig_init(&rig, "identical");
    make_recording(rig.store, "bad");
    make_recording(rig.store, "done");
    make_recording(rig.store, "failed");
    set_verdict(&rig, "bad", VERDICT_DIVERGED);
    set_verdict(&rig, "done", VERDICT_IDENTICAL);
    set_verdict(&rig, "failed", VERDICT_FAILED);
    live = store_reserve(rig.store, "live", NULL);
    verifier_set_idle(rig.verifier, TRUE);
    ck_assert(!verifier_is_busy(rig.verifier));
    temp_wait(strstr(rig.told->str, "web"), "the verdicts");
    ck_assert_str_eq(rig.told->str, "+failed identical: -\n+web identical: -\n");
    ck_assert(!rig.busy_at_last);
    ck_assert_int_eq(get_verdict(&rig, "web"), VERDICT_IDENTICAL);
    niceness = temp_read(rig.dir, "starts");
    ck_assert_str_eq(niceness, "19\n19\n");
    ck_assert(store_discard(rig.store, live, NULL));
    rig_clear(&rig);
}
END_TEST

/* A replay that stands still in the background may have got no CPU: it hasn't diverged. */
START_TEST(test_backlog_stalls)
{
    Rig rig;

    rig_init(&rig, _i ? "hangs" : "stalls");
    verifier_set_idle(rig.verifier, TRUE);
    temp_wait(rig.told->len, "the verdict");
    ck_assert(g_str_has_prefix(rig.told->str, _i ? "+web failed: QEMU hangs"
                                                 : "+web failed: the replay stands still"));
    rig_clear(&rig);
}
END_TEST

/* One that can't be replayed is tried once, also where it was asked for. Had it been tried again,
 * its turn would have come before the later one's. */
START_TEST(test_backlog_once)
{
    Rig rig;

    rig_init(&rig, "can't start");
    if (_i)
        verifier_add(rig.verifier, "web");
    else
        verifier_set_idle(rig.verifier, TRUE);
    temp_wait(rig.told->len, "the verdict");
    ck_assert(g_str_has_prefix(rig.told->str, _i ? "web failed" : "+web failed"));
    verifier_set_idle(rig.verifier, FALSE);
    g_string_truncate(rig.told, 0);
    make_recording(rig.store, "x-later");
    verifier_set_idle(rig.verifier, TRUE);
    temp_wait(rig.told->len, "the later one's verdict");
    ck_assert(g_str_has_prefix(rig.told->str, "+x-later failed"));
    rig_clear(&rig);
}
END_TEST

/* How far a proof is when it is dropped. */
static gboolean is_searching(const Rig *rig)
{
    (void)rig;
    return TRUE;
}

static gboolean has_scratch(const Rig *rig)
{
    return temp_count(store_path(rig->store)) > 2; /* beside the two recordings */
}

static gboolean is_digesting(const Rig *rig)
{
    (void)rig;
    return g_atomic_int_get(&digesting);
}

static const struct {
    const char *mode;
    gboolean (*reached)(const Rig *rig);
} points[] = {
    {"stalls", is_searching},
    {"stalls", has_scratch},
    {"stalls", has_started},
    {"slow digest", is_digesting},
};

/* When a recording begins, a proof is dropped without a wait or a trace, and made later. */
START_TEST(test_backlog_dropped)
{
    Rig rig;

    rig_init(&rig, points[_i].mode);
    make_recording(rig.store, "second");
    verifier_set_idle(rig.verifier, TRUE);
    temp_wait(points[_i].reached(&rig), "the proof");
    verifier_set_idle(rig.verifier, FALSE);
    ck_assert(points[_i].reached != is_digesting || is_digesting(&rig));
    temp_wait(!has_scratch(&rig), "the proof's end");
    ck_assert_uint_eq(rig.told->len, 0);
    ck_assert_int_eq(get_verdict(&rig, "second"), VERDICT_NONE);
    g_setenv("FAKE_QEMU", "identical", TRUE);
    verifier_set_idle(rig.verifier, TRUE);
    temp_wait(strstr(rig.told->str, "web"), "the verdicts");
    ck_assert_str_eq(rig.told->str, "+second identical: -\n+web identical: -\n");
    rig_clear(&rig);
}
END_TEST

/* One that is asked for comes first, and what was dropped for it comes after it. */
START_TEST(test_backlog_gives_way)
{
    Rig rig;

    rig_init(&rig, points[_i].mode);
    make_recording(rig.store, "second");
    verifier_set_idle(rig.verifier, TRUE);
    temp_wait(points[_i].reached(&rig), "the proof");
    g_setenv("FAKE_QEMU", "identical", TRUE);
    verifier_add(rig.verifier, "web");
    ck_assert(verifier_is_busy(rig.verifier));
    temp_wait(strstr(rig.told->str, "second"), "the verdicts");
    ck_assert_str_eq(rig.told->str, "web identical: -\n+second identical: -\n");
    rig_clear(&rig);
}
END_TEST

/* What another bridge proves, or has in its queue, is left to it, unless it is asked for. */
START_TEST(test_claimed)
{
    g_autofree char *directory = NULL;
    Rig rig;
    int claim;

    rig_init(&rig, "identical");
    make_recording(rig.store, "x-later");
    directory = g_build_filename(store_path(rig.store), "web", NULL);
    claim = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ck_assert_int_eq(flock(claim, LOCK_EX | LOCK_NB), 0);
    verifier_set_idle(rig.verifier, TRUE);
    temp_wait(rig.told->len, "the other one's verdict");
    ck_assert_str_eq(rig.told->str, "+x-later identical: -\n");
    g_string_truncate(rig.told, 0);
    verifier_add(rig.verifier, "web");
    temp_wait(rig.told->len, "the verdict");
    ck_assert_str_eq(rig.told->str, "web identical: -\n");
    close(claim);
    rig_clear(&rig);
}
END_TEST

/* And the other side of it. */
START_TEST(test_claims)
{
    g_autoptr(Recording) recording = NULL;
    Rig rig;
    int claim = -1;

    rig_init(&rig, "stalls");
    recording = store_find(rig.store, "web", NULL);
    verifier_add(rig.verifier, "web");
    ck_assert(!store_claim_proof(recording, &claim));
    ck_assert_int_eq(claim, -1);
    g_clear_pointer(&rig.verifier, verifier_free);
    ck_assert(store_claim_proof(recording, &claim));
    ck_assert_int_ge(claim, 0);
    close(claim);
    rig_clear(&rig);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, test_verdict, 0, G_N_ELEMENTS(cases));
    tcase_add_loop_test(tcase, test_other_version, 0, G_N_ELEMENTS(others));
    tcase_add_test(tcase, test_queue);
    tcase_add_loop_test(tcase, test_untouched, 0, G_N_ELEMENTS(texts));
    tcase_add_loop_test(tcase, test_free, 0, 5);
    tcase_add_test(tcase, test_backlog);
    tcase_add_loop_test(tcase, test_backlog_stalls, 0, 2);
    tcase_add_loop_test(tcase, test_backlog_once, 0, 2);
    tcase_add_loop_test(tcase, test_backlog_dropped, 0, G_N_ELEMENTS(points));
    tcase_add_loop_test(tcase, test_backlog_gives_way, 0, G_N_ELEMENTS(points));
    tcase_add_test(tcase, test_claimed);
    tcase_add_test(tcase, test_claims);
}

int main(int argc, char **argv)
{
    const char *mode = g_getenv("FAKE_QEMU");

    (void)argc;
    if (mode)
        fake_qemu(mode, argv);
    return temp_run("verifier", add_tests);
}
