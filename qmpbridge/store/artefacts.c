/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The artefacts of a recording; see artefacts.h.
 */
#include "qmpbridge/store/artefacts.h"

#include <errno.h>

#include <glib/gstdio.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/store/files.h"
#include "qmpbridge/store/ram.h"
#include "qmpbridge/store/recording.h"

static const char *const digests[] = {[ARTEFACT_SHA256] = "sha256", [ARTEFACT_PAGES] = "pages"};

const Artefact *artefact_find(const Artefact *artefacts, const char *name)
{
    for (const Artefact *artefact = artefacts; artefact->name; artefact++) {
        if (g_str_equal(artefact->name, name))
            return artefact;
    }
    return NULL;
}

const char *artefact_digest_name(ArtefactDigest digest)
{
    return digests[digest];
}

gboolean artefact_parse_digest(const char *name, ArtefactDigest *digest, GError **error)
{
    for (guint i = 0; i < G_N_ELEMENTS(digests); i++) {
        if (g_str_equal(digests[i], name)) {
            *digest = (ArtefactDigest)i;
            return TRUE;
        }
    }
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_TYPE, "'%.40s' is no digest that is known", name);
    return FALSE;
}

ArtefactDigest artefact_digest_by_name(const char *name)
{
    static const char *const pages[] = {RECORDING_LOG, RECORDING_VMSTATE, RECORDING_DISK, NULL};

    return g_strv_contains(pages, name) ? ARTEFACT_PAGES : ARTEFACT_SHA256;
}

char *artefact_digest_file(ArtefactDigest digest, const char *path, GError **error)
{
    return digest == ARTEFACT_PAGES ? ram_digest_file(path, error)
                                    : files_sha256(path, NULL, error);
}

gboolean artefact_is_needed(const Artefact *artefact, gboolean disk)
{
    return artefact->need == ARTEFACT_ALWAYS || (artefact->need == ARTEFACT_WITH_DISK && disk);
}

/* Adds what is known of one file to @files. */
static gboolean add_file(GPtrArray *files, const Artefact *artefact, const char *path,
                         guint64 *bytes, GError **error)
{
    g_autofree char *sha256 = artefact_digest_file(artefact->digest, path, error);
    GStatBuf info;

    if (!sha256)
        return FALSE;
    if (g_stat(path, &info) != 0) {
        files_error(error, path, errno);
        return FALSE;
    }
    recording_add_artefact(files, artefact, (guint64)info.st_size, sha256);
    *bytes += MIN((guint64)info.st_size, (guint64)info.st_blocks * 512);
    return TRUE;
}

GPtrArray *artefacts_digest(const GPtrArray *artefacts, const char *directory, gboolean disk,
                            guint64 *bytes, GError **error)
{
    g_autoptr(GPtrArray) files = recording_files_new();

    *bytes = 0;
    for (guint i = 0; i < artefacts->len; i++) {
        const Artefact *artefact = g_ptr_array_index(artefacts, i);
        g_autofree char *path = g_build_filename(directory, artefact->name, NULL);

        if (!artefact_is_needed(artefact, disk) && !g_file_test(path, G_FILE_TEST_EXISTS))
            continue;
        if (!add_file(files, artefact, path, bytes, error))
            return NULL;
    }
    return g_steal_pointer(&files);
}
