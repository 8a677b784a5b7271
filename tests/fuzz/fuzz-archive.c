/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: bytes through the reader of archives. Whatever comes, its members are those of its
 * manifest, their bytes lie within them and in order, and the verdict doesn't depend on how the
 * bytes were cut into reads. The first byte says whether they are compressed, and the size of a
 * read.
 */
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <string.h>

#include "qmpbridge/store/archive-reader.h"

typedef struct {
    const uint8_t *data;
    size_t size, chunk;
    const ManifestMember *member;
    guint64 at;
    guint members;
} Input;

static gssize read_input(void *buffer, gsize len, gpointer user_data)
{
    Input *input = user_data;
    gsize n = MIN(MIN(len, input->chunk), input->size);

    memcpy(buffer, input->data, n);
    input->data += n;
    input->size -= n;
    return (gssize)n;
}

static gboolean begin(const ManifestMember *member, gpointer user_data, GError **error)
{
    Input *input = user_data;

    (void)error;
    g_assert_null(input->member);
    g_assert_null(strstr(member->name, ".."));
    g_assert_true(member->name[0] != '/');
    input->member = member;
    input->at = 0;
    return TRUE;
}

static gboolean take(const guint8 *data, gsize len, guint64 offset, gpointer user_data,
                     GError **error)
{
    Input *input = user_data;

    (void)data;
    (void)error;
    g_assert_cmpuint(offset, >=, input->at);
    g_assert_cmpuint(offset, <=, input->member->size);
    g_assert_cmpuint(len, <=, input->member->size - offset);
    input->at = offset + len;
    return TRUE;
}

static gboolean end(gpointer user_data, GError **error)
{
    Input *input = user_data;

    (void)error;
    input->member = NULL;
    input->members++;
    return TRUE;
}

/* Returns: (transfer full): the manifest of a whole archive, or why it is none. */
static char *read_all(const uint8_t *data, size_t size, size_t chunk, gboolean plain)
{
    static const ArchiveSink sink = {begin, take, end};
    Input input = {.data = data, .size = size, .chunk = chunk};
    g_autoptr(GError) error = NULL;
    g_autoptr(ArchiveReader) reader =
        archive_reader_new("input", plain, read_input, &input, &error);
    gboolean whole = reader && archive_reader_read(reader, &sink, &input, &error);

    g_assert_true(whole == (error == NULL));
    if (!whole)
        return g_strdup(error->message);
    g_assert_cmpuint(input.members, ==, archive_reader_manifest(reader)->members->len);
    return g_strdup(archive_reader_manifest_text(reader));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *whole = NULL;
    g_autofree char *cut = NULL;

    if (size < 2)
        return 0;
    whole = read_all(data + 1, size - 1, size, data[0] & 1);
    cut = read_all(data + 1, size - 1, (data[0] >> 1) + 1u, data[0] & 1);
    g_assert_cmpstr(whole, ==, cut);
    return 0;
}
