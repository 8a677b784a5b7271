/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The artefacts of a recording: an open list of files, each with a role, and how it is digested. An
 * engine declares those that it makes (EngineClass.artefacts), and the recorder's service those
 * that it adds (recording_declare()); no other code knows their names.
 */
#pragma once

#include "qmpbridge/store/digester.h"

G_BEGIN_DECLS

/** When a recording must have it. */
typedef enum {
    ARTEFACT_ALWAYS,
    ARTEFACT_WITH_DISK, /**< where the machine has the disk that it is of */
    ARTEFACT_IF_MADE,   /**< where something has made it */
} ArtefactNeed;

/** What a replay does with it. */
typedef enum {
    ARTEFACT_KEPT,     /**< nothing */
    ARTEFACT_COMPARED, /**< what the replay has made is compared with it */
    ARTEFACT_READ,     /**< the emulator reads it */
    ARTEFACT_CHANGED,  /**< the emulator writes to it, and gets a copy */
} ArtefactUse;

typedef struct {
    const char *name; /**< of the file in the recording's directory */
    const char *role; /**< what it is to people and to programs: "log", "console" */
    ArtefactDigest digest;
    gboolean sparse; /**< it may have any number of holes */
    ArtefactNeed need;
    ArtefactUse use;
    guint disk; /**< WITH_DISK: the index */
} Artefact;

/** The one called @name of @artefacts, which end with a row without a name; or NULL. */
const Artefact *artefact_find(const Artefact *artefacts, const char *name);

/** "sha256", "pages". */
const char *artefact_digest_name(ArtefactDigest digest);
/** The inverse. Errors: TYPE. */
gboolean artefact_parse_digest(const char *name, ArtefactDigest *digest, GError **error);

/** Digest of the file at @path. Blocks, any thread. Errors: STORE. Returns: (transfer full), or
 * NULL. */
char *artefact_digest_file(ArtefactDigest digest, const char *path, GError **error);

/** TRUE if a recording must have it. @disks: how many its machine has. */
gboolean artefact_is_needed(const Artefact *artefact, guint disks);

G_END_DECLS
