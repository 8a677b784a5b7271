/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `info`: what is known of each connection, as one JSON object, which people see laid out.
 */
#include "qmpbridge/core/message.h"
#include "qmpbridge/commands/commands.h"

/* Members are appended to an open object. */
static void add_key(GString *out, const char *key)
{
    if (out->len > 1)
        g_string_append(out, ", ");
    json_append_string(out, key);
    g_string_append(out, ": ");
}

/* @text: (nullable): nothing is added. */
static void add_text(GString *out, const char *key, const char *text)
{
    if (!text)
        return;
    add_key(out, key);
    json_append_string(out, text);
}

static void add_number(GString *out, const char *key, guint64 number)
{
    add_key(out, key);
    g_string_append_printf(out, "%" G_GUINT64_FORMAT, number);
}

static void add_peer(GString *out, AttachedVm *vm)
{
    TransportPeer peer;

    if (!attached_vm_endpoint(vm) || !endpoint_peer(attached_vm_endpoint(vm), &peer))
        return;
    add_key(out, "peer");
    g_string_append_printf(out, "{\"pid\": %ld, \"uid\": %lu}", (long)peer.pid,
                           (unsigned long)peer.uid);
}

/* "qemu": "11.1.3", "package": "...", "capabilities": [...], as the greeting has them. */
static void add_greeting(GString *out, JsonNode *body)
{
    JsonObject *greeting = json_as_object(body);
    JsonObject *version = json_as_object(json_lookup(greeting, "version"));
    JsonNode *capabilities = json_lookup(greeting, "capabilities");
    g_autofree char *qemu = message_version(body);

    add_text(out, "qemu", qemu);
    add_text(out, "package", json_as_string(json_lookup(version, "package")));
    if (capabilities) {
        add_key(out, "capabilities");
        json_append(out, capabilities);
    }
}

static void add_gaps(GString *out, AttachedVm *vm)
{
    EndpointGap gap;
    guint gaps = attached_vm_endpoint(vm) ? endpoint_gaps(attached_vm_endpoint(vm), &gap) : 0;

    add_number(out, "gaps", gaps);
}

static void add_schema(GString *out, const Schema *schema)
{
    guint commands, events;

    if (!schema)
        return;
    schema_commands(schema, &commands);
    schema_events(schema, &events);
    add_key(out, "schema");
    g_string_append_printf(out,
                           "{\"digest\": \"%s\", \"commands\": %u, \"events\": %u, "
                           "\"bytes\": %" G_GSIZE_FORMAT "}",
                           schema_digest(schema), commands, events, schema_size(schema));
}

static void append_monitor(GString *out, Shell *shell, AttachedVm *vm)
{
    static const char *const states[] = {
        [ATTACHED_VM_CONNECTING] = "connecting",
        [ATTACHED_VM_READY] = "ready",
        [ATTACHED_VM_LOST] = "lost, being tried again",
        [ATTACHED_VM_OVER] = "over",
    };
    QmpClient *client = attached_vm_client(vm);
    const GError *error = attached_vm_error(vm);

    g_string_append_c(out, '{');
    add_text(out, "name", attached_vm_name(vm));
    add_text(out, "address", attached_vm_address(vm));
    add_text(out, "state", states[attached_vm_state(vm)]);
    add_text(out, "error", error ? error->message : NULL);
    if (client) {
        add_greeting(out, qmp_client_greeting(client));
        add_peer(out, vm);
        add_number(out, "in-flight", qmp_client_pending(client));
    }
    add_number(out, "events", attached_vm_event_count(vm));
    add_number(out, "events-dropped", event_queue_lost(attached_vm_events(vm)));
    add_gaps(out, vm);
    add_schema(out, attached_vm_schema(vm));
    add_text(out, "log", shell_options(shell)->log_path);
    g_string_append_c(out, '}');
}

static void run_info(CommandCall *call)
{
    Shell *shell = call_shell(call);
    AttachedVms *vms = shell_vms(shell);

    if (!attached_vms_count(vms))
        output_hint(shell_output(shell), NULL, "no VM is attached");
    for (guint i = 0; i < attached_vms_count(vms); i++) {
        AttachedVm *vm = attached_vms_nth(vms, i);
        g_autoptr(GString) text = g_string_new(NULL);
        g_autoptr(GBytes) value = NULL;

        append_monitor(text, shell, vm);
        value = g_bytes_new(text->str, text->len);
        output_reply(shell_output(shell), shell_label(shell, vm), "info", value);
    }
    call_finish(call, NULL);
}

const Command command_info = {
    .name = "info",
    .help = "Tell about the connections",
    .details =
        "For each VM: where it is, its QEMU, who is at the other end, commands not yet answered,\n"
        "events seen and dropped, how often the connection was lost, and the schema. 'hmp info'\n"
        "has what QEMU knows of the VM.",
    .family = FAMILY_VMS,
    .needs = NEEDS_NOTHING,
    .run = run_info,
};
