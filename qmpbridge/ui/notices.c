/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events and hints as output. After a gap the VM's state is read again, since the events that would
 * have shown it are missing.
 */
#include "qmpbridge/ui/notices.h"

#include "qmpbridge/core/message.h"
#include "qmpbridge/ui/output/escape.h"
#include "qmpbridge/shell/events/event-text.h"
#include "qmpbridge/ui/output/output.h"

static void show_hint(Shell *shell, AttachedVm *vm, const char *format, ...) G_GNUC_PRINTF(3, 4);

static void show_hint(Shell *shell, AttachedVm *vm, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    output_hint(shell_output(shell), shell_label(shell, vm), text);
}

static void show_version(Shell *shell, AttachedVm *vm)
{
    g_autofree char *version = message_version(qmp_client_greeting(attached_vm_client(vm)));

    if (version)
        show_hint(shell, vm, "Connected to QEMU %s; 'help' lists the commands.", version);
}

/* What a question on the state needs when it is answered. */
typedef struct {
    Shell *shell;
    AttachedVm *vm; /* a reference */
} Question;

static void on_status(QmpClient *client, GBytes *value, const GError *error, gpointer user_data)
{
    g_autofree Question *question = user_data;
    g_autoptr(AttachedVm) vm = question->vm;
    g_autofree char *status = NULL, *shown = NULL;

    (void)client;
    (void)error; /* a shell that is being freed has closed its VMs: it isn't touched */
    if (value)
        status = json_slice_string(event_text_member(json_slice_of(value), "status"));
    if (!status)
        return;
    shown = escape_text(status, -1);
    show_hint(question->shell, vm, "its state now: %s", shown);
}

static void show_gap(Shell *shell, AttachedVm *vm)
{
    Question *question = g_new(Question, 1);
    EndpointGap gap;

    endpoint_gaps(attached_vm_endpoint(vm), &gap);
    show_hint(shell, vm, "connected again after %.1f s: events of that time are missing",
              (double)(gap.end - gap.begin) / G_USEC_PER_SEC);
    *question = (Question){shell, attached_vm_ref(vm)};
    qmp_client_execute_text(attached_vm_client(vm), "query-status", NULL, QMP_EXECUTE, 2000,
                            on_status, question, NULL);
}

void notice_event(Shell *shell, AttachedVm *vm, GBytes *event)
{
    output_event(shell_output(shell), shell_label(shell, vm), event);
}

void notice_hint(Shell *shell, AttachedVm *vm, const char *hint)
{
    g_autofree char *safe = escape_text(hint, -1);

    output_warning(shell_output(shell), shell_label(shell, vm), safe);
}

void notice_gap(Shell *shell, AttachedVm *vm)
{
    if (attached_vm_gap(vm))
        output_gap(shell_output(shell), shell_label(shell, vm), attached_vm_gap(vm));
}

void notice_attached(Shell *shell, AttachedVm *vm)
{
    if (attached_vm_endpoint(vm) && endpoint_gaps(attached_vm_endpoint(vm), NULL))
        show_gap(shell, vm);
    else
        show_version(shell, vm);
}

void notice_lost(Shell *shell, AttachedVm *vm, const GError *error, guint retry_ms)
{
    g_autofree char *shown = escape_text(error->message, -1);

    show_hint(shell, vm, "%s: %s; trying again in %.1f s",
              attached_vm_was_ready(vm) ? "connection lost" : "not connected yet", shown,
              retry_ms / 1000.0);
}

void notice_over(Shell *shell, AttachedVm *vm, const GError *error)
{
    if (error)
        output_error(shell_output(shell), shell_label(shell, vm), NULL, error);
    else
        show_hint(shell, vm, "the VM has ended");
}
