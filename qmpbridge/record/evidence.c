/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is gathered at the end of a recording; see evidence.h.
 */
#include "qmpbridge/record/evidence.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/record/files.h"
#include "qmpbridge/record/qcow2.h"
#include "qmpbridge/record/rrlog.h"

/** Copy of all RAM; gone once its digest is taken. */
#define RAM_COPY "ram"

/** A log whose sum of instructions is further off has lost events: some seconds of full speed. */
#define INSNS_SLACK (1u << 28)

/** The files of a recording, in the order of recording.json. */
static const struct {
    const char *name;
    gboolean optional;
} kept[] = {
    {RECORDING_LOG, FALSE},    {RECORDING_VMSTATE, FALSE}, {RECORDING_DISK, TRUE},
    {RECORDING_JOURNAL, FALSE}, {RECORDING_CONSOLE, FALSE}, {RECORDING_REGISTERS, FALSE},
    {RECORDING_MARKS, TRUE},
};

G_STATIC_ASSERT(G_N_ELEMENTS(kept) == EVIDENCE_FILES);

Evidence *evidence_new(const Recording *recording)
{
    Evidence *evidence = g_new0(Evidence, 1);

    evidence->directory = g_strdup(recording->directory);
    return evidence;
}

void evidence_free(Evidence *evidence)
{
    if (!evidence)
        return;
    for (guint i = 0; i < G_N_ELEMENTS(evidence->found); i++)
        g_free(evidence->found[i].sha256);
    g_free(evidence->directory);
    g_free(evidence->log);
    g_free(evidence->vmstate);
    g_free(evidence->overlay);
    g_free(evidence->console);
    g_free(evidence->registers);
    g_free(evidence->ram_sha256);
    g_free(evidence);
}

static char *in_recording(const Evidence *evidence, const char *name)
{
    return g_build_filename(evidence->directory, name, NULL);
}

gboolean evidence_copy(gpointer data, GError **error)
{
    Evidence *evidence = data;
    g_autofree char *ram = in_recording(evidence, RAM_COPY);
    g_autofree char *log = in_recording(evidence, RECORDING_LOG);
    g_autofree char *disk = in_recording(evidence, RECORDING_DISK);
    g_autofree char *console = in_recording(evidence, RECORDING_CONSOLE);

    if (ram_copy(&evidence->ram, ram, error) &&
        files_copy(evidence->log, log, evidence->log_begin, error) &&
        files_slice(evidence->console, evidence->console_begin, console, error) &&
        (!evidence->overlay || files_copy(evidence->overlay, disk, 0, error)))
        return TRUE;
    g_unlink(ram); /* on a full disk, room for the reason why it is incomplete */
    return FALSE;
}

/* QEMU writes the version word and the end when it quits; here the log ends before that. */
static gboolean finish_log(const Evidence *evidence, GError **error)
{
    g_autofree char *log = in_recording(evidence, RECORDING_LOG);
    GStatBuf info;

    /* QEMU's main loop has logged on, and stdio has written some of that, up to anywhere. */
    if ((evidence->log_size && truncate(log, (off_t)evidence->log_size) != 0) ||
        g_stat(log, &info) != 0) {
        files_error(error, log, errno);
        return FALSE;
    }
    return files_patch(log, 0, evidence->log_word, sizeof(evidence->log_word), error) &&
           files_patch(log, (guint64)info.st_size, evidence->log_end, sizeof(evidence->log_end),
                       error);
}

/* QEMU doesn't look whether its log was written. The snapshot may come before instructions that it
 * counts, and the end after some that aren't logged yet, so the sum needs not fit exactly. */
static gboolean check_log(const Evidence *evidence, GError **error)
{
    g_autofree char *log = in_recording(evidence, RECORDING_LOG);
    guint64 insns = 0;

    if (evidence->log_size == 0)
        return TRUE; /* it may well end within an event */
    if (!rrlog_check(log, evidence->log_begin, &insns, error))
        return FALSE;
    if (insns <= evidence->insns + INSNS_SLACK && evidence->insns <= insns + INSNS_SLACK)
        return TRUE;
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_RECORDING,
                "QEMU's log is torn: it counts %" G_GUINT64_FORMAT " instructions where %"
                G_GUINT64_FORMAT " were executed", insns, evidence->insns);
    return FALSE;
}

static gboolean write_registers(const Evidence *evidence, GError **error)
{
    g_autofree char *path = in_recording(evidence, RECORDING_REGISTERS);

    return files_save(path, evidence->registers, strlen(evidence->registers), FALSE, error);
}

static gboolean digest_ram(Evidence *evidence, GError **error)
{
    g_autofree char *ram = in_recording(evidence, RAM_COPY);

    evidence->ram_sha256 = ram_digest_file(ram, error);
    g_unlink(ram);
    return evidence->ram_sha256 != NULL;
}

static gboolean digest_files(Evidence *evidence, GError **error)
{
    for (guint i = 0; i < G_N_ELEMENTS(kept); i++) {
        g_autofree char *path = in_recording(evidence, kept[i].name);
        EvidenceFile *found = &evidence->found[i];
        GStatBuf info;

        if (kept[i].optional && !g_file_test(path, G_FILE_TEST_EXISTS))
            continue;
        found->sha256 = recording_digest(kept[i].name, path, error);
        if (!found->sha256)
            return FALSE;
        if (g_stat(path, &info) != 0) {
            files_error(error, path, errno);
            return FALSE;
        }
        found->size = (guint64)info.st_size;
        found->space = MIN(found->size, (guint64)info.st_blocks * 512);
    }
    return TRUE;
}

/* Nobody loads a snapshot from the live image: its data there is of no more use. */
static gboolean take_snapshot(const Evidence *evidence, GError **error)
{
    g_autofree char *vmstate = in_recording(evidence, RECORDING_VMSTATE);

    if (!files_copy(evidence->vmstate, vmstate, 0, error))
        return FALSE;
    qcow2_punch_snapshots(evidence->vmstate);
    return TRUE;
}

gboolean evidence_digest(gpointer data, GError **error)
{
    Evidence *evidence = data;

    return digest_ram(evidence, error) && take_snapshot(evidence, error) &&
           finish_log(evidence, error) && check_log(evidence, error) &&
           write_registers(evidence, error) && digest_files(evidence, error);
}

void evidence_give(Evidence *evidence, Recording *recording)
{
    recording->bytes = 0;
    g_ptr_array_set_size(recording->files, 0);
    for (guint i = 0; i < G_N_ELEMENTS(kept); i++) {
        const EvidenceFile *found = &evidence->found[i];

        if (!found->sha256)
            continue;
        recording_add_file(recording->files, kept[i].name, found->size, found->sha256);
        recording->bytes += found->space;
    }
    g_free(recording->ram_sha256);
    recording->ram_sha256 = g_steal_pointer(&evidence->ram_sha256);
}
