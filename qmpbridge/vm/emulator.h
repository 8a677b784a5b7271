/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An emulator on this host, which is a QEMU or descends from one: its program, its version, the
 * qemu-img beside it. Whether it can record, and what else that takes, its engine finds out
 * (EngineClass.probe).
 */
#pragma once

#include <gio/gio.h>

#include "qmpbridge/core/version.h"
#include "qmpbridge/vm/target.h"

G_BEGIN_DECLS

/** The remedy that an error names where no emulator was found. */
#define EMULATOR_REMEDY \
    "install the Debian package " TARGET_DEFAULT_PACKAGE " (10.0 or newer), or name one by --qemu"

/** How long one run of an emulator or of its qemu-img may take, in milliseconds. */
#define EMULATOR_TIMEOUT_MS 20000u

/** An emulator, as far as it is known. */
typedef struct {
    char *path;           /**< absolute path of the program */
    const Target *target; /**< what it emulates; NULL before its engine's probe */
    char *image_tool;     /**< absolute path of the qemu-img beside it, or of the one on PATH */
    char *version;        /**< "11.1.3 (Debian 1:11.1.3+ds-1~bpo13+1)" */
    Version number;       /**< what .version begins with */
    gboolean sandbox;     /**< -sandbox on works with it */
    guint timeout_ms;     /**< for each run of it or its qemu-img; 0 for EMULATOR_TIMEOUT_MS */
    GBytes *trial;        /**< (nullable) what its engine's probe found; only the engine reads it */
} Emulator;

/**
 * Finds an emulator and asks it for its version. Blocks for some hundredths of a second.
 * @path: (nullable): the program; NULL looks for the default target's on PATH.
 * @timeout_ms: how long each run of a program may take; 0 for EMULATOR_TIMEOUT_MS.
 * Errors: BRIDGE_ERROR_EMULATOR with one line that names the remedy.
 * Returns: (transfer full), or NULL.
 */
Emulator *emulator_find(const char *path, guint timeout_ms, GError **error);
/** @emulator: (nullable). */
void emulator_free(Emulator *emulator);

/** qemu-img create: an empty qcow2 of @size bytes. Blocks. Errors: STORE. */
gboolean emulator_create_image(const Emulator *emulator, const char *path, guint64 size,
                               GError **error);

/** The same: an overlay of @base, which is of @format: "raw", "qcow2". Blocks. Errors: USAGE: @base
 * can't be used. */
gboolean emulator_create_overlay(const Emulator *emulator, const char *path, const char *base,
                                 const char *format, GError **error);

/** What a program that has ended has printed; each of bounded length. */
typedef struct {
    char *out, *err;
    gboolean success;
} EmulatorOutput;

void emulator_output_clear(EmulatorOutput *output);

/** Runs @argv, the emulator or a program of its, to its end with @input, some lines, on stdin.
 * Blocks. @output: (out caller-allocates). Errors: EMULATOR. */
gboolean emulator_run(const Emulator *emulator, const char *const *argv, const char *input,
                      EmulatorOutput *output, GError **error);
/** The first line of @text (nullable) that says something, without a newline, as UTF-8. Returns:
 * (transfer full). */
char *emulator_first_line(const char *text);
/** Sets EMULATOR, "@path: @what". Returns: FALSE. */
gboolean emulator_error(GError **error, const char *path, const char *what);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(EmulatorOutput, emulator_output_clear)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Emulator, emulator_free)

G_END_DECLS
