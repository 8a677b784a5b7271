/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program: puts the parts together as the command line asks, runs the main loop, and turns
 * the outcome into an exit code. It decides nothing about recordings or commands.
 */
#include "config.h"

#include <errno.h>
#include <glib-unix.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "qmpbridge/program/bridge.h"
#include "qmpbridge/commands/command-table.h"
#include "qmpbridge/core/record-protocol.h"
#include "qmpbridge/io/transport.h"
#include "qmpbridge/program/main-console.h"
#include "qmpbridge/program/main-derive.h"
#include "qmpbridge/program/main-serve.h"
#include "qmpbridge/program/maintenance.h"
#include "qmpbridge/program/command-line.h"
#include "qmpbridge/program/plugin-file.h"
#include "qmpbridge/store/seed-disk.h"
#include "qmpbridge/ui/console/escape-key.h"
#include "qmpbridge/ui/prompt/display.h"
#include "qmpbridge/ui/frontend.h"
#include "qmpbridge/ui/notices.h"
#include "qmpbridge/ui/output/pager.h"

/** Allocations of this many bytes are mapped on their own. */
#define BIG_MEMORY (1 << 20)

typedef struct {
    const Options *options;
    gboolean interactive;
    GMainLoop *loop;
    Output *output;
    Pager *pager; /* between the output and the display */
    EventLog *log;
    Shell *shell;
    Bridge *bridge;  /* run */
    AttachedVm *own; /* its control socket; a reference */
    GPid console;    /* --console stdio: the process that has the terminal, or 0 */
    Frontend *frontend;
    gboolean stopping; /* bridge_stop() was called */
    gboolean ended;    /* it has ended */
    gboolean settled;  /* and the shell has got its last events */
    GError *bridge_error;
    guint signals; /* taken so far */
    int code;
} App;

/* --- the end ----------------------------------------------------------------------------- */

static void stop(App *app)
{
    if (!app->bridge || app->settled) {
        g_main_loop_quit(app->loop);
        return;
    }
    if (app->stopping)
        return;
    app->stopping = TRUE;
    if (app->ended)
        return;
    output_hint(app->output, NULL,
                "Ending the VM; a recording in progress is kept. Once more: at once.");
    bridge_stop(app->bridge);
}

static void on_settled(gpointer user_data)
{
    App *app = user_data;

    app->settled = TRUE;
    if (app->stopping || !app->own || attached_vm_state(app->own) == ATTACHED_VM_OVER)
        g_main_loop_quit(app->loop);
    else
        attached_vm_end(app->own, app->bridge_error);
}

/* The bridge's last events, which decide on the exit code, may still be on their way to the shell.
 */
static void on_bridge_ended(const GError *error, gpointer user_data)
{
    App *app = user_data;

    if (app->ended)
        return;
    app->ended = TRUE;
    app->bridge_error = error ? g_error_copy(error) : NULL;
    if (app->own)
        attached_vm_settle(app->own, on_settled, app);
    else
        on_settled(app);
}

static void on_frontend_done(Frontend *frontend, int exit_code, gpointer user_data)
{
    App *app = user_data;

    (void)frontend;
    app->code = exit_code;
    stop(app);
}

/* --- the guest's console on this terminal ------------------------------------------------ */

static void on_console_ended(GPid pid, int status, gpointer user_data)
{
    App *app = user_data;

    g_spawn_close_pid(pid);
    app->console = 0;
    if (!app->ended && !g_spawn_check_wait_status(status, NULL))
        app->code = MAX(app->code, EXIT_CODE_COMMAND);
    stop(app);
}

/* A process of its own, `qmpbridge console`: it gives the terminal back even if this one crashes,
 * and may wait for it. */
static gboolean start_console(App *app, GError **error)
{
    const Options *options = app->options;
    g_autofree char *self = g_file_read_link("/proc/self/exe", error);
    g_autofree char *escape =
        g_strdup_printf("--escape=%s", options->escape ? options->escape : ESCAPE_KEY_DEFAULT);
    const char *argv[] = {
        self, "--no-config", escape, "--stay", "console", "--", bridge_socket(app->bridge), NULL,
    };

    if (!self || !g_spawn_async(NULL, (char **)argv, NULL,
                                G_SPAWN_CHILD_INHERITS_STDIN | G_SPAWN_DO_NOT_REAP_CHILD, NULL,
                                NULL, &app->console, error))
        return FALSE;
    g_child_watch_add(app->console, on_console_ended, app);
    return TRUE;
}

/* What follows is printed on a terminal that is as it was. */
static void end_console(App *app)
{
    if (!app->console)
        return;
    kill(app->console, SIGTERM);
    waitpid(app->console, NULL, 0);
    app->console = 0;
}

static gboolean on_signal(App *app)
{
    gboolean idle = !app->interactive && !app->options->script && !app->options->commands->pdata[0];

    frontend_stop(app->frontend);
    if (++app->signals > 1)
        g_main_loop_quit(app->loop);
    else
        stop(app);
    if (app->signals > 1 || !(app->bridge && (idle || app->interactive)))
        app->code = MAX(app->code, EXIT_CODE_COMMAND);
    return G_SOURCE_CONTINUE;
}

static gboolean on_interrupt(gpointer user_data)
{
    App *app = user_data;

    if (pager_is_open(app->pager)) /* which has got the signal, too */
        return G_SOURCE_CONTINUE;
    return frontend_interrupt(app->frontend) ? G_SOURCE_CONTINUE : on_signal(app);
}

static gboolean on_terminate(gpointer user_data)
{
    App *app = user_data;

    pager_stop(app->pager);
    return on_signal(app);
}

static void on_forwarded(const MachineForward *forward, gpointer user_data)
{
    output_forward(((App *)user_data)->output, forward);
}

/* Where to log in is on the screen before the guest has it. */
static void on_ready(gpointer user_data)
{
    App *app = user_data;
    g_autoptr(GError) error = NULL;

    if (app->options->console != CONSOLE_STDIO || app->stopping || app->ended ||
        start_console(app, &error))
        return;
    output_error(app->output, NULL, "qmpbridge", error);
    app->code = MAX(app->code, EXIT_CODE_COMMAND);
    stop(app);
}

static void on_kept(const char *disk, const char *path, const char *base, gpointer user_data)
{
    output_image(((App *)user_data)->output, disk, path, base);
}

/* --- the beginning ----------------------------------------------------------------------- */

static void on_attached(Shell *shell, AttachedVm *vm, JsonObject *greeting, gpointer user_data)
{
    App *app = user_data;

    (void)greeting;
    notice_gap(shell, vm);
    if (app->frontend)
        frontend_attached(app->frontend, vm);
}

static void on_event(Shell *shell, AttachedVm *vm, GBytes *event, gpointer user_data)
{
    App *app = user_data;

    notice_event(shell, vm, event);
    if (app->frontend)
        frontend_event(app->frontend);
}

static void on_hint(Shell *shell, AttachedVm *vm, const char *hint, gpointer user_data)
{
    (void)user_data;
    notice_hint(shell, vm, hint);
}

static void on_lost(Shell *shell, AttachedVm *vm, const GError *error, guint retry_ms,
                    gpointer user_data)
{
    App *app = user_data;

    (void)shell;
    if (app->frontend)
        frontend_lost(app->frontend, vm, error, retry_ms);
}

static gboolean is_screen(int fd)
{
    const char *term = g_getenv("TERM");

    return isatty(fd) && term && strcmp(term, "dumb") != 0;
}

static gboolean wants_colour(const Options *options, int fd)
{
    const char *no_color = g_getenv("NO_COLOR");

    return !options->no_color && !(no_color && *no_color) && is_screen(fd);
}

/* The columns of the terminal, where it is narrower than what is the default. */
static guint width(void)
{
    guint rows, columns = 0;

    return pager_screen(&rows, &columns) ? MIN(columns, 80) : 0;
}

static void make_output(App *app)
{
    const Options *options = app->options;
    static const PagerOptions paging = {
        .screen = pager_screen,
        .begin = display_suspend,
        .end = display_resume,
        .write = display_write,
    };
    gboolean input = options->mode == MODE_ATTACH && !app->interactive; /* is a script too */
    gboolean typed = options->console == CONSOLE_STDIO; /* the screen is the guest's */
    gboolean scripted =
        typed || options->script || options->commands->pdata[0] || options->words || input;
    gboolean paged =
        app->interactive && !options->json && !options->return_value && is_screen(STDOUT_FILENO);
    OutputOptions how = {
        .json = options->json,
        .bare = options->return_value,
        .colour = wants_colour(options, STDOUT_FILENO),
        .colour_notices = wants_colour(options, STDERR_FILENO),
        .width = width(),
        .progress = isatty(STDERR_FILENO),
        .events = !scripted,
        .places = typed || !scripted || (options->words && isatty(STDOUT_FILENO)),
        .chatty = !scripted || (options->words && isatty(STDOUT_FILENO)),
        .write = pager_write,
        .page = paged ? pager_page : NULL,
    };

    app->pager = how.user_data = pager_new(&paging);
    app->output = output_new(&how);
}

static gboolean make_shell(App *app, GError **error)
{
    static const ShellHandlers handlers = {on_attached, on_lost, on_event, on_hint};
    const Options *options = app->options;
    g_autofree char *plugin = plugin_file_default();
    ShellOptions how = {
        .commands = command_table(),
        .output = app->output,
        .store = options->store,
        .emulator = options->emulator,
        .emulators = options->emulators,
        .plugin = options->plugin ? options->plugin : plugin,
        .affinity = options->affinity,
        .timeout = options->timeout,
        .log_path = options->log,
        .addresses = options->addresses,
        .tls = options->tls,
        .retry = options->reconnect ? ENDPOINT_RETRY_ALWAYS
                 : app->interactive ? ENDPOINT_RETRY_LOST
                                    : ENDPOINT_RETRY_NEVER,
        .patient = options->reconnect,
        .keep_going = options->keep_going,
    };

    /* On `run` the bridge writes the log: it hears more. */
    if (options->mode == MODE_ATTACH && options->log) {
        app->log = eventlog_open(options->log, NULL, error);
        if (!app->log)
            return FALSE;
    }
    how.log = app->log;
    app->shell = shell_new(&how, &handlers, app);
    return TRUE;
}

static void on_reading(const char *path, guint64 bytes, gpointer user_data)
{
    App *app = user_data;
    g_autofree char *size = g_format_size_full(bytes, G_FORMAT_SIZE_IEC_UNITS);
    g_autofree char *text = g_strdup_printf(
        "Reading %s (%s) for its digest, once while it stays as it is.", path, size);

    output_hint(app->output, NULL, text);
}

static gboolean start_bridge(App *app, GError **error)
{
    const Options *options = app->options;
    BridgeOptions how = {
        .emulator = options->emulator,
        .emulators = options->emulators,
        .plugin = options->plugin,
        .plugin_options = options->plugin_options,
        .store = options->store,
        .seed_directory = options->seed_directory,
        .seed_label = options->seed_label ? options->seed_label : SEED_DISK_LABEL,
        .socket = options->socket,
        .log = options->log,
        .affinity = options->affinity,
        .force = options->force,
        .console_input = options->console != CONSOLE_NONE,
        .mode = options->mode == MODE_MAINTENANCE ? MODE_MAINTAIN
                : options->dry_run                ? MODE_DRY
                                                  : MODE_RECORD,
        .verify = !options->no_verify,
        .backlog = !options->no_idle_verify,
        .idle_end = options->idle_end,
        .monitor_timeout = options->monitor_timeout,
        .keep_disk = options->keep_disk || options->keep_disk_directory,
        .keep_disk_directory = options->keep_disk_directory,
        .forwarded = on_forwarded,
        .ready = on_ready,
        .kept = on_kept,
        .bounds = {.keep_free = (guint64)options->keep_free << 20,
                   .store_limit = (guint64)options->store_limit << 20},
        .reading = on_reading,
    };

    app->bridge = bridge_start(options->machine, &how, on_bridge_ended, app, error);
    if (!app->bridge)
        return FALSE;
    output_running(app->output, bridge_socket(app->bridge), bridge_console(app->bridge));
    output_containment(app->output, options->machine, bridge_is_confined(app->bridge));
    output_display(app->output, options->machine);
    return TRUE;
}

/* The bridge's own control socket: it is there, and it doesn't come again. */
static gboolean attach_own(App *app, GError **error)
{
    GIOStream *stream = transport_connect(bridge_socket(app->bridge), error);

    if (stream)
        app->own =
            attached_vm_ref(shell_attach_stream(app->shell, app->options->machine->name, stream));
    return stream != NULL;
}

static void on_first(const GError *error, gpointer user_data)
{
    GError **first = user_data;

    *first = error ? g_error_copy(error) : NULL;
}

/* A VM that isn't there is an error before anything is done, unless it is to be waited for. */
static gboolean await(App *app, AttachedVm *vm, GError **error)
{
    GError *outcome = NULL;

    if (app->options->reconnect)
        return TRUE;
    attached_vm_when_ready(vm, on_first, &outcome);
    while (attached_vm_state(vm) == ATTACHED_VM_CONNECTING)
        g_main_context_iteration(NULL, TRUE);
    if (!outcome)
        return TRUE;
    g_propagate_error(error, outcome);
    return FALSE;
}

static gboolean attach_others(App *app, GError **error)
{
    char **further = (char **)app->options->attach->pdata;
    g_autoptr(GPtrArray) vms = g_ptr_array_new();

    if (app->options->address)
        g_ptr_array_add(vms, shell_attach(app->shell, app->options->address, error));
    for (char **where = further; *where && (!vms->len || vms->pdata[vms->len - 1]); where++)
        g_ptr_array_add(vms, shell_attach(app->shell, *where, error));
    for (guint i = 0; i < vms->len; i++) {
        if (!vms->pdata[i] || !await(app, vms->pdata[i], error))
            return FALSE;
    }
    return TRUE;
}

static gboolean attach(App *app, GError **error)
{
    return (!app->bridge || attach_own(app, error)) && attach_others(app, error);
}

static gboolean start_frontend(App *app, GError **error)
{
    const Options *options = app->options;
    /* Standard input is read for commands where it is all there is to do. */
    gboolean input =
        options->mode == MODE_ATTACH && !app->interactive && !options->commands->pdata[0];
    FrontendPlan plan = {
        .words = options->words,
        .commands = (char **)options->commands->pdata,
        .script = options->script ? options->script
                  : input         ? "-"
                                  : NULL,
        .interactive = app->interactive,
    };

    app->frontend = frontend_new(app->shell, &plan, on_frontend_done, app, error);
    return app->frontend != NULL;
}

/* A script that can't be read is an error before a VM is started. */
static gboolean check_script(const char *script, GError **error)
{
    if (!script || strcmp(script, "-") == 0 || access(script, R_OK) == 0)
        return TRUE;
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE, "%s: %s", script, g_strerror(errno));
    return FALSE;
}

static gboolean start(App *app, GError **error)
{
    const Options *options = app->options;

    app->interactive = options->mode != MODE_STORE && options->console != CONSOLE_STDIO &&
                       !options->commands->pdata[0] && !options->script && isatty(STDIN_FILENO) &&
                       isatty(STDOUT_FILENO);
    make_output(app);
    if (!check_script(options->script, error) || !make_shell(app, error))
        return FALSE;
    if (options->mode == MODE_MAINTENANCE &&
        !maintenance_check(options->machine, options->store, options->force, app->output, error))
        return FALSE;
    if (options->mode & (MODE_RUN | MODE_MAINTENANCE) && !start_bridge(app, error))
        return FALSE;
    return attach(app, error) && start_frontend(app, error);
}

static void clean_up(App *app)
{
    frontend_free(app->frontend);
    shell_free(app->shell);
    attached_vm_unref(app->own);
    bridge_free(app->bridge);
    eventlog_free(app->log);
    output_free(app->output);
    pager_free(app->pager);
    g_clear_error(&app->bridge_error);
    g_main_loop_unref(app->loop);
}

static int outcome(const App *app)
{
    int code = app->interactive ? app->code : shell_exit_code(app->shell, app->code);

    if (app->bridge_error && !frontend_has_told_loss(app->frontend))
        output_error(app->output, NULL, "qmpbridge", app->bridge_error);
    /* A recording that failed or diverged decides on the exit code, before the VM that has gone. */
    if (app->bridge && code == EXIT_CODE_CONNECTION && shell_exit_code(app->shell, 0))
        return shell_exit_code(app->shell, 0);
    if (app->bridge_error && (code == EXIT_CODE_OK || code == EXIT_CODE_CONNECTION))
        return bridge_error_exit_code(app->bridge_error);
    return code;
}

static int run(const Options *options)
{
    App app = {.options = options, .loop = g_main_loop_new(NULL, FALSE)};
    g_autoptr(GError) error = NULL;
    int code;

    if (start(&app, &error)) {
        guint sources[] = {
            g_unix_signal_add(SIGINT, on_interrupt, &app),
            g_unix_signal_add(SIGTERM, on_terminate, &app),
            g_unix_signal_add(SIGHUP, on_terminate, &app),
        };

        g_main_loop_run(app.loop);
        end_console(&app);
        pager_finish(app.pager);
        for (gsize i = 0; i < G_N_ELEMENTS(sources); i++)
            g_source_remove(sources[i]);
        code = outcome(&app);
    } else {
        end_console(&app);
        output_error(app.output, NULL, "qmpbridge", error);
        code = bridge_error_exit_code(error);
    }
    clean_up(&app);
    return code;
}

/* Each VM takes a descriptor; the soft limit only protects programs that use select(). */
static void raise_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/* Requests and replies of megabytes go back to the system once they are freed: glibc would raise
 * its threshold by the first of them, and keep the others in a heap with holes. */
static void return_big_memory(void)
{
#ifdef M_MMAP_THRESHOLD
    mallopt(M_MMAP_THRESHOLD, BIG_MEMORY);
#endif
}

/* An image is maintained at the guest's console, unless there are commands for the VM. */
static void choose_console(Options *options)
{
    if (options->mode == MODE_MAINTENANCE && !options->console_given && !options->script &&
        !options->commands->pdata[0] && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
        options->console = CONSOLE_STDIO;
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Options) options = NULL;

    setlocale(LC_CTYPE, ""); /* for readline; numbers stay as they are */
    signal(SIGPIPE, SIG_IGN);
    return_big_memory();
    raise_descriptors();
    options = command_line_parse(argc > 0 ? argv + 1 : NULL, &error);
    if (!options) {
        fprintf(stderr, "qmpbridge: %s (see 'qmpbridge --help')\n", error->message);
        return bridge_error_exit_code(error);
    }
    switch ((int)options->mode) {
    case MODE_PRINT:
        return fputs(options->print, stdout) < 0 || fflush(stdout) ? EXIT_CODE_COMMAND
                                                                   : EXIT_CODE_OK;
    case MODE_CONSOLE:
        return main_console(options);
    case MODE_DERIVE:
        return main_derive(options);
    case MODE_SERVE:
        return main_serve(options);
    default:
        choose_console(options);
        return run(options);
    }
}
