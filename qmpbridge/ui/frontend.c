/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Drives a shell. States: at work, then over; the owner is called from an idle source.
 */
#include "qmpbridge/ui/frontend.h"

#include "qmpbridge/core/error.h"
#include "qmpbridge/ui/prompt/completer.h"
#include "qmpbridge/ui/prompt/display.h"
#include "qmpbridge/ui/prompt/history.h"
#include "qmpbridge/ui/output/output.h"
#include "qmpbridge/ui/notices.h"
#include "qmpbridge/shell/script.h"

struct Frontend {
    Shell *shell;
    Executor *executor;
    Script *script;
    Completer *completer; /* on a terminal */
    gboolean interactive, over;
    gboolean closed;    /* the last connection is over */
    gboolean told_loss; /* why it ended has been printed */
    GError *loss;       /* why, if it was not in order */
    int code;
    int failed_code; /* of the first command of a script that failed while it went on */
    guint idle;
    guint patience; /* timer while a command runs on a terminal */
    FrontendDone done;
    gpointer user_data;
};

/* No line is read any more; what is still to be printed goes to a terminal as it was before. */
static void close_terminal(Frontend *frontend)
{
    if (frontend->interactive)
        display_close();
}

static gboolean report_end(gpointer user_data)
{
    Frontend *frontend = user_data;

    frontend->idle = 0;
    close_terminal(frontend);
    frontend->done(frontend, frontend->code, frontend->user_data);
    return G_SOURCE_REMOVE;
}

static void finish(Frontend *frontend, int code)
{
    if (frontend->over)
        return;
    frontend->over = TRUE;
    frontend->code = code;
    frontend->idle = g_idle_add(report_end, frontend);
}

static void show_error(Frontend *frontend, const char *where, const GError *error)
{
    if (error)
        output_error(shell_output(frontend->shell), NULL, where, error);
}

/* --- a script, or one command ------------------------------------------------------------ */

/* A command cut short only knows that the connection ended; why it did is the better message. */
static const GError *true_reason(const Frontend *frontend, const GError *error)
{
    gboolean closed = g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_CLOSED);

    return closed && frontend->loss ? frontend->loss : error;
}

static void on_script_failed(Script *script, const char *where, const GError *error,
                             gpointer user_data)
{
    Frontend *frontend = user_data;
    g_autoptr(GError) failure = bridge_error_of_line(true_reason(frontend, error));

    (void)script;
    show_error(frontend, where, failure);
    if (!frontend->failed_code)
        frontend->failed_code = bridge_error_exit_code(failure);
}

static void on_script_done(Script *script, const char *where, const GError *error,
                           gpointer user_data)
{
    Frontend *frontend = user_data;
    g_autoptr(GError) failure = bridge_error_of_line(true_reason(frontend, error));

    (void)script;
    show_error(frontend, where, failure);
    finish(frontend, shell_exit_code(frontend->shell, frontend->failed_code
                                                          ? frontend->failed_code
                                                          : bridge_error_exit_code(failure)));
}

static void on_words_done(Executor *executor, const GError *error, gpointer user_data)
{
    show_error(user_data, "qmpbridge", error);
    finish(user_data, shell_exit_code(executor_shell(executor), bridge_error_exit_code(error)));
}

static gboolean start_script(Frontend *frontend, const FrontendPlan *plan, GError **error)
{
    frontend->script = script_new(frontend->executor, on_script_failed, on_script_done, frontend);
    for (char **command = plan->commands; command && *command; command++)
        script_add_command(frontend->script, *command);
    if (plan->script && !script_add_file(frontend->script, plan->script, error))
        return FALSE;
    script_start(frontend->script);
    return TRUE;
}

/* --- the terminal ------------------------------------------------------------------------ */

/* The end of the VM is no failure, the loss of the connection is. */
static void finish_closed(Frontend *frontend)
{
    if (!frontend->loss) {
        output_hint(shell_output(frontend->shell), NULL, "the VM has ended");
        finish(frontend, EXIT_CODE_OK);
    } else {
        show_error(frontend, NULL, frontend->loss);
        frontend->told_loss = TRUE;
        finish(frontend, bridge_error_exit_code(frontend->loss));
    }
}

/* The prompt shows what takes the line: what is open, or which VM of several. */
static void show_prompt(Frontend *frontend)
{
    const ShellMode *mode = shell_mode(frontend->shell);
    const char *vm = shell_label(frontend->shell, shell_vm(frontend->shell));
    g_autofree char *named = vm ? g_strconcat(vm, "> ", NULL) : NULL;

    display_set_prompt(mode ? mode->prompt : named ? named : "qmpbridge> ");
    display_show();
}

/* How long people wait before they are shown what helps, in seconds. */
#define PATIENCE 10

static gboolean on_patience(gpointer user_data)
{
    Frontend *frontend = user_data;
    AttachedVm *vm = shell_vm(frontend->shell);
    QmpClient *client = vm ? attached_vm_client(vm) : NULL;

    frontend->patience = 0;
    if (client && qmp_client_pending(client))
        output_hint(shell_output(frontend->shell), shell_label(frontend->shell, vm),
                    "no answer for 10 s: Ctrl-C gives the command up; where the monitor hangs on "
                    "a connection, 'yank' cuts it");
    return G_SOURCE_REMOVE;
}

static void on_executed(Executor *executor, const GError *error, gpointer user_data)
{
    Frontend *frontend = user_data;
    g_autoptr(GError) failure = bridge_error_of_line(error);

    g_clear_handle_id(&frontend->patience, g_source_remove);
    if (!g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_CLOSED) || !frontend->closed)
        show_error(frontend, NULL, failure);
    if (shell_wants_quit(executor_shell(executor)))
        finish(frontend, EXIT_CODE_OK);
    else if (frontend->closed)
        finish_closed(frontend);
    else
        show_prompt(frontend);
}

static void on_line(const char *line, gpointer user_data)
{
    Frontend *frontend = user_data;

    if (frontend->over)
        return;
    completer_forget(frontend->completer); /* whatever the line changes */
    if (line) {
        frontend->patience = g_timeout_add_seconds(PATIENCE, on_patience, frontend);
        executor_execute(frontend->executor, line, on_executed, frontend);
    } else {
        finish(frontend, EXIT_CODE_OK);
    }
}

static gboolean on_is_open(const char *line, gpointer user_data)
{
    const Frontend *frontend = user_data;

    return command_line_is_open(shell_commands(frontend->shell), line);
}

static Completion *on_complete(const char *line, gsize cursor, gpointer user_data)
{
    Frontend *frontend = user_data;

    return completer_complete(frontend->completer, line, cursor);
}

static void on_completion_changed(gpointer user_data)
{
    (void)user_data;
    display_complete_again();
}

static void start_terminal(Frontend *frontend)
{
    static const DisplayHandlers handlers = {on_line, on_complete, on_is_open};
    g_autofree char *history = history_default_path();
    AttachedVms *vms = shell_vms(frontend->shell);

    frontend->completer = completer_new(frontend->shell, on_completion_changed, frontend);
    display_open("qmpbridge> ", history, &handlers, frontend);
    for (guint i = 0; i < attached_vms_count(vms); i++) {
        if (attached_vm_client(attached_vms_nth(vms, i)))
            frontend_attached(frontend, attached_vms_nth(vms, i));
    }
    show_prompt(frontend);
}

/* --- its life ---------------------------------------------------------------------------- */

Frontend *frontend_new(Shell *shell, const FrontendPlan *plan, FrontendDone done,
                       gpointer user_data, GError **error)
{
    g_autoptr(Frontend) frontend = g_new0(Frontend, 1);

    frontend->shell = shell;
    frontend->executor = executor_new(shell);
    frontend->done = done;
    frontend->user_data = user_data;
    if (plan->words) {
        executor_execute_words(frontend->executor, plan->words, on_words_done, frontend);
    } else if ((plan->commands && plan->commands[0]) || plan->script) {
        if (!start_script(frontend, plan, error))
            return NULL;
    } else if (plan->interactive) {
        frontend->interactive = TRUE;
        start_terminal(frontend);
    }
    return g_steal_pointer(&frontend);
}

void frontend_free(Frontend *frontend)
{
    if (!frontend)
        return;
    frontend_stop(frontend);
    executor_free(frontend->executor);
    g_clear_error(&frontend->loss);
    g_free(frontend);
}

void frontend_stop(Frontend *frontend)
{
    frontend->over = TRUE;
    close_terminal(frontend);
    g_clear_handle_id(&frontend->idle, g_source_remove);
    g_clear_pointer(&frontend->completer, completer_free);
    g_clear_handle_id(&frontend->patience, g_source_remove);
    g_clear_pointer(&frontend->script, script_free);
    executor_cancel(frontend->executor);
}

void frontend_attached(Frontend *frontend, AttachedVm *vm)
{
    notice_attached(frontend->shell, vm);
    if (frontend->completer)
        completer_drop(frontend->completer, attached_vm_name(vm));
    if (frontend->interactive)
        attached_vm_with_schema(vm, NULL, NULL);
}

void frontend_event(Frontend *frontend)
{
    if (frontend->completer)
        completer_forget(frontend->completer);
}

static gboolean all_over(const Frontend *frontend)
{
    AttachedVms *vms = shell_vms(frontend->shell);

    for (guint i = 0; i < attached_vms_count(vms); i++) {
        if (attached_vm_state(attached_vms_nth(vms, i)) != ATTACHED_VM_OVER)
            return FALSE;
    }
    return TRUE;
}

void frontend_lost(Frontend *frontend, AttachedVm *vm, const GError *error, guint retry_ms)
{
    if (retry_ms)
        notice_lost(frontend->shell, vm, error, retry_ms);
    else if (!all_over(frontend))
        notice_over(frontend->shell, vm, error);
    if (retry_ms || !all_over(frontend))
        return;
    frontend->closed = TRUE;
    g_clear_error(&frontend->loss);
    frontend->loss = error ? g_error_copy(error) : NULL;
    /* A script goes on: it may have commands left that need no VM. */
    if (!frontend->script && !executor_is_busy(frontend->executor))
        finish_closed(frontend);
}

gboolean frontend_has_told_loss(const Frontend *frontend)
{
    return frontend->told_loss;
}

gboolean frontend_interrupt(Frontend *frontend)
{
    if (!frontend->interactive || frontend->over)
        return FALSE;
    if (executor_is_busy(frontend->executor)) {
        g_clear_handle_id(&frontend->patience, g_source_remove);
        executor_cancel(frontend->executor);
        display_interrupt();
        display_write(OUTPUT_RESULT, "\n", NULL);
        show_prompt(frontend);
    } else {
        display_interrupt();
    }
    return TRUE;
}
