/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The back end for stock QEMU: a flight recorder. QEMU runs in record mode from its start; a
 * recording is the stretch of that run between two points at which the VM stood still.
 */
#pragma once

#include "qmpbridge/io/client.h"
#include "qmpbridge/io/eventlog.h"
#include "qmpbridge/record/backend.h"
#include "qmpbridge/vm/emulator.h"

G_BEGIN_DECLS

/** How long QEMU may take to carry out a command of those that it answers at once. */
#define BACKEND_QEMU_MONITOR_TIMEOUT_MS 30000u
/** How long the plugin may take to answer, and to connect, in milliseconds. */
#define BACKEND_QEMU_PLUGIN_TIMEOUT_MS 10000u

/** What the back end works on. Everything is borrowed and outlives it. */
typedef struct {
    QmpClient *monitor;
    pid_t pid;
    const Machine *machine;
    const Emulator *emulator;
    const char *log;      /**< QEMU's rrfile */
    const char *overlay;  /**< (nullable) the disk's overlay */
    const char *console;  /**< file of the serial console */
    const char *vmstate;  /**< the image that holds snapshots' device and RAM state */
    const BackendPlugin *plugin;
    gpointer plugin_data; /**< for @plugin's functions */
    EventLog *events;     /**< (nullable) */
    guint monitor_timeout_ms; /**< 0 for BACKEND_QEMU_MONITOR_TIMEOUT_MS */
    guint plugin_timeout_ms;  /**< 0 for BACKEND_QEMU_PLUGIN_TIMEOUT_MS */
} BackendQemuOptions;

/** Returns: (transfer full). */
Backend *backend_qemu_new(const BackendQemuOptions *options);

G_END_DECLS
