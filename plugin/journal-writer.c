/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See keeper.h. */
#include "plugin/journal-writer.h"

#include "plugin/journal-file.h"
#include "qmpbridge/core/error.h"

#define RUNS_AT_ONCE 1024u

struct Keeper {
    Desk *desk;
    KeeperDescribe describe;
    JournalFile *file;
    GError *failure;
    JournalRun runs[RUNS_AT_ONCE];
};

Keeper *keeper_new(Desk *desk, KeeperDescribe describe)
{
    Keeper *keeper = g_new0(Keeper, 1);

    keeper->desk = desk;
    keeper->describe = describe;
    return keeper;
}

void keeper_free(Keeper *keeper)
{
    if (keeper) {
        keeper_abandon(keeper);
        g_free(keeper);
    }
}

void keeper_abandon(Keeper *keeper)
{
    desk_journal_stop(keeper->desk);
    g_clear_pointer(&keeper->file, journal_file_free);
    g_clear_error(&keeper->failure);
}

gboolean keeper_is_open(const Keeper *keeper)
{
    return keeper->file != NULL;
}

gboolean keeper_cut(Keeper *keeper, const char *path, GError **error)
{
    JournalHeader header = {.n_pending = 0};

    keeper_abandon(keeper);
    keeper->describe(&header);
    keeper->file = journal_file_create(path, &header, error);
    if (!keeper->file) {
        return FALSE;
    }
    desk_journal_start(keeper->desk);
    return TRUE;
}

static void move_runs(Keeper *keeper, gboolean all)
{
    JournalLog *log = desk_log(keeper->desk);
    gsize n;

    while (!keeper->failure &&
           (n = journal_log_take(log, keeper->runs, RUNS_AT_ONCE, all)) > 0) {
        journal_file_write(keeper->file, keeper->runs, n, &keeper->failure);
    }
    if (!keeper->failure && journal_log_overflowed(log)) {
        keeper->failure = g_error_new_literal(
            BRIDGE_ERROR, BRIDGE_ERROR_RECORDING,
            "the guest made hypercalls faster than the journal could be written");
    }
}

gboolean keeper_drain(Keeper *keeper, GError **error)
{
    if (!keeper->file || keeper->failure) {
        return TRUE;
    }
    move_runs(keeper, FALSE);
    if (!keeper->failure) {
        return TRUE;
    }
    desk_journal_stop(keeper->desk);
    g_propagate_error(error, g_error_copy(keeper->failure));
    return FALSE;
}

gboolean keeper_close(Keeper *keeper, guint64 *answers, GError **error)
{
    *answers = 0;
    if (!keeper->file) {
        g_set_error_literal(error, BRIDGE_ERROR, BRIDGE_ERROR_STATE,
                            "no journal is open: it was given up when the connection was lost");
        return FALSE;
    }
    desk_journal_stop(keeper->desk);
    move_runs(keeper, TRUE);
    *answers = journal_file_answers(keeper->file);
    if (!keeper->failure) {
        journal_file_finish(keeper->file, &keeper->failure);
    }
    g_clear_pointer(&keeper->file, journal_file_free);
    if (keeper->failure) {
        g_propagate_error(error, g_steal_pointer(&keeper->failure));
        return FALSE;
    }
    return TRUE;
}
