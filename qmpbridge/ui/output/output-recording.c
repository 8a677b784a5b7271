/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * About one recording, for people: what `show` prints, and the answers of the recording commands.
 * What recording.json and the peer said is untrusted and escaped.
 */
#include <string.h>

#include "qmpbridge/store/origin.h"
#include "qmpbridge/core/record-protocol.h"
#include "qmpbridge/ui/output/escape.h"
#include "qmpbridge/ui/output/format.h"
#include "qmpbridge/ui/output/output-style.h"

/* @value: (nullable): a line without a value is left out. */
static void append_field(GString *out, const char *label, const char *value)
{
    g_autofree char *safe = escape_text(value, -1);

    if (value && *value)
        g_string_append_printf(out, "%-18s %s\n", label, safe);
}

/* @value: (transfer full). */
static void take_field(GString *out, const char *label, char *value)
{
    append_field(out, label, value);
    g_free(value);
}

static void append_times(GString *out, const Recording *r)
{
    if (r->wall_begin)
        take_field(out, "Begun:", format_time(r->wall_begin));
    if (r->wall_end)
        take_field(out, "Ended:", format_time(r->wall_end));
    if (r->wall_begin && r->wall_end)
        take_field(out, "Duration:", format_duration(r->wall_end - r->wall_begin));
    if (r->begin_pause || r->end_pause)
        take_field(out, "Guest stood still:",
                   g_strdup_printf("%.0f ms at begin, %.0f ms at end",
                                   (double)r->begin_pause / 1000, (double)r->end_pause / 1000));
}

static void append_content(GString *out, const Recording *r)
{
    g_autofree char *insns = format_count(recording_insns(r));

    take_field(out, "Instructions:",
               g_strdup_printf("%s (%" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT ")", insns,
                               r->icount_begin, r->icount_end));
    take_field(out, "Answers:", g_strdup_printf("%" G_GUINT64_FORMAT, r->answers));
    take_field(out, "Size:", format_size(r->bytes));
    append_field(out, "RAM digest:", r->ram_sha256);
    append_field(out, "Snapshot:", r->snapshot);
}

static void append_machine(GString *out, const Recording *r)
{
    const Machine *m = r->machine;

    append_field(out, "Emulator:", r->emulator_path);
    append_field(out, "Emulator version:", r->emulator_version);
    if (!m)
        return;
    take_field(out, "Machine:",
               g_strdup_printf("%s: %s, %s, %s, %u MiB, shift %u", m->name, m->target->name,
                               machine_type(m), machine_cpu(m), m->memory, m->shift));
    append_field(out, "Kernel:", m->kernel);
    append_field(out, "Initrd:", m->initrd);
    append_field(out, "Kernel arguments:", m->append);
    for (guint i = 0; i < m->disks->len; i++)
        take_field(out, i == 0 ? "Disk:" : "", machine_disk_text(machine_disk(m, i)));
    append_field(out, "Network:", m->network ? "user" : "none");
    if (m->arguments[0])
        take_field(out, "Arguments:", g_strjoinv(" ", m->arguments));
}

static void append_origin(GString *out, const Recording *r)
{
    g_autoptr(GError) error = NULL;

    append_field(out, "Made by:", origin_name(origin_find(r, &error)));
    if (error)
        append_field(out, "", error->message);
}

static void append_verdict(GString *out, const Recording *r)
{
    if (r->verdict == VERDICT_NONE) {
        append_field(out, "Replay:", "not verified yet");
        return;
    }
    append_field(out, "Replay:", verdict_name(r->verdict));
    append_field(out, "Replay detail:", r->verdict_detail);
    if (r->verdict_wall)
        take_field(out, "Verified:", format_time(r->verdict_wall));
    if (r->verdict_time)
        take_field(out, "Replay took:", format_duration(r->verdict_time));
}

/** Where marks are written, and what stands before the next one. */
typedef struct {
    GString *out;
    const char *label;
} MarkList;

static void append_mark(const Mark *mark, gpointer user_data)
{
    MarkList *marks = user_data;
    g_autofree char *clock = format_clock(mark->wall);
    g_autofree char *safe = escape_text(mark->text, -1);

    g_string_append_printf(marks->out, "%-18s %s %s\n", marks->label, clock, safe);
    marks->label = "";
}

static void append_marks(GString *out, const Recording *r)
{
    MarkList marks = {out, "Marks:"};
    g_autoptr(GError) error = NULL;

    if (!recording_read_marks(r, append_mark, &marks, &error))
        append_field(out, "Marks are broken:", error->message);
}

static void append_files(GString *out, const char *label, GPtrArray *files)
{
    for (guint i = 0; files && i < files->len; i++) {
        const RecordingFile *file = files->pdata[i];
        gboolean digest = file->sha256 && *file->sha256;
        g_autofree char *size = format_size(file->size);
        g_autofree char *name = escape_text(file->name, -1);
        g_autofree char *sha256 = escape_text(file->sha256, -1);

        g_string_append_printf(out, "%-18s %-14s %10s%s%s\n", i ? "" : label, name, size,
                               digest ? "  sha256 " : "", sha256);
    }
}

void output_human_recording(GString *out, const OutputForm *form, const Recording *recording)
{
    (void)form;
    append_field(out, "Name:", recording->name);
    append_field(out, "State:", recording_state_name(recording->state));
    append_field(out, "Reason:", recording->reason);
    append_field(out, "Warning:", recording->warning);
    append_field(out, "Directory:", recording->directory);
    append_times(out, recording);
    append_content(out, recording);
    append_machine(out, recording);
    append_origin(out, recording);
    append_verdict(out, recording);
    append_marks(out, recording);
    append_files(out, "Files:", recording->files);
    append_files(out, "Made from:", recording->bases);
}

static void append_ended(GString *out, const char *name, JsonObject *value)
{
    const char *reason = "";
    guint64 insns = 0, bytes = 0;
    g_autofree char *count = NULL, *size = NULL, *why = NULL;

    json_opt_string(value, MEMBER_REASON, &reason, NULL);
    json_opt_uint(value, MEMBER_INSNS, &insns, NULL);
    json_opt_uint(value, MEMBER_BYTES, &bytes, NULL);
    count = format_count(insns);
    size = format_size(bytes);
    why = escape_text(reason, -1);
    g_string_append_printf(out, "recording %s has ended: %s, %s instructions, %s\n", name, why,
                           count, size);
}

gboolean output_human_recorded(GString *out, const char *command, JsonSlice value)
{
    gboolean begun = strcmp(command, COMMAND_BEGIN_RECORD) == 0;
    g_autoptr(JsonObject) object = NULL;
    g_autofree char *name = NULL;
    const char *raw;

    if (!begun && strcmp(command, COMMAND_END_RECORD) != 0)
        return FALSE;
    object = json_parse_object(value.text, (gssize)value.len, NULL);
    raw = json_as_string(json_lookup(object, MEMBER_NAME));
    if (!raw)
        return FALSE;
    name = escape_text(raw, -1);
    if (begun)
        g_string_append_printf(out, "recording %s has begun\n", name);
    else
        append_ended(out, name, object);
    return TRUE;
}
