/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decides what is told and to which sink; how it reads is decided by the style. It keeps the one
 * piece of state there is: whether a progress line stands on the terminal and must be wiped
 * before anything else is written.
 */
#include "qmpbridge/shell/output.h"

#include <string.h>

#include "qmpbridge/shell/output-style.h"

struct Output {
    OutputOptions options;
    const OutputStyle *style;
    gboolean progress_shown;
    gint64 progress_time;
};

/* A progress line is redrawn at most this often. */
#define PROGRESS_INTERVAL (100 * 1000)

Output *output_new(const OutputOptions *options)
{
    Output *output = g_new0(Output, 1);

    output->options = *options;
    output->style = options->json ? &output_json : &output_human;
    return output;
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

void output_free(Output *output)
{
    g_autoptr(GString) nothing = g_string_new(NULL);

    if (!output)
        return;
    emit(output, OUTPUT_NOTICE, nothing);
    g_free(output);
}

void output_running(Output *output, const char *socket, const char *console)
{
    g_autoptr(GString) out = g_string_new(NULL);

    if (output->options.json || output->options.chatty)
        output->style->running(out, output->options.colour, socket, console);
    emit(output, OUTPUT_RESULT, out);
}

void output_awaited(Output *output, JsonObject *event)
{
    g_autoptr(GString) out = g_string_new(NULL);

    if (output->options.json || output->options.events) /* it was told when it came */
        return;
    output->style->event(out, output->options.colour, event);
    emit(output, OUTPUT_RESULT, out);
}

/* Told even where events are not: a recording that went wrong must not pass unseen. */
static gboolean is_alarm(JsonObject *event)
{
    const char *name = json_as_string(json_lookup(event, "event"));
    JsonObject *data = json_as_object(json_lookup(event, "data"));
    const char *result = json_as_string(json_lookup(data, "result"));

    return g_strcmp0(name, "RECORD_ERROR") == 0 ||
           (g_strcmp0(name, "RECORD_VERIFIED") == 0 && g_strcmp0(result, "identical") != 0);
}

/* The bridge's own snapshot jobs: RECORD_BEGIN says what people want to know. */
static gboolean is_noise(JsonObject *event)
{
    const char *name = json_as_string(json_lookup(event, "event"));
    JsonObject *data = json_as_object(json_lookup(event, "data"));
    const char *id = json_as_string(json_lookup(data, "id"));

    return g_strcmp0(name, "JOB_STATUS_CHANGE") == 0 && id && g_str_has_prefix(id, "qmpbridge-");
}

void output_event(Output *output, JsonObject *event)
{
    g_autoptr(GString) out = g_string_new(NULL);
    gboolean asked = output->options.json || output->options.events;

    if ((!asked && !is_alarm(event)) || (!output->options.json && is_noise(event)))
        return;
    output->style->event(out, output->options.colour, event);
    emit(output, asked ? OUTPUT_RESULT : OUTPUT_NOTICE, out);
}

void output_reply(Output *output, const char *command, JsonNode *value)
{
    g_autoptr(GString) out = g_string_new(NULL);

    output->style->reply(out, command, value);
    emit(output, OUTPUT_RESULT, out);
}

void output_text(Output *output, const char *text)
{
    g_autoptr(GString) out = g_string_new(NULL);

    if (output->style->text)
        output->style->text(out, text);
    emit(output, OUTPUT_RESULT, out);
}

void output_hint(Output *output, const char *text)
{
    if (output->options.chatty)
        output_text(output, text);
}

void output_list(Output *output, GPtrArray *recordings)
{
    g_autoptr(GString) out = g_string_new(NULL);

    output->style->list(out, output->options.colour, recordings);
    emit(output, OUTPUT_RESULT, out);
}

void output_recording(Output *output, const Recording *recording)
{
    g_autoptr(GString) out = g_string_new(NULL);

    output->style->recording(out, output->options.colour, recording);
    emit(output, OUTPUT_RESULT, out);
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

    output->style->verdict(out, output->options.colour, command, recording, verdict, detail,
                           seconds);
    emit(output, OUTPUT_RESULT, out);
}

void output_error(Output *output, const char *where, const GError *error)
{
    g_autoptr(GString) out = g_string_new(NULL);

    output->style->error(out, output->options.colour, where, error);
    emit(output, output->style->error_sink, out);
}
