/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decides what is printed and to which sink; how it reads is decided by the style. It keeps the one
 * piece of state there is: whether a progress line stands on the terminal and must be wiped
 * before anything else is written.
 */
#include "qmpbridge/ui/output/output.h"

#include <string.h>

#include "qmpbridge/core/record-protocol.h"
#include "qmpbridge/shell/events/event-text.h"
#include "qmpbridge/ui/output/output-style.h"
#include "qmpbridge/vm/vnc.h"

struct Output {
    OutputOptions options;
    const OutputStyle *style;
    EventFilter *filter;
    gboolean progress_shown;
    gint64 progress_time;
};

/* A progress line is redrawn at most this often. */
#define PROGRESS_INTERVAL (100 * 1000)
#define DEFAULT_WIDTH 80u
#define LEAST_WIDTH 20u

Output *output_new(const OutputOptions *options)
{
    Output *output = g_new0(Output, 1);

    output->options = *options;
    output->options.width = options->width ? MAX(options->width, LEAST_WIDTH) : DEFAULT_WIDTH;
    output->filter = event_filter_new(options->json || options->events);
    output->style = options->bare ? &output_return : options->json ? &output_json : &output_human;
    return output;
}

/* @vm: (nullable). */
static OutputForm form_for(const Output *output, OutputSink sink, const char *vm)
{
    const OutputOptions *options = &output->options;

    return (OutputForm){
        .vm = vm,
        .colour = sink == OUTPUT_RESULT ? options->colour : options->colour_notices,
        .bare = options->bare,
        .width = options->width,
    };
}

static OutputForm form_of(const Output *output, const char *vm)
{
    return form_for(output, OUTPUT_RESULT, vm);
}

static gboolean is_for_people(const Output *output)
{
    return output->style == &output_human;
}

static void emit(Output *output, OutputSink sink, const GString *text)
{
    if (output->progress_shown) {
        output->progress_shown = FALSE;
        output->options.write(OUTPUT_NOTICE, "\r\033[K", output->options.user_data);
    }
    if (text->len)
        output->options.write(sink, text->str, output->options.user_data);
}

/* What a command answered. */
static void answer(Output *output, const GString *text)
{
    if (!output->options.page || !output->options.page(text->str, output->options.user_data))
        emit(output, OUTPUT_RESULT, text);
}

void output_free(Output *output)
{
    g_autoptr(GString) nothing = g_string_new(NULL);

    if (!output)
        return;
    emit(output, OUTPUT_NOTICE, nothing);
    event_filter_free(output->filter);
    g_free(output);
}

void output_set_filter(Output *output, EventFilter *filter)
{
    event_filter_free(output->filter);
    output->filter = filter;
}

const EventFilter *output_filter(const Output *output)
{
    return output->filter;
}

/* Where things are is said to people where they have asked for it, and to programs always. */
static gboolean says_places(const Output *output)
{
    return !is_for_people(output) || output->options.places;
}

void output_running(Output *output, const char *socket, const char *console)
{
    g_autoptr(GString) out = g_string_new(NULL);
    OutputForm form = form_of(output, NULL);

    if (output->style->running && says_places(output))
        output->style->running(out, &form, socket, console);
    emit(output, OUTPUT_RESULT, out);
}

void output_containment(Output *output, const Machine *machine, gboolean confined)
{
    g_autoptr(GString) out = g_string_new(NULL);
    OutputForm form = form_of(output, NULL);

    if (output->style->containment && says_places(output))
        output->style->containment(out, &form, machine, confined);
    emit(output, OUTPUT_RESULT, out);
}

void output_display(Output *output, const Machine *machine)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_autofree char *place = machine->vnc ? vnc_place(machine->vnc) : NULL;
    OutputForm form = form_of(output, NULL);

    if (place && output->style->display && says_places(output))
        output->style->display(out, &form, place);
    emit(output, OUTPUT_RESULT, out);
}

void output_forward(Output *output, const MachineForward *forward)
{
    g_autoptr(GString) out = g_string_new(NULL);
    OutputForm form = form_of(output, NULL);

    if (output->style->forward && says_places(output))
        output->style->forward(out, &form, forward);
    emit(output, OUTPUT_RESULT, out);
}

void output_image(Output *output, const char *disk, const char *path, const char *base)
{
    g_autoptr(GString) out = g_string_new(NULL);
    OutputForm form = form_of(output, NULL);

    if (output->style->image)
        output->style->image(out, &form, disk, path, base);
    emit(output, OUTPUT_RESULT, out);
}

/* Printed even where events are not: a recording that went wrong must not pass unseen. */
static gboolean is_alarm(const EventText *event)
{
    if (!event->name.text)
        return FALSE;
    return json_slice_is(event->name, EVENT_RECORD_ERROR) ||
           (json_slice_is(event->name, EVENT_RECORD_VERIFIED) &&
            !json_slice_is(event_text_member(event->data, MEMBER_RESULT), "identical"));
}

/* The bridge's own snapshot jobs: RECORD_BEGIN says what people want to know. */
static gboolean is_noise(const EventText *event)
{
    g_autofree char *id = NULL;

    if (!event->name.text || !json_slice_is(event->name, "JOB_STATUS_CHANGE"))
        return FALSE;
    id = json_slice_string(event_text_member(event->data, "id"));
    return id && g_str_has_prefix(id, "qmpbridge-");
}

/* Whether an event is printed when it comes, alarms aside. */
static gboolean is_asked(const Output *output, const EventText *event)
{
    g_autofree char *name = event_text_name(event);

    return !output->options.bare && name && event_filter_test(output->filter, name) &&
           !(is_for_people(output) && is_noise(event));
}

void output_event(Output *output, const char *vm, GBytes *event)
{
    const OutputStyle *style = output->options.bare ? &output_human : output->style;
    g_autoptr(GString) out = g_string_new(NULL);
    EventText parts;
    OutputSink sink;
    OutputForm form;
    gboolean asked;

    event_text_parse(event, &parts);
    asked = is_asked(output, &parts);
    if (!asked && !is_alarm(&parts))
        return;
    sink = asked || style == &output_json ? OUTPUT_RESULT : OUTPUT_NOTICE;
    form = form_for(output, sink, vm);
    style->event(out, &form, event);
    emit(output, sink, out);
}

void output_awaited(Output *output, const char *vm, GBytes *event)
{
    g_autoptr(GString) out = g_string_new(NULL);
    OutputForm form = form_of(output, vm);
    EventText parts;

    event_text_parse(event, &parts);
    if (is_asked(output, &parts)) /* it was printed when it came */
        return;
    output->style->event(out, &form, event);
    emit(output, OUTPUT_RESULT, out);
}

void output_gap(Output *output, const char *vm, GBytes *gap)
{
    g_autoptr(GString) out = g_string_new(NULL);
    OutputForm form = form_of(output, vm);

    if (output->style->gap)
        output->style->gap(out, &form, gap);
    emit(output, OUTPUT_RESULT, out);
}

void output_reply(Output *output, const char *vm, const char *command, GBytes *value)
{
    g_autoptr(GString) out = g_string_new(NULL);
    OutputForm form = form_of(output, vm);

    output->style->reply(out, &form, command, json_slice_of(value));
    answer(output, out);
}

void output_text(Output *output, const char *vm, const char *text)
{
    g_autoptr(GString) out = g_string_new(NULL);
    OutputForm form = form_of(output, vm);

    if (output->style->text)
        output->style->text(out, &form, text);
    answer(output, out);
}

void output_answer(Output *output, const char *vm, const char *command, GBytes *value,
                   const char *text)
{
    if (!is_for_people(output))
        output_reply(output, vm, command, value);
    else if (text)
        output_text(output, vm, text);
}

void output_hint(Output *output, const char *vm, const char *text)
{
    if (output->options.chatty)
        output_text(output, vm, text);
}

void output_warning(Output *output, const char *vm, const char *text)
{
    g_autoptr(GString) out = g_string_new(NULL);
    OutputForm form = form_of(output, vm);
    g_autofree char *line = g_strconcat("warning: ", text, NULL);

    if (output->style->text)
        output->style->text(out, &form, line);
    emit(output, OUTPUT_NOTICE, out);
}

void output_list(Output *output, GPtrArray *recordings)
{
    g_autoptr(GString) out = g_string_new(NULL);
    OutputForm form = form_of(output, NULL);

    output->style->list(out, &form, recordings);
    answer(output, out);
}

void output_recording(Output *output, const Recording *recording)
{
    g_autoptr(GString) out = g_string_new(NULL);
    OutputForm form = form_of(output, NULL);

    output->style->recording(out, &form, recording);
    answer(output, out);
}

void output_progress(Output *output, const char *command, guint64 done, guint64 total)
{
    g_autoptr(GString) out = g_string_new(NULL);
    gint64 now = g_get_monotonic_time();

    if (!output->options.progress || !output->style->progress)
        return;
    if (output->progress_shown && now - output->progress_time < PROGRESS_INTERVAL)
        return;
    output->style->progress(out, command, done, total);
    emit(output, OUTPUT_NOTICE, out);
    output->progress_shown = TRUE;
    output->progress_time = now;
}

void output_console(Output *output, const char *bytes, gsize len)
{
    g_autoptr(GString) out = g_string_new(NULL);

    output->style->console(out, bytes, len);
    emit(output, OUTPUT_RESULT, out);
}

void output_verdict(Output *output, const char *command, const Recording *recording,
                    Verdict verdict, const char *detail, double seconds)
{
    g_autoptr(GString) out = g_string_new(NULL);
    OutputForm form = form_of(output, NULL);

    output->style->verdict(out, &form, command, recording, verdict, detail, seconds);
    emit(output, OUTPUT_RESULT, out);
}

void output_error(Output *output, const char *vm, const char *where, const GError *error)
{
    g_autoptr(GString) out = g_string_new(NULL);
    OutputForm form = form_for(output, output->style->error_sink, vm);

    output->style->error(out, &form, where, error);
    emit(output, output->style->error_sink, out);
}
