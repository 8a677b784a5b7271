/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * New qcow2 images on top of another one, their base: an empty one, and one with what the overlay
 * of a VM that has ended holds. An image gets its name once it is whole, and never in the place of
 * another file.
 *
 * A base in the same directory, or below it, is named relative to the image, so that both can be
 * moved together; any other by its absolute path. Symbolic links to a base are resolved: what the
 * image is on top of must not change.
 */
#pragma once

#include "qmpbridge/vm/emulator.h"
#include "qmpbridge/vm/machine.h"

G_BEGIN_DECLS

/** What the names of qcow2 images end with. */
#define DERIVED_IMAGE_SUFFIX ".qcow2"

/**
 * What an image in @directory calls the base @file. Errors: USAGE: one of them isn't there.
 * Returns: (transfer full), or NULL.
 */
char *derived_image_backing(const char *directory, const char *file, GError **error);

/**
 * Makes the image @path on top of @base, whose format is known, for which see image.h. Blocks.
 * Errors: USAGE: @path exists, or doesn't end with DERIVED_IMAGE_SUFFIX; @base can't be used;
 * STORE, FULL.
 */
gboolean derived_image_create(const Emulator *emulator, const MachineDisk *base, const char *path,
                              GError **error);

/** A copy that is being made of an overlay. */
typedef struct DerivedCopy DerivedCopy;

/** The outcome. @path: the image, or NULL with @error. The owner frees the copy in here. */
typedef void (*DerivedCopyDone)(const char *path, const GError *error, gpointer user_data);

/**
 * Copies what @overlay, an image on top of @base that no process writes any more, has on top of it,
 * without its snapshots: into the image NAME-N.qcow2 in @directory, where NAME is @base's and N the
 * first free number. The copy is made by a process of its own.
 * Errors: USAGE, STORE. Returns: (transfer full), or NULL; @done is called in a later iteration.
 */
DerivedCopy *derived_copy_start(const Emulator *emulator, const char *overlay,
                                const MachineDisk *base, const char *directory,
                                DerivedCopyDone done, gpointer user_data, GError **error);
/** Gives a copy up that isn't whole yet. @copy: (nullable). */
void derived_copy_free(DerivedCopy *copy);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(DerivedCopy, derived_copy_free)

G_END_DECLS
