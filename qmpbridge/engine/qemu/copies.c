/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is gathered at the end of a recording; see copies.h.
 */
#include "qmpbridge/engine/qemu/copies.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/store/files.h"
#include "qmpbridge/engine/qemu/log-place.h"
#include "qmpbridge/engine/qemu/qcow2.h"
#include "qmpbridge/engine/qemu/rrlog.h"

/** Copy of all RAM; gone once its digest is taken. */
#define RAM_COPY "ram"
/** State of devices at the end; gone once it is read. */
#define DEVICES "devices"

/** Bytes of a pcap file's header. */
#define PCAP_HEADER 24u

/** Bytes at a log's beginning with what QEMU logs as it makes the machine: some targets get random
 * numbers then, and a replay, which makes the machine before it loads the snapshot, asks for the
 * same. No more than a page: the header takes one in any case. */
#define LOG_HEAD 4096u

/** A log whose sum of instructions is further off has lost events: some seconds of full speed. */
#define INSNS_SLACK (1u << 28)

#define OVERLAY(id, index)                                                                    \
    {                                                                                         \
        id RECORDING_OVERLAY, id, ARTEFACT_PAGES, TRUE, ARTEFACT_WITH_DISK, ARTEFACT_CHANGED, \
            index                                                                             \
    }

const Artefact qemu_artefacts[] = {
    {RECORDING_LOG, "log", ARTEFACT_PAGES, FALSE, ARTEFACT_ALWAYS, ARTEFACT_READ, 0},
    {RECORDING_VMSTATE, "snapshot", ARTEFACT_PAGES, TRUE, ARTEFACT_ALWAYS, ARTEFACT_CHANGED, 0},
    OVERLAY("disk", 0),
    OVERLAY("disk1", 1),
    OVERLAY("disk2", 2),
    OVERLAY("disk3", 3),
    OVERLAY("disk4", 4),
    OVERLAY("disk5", 5),
    OVERLAY("disk6", 6),
    OVERLAY("disk7", 7),
    {RECORDING_JOURNAL, "journal", ARTEFACT_SHA256, FALSE, ARTEFACT_ALWAYS, ARTEFACT_READ, 0},
    {RECORDING_CONSOLE, "console", ARTEFACT_SHA256, FALSE, ARTEFACT_ALWAYS, ARTEFACT_COMPARED, 0},
    {RECORDING_REGISTERS, "registers", ARTEFACT_SHA256, FALSE, ARTEFACT_ALWAYS, ARTEFACT_COMPARED,
     0},
    {RECORDING_PACKETS, "packets", ARTEFACT_SHA256, FALSE, ARTEFACT_IF_MADE, ARTEFACT_KEPT, 0},
    {RECORDING_SCREEN_BEGIN, "screen-begin", ARTEFACT_SHA256, FALSE, ARTEFACT_IF_MADE,
     ARTEFACT_KEPT, 0},
    {RECORDING_SCREEN_END, "screen-end", ARTEFACT_SHA256, FALSE, ARTEFACT_IF_MADE, ARTEFACT_KEPT,
     0},
    {0},
};

QemuCopies *qemu_copies_new(const Recording *recording)
{
    QemuCopies *copies = g_new0(QemuCopies, 1);

    copies->directory = g_strdup(recording->directory);
    copies->declared = g_ptr_array_ref(recording->declared);
    copies->devices = recording_file(recording, DEVICES);
    return copies;
}

void qemu_copies_free(QemuCopies *copies)
{
    if (!copies)
        return;
    g_ptr_array_unref(copies->declared);
    g_clear_pointer(&copies->files, g_ptr_array_unref);
    g_unlink(copies->devices);
    g_free(copies->devices);
    g_free(copies->directory);
    g_free(copies->log);
    g_free(copies->vmstate);
    g_strfreev(copies->overlays);
    g_free(copies->console);
    g_free(copies->packets);
    g_free(copies->registers);
    g_free(copies->ram_sha256);
    g_free(copies);
}

static char *in_recording(const QemuCopies *copies, const char *name)
{
    return g_build_filename(copies->directory, name, NULL);
}

gboolean qemu_copies_take_ahead(gpointer data, GError **error)
{
    QemuCopies *copies = data;
    g_autofree char *ram = in_recording(copies, RAM_COPY);

    if (!ram_watch(&copies->ram))
        return TRUE;
    copies->ahead = ram_copy(&copies->ram, ram, error);
    if (!copies->ahead)
        g_unlink(ram);
    return copies->ahead;
}

static gboolean copy_overlays(const QemuCopies *copies, GError **error)
{
    for (char **overlay = copies->overlays; *overlay; overlay++) {
        g_autofree char *name = g_path_get_basename(*overlay);
        g_autofree char *copy = in_recording(copies, name);

        if (!files_copy(*overlay, copy, 0, error))
            return FALSE;
    }
    return TRUE;
}

/* A pcap file again: the header of the whole one is put in front of the packets. QEMU has written
 * it at the start, so there is room for it before the begin. */
static gboolean slice_packets(const QemuCopies *copies, GError **error)
{
    g_autofree char *path = in_recording(copies, RECORDING_PACKETS);
    guint8 header[PCAP_HEADER];
    gsize len;

    if (!copies->packets)
        return TRUE;
    len = files_head(copies->packets, header, sizeof(header));
    if (len < sizeof(header) || copies->packets_begin < sizeof(header)) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_STORE, "%s isn't whole", copies->packets);
        return FALSE;
    }
    return files_slice(copies->packets, copies->packets_begin - sizeof(header), path, error) &&
           files_patch(path, 0, header, sizeof(header), error);
}

/* The log from the snapshot on, behind its head. */
static gboolean copy_log(const QemuCopies *copies, GError **error)
{
    g_autofree char *log = in_recording(copies, RECORDING_LOG);
    guint8 head[LOG_HEAD];
    gsize len = files_head(copies->log, head, MIN(sizeof(head), copies->log_begin));

    return files_copy(copies->log, log, copies->log_begin, error) &&
           files_patch(log, 0, head, len, error);
}

/* Where the log ends, and what it lacks there. Without an answer of QEMU's it is taken to be whole.
 */
static void find_log_end(QemuCopies *copies)
{
    LogPlace place;

    if (!log_place_read(copies->devices, &place) || place.offset < copies->log_begin ||
        place.icount > copies->icount_end || copies->icount_end - place.icount > RRLOG_RUN_MAX)
        return;
    copies->log_size = place.offset;
    copies->unlogged = copies->icount_end - place.icount;
}

gboolean qemu_copies_take(gpointer data, GError **error)
{
    QemuCopies *copies = data;
    g_autofree char *ram = in_recording(copies, RAM_COPY);
    g_autofree char *console = in_recording(copies, RECORDING_CONSOLE);

    find_log_end(copies);
    if ((copies->ahead ? ram_copy_written : ram_copy)(&copies->ram, ram, error) &&
        copy_log(copies, error) &&
        files_slice(copies->console, copies->console_begin, console, error) &&
        copy_overlays(copies, error) && slice_packets(copies, error))
        return TRUE;
    g_unlink(ram); /* on a full disk, room for the reason why it is incomplete */
    return FALSE;
}

/* QEMU writes the version word and the end when it quits; here the log ends before that, and before
 * the instructions since its latest event are noted. */
static gboolean finish_log(const QemuCopies *copies, GError **error)
{
    g_autofree char *log = in_recording(copies, RECORDING_LOG);
    guint8 end[RRLOG_RUN_SIZE + sizeof(copies->trial.log_end)];
    gsize len = 0;
    GStatBuf info;

    /* QEMU's main loop has logged on, and stdio has written some of that, up to anywhere. */
    if ((copies->log_size && truncate(log, (off_t)copies->log_size) != 0) ||
        g_stat(log, &info) != 0) {
        files_error(error, log, errno);
        return FALSE;
    }
    if (copies->unlogged > 0)
        len = rrlog_put_run(end, (guint32)copies->unlogged);
    memcpy(end + len, copies->trial.log_end, sizeof(copies->trial.log_end));
    len += sizeof(copies->trial.log_end);
    return files_patch(log, 0, copies->trial.log_word, sizeof(copies->trial.log_word), error) &&
           files_patch(log, (guint64)info.st_size, end, len, error);
}

/* QEMU doesn't look whether its log was written. The snapshot may come before instructions that it
 * counts, and the end after some that aren't logged yet, so the sum needs not fit exactly. */
static gboolean check_log(const QemuCopies *copies, GError **error)
{
    g_autofree char *log = in_recording(copies, RECORDING_LOG);
    guint64 insns = 0;

    if (copies->log_size == 0)
        return TRUE; /* without the plugin's size the log may end within an event */
    if (!rrlog_check(log, copies->log_begin, &insns, error))
        return FALSE;
    if (insns <= copies->insns + INSNS_SLACK && copies->insns <= insns + INSNS_SLACK)
        return TRUE;
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_RECORDING,
                "QEMU's log is torn: it counts %" G_GUINT64_FORMAT
                " instructions where %" G_GUINT64_FORMAT " were executed",
                insns, copies->insns);
    return FALSE;
}

static gboolean write_registers(const QemuCopies *copies, GError **error)
{
    g_autofree char *path = in_recording(copies, RECORDING_REGISTERS);

    return files_save(path, copies->registers, strlen(copies->registers), FALSE, error);
}

static gboolean digest_ram(QemuCopies *copies, GError **error)
{
    g_autofree char *ram = in_recording(copies, RAM_COPY);

    copies->ram_sha256 = ram_digest_file(ram, error);
    g_unlink(ram);
    return copies->ram_sha256 != NULL;
}

static gboolean digest_files(QemuCopies *copies, GError **error)
{
    copies->files =
        recording_digest_artefacts(copies->declared, copies->directory,
                                   g_strv_length(copies->overlays), &copies->bytes, error);
    return copies->files != NULL;
}

/* The snapshot's data in the live image is freed: a replay loads the snapshot from the copy. */
static gboolean take_snapshot(const QemuCopies *copies, GError **error)
{
    g_autofree char *vmstate = in_recording(copies, RECORDING_VMSTATE);

    if (!copies->vmstate)
        return TRUE; /* the begin has made it there */
    if (!files_copy(copies->vmstate, vmstate, 0, error))
        return FALSE;
    qcow2_punch_snapshots(copies->vmstate);
    return TRUE;
}

gboolean qemu_copies_finish(gpointer data, GError **error)
{
    QemuCopies *copies = data;

    return digest_ram(copies, error) && take_snapshot(copies, error) && finish_log(copies, error) &&
           check_log(copies, error) && write_registers(copies, error) &&
           digest_files(copies, error);
}

void qemu_copies_give(QemuCopies *copies, Recording *recording)
{
    g_ptr_array_unref(recording->files);
    recording->files = g_steal_pointer(&copies->files);
    recording->bytes = copies->bytes;
    g_free(recording->ram_sha256);
    recording->ram_sha256 = g_steal_pointer(&copies->ram_sha256);
}
