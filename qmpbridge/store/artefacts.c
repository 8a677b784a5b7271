/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The artefacts of a recording; see artefacts.h.
 */
#include "qmpbridge/store/artefacts.h"

#include "qmpbridge/core/error.h"
#include "qmpbridge/store/files.h"
#include "qmpbridge/store/ram.h"

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

char *artefact_digest_file(ArtefactDigest digest, const char *path, GError **error)
{
    return digest == ARTEFACT_PAGES ? ram_digest_file(path, error)
                                    : files_sha256(path, NULL, error);
}

gboolean artefact_is_needed(const Artefact *artefact, guint disks)
{
    return artefact->need == ARTEFACT_ALWAYS ||
           (artefact->need == ARTEFACT_WITH_DISK && artefact->disk < disks);
}
