/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `events`: which events are shown as they come.
 */
#include "qmpbridge/commands/commands.h"

static void print_filter(CommandCall *call, gboolean asked)
{
    Output *output = shell_output(call_shell(call));
    g_autofree char *filter = event_filter_text(output_filter(output));
    g_autofree char *text = g_strconcat("events: ", filter, NULL);
    g_autoptr(GBytes) value = event_filter_json(output_filter(output));

    output_answer(output, NULL, call_name(call), value, asked ? text : NULL);
}

static void run_events(CommandCall *call)
{
    const char *const *words = (const char *const *)call_pairs(call);
    gboolean asked = !words || !words[0];
    EventFilter *filter = NULL;
    GError *error = NULL;

    if (!asked) {
        filter = event_filter_parse(words, &error);
        if (!filter) {
            call_finish(call, error);
            return;
        }
        output_set_filter(shell_output(call_shell(call)), filter);
    }
    print_filter(call, asked);
    call_finish(call, NULL);
}

static void complete_filter(Candidates *c)
{
    static const char *const words[] = {"on", "off", "only", "except"};

    for (gsize i = 0; c->before == 1 && i < G_N_ELEMENTS(words); i++)
        candidates_offer(c, "", words[i], 0);
    if (candidates_has_word(c, "only") || candidates_has_word(c, "except"))
        complete_events(c);
}

const Command command_events = {
    .name = "events",
    .arguments = {{"filter", ARGUMENT_WORDS, TRUE, "[on|off|only PATTERN...|except PATTERN...]",
                   complete_filter}},
    .help = "Choose the events that are printed",
    .details =
        "Without arguments it prints what is chosen. PATTERN is an event's name, where '*' stands\n"
        "for any characters and '?' for one: 'events only JOB_* STOP', 'events except BALLOON_*'.\n"
        "At the prompt and with --json all are printed at first, in scripts none. It counts for\n"
        "all VMs and for --json as well; what 'wait' looks for is not affected. That a recording\n"
        "failed or a replay diverged is printed in any case.",
    .family = FAMILY_QMP,
    .needs = NEEDS_NOTHING,
    .run = run_events,
};
