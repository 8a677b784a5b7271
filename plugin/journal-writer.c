/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One journal from the cut to the flush; see journal-writer.h. */
#include "plugin/journal-writer.h"

#include "plugin/journal-file.h"
#include "qmpbridge/core/error.h"

#define RUNS_AT_ONCE 1024u

struct JournalWriter {
    SharedPolicy *shared;
    JournalDescribe describe;
    gpointer opaque;   /* of describe */
    char *path;        /* of the segment that was cut last */
    JournalFile *file; /* NULL: no segment is open */
    guint64 position;  /* of its begin */
    guint64 ended;     /* answers in it, once it is closed */
    GError *failure;
    JournalRun runs[RUNS_AT_ONCE];
};

JournalWriter *journal_writer_new(SharedPolicy *shared, JournalDescribe describe, gpointer opaque)
{
    JournalWriter *writer = g_new0(JournalWriter, 1);

    writer->shared = shared;
    writer->describe = describe;
    writer->opaque = opaque;
    return writer;
}

void journal_writer_free(JournalWriter *writer)
{
    if (writer) {
        journal_writer_abandon(writer);
        g_free(writer->path);
        g_free(writer);
    }
}

static void close_file(JournalWriter *writer)
{
    if (writer->file)
        writer->ended = journal_file_answers(writer->file);
    g_clear_pointer(&writer->file, journal_file_free);
}

void journal_writer_abandon(JournalWriter *writer)
{
    shared_policy_journal_stop(writer->shared);
    close_file(writer);
    g_clear_error(&writer->failure);
}

guint64 journal_writer_position(const JournalWriter *writer)
{
    return writer->position;
}

gboolean journal_writer_is_open(const JournalWriter *writer)
{
    return writer->file != NULL;
}

static void move_runs(JournalWriter *writer, gboolean all)
{
    JournalRing *ring = shared_policy_ring(writer->shared);
    gsize n;

    while (!writer->failure && (n = journal_ring_take(ring, writer->runs, RUNS_AT_ONCE, all)) > 0)
        journal_file_write(writer->file, writer->runs, n, &writer->failure);
    if (!writer->failure && journal_ring_overflowed(ring)) {
        writer->failure = g_error_new_literal(
            BRIDGE_ERROR, BRIDGE_ERROR_RECORDING,
            "the guest made hypercalls faster than the journal could be written");
    }
}

gboolean journal_writer_drain(JournalWriter *writer, GError **error)
{
    if (!writer->file || writer->failure)
        return TRUE;
    move_runs(writer, FALSE);
    if (!writer->failure)
        return TRUE;
    shared_policy_journal_stop(writer->shared);
    g_propagate_error(error, g_error_copy(writer->failure));
    return FALSE;
}

/* Of the segment that is open: no answer is on its way any more, and the file has its trailer. */
static gboolean end_segment(JournalWriter *writer, gboolean sync, GError **error)
{
    shared_policy_journal_stop(writer->shared);
    move_runs(writer, TRUE);
    if (!writer->failure)
        journal_file_finish(writer->file, sync, &writer->failure);
    close_file(writer);
    if (!writer->failure)
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&writer->failure));
    return FALSE;
}

gboolean journal_writer_cut(JournalWriter *writer, const char *path, GError **torn, GError **error)
{
    JournalHeader header = {.n_pending = 0};
    gboolean again = writer->file && g_str_equal(writer->path, path);

    if (again)
        journal_writer_abandon(writer);
    else if (writer->file)
        end_segment(writer, FALSE, torn);
    if (!again)
        writer->position += writer->ended;
    writer->ended = 0;
    g_free(writer->path);
    writer->path = g_strdup(path);
    writer->describe(writer->opaque, &header);
    writer->file = journal_file_create(path, &header, error);
    if (!writer->file)
        return FALSE;
    shared_policy_journal_start(writer->shared);
    return TRUE;
}

gboolean journal_writer_close(JournalWriter *writer, guint64 *answers, GError **error)
{
    gboolean good;

    *answers = 0;
    if (!writer->file) {
        g_set_error_literal(error, BRIDGE_ERROR, BRIDGE_ERROR_STATE,
                            "no journal is open: it was given up when the connection was lost");
        return FALSE;
    }
    good = end_segment(writer, TRUE, error);
    *answers = writer->ended;
    return good;
}
