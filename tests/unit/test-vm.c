/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One QEMU process: its start, its last words, its end. This program itself stands for QEMU when
 * FAKE_QEMU is set: it then speaks just enough QMP on the inherited socket, or misbehaves.
 */
#include "qmpbridge/vm/vm.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "tests/unit/temp.h"

/* --- the emulator -------------------------------------------------------------------------- */

#define GREETING                                                                       \
    "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 3, \"minor\": 1, \"major\": 11}, " \
    "\"package\": \"\"}, \"capabilities\": []}}\r\n"
#define STOP_EVENT "{\"event\": \"STOP\", \"timestamp\": {\"seconds\": 1, \"microseconds\": 2}}\r\n"

static void say(int fd, const char *text)
{
    if (write(fd, text, strlen(text)) < 0)
        _exit(9);
}

static void reply(int fd, const char *request)
{
    const char *id = strstr(request, "\"id\":");
    g_autofree char *text =
        g_strdup_printf("{\"return\": {}, \"id\": %" G_GINT64_FORMAT "}\r\n",
                        id ? g_ascii_strtoll(id + strlen("\"id\":"), NULL, 10) : 0);

    say(fd, text);
}

static G_GNUC_NORETURN void serve(const char *mode)
{
    struct pollfd poller = {.fd = 3, .events = POLLIN}; /* the socket is non-blocking */
    int fd = poll(&poller, 1, -1) == 1 ? accept(3, NULL, NULL) : -1;
    char request[4096];
    ssize_t n;

    say(fd, GREETING);
    while ((n = read(fd, request, sizeof(request) - 1)) > 0) {
        request[n] = '\0';
        if (strstr(request, "quit") && g_str_equal(mode, "ignores quit"))
            continue;
        reply(fd, request);
        if (strstr(request, "quit"))
            _exit(0);
        if (g_str_equal(mode, "killed"))
            kill(getpid(), SIGTERM);
        if (g_str_equal(mode, "drops the monitor"))
            break;
        say(fd, STOP_EVENT);
    }
    for (close(fd);;)
        pause();
}

static G_GNUC_NORETURN void fake_qemu(const char *mode)
{
    alarm(60); /* whatever becomes of the test */
    if (g_str_equal(mode, "exit"))
        _exit(0);
    if (g_str_equal(mode, "words")) {
        say(2, "qemu: first line\nqemu: \033[31mno such\377 machine\n\n");
        _exit(1);
    }
    if (g_str_equal(mode, "flood")) {
        for (guint i = 0; i < 5000; i++)
            say(2, "a line of which there are too many, so that only the last ones are kept\n");
        say(2, "the last words\n");
        _exit(3);
    }
    serve(mode);
}

/* --- its owner ------------------------------------------------------------------------------- */

typedef struct {
    char *dir;
    Machine *machine;
    Affinity *affinity;
    Vm *vm;
    guint ready, events, gone;
    char *error;
    int code;
    gboolean quit_when_ready, free_when_gone;
} Owner;

static void ready(Vm *vm, JsonNode *greeting, gpointer user_data)
{
    Owner *owner = user_data;

    ck_assert_ptr_nonnull(json_lookup(json_as_object(greeting), "version"));
    owner->ready++;
    if (owner->quit_when_ready)
        vm_quit(vm);
}

static void event(Vm *vm, JsonNode *node, gpointer user_data)
{
    Owner *owner = user_data;

    (void)vm;
    ck_assert_str_eq(json_as_string(json_lookup(json_as_object(node), "event")), "STOP");
    owner->events++;
}

static void gone(Vm *vm, const GError *error, gpointer user_data)
{
    Owner *owner = user_data;

    owner->gone++;
    owner->error = error ? g_strdup(error->message) : NULL;
    owner->code = error ? error->code : -1;
    if (owner->free_when_gone) {
        owner->vm = NULL;
        vm_free(vm);
    }
}

static const VmHandlers handlers = {.ready = ready, .event = event, .gone = gone};

static Vm *start(Owner *owner, const char *emulator, const char *mode, GError **error)
{
    RunOptions run = {
        .emulator = emulator,
        .console = "/console",
        .quit_timeout_ms = 1000,
        .affinity = owner->affinity,
    };

    g_setenv("FAKE_QEMU", mode, TRUE);
    owner->vm = vm_start(owner->machine, &run, owner->dir, &handlers, owner, error);
    return owner->vm;
}

static void owner_init(Owner *owner, const char *mode)
{
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);

    *owner = (Owner){.dir = temp_new(), .machine = machine_new()};
    if (mode)
        ck_assert_ptr_nonnull(start(owner, self, mode, NULL));
}

static void owner_clear(Owner *owner)
{
    vm_free(owner->vm);
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    machine_free(owner->machine);
    g_free(owner->error);
    ck_assert_uint_eq(temp_count(owner->dir), 0); /* the monitor's socket is gone */
    temp_free(owner->dir);
}

START_TEST(test_life)
{
    Owner owner;

    owner_init(&owner, "good");
    ck_assert_int_gt(vm_pid(owner.vm), 0);
    temp_wait(owner.events, "an event");
    ck_assert_uint_eq(owner.ready, 1);
    vm_quit(owner.vm);
    vm_quit(owner.vm);
    temp_wait(owner.gone, "the end");
    ck_assert_pstr_eq(owner.error, NULL);
    ck_assert_int_eq(vm_pid(owner.vm), 0);
    vm_quit(owner.vm); /* to no effect */
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    ck_assert_uint_eq(owner.gone, 1);
    owner_clear(&owner);
}
END_TEST

/* Pinned before it is executed, so that each thread of QEMU is. */
START_TEST(test_affinity)
{
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autoptr(Affinity) affinity = affinity_new(_i ? "auto" : "none", NULL);
    cpu_set_t own, set;
    Owner owner;

    owner_init(&owner, NULL);
    owner.affinity = affinity;
    ck_assert_ptr_nonnull(start(&owner, self, "good", NULL));
    ck_assert_int_eq(sched_getaffinity(0, sizeof(own), &own), 0);
    ck_assert_int_eq(sched_getaffinity(vm_pid(owner.vm), sizeof(set), &set), 0);
    ck_assert_int_eq(CPU_COUNT(&set), _i ? 1 : CPU_COUNT(&own));
    CPU_AND(&set, &set, &own);
    ck_assert_int_ge(CPU_COUNT(&set), 1);
    owner_clear(&owner);
}
END_TEST

/* How QEMU ends by itself, and the error that its owner gets. */
static const struct {
    const char *mode, *error;
    BridgeError code;
} ends[] = {
    {"exit", NULL, 0},
    {"words", "status 1: qemu: first line", BRIDGE_ERROR_EMULATOR},
    {"words", "no such\xef\xbf\xbd machine", BRIDGE_ERROR_EMULATOR},
    {"flood", "the last words", BRIDGE_ERROR_EMULATOR},
    {"killed", "killed by signal 15", BRIDGE_ERROR_CLOSED},
    {"drops the monitor", "killed by signal 9", BRIDGE_ERROR_CLOSED},
};

START_TEST(test_end)
{
    Owner owner;

    owner_init(&owner, ends[_i].mode);
    temp_wait(owner.gone, "the end");
    if (ends[_i].error) {
        ck_assert_msg(strstr(owner.error, ends[_i].error) != NULL, "%s", owner.error);
        ck_assert_int_eq(owner.code, ends[_i].code);
        ck_assert_uint_lt(strlen(owner.error), 5000);
        for (const char *c = owner.error; *c; c++)
            ck_assert_msg(!g_ascii_iscntrl(*c), "a control character in '%s'", owner.error);
    } else {
        ck_assert_pstr_eq(owner.error, NULL);
    }
    owner_clear(&owner);
}
END_TEST

/* One that doesn't follow is killed. */
START_TEST(test_ignores_quit)
{
    Owner owner;

    owner_init(&owner, "ignores quit");
    owner.quit_when_ready = TRUE;
    temp_wait(owner.gone, "the end");
    ck_assert_ptr_nonnull(strstr(owner.error, "killed by signal 9"));
    owner_clear(&owner);
}
END_TEST

START_TEST(test_free_when_gone)
{
    Owner owner;

    owner_init(&owner, "good");
    owner.quit_when_ready = owner.free_when_gone = TRUE;
    temp_wait(owner.gone, "the end");
    owner_clear(&owner);
}
END_TEST

static int pidfd_of(pid_t pid)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);

    ck_assert_int_ge(fd, 0);
    return fd;
}

static void wait_for_death(int pidfd)
{
    struct pollfd poller = {.fd = pidfd, .events = POLLIN};

    ck_assert_int_eq(poll(&poller, 1, TEMP_DEADLINE_S * 1000), 1);
    close(pidfd);
}

/* Freed at any moment, it kills QEMU and calls no handler. */
START_TEST(test_free)
{
    Owner owner;
    int pidfd;

    owner_init(&owner, "good");
    pidfd = pidfd_of(vm_pid(owner.vm));
    if (_i > 0)
        temp_wait(owner.ready, "the greeting");
    if (_i > 1)
        vm_quit(owner.vm);
    vm_free(g_steal_pointer(&owner.vm));
    wait_for_death(pidfd);
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    ck_assert_uint_eq(owner.gone, 0);
    owner_clear(&owner);
    vm_free(NULL);
}
END_TEST

/* Whatever kills the bridge, QEMU doesn't outlive it. */
START_TEST(test_parent_dies)
{
    int told[2];
    pid_t child, pid = 0;
    int pidfd;

    ck_assert_int_eq(pipe(told), 0);
    child = fork();
    if (child == 0) {
        Owner owner;

        owner_init(&owner, "good");
        temp_wait(owner.ready, "the greeting");
        pid = vm_pid(owner.vm);
        temp_remove_tree(owner.dir);
        ck_assert_int_eq(write(told[1], &pid, sizeof(pid)), sizeof(pid));
        for (;;)
            pause();
    }
    ck_assert_int_eq(read(told[0], &pid, sizeof(pid)), sizeof(pid));
    pidfd = pidfd_of(pid);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    wait_for_death(pidfd);
}
END_TEST

START_TEST(test_cannot_start)
{
    Owner owner;
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;

    owner_init(&owner, NULL);
    ck_assert_ptr_null(start(&owner, "/nonexistent/qemu", "good", &error));
    temp_check_error(error, BRIDGE_ERROR_EMULATOR, "/nonexistent/qemu can't be started");
    owner_clear(&owner); /* nothing stays behind */
}
END_TEST

START_TEST(test_no_directory)
{
    Owner owner;
    char *dir;

    owner_init(&owner, NULL);
    dir = owner.dir;
    owner.dir = (char *)"/nonexistent";
    ck_assert_ptr_null(start(&owner, "/bin/true", "good", NULL));
    owner.dir = dir;
    owner_clear(&owner);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, test_life);
    tcase_add_loop_test(tcase, test_end, 0, G_N_ELEMENTS(ends));
    tcase_add_loop_test(tcase, test_affinity, 0, 2);
    tcase_add_test(tcase, test_ignores_quit);
    tcase_add_test(tcase, test_free_when_gone);
    tcase_add_loop_test(tcase, test_free, 0, 3);
    tcase_add_test(tcase, test_parent_dies);
    tcase_add_test(tcase, test_cannot_start);
    tcase_add_test(tcase, test_no_directory);
}

int main(void)
{
    const char *mode = g_getenv("FAKE_QEMU");

    if (mode)
        fake_qemu(mode);
    return temp_run("vm", add_tests);
}
