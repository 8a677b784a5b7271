/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How stock QEMU replays; see replay.h.
 */
#include "qmpbridge/engine/qemu/replay.h"

#include <errno.h>
#include <string.h>

#include <glib/gstdio.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/engine/qemu/questions.h"
#include "qmpbridge/engine/qemu/rrlog.h"
#include "qmpbridge/store/files.h"

#define FOLLOWS                                                                                    \
    "a replaying VM follows its recording: it can be looked at (query-..., human-monitor-command " \
    "'info ...' or 'x ...', pmemsave, ...), stopped and let go on (stop, cont, replay-break, "     \
    "replay-seek), and ended (quit)"

/* --- the files ------------------------------------------------------------------------------- */

/* The snapshot's name becomes part of an option of QEMU's. */
static gboolean check(const Recording *recording, GError **error)
{
    const char *snapshot = recording->snapshot;

    if (!snapshot)
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_RECORDING,
                    "'%s' is incomplete and can't be replayed: it names no snapshot",
                    recording->name);
    else if (!snapshot[0] || snapshot[strspn(snapshot, "abcdefghijklmnopqrstuvwxyz0123456789-")])
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_RECORDING,
                    "'%s' names an impossible snapshot", recording->name);
    else
        return TRUE;
    return FALSE;
}

static gboolean image_error(GError **error, const Recording *recording, const char *name,
                            const char *what)
{
    g_autofree char *path = recording_file(recording, name);

    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_RECORDING, "%s %s", path, what);
    return FALSE;
}

/* The name of a qcow2 image's backing file. @len: of @header. (transfer full) (nullable) */
static char *backing_file(const guint8 *header, gsize len)
{
    guint64 offset;
    guint32 size;

    memcpy(&offset, header + 8, sizeof(offset));
    memcpy(&size, header + 16, sizeof(size));
    offset = GUINT64_FROM_BE(offset);
    size = GUINT32_FROM_BE(size);
    if (offset == 0)
        return NULL;
    if (offset > len || size > len - offset)
        return g_strdup("");
    return g_strndup((const char *)header + offset, size);
}

/*
 * An image can make QEMU open other files of the host, for writing too. Ours is qcow2 (QEMU's
 * docs/interop/qcow2.txt) without an external data file, and on top of nothing but @base.
 */
static gboolean check_image(const Recording *recording, const char *directory, const char *name,
                            const char *base, GError **error)
{
    static const guint8 magic[] = {'Q', 'F', 'I', 0xfb, 0, 0, 0};
    g_autofree char *pinned = g_build_filename(directory, name, NULL);
    g_autofree char *backing = NULL;
    guint8 header[4096] = {0};
    gsize len = files_head(pinned, header, sizeof(header));

    if (len < 104 || memcmp(header, magic, sizeof(magic)) != 0 ||
        (header[7] != 2 && header[7] != 3))
        return image_error(error, recording, name, "isn't a qcow2 image");
    if (header[7] == 3 && (header[79] & 4))
        return image_error(error, recording, name, "has a data file outside of the recording");
    backing = backing_file(header, len);
    if (backing && g_strcmp0(backing, base) != 0)
        return image_error(error, recording, name,
                           "is based on another file than the machine's disk");
    return TRUE;
}

/* The log without the byte that is left out takes the place of the link to the recording's. */
static gboolean skip_in_log(const Recording *recording, const char *directory, GError **error)
{
    g_autofree char *log = g_build_filename(directory, RECORDING_LOG, NULL);
    g_autofree char *without = g_build_filename(directory, "replay-without.log", NULL);

    if (recording->log_skip == 0)
        return TRUE;
    if (!rrlog_copy_without(log, without, recording->log_skip, error))
        return FALSE;
    if (g_rename(without, log) == 0)
        return TRUE;
    files_error(error, log, errno);
    return FALSE;
}

static gboolean check_images(const Recording *recording, const char *directory, GError **error)
{
    for (guint i = 0; i < recording->machine->disks->len; i++) {
        g_autofree char *name = recording_overlay_name(i);

        if (!check_image(recording, directory, name, machine_disk(recording->machine, i)->file,
                         error))
            return FALSE;
    }
    return check_image(recording, directory, RECORDING_VMSTATE, NULL, error);
}

static gboolean prepare(const Recording *recording, const char *directory, GError **error)
{
    return check_images(recording, directory, error) && skip_in_log(recording, directory, error);
}

/* Every other time without a due timer's event (rrlog.h), unless the recording leaves it out
 * anyway. */
static guint64 vary(const Recording *recording, guint stuck, guint64 skip)
{
    g_autofree char *log = recording_file(recording, RECORDING_LOG);
    guint64 due = 0;

    if (!skip && stuck % 2 == 0 && !recording->log_skip)
        rrlog_find_due_timer(log, recording->log_begin, &due);
    return due;
}

/* --- its course ------------------------------------------------------------------------------ */

static EngineCommand ask_icount(void)
{
    return (EngineCommand){QUESTION_ICOUNT, NULL};
}

/* QEMU refuses a break where it stands already: then it runs to the log's end. */
static EngineCommand run_to(guint64 icount)
{
    JsonObject *args = json_object_new();

    json_object_set_int_member(args, "icount", (gint64)icount);
    return (EngineCommand){"replay-break", args};
}

static EngineCommand run_on(void)
{
    return (EngineCommand){"replay-delete-break", NULL};
}

/* SHUTDOWN: the end of the log, or the guest has switched itself off, or QEMU got SIGTERM. */
static EngineCourse course(const char *event, JsonObject *data)
{
    gboolean guest = FALSE;

    if (g_str_equal(event, "RESUME"))
        return COURSE_RUNS;
    if (g_str_equal(event, "STOP"))
        return COURSE_STANDS;
    if (!g_str_equal(event, "SHUTDOWN"))
        return COURSE_OTHER;
    if (g_strcmp0(json_as_string(json_lookup(data, "reason")), "host-signal") == 0)
        return COURSE_TERMINATED;
    json_opt_bool(data, "guest", &guest, NULL);
    return guest ? COURSE_POWERED_OFF : COURSE_LOG_END;
}

/* --- its state ------------------------------------------------------------------------------- */

static EngineCommand ask_registers(void)
{
    return (EngineCommand){QUESTION_HMP, question_hmp_args(QUESTION_REGISTERS)};
}

static EngineCommand ask_ram(const Machine *machine)
{
    g_autofree char *line = question_ram_address(machine->target->ram_base);

    return (EngineCommand){QUESTION_HMP, question_hmp_args(line)};
}

/* --- its clients ----------------------------------------------------------------------------- */

static gboolean is_harmless_line(const char *line)
{
    static const char *const harmless[] = {
        "?",
        "c",
        "cont",
        "dump-guest-memory",
        "gpa2hpa",
        "gpa2hva",
        "gva2gpa",
        "help",
        "info",
        "memsave",
        "p",
        "pmemsave",
        "print",
        "replay_break",
        "replay_delete_break",
        "s",
        "screendump",
        "stop",
        "sum",
        "x",
        "xp",
        NULL,
    };
    g_autofree char *word = question_hmp_name(line);

    return g_strv_contains(harmless, word);
}

static const char *refuse(const char *name, JsonObject *args)
{
    static const char *const harmless[] = {
        "add-fd",
        "closefd",
        "cont",
        "device-list-properties",
        "dump-guest-memory",
        "getfd",
        "memsave",
        "pmemsave",
        "qom-get",
        "qom-list",
        "qom-list-properties",
        "qom-list-types",
        "remove-fd",
        "replay-break",
        "replay-delete-break",
        "screendump",
        "stop",
        NULL,
    };
    const char *line = question_hmp_line(name, args);
    gboolean good = g_str_equal(name, QUESTION_HMP) ? !line || is_harmless_line(line)
                                                    : g_strv_contains(harmless, name);

    return good ? NULL : FOLLOWS;
}

const EngineReplay qemu_replay = {
    .check = check,
    .prepare = prepare,
    .vary = vary,
    .ask_icount = ask_icount,
    .read_icount = question_read_icount,
    .run_to = run_to,
    .run_on = run_on,
    .course = course,
    .ask_registers = ask_registers,
    .read_registers = question_read_text,
    .ask_ram = ask_ram,
    .read_ram = question_read_ram_address,
    .refuse = refuse,
};
