/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The manifest of an archive (doc/archive-format.md): which recording it holds, its members in
 * their order, each with its size and digest, and the images of the host that a replay needs. Only
 * the model and its JSON, which may be hostile; it opens no file.
 */
#pragma once

#include "qmpbridge/store/recording.h"

G_BEGIN_DECLS

/** What the names of archives end with. */
#define ARCHIVE_SUFFIX ".qrec"
/** The first entry of an archive. */
#define MANIFEST_JSON "manifest.json"
/** In front of the digest: the name of an image among the members. */
#define MANIFEST_IMAGES "images/"

/** A file in the archive, after the manifest. */
typedef struct {
    char *name;
    guint64 size;
    guint64 data; /**< bytes of it that aren't in holes */
    ArtefactDigest digest;
    char *sha256;
} ManifestMember;

/** A file that the machine was started from. */
typedef struct {
    char *role; /**< as among the bases of the recording */
    char *path; /**< (nullable) where it was on the host that packed */
    guint64 size;
    ArtefactDigest digest;
    char *sha256;      /**< "" where a recording is so old that it doesn't say */
    gboolean included; /**< it is a member, too: MANIFEST_IMAGES and its .sha256 */
} ManifestImage;

typedef struct {
    char *name; /**< of the recording */
    char *engine;
    char *emulator_version; /**< (nullable) that a replay needs */
    char *target;           /**< (nullable) */
    GPtrArray *members;     /**< ManifestMember: recording.json, its files, images */
    GPtrArray *images;      /**< ManifestImage */
} Manifest;

/** Of a recording without members, all of whose images are left out, with paths of those that the
 * machine itself names. Returns: (transfer full). */
Manifest *manifest_new(const Recording *recording);
/** @manifest: (nullable). */
void manifest_free(Manifest *manifest);

/** Appends a member. Returns: (transfer none). */
ManifestMember *manifest_add(Manifest *manifest, const char *name, guint64 size,
                             ArtefactDigest digest, const char *sha256);
/** The member of that name, or NULL. */
const ManifestMember *manifest_find(const Manifest *manifest, const char *name);
/** What an image is called among the members. Returns: (transfer full). */
char *manifest_image_name(const char *sha256);
/** Bytes of all members that aren't in holes. */
guint64 manifest_data(const Manifest *manifest);

/** As text. Returns: (transfer full). */
char *manifest_to_text(const Manifest *manifest);
/**
 * From text of unknown origin. Every name in it is one that can be used as it is: a plain file
 * name, or MANIFEST_IMAGES and a digest; none comes twice. Errors: RECORDING. Returns: (transfer
 * full), or NULL.
 */
Manifest *manifest_parse(const char *text, gsize len, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Manifest, manifest_free)

G_END_DECLS
