/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The emulator that replays, and recordings for it; see replay-rig.h. Modes that end in "once" are
 * those of the first QEMU only; a mode that isn't known replays as it should.
 */
#include "tests/unit/replay-rig.h"

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "qmpbridge/store/ram.h"
#include "qmpbridge/store/scratch.h"
#include "qmpbridge/vm/machine.h"

static guint8 *make_ram(void)
{
    guint8 *ram =
        mmap(NULL, REPLAY_RIG_RAM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (ram == MAP_FAILED)
        exit(9);
    ram[5000] = 1;
    return ram;
}

/* --- the emulator -------------------------------------------------------------------------- */

typedef struct {
    const char *mode;
    int fd;
    gboolean first;     /* of all QEMUs of this test */
    guint icount, stop; /* of replay-break; 0: none */
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

static gboolean is(const Fake *fake, const char *mode)
{
    return g_str_equal(fake->mode, mode);
}

/* After 'cont': it runs to the break, or on to the end of its log. */
static void run(Fake *fake)
{
    gboolean log_end = fake->stop <= fake->icount || is(fake, "too short");

    if (is(fake, "dies"))
        _exit(1);
    if (is(fake, "killed") || (is(fake, "killed once") && fake->first))
        raise(SIGKILL);
    if (is(fake, "aborts"))
        abort();
    if (is(fake, "terminated")) {
        say(fake, "{\"event\": \"SHUTDOWN\", \"data\": {\"guest\": false, \"reason\": "
                  "\"host-signal\"}, \"timestamp\": {\"seconds\": 1, \"microseconds\": 2}}\r\n");
        _exit(0);
    }
    emit(fake, "RESUME");
    if (is(fake, "stalls"))
        fake->icount = 1200;
    if (is(fake, "stalls") || (is(fake, "stuck once") && fake->first) ||
        (is(fake, "runs on once") && fake->first && fake->stop == fake->icount))
        return;
    fake->icount = is(fake, "too short")  ? 1400
                   : is(fake, "too long") ? 1600
                   : log_end              ? REPLAY_RIG_END
                                          : fake->stop;
    if (log_end)
        emit(fake, "SHUTDOWN");
    emit(fake, "STOP");
}

static void set_break(Fake *fake, const char *request)
{
    const char *icount = strstr(request, "\"icount\":");

    fake->stop = icount ? (guint)g_ascii_strtoull(icount + strlen("\"icount\":"), NULL, 10) : 0;
}

static void answer(Fake *fake, const char *request)
{
    const char *id = strstr(request, "\"id\":");
    g_autofree char *echo = /* a command may come without an id: then its reply has none */
        id ? g_strdup_printf(", \"id\": %" G_GINT64_FORMAT,
                             g_ascii_strtoll(id + strlen("\"id\":"), NULL, 10))
           : g_strdup("");
    g_autofree char *value = g_strdup("{}");

    if (strstr(request, "-break")) {
        set_break(fake, request);
    } else if (strstr(request, "query-replay")) {
        if (is(fake, "hangs"))
            return;
        g_free(value);
        value = g_strdup_printf("{\"icount\": %u}", fake->icount);
    } else if (strstr(request, "info registers")) {
        g_free(value);
        value = g_strdup(is(fake, "registers") ? "\"RAX=1\"" : "\"RAX=0\"");
    } else if (strstr(request, "gpa2hva")) {
        g_free(value);
        value = is(fake, "no address")
                    ? g_strdup("\"unknown command\"")
                    : g_strdup_printf("\"Host virtual address for 0x0 (pc.ram) is %p\"", fake->ram);
    }
    say(fake, "{\"return\": %s%s}\r\n", value, echo);
    if (strstr(request, "\"quit\""))
        _exit(0);
    if (strstr(request, "\"cont\""))
        run(fake);
}

/* Several commands may come in one read, a line each. */
static void answer_all(Fake *fake, const char *requests)
{
    g_auto(GStrv) lines = g_strsplit(requests, "\n", -1);

    for (char **line = lines; *line; line++) {
        if (**line)
            answer(fake, *line);
    }
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

/* What an emulator is asked before it is used: its version, its target and an empty log. */
static void answer_trial(char **argv)
{
    static const char record[] = "rr=record,rrfile=";

    for (char **arg = argv; *arg; arg++) {
        const char *log = strstr(*arg, record);

        if (g_str_equal(*arg, "--version")) {
            puts("QEMU emulator version " REPLAY_RIG_VERSION);
            exit(0);
        }
        if (log && g_file_set_contents(log + strlen(record), "a whole record log", -1, NULL)) {
            puts("{\"return\": {\"arch\": \"" TARGET_DEFAULT_NAME "\"}}");
            exit(0);
        }
    }
}

/* Each replay leaves its niceness, a line in $FAKE_STARTS. Returns: TRUE for the first one. */
static gboolean note_start(void)
{
    FILE *file = fopen(g_getenv("FAKE_STARTS"), "ae");
    gboolean first = file && fseek(file, 0, SEEK_END) == 0 && ftell(file) == 0;

    if (!file || fprintf(file, "%d\n", getpriority(PRIO_PROCESS, 0)) < 0 || fclose(file) != 0)
        _exit(9);
    return first;
}

static void wait_for_gate(void)
{
    int fd = open(g_getenv("FAKE_GATE"), O_RDONLY | O_CLOEXEC);

    if (fd < 0 || close(fd) != 0)
        _exit(9);
}

static G_GNUC_NORETURN void be_qemu(const char *mode, char **argv)
{
    struct pollfd poller = {.fd = 3, .events = POLLIN};
    Fake fake = {.mode = mode, .ram = make_ram(), .icount = REPLAY_RIG_BEGIN};
    char request[4096];
    ssize_t n;

    alarm(60); /* whatever becomes of the test */
    answer_trial(argv);
    fake.first = note_start();
    if (g_str_equal(mode, "can't start"))
        _exit(1);
    write_console(argv, g_str_equal(mode, "console") ? "another" : RECORDING_CONSOLE);
    if (g_str_equal(mode, "late"))
        wait_for_gate();
    fake.ram[5001] = g_str_equal(mode, "RAM");
    fake.fd = poll(&poller, 1, -1) == 1 ? accept(3, NULL, NULL) : -1;
    say(&fake, "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 3, \"minor\": 1, \"major\": 11}, "
               "\"package\": \"\"}, \"capabilities\": []}}\r\n");
    while ((n = read(fake.fd, request, sizeof(request) - 1)) > 0) {
        request[n] = '\0';
        answer_all(&fake, request);
    }
    _exit(0);
}

void replay_rig_main(char **argv)
{
    const char *mode = g_getenv("FAKE_QEMU");

    if (mode)
        be_qemu(mode, argv);
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
    sha256 = artefact_digest_file(recording_digest_by_name(name), path, NULL);
    ck_assert_int_eq(stat(path, &info), 0);
    recording_add_file(recording->files, name, (guint64)info.st_size, sha256);
}

void replay_rig_recording(Store *store, const char *name)
{
    static const char *const names[] = {RECORDING_LOG, RECORDING_VMSTATE, RECORDING_JOURNAL,
                                        RECORDING_CONSOLE, RECORDING_REGISTERS};
    g_autoptr(Recording) recording = store_reserve(store, name, NULL);
    guint8 *ram = make_ram();
    RamRegion region = {getpid(), (guint64)(gsize)ram, REPLAY_RIG_RAM};

    recording->machine = machine_new();
    recording->machine->memory = REPLAY_RIG_RAM >> 20;
    recording->emulator_path = g_strdup("/nonexistent/qemu");
    recording->emulator_version = g_strdup(REPLAY_RIG_VERSION);
    recording->snapshot = g_strdup("qmpbridge-1-0");
    recording->icount_begin = REPLAY_RIG_BEGIN;
    recording->icount_end = REPLAY_RIG_END;
    recording->ram_sha256 = ram_digest(&region, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        add_file(recording, names[i]);
    ck_assert(store_commit(store, recording, NULL));
    munmap(ram, REPLAY_RIG_RAM);
}

/* --- the rig --------------------------------------------------------------------------------- */

void replay_rig_set_mode(const char *mode)
{
    g_setenv("FAKE_QEMU", mode, TRUE);
}

void replay_rig_init(ReplayRig *rig, const char *mode)
{
    g_autofree char *store = NULL;
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *qemu = NULL, *tool = NULL;

    *rig = (ReplayRig){.dir = temp_new()};
    rig->runtime = g_build_filename(rig->dir, "run", NULL);
    store = g_build_filename(rig->dir, "store", NULL);
    ck_assert_int_eq(mkdir(rig->runtime, 0700), 0);
    rig->starts = temp_file(rig->dir, "starts", "");
    rig->gate = g_build_filename(rig->dir, "gate", NULL);
    ck_assert_int_eq(mkfifo(rig->gate, 0600), 0);
    g_setenv("FAKE_STARTS", rig->starts, TRUE);
    g_setenv("FAKE_GATE", rig->gate, TRUE);
    g_setenv("XDG_RUNTIME_DIR", rig->runtime, TRUE);
    replay_rig_set_mode(mode);
    rig->store = store_open(store, TRUE, NULL);
    replay_rig_recording(rig->store, "web");
    qemu = g_build_filename(rig->dir, "qemu", NULL);
    tool = temp_script(rig->dir, "qemu-img", "true");
    ck_assert_int_eq(symlink(self, qemu), 0);
    rig->emulators = emulators_new(qemu, NULL, NULL);
}

void replay_rig_clear(ReplayRig *rig)
{
    ck_assert_uint_eq(scratch_sweep(store_path(rig->store)), 0); /* nothing was left */
    store_free(rig->store);
    emulators_unref(rig->emulators);
    g_free(rig->runtime);
    g_free(rig->starts);
    g_free(rig->gate);
    temp_free(rig->dir);
}

guint replay_rig_starts(const ReplayRig *rig)
{
    g_autofree char *text = temp_read(rig->dir, "starts");
    guint n = 0;

    for (const char *c = text; *c; c++)
        n += *c == '\n';
    return n;
}
