/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One running QEMU process; see vm.h. The kernel kills QEMU when this process ends, however
 * that ends: no process would drain the monitor of an orphan, or end its recordings.
 */
#include "qmpbridge/vm/vm.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/line-reader.h"
#include "qmpbridge/io/clock.h"
#include "qmpbridge/io/transport.h"
#include "qmpbridge/vm/packet-gate.h"

/** Bytes of stderr kept for the message that says why QEMU ended. */
#define STDERR_KEPT 4096u
/** Of a QEMU in the background. */
#define BACKGROUND_NICE 19
/** Number of the monitor's listening socket in the child. */
#define MONITOR_FD 3
/** The same of the packet gate's ends. */
#define GATE_OUT_FD 4
#define GATE_IN_FD 5

struct Vm {
    GSubprocess *process;
    QmpClient *monitor;
    PacketGate *gate; /**< NULL where the guest may reach nothing, or all */
    char *socket;
    const VmHandlers *handlers;
    gpointer user_data;
    GCancellable *cancellable; /**< of the reads and waits below */
    GInputStream *stderr_pipe;
    char buffer[1024];
    LineReader *lines; /**< of its stderr, for the owner */
    GString *stderr_tail;
    guint quit_timeout_ms;
    guint quit_timer;
    gboolean exited;     /**< the process was waited for */
    gboolean given_up;   /**< it didn't quit, so it was killed */
    gboolean stderr_end; /**< its stderr has ended */
};

static void monitor_ready(QmpClient *client, JsonNode *greeting, gpointer user_data)
{
    Vm *vm = user_data;

    (void)client;
    vm->handlers->ready(vm, greeting, vm->user_data);
}

static void monitor_event(QmpClient *client, JsonNode *event, gpointer user_data)
{
    Vm *vm = user_data;

    (void)client;
    vm->handlers->event(vm, event, vm->user_data);
}

static void monitor_notice(QmpClient *client, const GError *what, gpointer user_data)
{
    Vm *vm = user_data;

    (void)client;
    if (vm->handlers->notice)
        vm->handlers->notice(vm, what, vm->user_data);
}

/* The monitor went: QEMU is ending, or has lost it for good. */
static void monitor_closed(QmpClient *client, const GError *error, gpointer user_data)
{
    Vm *vm = user_data;

    (void)client;
    (void)error;
    vm_quit(vm);
}

static const QmpClientOps monitor_ops = {
    .ready = monitor_ready,
    .event = monitor_event,
    .notice = monitor_notice,
    .closed = monitor_closed,
};

/* QEMU's last words on one line, fit for a terminal. (transfer full) */
static char *last_words(const Vm *vm)
{
    char *words = g_utf8_make_valid(vm->stderr_tail->str, -1);

    for (char *c = words; *c; c++)
        *c = g_ascii_iscntrl(*c) ? ' ' : *c;
    return g_strstrip(words);
}

/* How it ended, with its last words. (nullable) (transfer full) */
static GError *exit_error(Vm *vm)
{
    g_autofree char *words = last_words(vm);

    if (g_subprocess_get_if_signaled(vm->process))
        return g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_CLOSED, "QEMU was killed by signal %d (%s)",
                           g_subprocess_get_term_sig(vm->process),
                           g_strsignal(g_subprocess_get_term_sig(vm->process)));
    if (g_subprocess_get_exit_status(vm->process) == 0)
        return NULL;
    return g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_EMULATOR, "QEMU exited with status %d: %s",
                       g_subprocess_get_exit_status(vm->process), words);
}

static void report_gone(Vm *vm)
{
    g_autoptr(GError) error = NULL;

    if (!vm->exited || !vm->stderr_end)
        return;
    g_clear_handle_id(&vm->quit_timer, g_source_remove);
    error = exit_error(vm);
    vm->handlers->gone(vm, error, vm->user_data);
}

static void process_exited(GObject *source, GAsyncResult *result, gpointer user_data)
{
    Vm *vm = user_data;
    g_autoptr(GError) error = NULL;

    g_subprocess_wait_finish(G_SUBPROCESS(source), result, &error);
    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return; /* the Vm is freed */
    vm->exited = TRUE;
    report_gone(vm);
}

static void line_said(const char *line, gpointer user_data)
{
    Vm *vm = user_data;

    if (vm->handlers->said)
        vm->handlers->said(vm, line, vm->user_data);
}

static void read_stderr(Vm *vm);

static void stderr_read(GObject *source, GAsyncResult *result, gpointer user_data)
{
    Vm *vm = user_data;
    g_autoptr(GError) error = NULL;
    gssize len = g_input_stream_read_finish(G_INPUT_STREAM(source), result, &error);

    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    if (len <= 0) {
        line_reader_end(vm->lines, clock_mono());
        vm->stderr_end = TRUE;
        report_gone(vm);
        return;
    }
    line_reader_feed(vm->lines, vm->buffer, (gsize)len, clock_mono());
    g_string_append_len(vm->stderr_tail, vm->buffer, len);
    if (vm->stderr_tail->len > STDERR_KEPT)
        g_string_erase(vm->stderr_tail, 0, (gssize)(vm->stderr_tail->len - STDERR_KEPT));
    read_stderr(vm);
}

static void read_stderr(Vm *vm)
{
    g_input_stream_read_async(vm->stderr_pipe, vm->buffer, sizeof(vm->buffer), G_PRIORITY_DEFAULT,
                              vm->cancellable, stderr_read, vm);
}

/* What the child does before it executes QEMU. */
typedef struct {
    pid_t parent;
    int cpu; /* or -1 */
    gboolean background;
} Child;

static void set_up_child(gpointer user_data)
{
    const Child *child = user_data;

    prctl(PR_SET_PDEATHSIG, SIGKILL); /* it dies with its parent */
    setpgid(0, 0); /* Ctrl-C at the terminal is for the bridge, which ends things in order */
    affinity_pin(child->cpu);
    if (child->background)
        setpriority(PRIO_PROCESS, 0, BACKGROUND_NICE);
    if (getppid() != child->parent)
        _exit(1);
}

static void hand_over(GSubprocessLauncher *launcher, PacketGateEnds ends)
{
    g_subprocess_launcher_take_fd(launcher, fcntl(ends.out, F_DUPFD_CLOEXEC, 0), GATE_OUT_FD);
    g_subprocess_launcher_take_fd(launcher, fcntl(ends.in, F_DUPFD_CLOEXEC, 0), GATE_IN_FD);
}

static GSubprocess *spawn(char **argv, int monitor_fd, const PacketGate *gate,
                          const RunOptions *run, GError **error)
{
    g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(
        G_SUBPROCESS_FLAGS_STDERR_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE);
    int fd = fcntl(monitor_fd, F_DUPFD_CLOEXEC, 0);
    Child child = {
        .parent = getpid(),
        .cpu = run->affinity ? affinity_choose(run->affinity) : -1,
        .background = run->background,
    };
    g_autoptr(GError) why = NULL;
    GSubprocess *process;

    g_subprocess_launcher_take_fd(launcher, fd, MONITOR_FD);
    if (gate)
        hand_over(launcher, packet_gate_ends(gate));
    g_subprocess_launcher_set_child_setup(launcher, set_up_child, &child, NULL);
    process = g_subprocess_launcher_spawnv(launcher, (const char *const *)argv, &why);
    if (!process)
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_EMULATOR, "%s can't be started: %s", argv[0],
                    why->message);
    return process;
}

Vm *vm_start(const Machine *machine, const RunOptions *options, const char *directory,
             const VmHandlers *handlers, gpointer user_data, GError **error)
{
    g_autofree char *socket = g_build_filename(directory, "monitor.sock", NULL);
    g_autoptr(GSocket) listener = transport_listen_unix(socket, error);
    g_autoptr(GSubprocess) process = NULL;
    g_autoptr(PacketGate) gate = NULL;
    g_auto(GStrv) argv = NULL;
    RunOptions run = *options;
    GIOStream *stream;
    Vm *vm;

    if (!listener)
        return NULL;
    run.monitor_fd = MONITOR_FD;
    if (machine->allowed->len > 0 && !run.isolated) {
        gate = packet_gate_new(machine->allowed, error);
        if (!gate)
            return NULL;
        run.gate_out_fd = GATE_OUT_FD;
        run.gate_in_fd = GATE_IN_FD;
    }
    argv = arguments_build(machine, &run);
    process = spawn(argv, g_socket_get_fd(listener), gate, &run, error);
    if (gate)
        packet_gate_started(gate);
    stream = process ? transport_connect(socket, error) : NULL;
    if (!stream) {
        if (process)
            g_subprocess_force_exit(process);
        g_unlink(socket);
        return NULL;
    }
    vm = g_new0(Vm, 1);
    vm->process = g_steal_pointer(&process);
    vm->gate = g_steal_pointer(&gate);
    vm->socket = g_steal_pointer(&socket);
    vm->handlers = handlers;
    vm->user_data = user_data;
    vm->quit_timeout_ms = run.quit_timeout_ms ? run.quit_timeout_ms : VM_QUIT_TIMEOUT_MS;
    vm->cancellable = g_cancellable_new();
    vm->stderr_tail = g_string_new(NULL);
    vm->lines = line_reader_new(line_said, vm);
    vm->stderr_pipe = g_subprocess_get_stderr_pipe(vm->process);
    vm->monitor = qmp_client_new(
        stream, run.greeting_timeout_ms ? run.greeting_timeout_ms : VM_GREETING_TIMEOUT_MS,
        &monitor_ops, vm);
    g_subprocess_wait_async(vm->process, vm->cancellable, process_exited, vm);
    read_stderr(vm);
    return vm;
}

QmpClient *vm_monitor(Vm *vm)
{
    return vm->monitor;
}

pid_t vm_pid(const Vm *vm)
{
    const char *id = g_subprocess_get_identifier(vm->process);

    return id ? (pid_t)g_ascii_strtoll(id, NULL, 10) : 0;
}

gboolean vm_was_killed(const Vm *vm)
{
    static const int signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGKILL, SIGTERM, SIGXCPU};

    for (guint i = 0; i < G_N_ELEMENTS(signals); i++) {
        if (vm->exited && !vm->given_up && g_subprocess_get_if_signaled(vm->process) &&
            g_subprocess_get_term_sig(vm->process) == signals[i])
            return TRUE;
    }
    return FALSE;
}

void vm_freeze(Vm *vm, gboolean frozen)
{
    if (!vm->exited)
        g_subprocess_send_signal(vm->process, frozen ? SIGSTOP : SIGCONT);
}

static gboolean kill_now(gpointer user_data)
{
    Vm *vm = user_data;

    vm->quit_timer = 0;
    vm->given_up = TRUE;
    g_subprocess_force_exit(vm->process);
    return G_SOURCE_REMOVE;
}

void vm_quit(Vm *vm)
{
    if (vm->exited || vm->quit_timer)
        return;
    qmp_client_execute(vm->monitor, "quit", NULL, vm->quit_timeout_ms, NULL, NULL);
    vm->quit_timer = g_timeout_add(vm->quit_timeout_ms, kill_now, vm);
}

void vm_free(Vm *vm)
{
    if (!vm)
        return;
    g_clear_handle_id(&vm->quit_timer, g_source_remove);
    g_cancellable_cancel(vm->cancellable);
    g_object_unref(vm->cancellable);
    qmp_client_close(vm->monitor);
    qmp_client_unref(vm->monitor);
    if (!vm->exited)
        g_subprocess_force_exit(vm->process);
    g_object_unref(vm->process);
    packet_gate_free(vm->gate);
    g_string_free(vm->stderr_tail, TRUE);
    line_reader_free(vm->lines);
    g_unlink(vm->socket);
    g_free(vm->socket);
    g_free(vm);
}
