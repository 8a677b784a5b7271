/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Output for people. Whatever may come from a guest, a peer or a file goes through escape.h
 * before it is appended, so it can't drive the terminal.
 */
#include <string.h>

#include "qmpbridge/ui/output/escape.h"
#include "qmpbridge/core/record-protocol.h"
#include "qmpbridge/shell/events/event-text.h"
#include "qmpbridge/ui/output/format.h"
#include "qmpbridge/ui/output/output-style.h"

static void append_escaped(GString *out, const char *text)
{
    g_autofree char *safe = escape_text(text, -1);

    g_string_append(out, safe);
}

/* "NAME: " */
static void append_vm(GString *out, const OutputForm *form)
{
    g_autofree char *safe = escape_text(form->vm, -1);

    if (!form->vm)
        return;
    theme_append(out, form, THEME_NAME, safe);
    g_string_append(out, ": ");
}

/* Whole lines, after whom they are about: several lines begin below the name. */
static void append_lines(GString *out, const OutputForm *form, const GString *text)
{
    const char *end = memchr(text->str, '\n', text->len);

    if (!text->len)
        return;
    if (form->vm) {
        append_vm(out, form);
        if (end && end[1]) {
            g_string_truncate(out, out->len - 1);
            g_string_append_c(out, '\n');
        }
    }
    g_string_append_len(out, text->str, (gssize)text->len);
    if (text->str[text->len - 1] != '\n')
        g_string_append_c(out, '\n');
}

static void human_running(GString *out, const OutputForm *form, const char *socket,
                          const char *console)
{
    theme_append(out, form, THEME_HEADING, "Control socket: ");
    append_escaped(out, socket);
    g_string_append_c(out, '\n');
    if (!console)
        return;
    theme_append(out, form, THEME_HEADING, "Guest console:  ");
    append_escaped(out, console);
    g_string_append_c(out, '\n');
}

static void human_containment(GString *out, const OutputForm *form, const Machine *machine,
                              gboolean confined)
{
    theme_append(out, form, THEME_HEADING, "Guest reaches:  ");
    if (!machine->network || (machine->restricted && machine->allowed->len == 0))
        g_string_append(out, "nothing outside");
    else if (!machine->restricted)
        g_string_append(out, "all that this host reaches, and the host itself");
    for (guint i = 0; i < machine->allowed->len; i++) {
        g_autofree char *text = egress_rule_text(machine_allowed(machine, i));

        g_string_append_printf(out, "%s%s", i > 0 ? ", " : "only ", text);
    }
    g_string_append(out, confined ? "; QEMU is in a sandbox\n" : "; QEMU is in no sandbox\n");
}

static void human_display(GString *out, const OutputForm *form, const char *place)
{
    theme_append(out, form, THEME_HEADING, "Guest display:  ");
    g_string_append_printf(out, "VNC at %s\n", place);
}

static void human_forward(GString *out, const OutputForm *form, const MachineForward *forward)
{
    const char *address = machine_forward_address(forward);
    gboolean ssh = forward->guest == 22 && !forward->udp;

    if (g_str_equal(address, "0.0.0.0"))
        address = "127.0.0.1"; /* is one of all */
    theme_append(out, form, THEME_HEADING, ssh ? "Log in:         " : "Forwarded:      ");
    if (ssh)
        g_string_append_printf(out, "ssh -p %u root@%s\n", forward->host, address);
    else
        g_string_append_printf(out, "%s port %u of %s is port %u of the guest\n",
                               forward->udp ? "UDP" : "TCP", forward->host, address,
                               forward->guest);
}

static void human_image(GString *out, const OutputForm *form, const char *disk, const char *path,
                        const char *base)
{
    theme_append(out, form, THEME_HEADING, disk ? "Disk kept:      " : "Disk image:     ");
    append_escaped(out, path);
    g_string_append(out, " on top of ");
    append_escaped(out, base);
    g_string_append_c(out, '\n');
}

/* "10:05:18.123 " of an event's timestamp, if it has a sane one. */
static void append_timestamp(GString *out, JsonSlice stamp)
{
    gint64 seconds = 0, micros = 0;
    g_autofree char *clock = NULL;

    if (!json_slice_int(event_text_member(stamp, "seconds"), &seconds) ||
        !json_slice_int(event_text_member(stamp, "microseconds"), &micros))
        return;
    if (seconds < 0 || seconds > G_MAXINT32 * (gint64)100 || micros < 0 || micros > 999999)
        return;
    clock = format_clock(seconds * G_USEC_PER_SEC + micros);
    g_string_append_printf(out, "%s ", clock);
}

static ThemeRole event_role(const char *name, JsonSlice data)
{
    if (g_strcmp0(name, EVENT_RECORD_ERROR) == 0)
        return THEME_BAD;
    if (g_strcmp0(name, EVENT_RECORD_VERIFIED) == 0)
        return json_slice_is(event_text_member(data, MEMBER_RESULT), "identical") ? THEME_GOOD
                                                                                  : THEME_BAD;
    return name && g_str_has_prefix(name, EVENT_RECORD_PREFIX) ? THEME_RECORD_EVENT : THEME_EVENT;
}

typedef struct {
    GString *out;
    const OutputForm *form;
} Writer;

/* " name=value" */
static void append_member(JsonSlice name, JsonSlice value, gpointer user_data)
{
    Writer *writer = user_data;
    g_autofree char *text = json_slice_string(name);

    g_string_append_c(writer->out, ' ');
    append_escaped(writer->out, text);
    g_string_append_c(writer->out, '=');
    output_pretty_line(writer->out, writer->form, value);
}

static void human_event(GString *out, const OutputForm *form, GBytes *event)
{
    Writer writer = {out, form};
    EventText parts;
    g_autofree char *name = NULL, *safe = NULL;

    event_text_parse(event, &parts);
    name = event_text_name(&parts);
    safe = escape_text(name, -1);
    append_vm(out, form);
    append_timestamp(out, parts.timestamp);
    theme_append(out, form, event_role(name, parts.data), safe);
    if (parts.data.text)
        json_scan_members(parts.data, append_member, &writer);
    g_string_append_c(out, '\n');
}

/* The answer to an HMP command is text with lines; nothing to say is an empty object. */
static void human_reply(GString *out, const OutputForm *form, const char *command, JsonSlice value)
{
    g_autoptr(GString) body = g_string_new(NULL);
    g_autofree char *text = value.text ? json_slice_string(value) : NULL;

    if (text) {
        g_autofree char *safe = escape_console(text, strlen(text));

        g_string_append(body, safe);
    } else if (value.text && !output_human_recorded(body, command, value)) {
        output_pretty(body, form, value);
        if (strcmp(body->str, "{}") == 0)
            g_string_truncate(body, 0);
    }
    append_lines(out, form, body);
}

static void human_text(GString *out, const OutputForm *form, const char *text)
{
    g_autoptr(GString) body = g_string_new(text);

    append_lines(out, form, body);
}

static void human_progress(GString *out, const char *command, guint64 done, guint64 total)
{
    guint percent = total ? (guint)((double)MIN(done, total) * 100 / (double)total) : 0;
    char bar[31];

    memset(bar, '.', sizeof(bar) - 1);
    memset(bar, '#', (sizeof(bar) - 1) * percent / 100);
    bar[sizeof(bar) - 1] = '\0';
    g_string_append_printf(out, "%s [%s] %3u %%", command, bar, percent);
}

static void human_console(GString *out, const char *bytes, gsize len)
{
    g_autofree char *safe = escape_console(bytes, len);

    g_string_append(out, safe);
}

static void human_verdict(GString *out, const OutputForm *form, const char *command,
                          const Recording *recording, Verdict verdict, const char *detail,
                          double seconds)
{
    (void)command;
    append_escaped(out, recording->name);
    g_string_append(out, ": ");
    theme_append(out, form, output_verdict_role(verdict), verdict_name(verdict));
    g_string_append_printf(out, " (replayed in %.1f s)", seconds);
    if (detail && *detail) {
        g_string_append(out, ": ");
        append_escaped(out, detail);
    }
    g_string_append_c(out, '\n');
}

void output_human_error(GString *out, const OutputForm *form, const char *where,
                        const GError *error)
{
    ErrorMark mark;

    if (where) {
        append_escaped(out, where);
        g_string_append(out, ": ");
    }
    append_vm(out, form);
    theme_append(out, form, THEME_BAD, "error: ");
    append_escaped(out, error->message);
    g_string_append_c(out, '\n');
    if (bridge_error_mark(error, &mark))
        output_human_mark(out, form, &mark);
}

const OutputStyle output_human = {
    .running = human_running,
    .containment = human_containment,
    .display = human_display,
    .forward = human_forward,
    .image = human_image,
    .event = human_event,
    .reply = human_reply,
    .text = human_text,
    .list = output_human_list,
    .recording = output_human_recording,
    .progress = human_progress,
    .console = human_console,
    .verdict = human_verdict,
    .error = output_human_error,
    .error_sink = OUTPUT_NOTICE,
};
