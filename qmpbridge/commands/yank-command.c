/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `yank`: cuts connections that QEMU waits on (qapi/yank.json), out-of-band, so that it works
 * while the monitor hangs.
 */
#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/commands/commands.h"
#include "qmpbridge/shell/events/event-text.h"

static void on_yanked(QmpClient *client, GBytes *value, const GError *error, gpointer user_data)
{
    g_autoptr(CommandCall) call = user_data;

    (void)client;
    if (call_is_over(call))
        return;
    if (!error)
        output_reply(shell_output(call_shell(call)), call_label(call), "yank", value);
    call_finish(call, error ? g_error_copy(error) : NULL);
}

/* @instances: a JSON array of YankInstance. */
static void yank(CommandCall *call, const GString *instances)
{
    g_autofree char *text = g_strdup_printf("{\"instances\": %s}", instances->str);
    g_autoptr(GBytes) args = g_bytes_new(text, strlen(text));

    attached_vm_qmp_text(call_vm(call), "yank", args, QMP_EXECUTE_OOB, on_yanked, call_ref(call));
}

/* A chardev may be the monitor's own, which nobody wants to cut: it has to be named. */
static void append_other(JsonSlice element, gpointer user_data)
{
    GString *instances = user_data;

    if (json_slice_is(event_text_member(element, "type"), "chardev"))
        return;
    g_string_append(instances, instances->len > 1 ? ", " : "");
    g_string_append_len(instances, element.text, (gssize)element.len);
}

static void on_instances(QmpClient *client, GBytes *value, const GError *error, gpointer user_data)
{
    g_autoptr(CommandCall) call = user_data;
    g_autoptr(GString) instances = g_string_new("[");
    char **words = call_pairs(call);

    (void)client;
    if (call_is_over(call))
        return;
    if (error) {
        call_finish(call, g_error_copy(error));
    } else if (words && words[0]) { /* "all" */
        json_scan_array(json_slice_of(value), append_other, instances);
        g_string_append_c(instances, ']');
        yank(call, instances);
    } else {
        output_reply(shell_output(call_shell(call)), call_label(call), "query-yank", value);
        call_finish(call, NULL);
    }
}

/* One word to a member of the array: "block-node=NAME", "chardev=ID", "migration". */
static gboolean append_instance(GString *out, const char *word, GError **error)
{
    static const struct {
        const char *type, *member; /* NULL: none */
    } kinds[] = {{"block-node", "node-name"}, {"chardev", "id"}, {"migration", NULL}};
    gsize len = strcspn(word, "=");

    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (strlen(kinds[i].type) != len || strncmp(word, kinds[i].type, len) ||
            (word[len] == '=') != (kinds[i].member != NULL))
            continue;
        g_string_append_printf(out, "%s{\"type\": \"%s\"", out->len > 1 ? ", " : "", kinds[i].type);
        if (kinds[i].member) {
            g_string_append_printf(out, ", \"%s\": ", kinds[i].member);
            json_append_string(out, word + len + 1);
        }
        g_string_append_c(out, '}');
        return TRUE;
    }
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                "'%s': yank takes all, or block-node=NAME, chardev=ID and migration", word);
    return FALSE;
}

static void yank_named(CommandCall *call)
{
    g_autoptr(GString) instances = g_string_new("[");
    GError *error = NULL;

    for (char **word = call_pairs(call); *word; word++) {
        if (!append_instance(instances, *word, &error)) {
            call_finish(call, error);
            return;
        }
    }
    g_string_append_c(instances, ']');
    yank(call, instances);
}

static void run_yank(CommandCall *call)
{
    char **words = call_pairs(call);
    gboolean all = words && words[0] && !strcmp(words[0], "all") && !words[1];

    if (words && words[0] && !all)
        yank_named(call);
    else
        attached_vm_qmp_text(call_vm(call), "query-yank", NULL, QMP_EXECUTE_OOB, on_instances,
                             call_ref(call));
}

static void complete_instances(Candidates *c)
{
    static const struct {
        const char *before;
        LiveNamesPlace place;
    } kinds[] = {
        {"block-node=", {"yank", "node-name", "", NULL}},
        {"chardev=", {"yank", "chardev", "", NULL}},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (g_str_has_prefix(c->typed->word, kinds[i].before))
            candidates_offer_names(c, kinds[i].before, &kinds[i].place);
        else
            candidates_offer(c, "", kinds[i].before, OFFER_GOES_ON);
    }
}

const Command command_yank = {
    .name = "yank",
    .arguments = {{"instances",
                   ARGUMENT_WORDS,
                   TRUE,
                   "[all|block-node=NAME...|chardev=ID...|migration]",
                   complete_instances,
                   {"all", "migration"}}},
    .help = "Cut connections that a monitor hangs on",
    .details =
        "It goes out-of-band, so it works while a command has no answer, as when a server on the\n"
        "network is stuck: Ctrl-C gives the command up, 'yank' lists what can be cut, 'yank all'\n"
        "cuts all block nodes and a migration; a chardev has to be named, as it may be the\n"
        "monitor's own. What was using the connection fails.",
    .family = FAMILY_QMP,
    .needs = NEEDS_MONITOR,
    .run = run_yank,
};
