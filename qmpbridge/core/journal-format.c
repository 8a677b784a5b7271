/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A journal's bytes, to and fro; see journal-format.h. All is little-endian and a multiple of 8
 * bytes: a header of 48 bytes with 24 for each pending answer, runs of 16, a trailer of 48 that
 * begins like a run of an impossible action.
 */
#include "qmpbridge/core/journal-format.h"

#include <string.h>

#include "qmpbridge/core/error.h"

#define MAGIC "RECCTRLJ"
#define HEADER_BYTES 48u
#define PENDING_BYTES 24u
#define RUN_BYTES 16u
#define DIGEST_BYTES 32u
#define TRAILER_BYTES (RUN_BYTES + DIGEST_BYTES)
#define TRAILER_ACTION G_MININT32
#define FLAG_TWO_WAY 1u

static void put32(GByteArray *out, guint32 value)
{
    guint32 little = GUINT32_TO_LE(value);

    g_byte_array_append(out, (const guint8 *)&little, sizeof(little));
}

static void put64(GByteArray *out, guint64 value)
{
    guint64 little = GUINT64_TO_LE(value);

    g_byte_array_append(out, (const guint8 *)&little, sizeof(little));
}

static guint32 get32(const guint8 *data)
{
    guint32 little;

    memcpy(&little, data, sizeof(little));
    return GUINT32_FROM_LE(little);
}

static guint64 get64(const guint8 *data)
{
    guint64 little;

    memcpy(&little, data, sizeof(little));
    return GUINT64_FROM_LE(little);
}

void journal_append_header(GByteArray *out, const JournalHeader *header)
{
    g_byte_array_append(out, (const guint8 *)MAGIC, 8);
    put32(out, JOURNAL_VERSION);
    put32(out, HEADER_BYTES + header->n_pending * PENDING_BYTES);
    put32(out, header->two_way ? FLAG_TWO_WAY : 0);
    put32(out, header->n_pending);
    g_byte_array_append(out, (const guint8 *)header->target, JOURNAL_TARGET_MAX);
    put64(out, 0);
    for (guint i = 0; i < header->n_pending; i++) {
        put32(out, header->pending[i].vcpu);
        put32(out, (guint32)header->pending[i].answer);
        put64(out, header->pending[i].pc);
        put64(out, header->pending[i].space);
    }
}

static void append_run(GByteArray *out, gint32 action, gint32 answer, guint64 count)
{
    put32(out, (guint32)action);
    put32(out, (guint32)answer);
    put64(out, count);
}

void journal_append_runs(GByteArray *out, const JournalRun *runs, gsize n)
{
    for (gsize i = 0; i < n; i++)
        append_run(out, runs[i].action, runs[i].answer, runs[i].count);
}

void journal_append_trailer(GByteArray *out, guint64 answers, GChecksum *digest)
{
    guint8 bytes[DIGEST_BYTES];
    gsize length = sizeof(bytes);

    g_checksum_get_digest(digest, bytes, &length);
    append_run(out, TRAILER_ACTION, 0, answers);
    g_byte_array_append(out, bytes, DIGEST_BYTES);
}

static gboolean damaged(GError **error, const char *what)
{
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_FAILED,
                "the journal is damaged (%s): the recording can't be replayed with it", what);
    return FALSE;
}

static void parse_pending(JournalHeader *header, const guint8 *data)
{
    for (guint i = 0; i < header->n_pending; i++) {
        const guint8 *at = data + i * PENDING_BYTES;

        header->pending[i] = (JournalPending){
            .vcpu = get32(at),
            .answer = (gint32)get32(at + 4),
            .pc = get64(at + 8),
            .space = get64(at + 16),
        };
    }
}

static gboolean parse_header(JournalHeader *header, const guint8 *data, gsize length,
                             GError **error)
{
    if (length < HEADER_BYTES || memcmp(data, MAGIC, 8) != 0) {
        g_set_error_literal(error, BRIDGE_ERROR, BRIDGE_ERROR_FAILED, "this is no journal");
        return FALSE;
    }
    if (get32(data + 8) != JOURNAL_VERSION) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_FAILED,
                    "the journal has version %u, this plugin reads version %u: use the plugin of "
                    "a newer release",
                    get32(data + 8), JOURNAL_VERSION);
        return FALSE;
    }
    header->two_way = (get32(data + 16) & FLAG_TWO_WAY) != 0;
    header->n_pending = get32(data + 20);
    memcpy(header->target, data + 24, JOURNAL_TARGET_MAX);
    if (header->n_pending > JOURNAL_PENDING_MAX ||
        get32(data + 12) != HEADER_BYTES + header->n_pending * PENDING_BYTES ||
        length < get32(data + 12))
        return damaged(error, "its header is cut or has wrong sizes");
    if (memchr(header->target, '\0', JOURNAL_TARGET_MAX) == NULL)
        return damaged(error, "the target has no end");
    parse_pending(header, data + HEADER_BYTES);
    return TRUE;
}

/* Whether a trailer that fits all in front of it is at @at. */
static gboolean check_trailer(const Journal *journal, const guint8 *data, gsize at, gsize length,
                              GError **error)
{
    g_autoptr(GChecksum) digest = g_checksum_new(G_CHECKSUM_SHA256);
    guint8 bytes[DIGEST_BYTES];
    gsize n = sizeof(bytes);

    if (length != at + TRAILER_BYTES)
        return damaged(error, "bytes after its end, or a cut trailer");
    g_checksum_update(digest, data, (gssize)at);
    g_checksum_get_digest(digest, bytes, &n);
    if (get32(data + at + 4) != 0 || get64(data + at + 8) != journal->answers ||
        memcmp(bytes, data + at + RUN_BYTES, DIGEST_BYTES) != 0)
        return damaged(error, "its checksum is wrong");
    return TRUE;
}

static gboolean parse_runs(Journal *journal, const guint8 *data, gsize at, gsize length,
                           GError **error)
{
    journal->runs = g_new(JournalRun, (length - at) / RUN_BYTES + 1);
    for (; length - at >= RUN_BYTES; at += RUN_BYTES) {
        JournalRun run = {(gint32)get32(data + at), (gint32)get32(data + at + 4),
                          get64(data + at + 8)};

        if (run.action == TRAILER_ACTION) {
            journal->complete = TRUE;
            return check_trailer(journal, data, at, length, error);
        }
        if (run.count == 0 || run.count > G_MAXUINT64 - journal->answers)
            return damaged(error, "a run has an impossible length");
        journal->answers += run.count;
        journal->runs[journal->n_runs++] = run;
    }
    return TRUE;
}

Journal *journal_parse(const guint8 *data, gsize length, GError **error)
{
    g_autoptr(Journal) journal = g_new0(Journal, 1);

    if (length > JOURNAL_BYTES_MAX) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_TOO_BIG, "the journal is longer than %u MiB",
                    JOURNAL_BYTES_MAX >> 20);
        return NULL;
    }
    if (!parse_header(&journal->header, data, length, error) ||
        !parse_runs(journal, data, get32(data + 12), length, error))
        return NULL;
    return g_steal_pointer(&journal);
}

/* The runs of all segments, until there are *@left answers fewer. Returns: (element-type
 * JournalRun). */
static GArray *join_runs(const Journal *const *segments, gsize n, guint64 *left)
{
    GArray *runs = g_array_new(FALSE, FALSE, sizeof(JournalRun));

    for (gsize i = 0; i < n; i++) {
        for (gsize j = 0; j<segments[i]->n_runs && * left> 0; j++) {
            JournalRun run = segments[i]->runs[j];
            JournalRun *last =
                runs->len > 0 ? &g_array_index(runs, JournalRun, runs->len - 1) : NULL;

            run.count = MIN(run.count, *left);
            *left -= run.count;
            if (last && last->action == run.action && last->answer == run.answer)
                last->count += run.count;
            else
                g_array_append_val(runs, run);
        }
    }
    return runs;
}

gboolean journal_join(GByteArray *out, const Journal *const *segments, gsize n, guint64 answers,
                      GError **error)
{
    g_autoptr(GChecksum) digest = g_checksum_new(G_CHECKSUM_SHA256);
    g_autoptr(GArray) runs = NULL;
    guint64 left = answers;
    guint from = out->len;

    for (gsize i = 0; i < n; i++) {
        const JournalHeader *header = &segments[i]->header;

        if (!segments[i]->complete)
            return damaged(error, "a segment was not finished");
        if (header->two_way != segments[0]->header.two_way ||
            memcmp(header->target, segments[0]->header.target, JOURNAL_TARGET_MAX) != 0)
            return damaged(error, "its segments are of different VMs");
    }
    runs = join_runs(segments, n, &left);
    journal_append_header(out, &segments[0]->header);
    journal_append_runs(out, (const JournalRun *)(const void *)runs->data, runs->len);
    g_checksum_update(digest, out->data + from, (gssize)(out->len - from));
    journal_append_trailer(out, answers - left, digest);
    return TRUE;
}

void journal_free(Journal *journal)
{
    if (journal) {
        g_free(journal->runs);
        g_free(journal);
    }
}
