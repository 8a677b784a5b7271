/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `transaction`: a block of actions, one a line, that the VM carries out all together or not at
 * all. While it is open it takes all lines (ShellMode). Each action is checked when it is typed;
 * an error is printed for one that is wrong, and the block stays as it was.
 */
#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/commands/commands.h"
#include "qmpbridge/shell/language/transaction-action.h"

/* Most actions of a block. */
#define MAX_ACTIONS 4096u

typedef struct {
    AttachedVm *vm;
    GString *actions; /* JSON texts, joined by ", " */
    guint count;
    char *properties; /* (nullable): JSON text */
} Block;

static void block_free(gpointer data)
{
    Block *block = data;

    attached_vm_unref(block->vm);
    g_string_free(block->actions, TRUE);
    g_free(block->properties);
    g_free(block);
}

static GBytes *take_text(GString *text)
{
    return g_string_free_to_bytes(text);
}

/* {"actions": [...], "properties"?}. */
static GBytes *arguments_of(const Block *block)
{
    GString *text = g_string_new(NULL);

    g_string_append_printf(text, "{\"actions\": [%s]", block->actions->str);
    if (block->properties)
        g_string_append_printf(text, ", \"properties\": %s", block->properties);
    g_string_append_c(text, '}');
    return take_text(text);
}

/* --- the lines of a block ----------------------------------------------------------------- */

static void on_reply(QmpClient *client, GBytes *value, const GError *error, gpointer user_data)
{
    g_autoptr(CommandCall) call = user_data;

    (void)client;
    call_answer(call, "transaction", value, error);
}

/* The block ends, whatever the VM says: if it refuses, nothing has changed there. */
static void commit(CommandCall *call, Block *block)
{
    g_autoptr(GBytes) args = NULL;
    g_autoptr(AttachedVm) vm = NULL;

    if (block->count == 0) {
        call_finish(call, g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                                      "the transaction has no actions; 'abort' drops it"));
        return;
    }
    args = arguments_of(block);
    vm = attached_vm_ref(block->vm);
    shell_set_mode(call_shell(call), NULL, NULL);
    attached_vm_qmp_text(vm, "transaction", args, QMP_EXECUTE, on_reply, call_ref(call));
}

static void show(CommandCall *call, const Block *block)
{
    g_autoptr(GBytes) args = arguments_of(block);

    output_reply(shell_output(call_shell(call)), call_label(call), "show", args);
    call_finish(call, NULL);
}

static void help(CommandCall *call)
{
    output_text(shell_output(call_shell(call)), NULL,
                "ACTION [KEY=VALUE]...  add an action, such as blockdev-snapshot-sync; "
                "{...} as JSON\n"
                "show                   print what is gathered\n"
                "commit, or )           have it carried out, all of it or nothing\n"
                "abort                  drop it\n");
    call_finish(call, NULL);
}

/* @error: (transfer full) (nullable): why there is no action. */
static void add(CommandCall *call, Block *block, GBytes *action, GError *error)
{
    gsize len;
    const char *text;

    if (!action || block->count == MAX_ACTIONS) {
        call_finish(call, error ? error
                                : g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_TOO_BIG,
                                              "more than %u actions", MAX_ACTIONS));
        return;
    }
    text = g_bytes_get_data(action, &len);
    g_string_append(block->actions, block->count++ ? ", " : "");
    g_string_append_len(block->actions, text, (gssize)len);
    call_finish(call, NULL);
}

static void add_action(CommandCall *call, Block *block, const char *line, const Words *words)
{
    Schema *schema = attached_vm_schema(block->vm);
    g_autoptr(GPtrArray) hints = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GBytes) action = NULL;
    GError *error = NULL;

    action =
        words ? transaction_action(schema, words->texts[0], words->texts + 1, words, hints, &error)
              : transaction_action_json(schema, line, hints, &error);
    for (guint i = 0; i < hints->len; i++)
        shell_hint_once(call_shell(call), call_vm(call), hints->pdata[i]);
    add(call, block, action, error);
}

static void take_words(CommandCall *call, Block *block, const char *line, const Words *words)
{
    const char *word = words->count == 1 ? words->texts[0] : "";

    if (words->count == 0)
        call_finish(call, NULL);
    else if (strcmp(word, "commit") == 0 || strcmp(word, ")") == 0)
        commit(call, block);
    else if (strcmp(word, "show") == 0)
        show(call, block);
    else if (strcmp(word, "help") == 0)
        help(call);
    else if (strcmp(word, "abort") == 0) {
        shell_set_mode(call_shell(call), NULL, NULL);
        call_finish(call, NULL);
    } else {
        add_action(call, block, line, words);
    }
}

static void execute(CommandCall *call, const char *line, gpointer data)
{
    g_autoptr(Words) words = NULL;
    GError *error = NULL;

    if (words_is_json(line)) {
        add_action(call, data, line, NULL);
        return;
    }
    words = words_parse(line, &error);
    if (words)
        take_words(call, data, line, words);
    else
        call_finish(call, error);
}

/* --- its begin ---------------------------------------------------------------------------- */

static const char *const words_of_block[] = {"abort", "commit", "help", "show", NULL};

static const ShellMode mode = {"transaction", "transaction> ", words_of_block, execute, block_free};

static void on_schema(gpointer user_data)
{
    g_autoptr(CommandCall) call = user_data;
    Schema *schema = call_is_over(call) ? NULL : attached_vm_schema(call_vm(call));
    g_autofree char *properties = NULL;
    GError *error = NULL;
    Block *block;

    if (call_is_over(call))
        return;
    if (shell_mode(call_shell(call)))
        error = g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_STATE, "a transaction is open already");
    else if (call_pairs(call) && call_pairs(call)[0])
        properties = transaction_properties(schema, call_pairs(call), call_words(call), &error);
    if (!error) {
        block = g_new0(Block, 1);
        block->vm = attached_vm_ref(call_vm(call));
        block->actions = g_string_new(NULL);
        block->properties = g_steal_pointer(&properties);
        shell_set_mode(call_shell(call), &mode, block);
    }
    call_finish(call, error);
}

/* The command of QMP itself: transaction actions=[...]. */
static gboolean has_actions(char **pairs)
{
    for (; pairs && *pairs; pairs++) {
        if (strncmp(*pairs, "actions", 7) == 0 && ((*pairs)[7] == '=' || (*pairs)[7] == '.'))
            return TRUE;
    }
    return FALSE;
}

static void run_transaction(CommandCall *call)
{
    if (has_actions(call_pairs(call)))
        call_qmp(call, "transaction");
    else
        attached_vm_with_schema(call_vm(call), on_schema, call_ref(call));
}

static void complete_properties(Candidates *c)
{
    candidates_offer_pairs(c, NULL, transaction_properties_type(c->sources->schema));
}

const Command command_transaction = {
    .name = "transaction",
    .arguments = {{"block", ARGUMENT_KEYWORD, TRUE, .keywords = {"("}},
                  {"properties", ARGUMENT_PAIRS, TRUE, .complete = complete_properties}},
    .help = "Gather actions that are done together or not at all",
    .details =
        "Each of the lines that follow is an action, such as\n"
        "'blockdev-snapshot-sync device=d0 snapshot-file=new.qcow2', and is checked at once.\n"
        "'commit', or ')', has the VM do them all; if one fails, none has been done. 'abort'\n"
        "drops them, 'show' prints them. KEY=VALUE are properties of the whole, such as\n"
        "completion-mode=grouped.",
    .family = FAMILY_QMP,
    .needs = NEEDS_MONITOR,
    .run = run_transaction,
};
