/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The seam of engines: a third one, the abacus, stands in this test's own table and in no other
 * file. It makes recordings through the service and the guard, and they are replayed and proved,
 * with files, words and events that are none of QEMU's. Its emulator is this program itself.
 */
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "qmpbridge/core/record-protocol.h"
#include "qmpbridge/engine/engines.h"
#include "qmpbridge/io/clock.h"
#include "qmpbridge/replay/replay-service.h"
#include "qmpbridge/replay/verifier.h"
#include "qmpbridge/store/files.h"
#include "qmpbridge/store/ram.h"
#include "qmpbridge/store/scratch.h"

#include "tests/unit/service-rig.h"

/** The recording's first and last bead. */
#define BEGIN 100u
#define END 160u
/** What its log holds. */
#define BEADS "beads"

/* --- the emulator ---------------------------------------------------------------------------- */

typedef struct {
    const char *mode;
    int fd;
    guint64 at, until;
    guint8 *ram;
} Abacus;

static void say(const Abacus *abacus, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void say(const Abacus *abacus, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    if (write(abacus->fd, text, strlen(text)) < 0)
        _exit(9);
}

static void emit(const Abacus *abacus, const char *name)
{
    say(abacus, "{\"event\": \"%s\", \"timestamp\": {\"seconds\": 1, \"microseconds\": 2}}\n",
        name);
}

/* A replay that is stuck moves once its beads were prepared another way: then they are greased. */
static gboolean is_stuck(const Abacus *abacus)
{
    return g_str_equal(abacus->mode, "stuck") && !g_file_test("greased", G_FILE_TEST_EXISTS);
}

static void count(Abacus *abacus)
{
    emit(abacus, "BEADS_MOVE");
    if (is_stuck(abacus))
        return;
    abacus->at = abacus->until ? abacus->until : END;
    if (!abacus->until)
        emit(abacus, "BEADS_OUT");
    emit(abacus, "BEADS_REST");
}

static guint64 number_in(const char *request, const char *member)
{
    g_autofree char *key = g_strdup_printf("\"%s\":", member);
    const char *found = strstr(request, key);

    return found ? g_ascii_strtoull(found + strlen(key), NULL, 10) : 0;
}

/* (transfer full) */
static char *value_for(const Abacus *abacus, const char *request)
{
    if (strstr(request, "which-bead"))
        return g_strdup_printf("{\"bead\": %" G_GUINT64_FORMAT "}", abacus->at);
    if (strstr(request, "which-rows"))
        return g_strdup_printf("{\"rows\": \"%s\"}",
                               g_str_equal(abacus->mode, "registers") ? "8" : "7");
    if (strstr(request, "where-is-ram"))
        return g_strdup_printf("{\"ram\": %" G_GUINT64_FORMAT "}", (guint64)(gsize)abacus->ram);
    return g_strdup("{}");
}

static void answer(Abacus *abacus, const char *request)
{
    g_autofree char *value = value_for(abacus, request);

    if (strstr(request, "count-to"))
        abacus->until = number_in(request, "bead");
    else if (strstr(request, "count-on"))
        abacus->until = 0;
    say(abacus, "{\"return\": %s, \"id\": %" G_GUINT64_FORMAT "}\n", value,
        number_in(request, "id"));
    if (strstr(request, "\"cont\""))
        count(abacus);
    if (strstr(request, "\"quit\""))
        _exit(0);
}

static guint8 *make_ram(void)
{
    guint8 *ram = mmap(NULL, MACHINE_MIN_MEMORY << 20, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (ram == MAP_FAILED)
        exit(9);
    ram[4096] = 1; /* as service-rig.c has it */
    return ram;
}

/* What its engine's options and the bridge's have: beads=FILE and the console's path=FILE. */
static const char *value_of(char **argv, const char *option)
{
    for (char **arg = argv; *arg; arg++) {
        const char *found = strstr(*arg, option);

        if (found)
            return found + strlen(option);
    }
    return "/nonexistent";
}

static G_GNUC_NORETURN void be_abacus(const char *mode, char **argv)
{
    struct pollfd poller = {.fd = 3, .events = POLLIN};
    Abacus abacus = {.mode = mode, .at = BEGIN, .ram = make_ram()};
    g_autofree char *beads = NULL, *folder = g_path_get_dirname(value_of(argv, "beads="));
    char request[4096];
    ssize_t n;

    alarm(60); /* whatever becomes of the test */
    if (argv[1] && g_str_equal(argv[1], "--version")) {
        puts("QEMU emulator version 11.1.3 (an abacus)");
        exit(0);
    }
    if (!g_file_get_contents(value_of(argv, "beads="), &beads, NULL, NULL) ||
        !g_file_set_contents(value_of(argv, "id=console,path="), "click", -1, NULL) ||
        chdir(folder) != 0 || !g_str_equal(beads, BEADS))
        _exit(8);
    abacus.fd = poll(&poller, 1, -1) == 1 ? accept(3, NULL, NULL) : -1;
    say(&abacus, "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 3, \"minor\": 1, \"major\": 11}, "
                 "\"package\": \"\"}, \"capabilities\": []}}\n");
    while ((n = read(abacus.fd, request, sizeof(request) - 1)) > 0) {
        g_auto(GStrv) lines = NULL;

        request[n] = '\0';
        lines = g_strsplit(request, "\n", -1);
        for (char **line = lines; *line; line++) {
            if (**line)
                answer(&abacus, *line);
        }
    }
    _exit(0);
}

/* --- its engine: what runs and records ------------------------------------------------------- */

static Emulator *abacus_probe(const char *path, const char *plugin, GError **error)
{
    Emulator *emulator = emulator_find(path, 0, error);

    (void)plugin;
    if (emulator)
        emulator->target = target_default();
    return emulator;
}

static gboolean abacus_make_files(const Emulator *emulator, const Machine *machine,
                                  const char *directory, GError **error)
{
    g_autofree char *beads = g_build_filename(directory, "beads.txt", NULL);

    (void)emulator;
    (void)machine;
    return files_save(beads, BEADS, strlen(BEADS), FALSE, error);
}

static void abacus_fill_run(RunOptions *run, GStringChunk *strings, const Emulator *emulator,
                            const Machine *machine, const char *directory,
                            const Recording *recording)
{
    g_autofree char *beads = g_strdup_printf("beads=%s/beads.txt", directory);
    g_autofree char *console = g_build_filename(directory, RECORDING_CONSOLE, NULL);

    (void)machine;
    run->emulator = emulator->path;
    run->engine[0] = recording ? "-count-again" : "-count";
    run->engine[1] = g_string_chunk_insert(strings, beads);
    run->console = g_string_chunk_insert(strings, console);
}

static const char *abacus_deadly(const char *name, JsonObject *args)
{
    (void)args;
    return g_str_equal(name, "shake") ? "the beads would be anywhere" : NULL;
}

static const EngineClass engine_abacus;

/** The abacus at work. */
typedef struct {
    Engine base;
    EngineOptions with;
} Working;

/** Of the VM that is recorded. */
static RamRegion ram;

static Engine *abacus_start(const EngineOptions *options)
{
    Working *working = g_new0(Working, 1);

    working->base.class = &engine_abacus;
    working->with = *options;
    return &working->base;
}

static void abacus_begin(Engine *engine, Recording *recording, EngineDone done, gpointer user_data)
{
    (void)engine;
    recording->icount_begin = BEGIN;
    recording->wall_begin = clock_wall();
    recording->mono_begin = clock_mono();
    done(NULL, user_data);
}

static gboolean gather(const Engine *engine, Recording *recording, GError **error)
{
    const char *run = ((const Working *)engine)->with.directory;
    g_autofree char *from = g_build_filename(run, "beads.txt", NULL);
    g_autofree char *beads = recording_file(recording, "beads.txt");
    g_autofree char *registers = recording_file(recording, RECORDING_REGISTERS);
    g_autofree char *console = recording_file(recording, RECORDING_CONSOLE);

    if (!files_copy(from, beads, 0, error) || !files_save(registers, "7", 1, FALSE, error) ||
        !files_save(console, "click", 5, FALSE, error) ||
        !(recording->ram_sha256 = ram_digest(&ram, error)))
        return FALSE;
    g_ptr_array_unref(recording->files);
    recording->files = recording_digest_artefacts(recording->declared, recording->directory, 0,
                                                  &recording->bytes, error);
    return recording->files != NULL;
}

static void abacus_end(Engine *engine, Recording *recording, EngineDone done, gpointer user_data)
{
    g_autoptr(GError) error = NULL;

    recording->icount_end = END;
    recording->wall_end = clock_wall();
    recording->mono_end = clock_mono();
    gather(engine, recording, &error);
    done(error, user_data);
}

static void abacus_free(Engine *engine)
{
    g_free(engine);
}

/* --- its engine: what replays ---------------------------------------------------------------- */

static gboolean abacus_check(const Recording *recording, GError **error)
{
    (void)recording;
    (void)error;
    return TRUE;
}

static gboolean abacus_prepare(const Recording *recording, const char *directory, GError **error)
{
    g_autofree char *grease = g_build_filename(directory, "greased", NULL);

    return !recording->log_skip || files_save(grease, "", 0, FALSE, error);
}

static guint64 abacus_vary(const Recording *recording, guint stuck, guint64 skip)
{
    (void)recording;
    (void)skip;
    return stuck;
}

static EngineCommand abacus_ask_icount(void)
{
    return (EngineCommand){"which-bead", NULL};
}

static gboolean abacus_read_icount(JsonNode *value, guint64 *icount, GError **error)
{
    return json_get_uint(json_as_object(value), "bead", icount, error);
}

static EngineCommand abacus_run_to(guint64 icount)
{
    JsonObject *args = json_object_new();

    json_object_set_int_member(args, "bead", (gint64)icount);
    return (EngineCommand){"count-to", args};
}

static EngineCommand abacus_run_on(void)
{
    return (EngineCommand){"count-on", NULL};
}

static EngineCourse abacus_course(const char *event, JsonObject *data)
{
    (void)data;
    return g_str_equal(event, "BEADS_MOVE")   ? COURSE_RUNS
           : g_str_equal(event, "BEADS_REST") ? COURSE_STANDS
           : g_str_equal(event, "BEADS_OUT")  ? COURSE_LOG_END
                                              : COURSE_OTHER;
}

static EngineCommand abacus_ask_registers(void)
{
    return (EngineCommand){"which-rows", NULL};
}

static const char *abacus_read_registers(JsonNode *value, GError **error)
{
    const char *rows = NULL;

    return json_get_string(json_as_object(value), "rows", &rows, error) ? rows : NULL;
}

static EngineCommand abacus_ask_ram(const Machine *machine)
{
    (void)machine;
    return (EngineCommand){"where-is-ram", NULL};
}

static gboolean abacus_read_ram(JsonNode *value, guint64 *address, GError **error)
{
    return json_get_uint(json_as_object(value), "ram", address, error);
}

static const char *abacus_refuse(const char *name, JsonObject *args)
{
    return abacus_deadly(name, args);
}

static const EngineReplay abacus_replay = {
    .check = abacus_check,
    .prepare = abacus_prepare,
    .vary = abacus_vary,
    .ask_icount = abacus_ask_icount,
    .read_icount = abacus_read_icount,
    .run_to = abacus_run_to,
    .run_on = abacus_run_on,
    .course = abacus_course,
    .ask_registers = abacus_ask_registers,
    .read_registers = abacus_read_registers,
    .ask_ram = abacus_ask_ram,
    .read_ram = abacus_read_ram,
    .refuse = abacus_refuse,
};

static const Artefact abacus_artefacts[] = {
    {"beads.txt", "log", ARTEFACT_SHA256, FALSE, ARTEFACT_ALWAYS, ARTEFACT_READ, 0},
    {RECORDING_CONSOLE, "console", ARTEFACT_SHA256, FALSE, ARTEFACT_ALWAYS, ARTEFACT_COMPARED, 0},
    {RECORDING_REGISTERS, "registers", ARTEFACT_SHA256, FALSE, ARTEFACT_ALWAYS, ARTEFACT_COMPARED,
     0},
    {0},
};

static const EngineClass engine_abacus = {
    .name = "abacus",
    .title = "Abacus",
    .mode = MODE_RECORD,
    .keeps = TRUE,
    .artefacts = abacus_artefacts,
    .probe = abacus_probe,
    .make_files = abacus_make_files,
    .fill_run = abacus_fill_run,
    .deadly = abacus_deadly,
    .replay = &abacus_replay,
    .start = abacus_start,
    .begin = abacus_begin,
    .end = abacus_end,
    .free = abacus_free,
};

/* Takes the place of engine/table.c in this program. */
const EngineClass *const engines[] = {&engine_abacus, NULL};

/* --- the tests ------------------------------------------------------------------------------- */

typedef struct {
    Rig *base;
    Emulators *emulators;
    char *emulator;
    GString *told;
} Third;

/* A VM of the abacus, and what replays its recordings. @mode: of the emulator that replays. */
static void third_init(Third *third, const char *mode)
{
    Script script = {.engine = &engine_abacus};
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *runtime = NULL;

    *third = (Third){.base = rig_new(&script), .told = g_string_new(NULL)};
    ram = (RamRegion){getpid(), (guint64)(gsize)third->base->ram, MACHINE_MIN_MEMORY << 20};
    ck_assert(abacus_make_files(NULL, NULL, third->base->run_dir, NULL));
    runtime = g_build_filename(third->base->dir, "runtime", NULL);
    ck_assert_int_eq(mkdir(runtime, 0700), 0);
    g_setenv("XDG_RUNTIME_DIR", runtime, TRUE);
    g_setenv("ABACUS", mode, TRUE);
    third->emulator = g_build_filename(third->base->dir, "abacus", NULL);
    ck_assert_int_eq(symlink(self, third->emulator), 0);
    g_free(temp_script(third->base->dir, "qemu-img", "true"));
    third->emulators = emulators_new(third->emulator, NULL, NULL);
}

static void third_clear(Third *third)
{
    ck_assert_uint_eq(scratch_sweep(third->base->store_dir), 0);
    emulators_unref(third->emulators);
    g_string_free(third->told, TRUE);
    g_free(third->emulator);
    rig_free(third->base);
}

static void record(Third *third)
{
    rig_begin(third->base);
    rig_check(third->base, "end_record", NULL, "web");
}

static void verified(const char *name, Verdict verdict, const char *detail, gboolean backlog,
                     gpointer user_data)
{
    Third *third = user_data;

    (void)backlog;
    g_string_append_printf(third->told, "%s %s: %s", name, verdict_name(verdict),
                           detail ? detail : "-");
}

/* The program is found by the engine's own probe. */
START_TEST(test_probe)
{
    g_autoptr(Emulator) emulator = NULL;
    Third third;

    third_init(&third, "good");
    ck_assert_ptr_eq(engines_probe(third.emulator, NULL, MODE_RECORD, &emulator, NULL),
                     &engine_abacus);
    ck_assert_str_eq(emulator->version, "11.1.3 (an abacus)");
    third_clear(&third);
}
END_TEST

/* A recording has its engine's name and artefacts and no others; the guard knows what is deadly. */
START_TEST(test_record)
{
    g_autoptr(Recording) recording = NULL;
    Third third;

    third_init(&third, "good");
    rig_begin(third.base);
    rig_check(third.base, "shake", NULL, "ERROR: ");
    rig_check(third.base, "look", NULL, "{}");
    rig_check(third.base, "end_record", NULL, "web");
    ck_assert_uint_eq(third.base->whole, 1);
    rig_check_trace(third.base, "look");
    recording = rig_find(third.base, "web");
    ck_assert_str_eq(recording->engine, "abacus");
    ck_assert_uint_eq(recording->files->len, 3);
    ck_assert_str_eq(((RecordingFile *)recording->files->pdata[0])->name, "beads.txt");
    ck_assert_uint_eq(recording_insns(recording), END - BEGIN);
    ck_assert_ptr_eq(engines_of(recording, NULL), &engine_abacus);
    third_clear(&third);
}
END_TEST

static const struct {
    const char *mode, *told;
} proofs[] = {
    {"good", "web identical: -"},
    {"registers", "web diverged: registers at instruction 160 differ from the recording"},
    {"stuck", "web identical: -"}, /* after another attempt, made another way */
};

START_TEST(test_proof)
{
    ProofOptions options = {.replay = {.stall_timeout = 20}};
    g_autoptr(Verifier) verifier = NULL;
    g_autoptr(Recording) recording = NULL;
    Third third;

    third_init(&third, proofs[_i].mode);
    record(&third);
    options.replay.emulators = third.emulators;
    verifier = verifier_new(third.base->store, &options, verified, &third);
    verifier_add(verifier, "web");
    temp_wait(third.told->len, "the verdict");
    ck_assert_str_eq(third.told->str, proofs[_i].told);
    recording = rig_find(third.base, "web");
    ck_assert_uint_eq(recording->log_skip, g_str_equal(proofs[_i].mode, "stuck"));
    g_clear_pointer(&verifier, verifier_free);
    third_clear(&third);
}
END_TEST

typedef struct {
    guint stops, sought;
    guint64 at;
} Seen;

static void stopped(Replay *replay, gpointer user_data)
{
    Seen *seen = user_data;

    seen->stops++;
    seen->at = replay_icount(replay);
}

static void over(Replay *replay, ReplayEnd end, const char *detail, gpointer user_data)
{
    (void)replay;
    (void)end;
    (void)user_data;
    ck_abort_msg("over: %s", detail);
}

static void sought(const GError *error, gpointer user_data)
{
    ck_assert_ptr_null(error);
    ((Seen *)user_data)->sought++;
}

/* Forth, back by another attempt, and to the end. */
START_TEST(test_seek)
{
    static const ReplayHandlers handlers = {.stopped = stopped, .over = over};
    g_autoptr(Recording) recording = NULL;
    g_autoptr(Replay) replay = NULL;
    ReplayOptions options = {0};
    Seen seen = {0};
    Third third;

    third_init(&third, "good");
    record(&third);
    recording = rig_find(third.base, "web");
    options.emulators = third.emulators;
    replay = replay_open(recording, &options, &handlers, &seen);
    replay_run_to(replay, 140);
    temp_wait(seen.stops == 1, "bead 140");
    ck_assert_uint_eq(seen.at, 140);
    replay_seek(replay, 120, sought, &seen);
    temp_wait(seen.stops == 2, "bead 120");
    ck_assert_uint_eq(seen.at, 120);
    ck_assert_uint_eq(seen.sought, 1);
    ck_assert_uint_eq(replay_attempt(replay), 2);
    replay_run_to_log_end(replay);
    temp_wait(seen.stops == 3, "the last bead");
    ck_assert_uint_eq(seen.at, END);
    ck_assert(replay_at_log_end(replay));
    ck_assert_ptr_eq(replay_engine(replay), &engine_abacus);
    g_clear_pointer(&replay, replay_close);
    third_clear(&third);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, test_probe);
    tcase_add_test(tcase, test_record);
    tcase_add_loop_test(tcase, test_proof, 0, G_N_ELEMENTS(proofs));
    tcase_add_test(tcase, test_seek);
}

int main(int argc, char **argv)
{
    const char *mode = g_getenv("ABACUS");

    (void)argc;
    if (mode)
        be_abacus(mode, argv);
    return temp_run("third-engine", add_tests);
}
