/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands that a QEMU in record mode doesn't survive; see deadly.h.
 */
#include "qmpbridge/engine/qemu/deadly.h"

#include "qmpbridge/engine/qemu/questions.h"

#define DELETES                                                                               \
    "deleting a snapshot aborts QEMU in record mode: recordings keep theirs, 'rm' removes a " \
    "recording"
#define LOADS "loading a snapshot breaks QEMU's record of the run: replay the recording instead"
#define MIGRATES "migration aborts QEMU in record mode"
#define SAVES "a snapshot under a name that exists aborts QEMU in record mode: use begin_record"

static const struct {
    const char *qmp, *hmp, *why;
} commands[] = {
    {"migrate", "migrate", MIGRATES},
    {"snapshot-delete", "delvm", DELETES},
    {"blockdev-snapshot-delete-internal-sync", "snapshot_delete_blkdev_internal", DELETES},
    {"snapshot-load", "loadvm", LOADS},
    {"snapshot-save", "savevm", SAVES},
};

const char *qemu_deadly(const char *name, JsonObject *args)
{
    const char *line = question_hmp_line(name, args);
    g_autofree char *word = line ? question_hmp_name(line) : NULL;

    for (guint i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (g_str_equal(name, commands[i].qmp) || g_strcmp0(word, commands[i].hmp) == 0)
            return commands[i].why;
    }
    return NULL;
}
