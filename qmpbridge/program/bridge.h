/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `qmpbridge run` is made of: a VM in record mode, the control socket, the recorder, the
 * store and the event log, put together. People and scripts reach it only through the control
 * socket, as any other QMP client does.
 */
#pragma once

#include "qmpbridge/core/error.h"
#include "qmpbridge/store/digests.h"
#include "qmpbridge/store/room.h"
#include "qmpbridge/vm/affinity.h"
#include "qmpbridge/vm/machine.h"

G_BEGIN_DECLS

typedef struct Bridge Bridge;

/** Options of `run` that don't describe the machine. Borrowed for the call. */
typedef struct {
    const char *emulator;       /**< (nullable) --qemu */
    GHashTable *emulators;      /**< (nullable) paths by version and target, of the configuration */
    const char *plugin;         /**< (nullable) --plugin; default: the installed one */
    const char *plugin_options; /**< (nullable) --recctrl: "session_rec=on,nrec=3" */
    const char *store;          /**< (nullable) --store */
    const char *seed_directory; /**< (nullable) --seed-dir: becomes a further disk */
    const char *seed_label;     /**< --seed-label */
    const char *socket;         /**< (nullable) --socket */
    const char *log;            /**< (nullable) --log */
    Affinity *affinity;         /**< (nullable) --cpu-affinity; outlives the bridge */
    gboolean keep_disk;         /**< --keep-disk */
    const char *keep_disk_directory; /**< (nullable) --keep-disk-dir */
    gboolean force;                  /**< --force: a machine that can't be recorded, too */
    const char *mode;       /**< MODE_RECORD; MODE_DRY for --dry-run; MODE_MAINTAIN; static */
    gboolean verify;        /**< replay each recording once it is whole */
    gboolean backlog;       /**< and, while nothing is recorded, those without a verdict */
    gboolean console_input; /**< something can be typed on the console */
    double idle_end;        /**< --idle-end in seconds; 0: a recording may be idle */
    double monitor_timeout; /**< --monitor-timeout in seconds; 0 for the default */
    RoomBounds bounds;      /**< --keep-free, --store-limit */
    /** (nullable): QEMU listens on a forwarded port. @user_data: as of bridge_start(). */
    void (*forwarded)(const MachineForward *forward, gpointer user_data);
    /** (nullable): QEMU runs, and all forwarded ports were reported. */
    void (*ready)(gpointer user_data);
    /** (nullable): what @disk's guest has changed is in the image @path, on top of @base. */
    void (*kept)(const char *disk, const char *path, const char *base, gpointer user_data);
    DigestsReading reading; /**< (nullable): during bridge_start(), with its user_data */
} BridgeOptions;

/**
 * Checks everything that can be checked, then starts the VM and the server. Blocks shortly.
 * @ended: called once when the VM and all verifications are over; @error: (nullable) why.
 * Errors: USAGE, EMULATOR, STORE, FULL, BUSY, each with one line that names the remedy.
 * Returns: (transfer full), or NULL.
 */
Bridge *bridge_start(const Machine *machine, const BridgeOptions *options,
                     void (*ended)(const GError *error, gpointer user_data), gpointer user_data,
                     GError **error);

/** The control socket that is served. */
const char *bridge_socket(const Bridge *bridge);
/** TRUE if QEMU runs in its sandbox (-sandbox on). */
gboolean bridge_is_confined(const Bridge *bridge);
/** Where the guest's serial console goes. */
const char *bridge_console(const Bridge *bridge);
/** Ends an open recording ("shutdown"), waits for verifications, quits QEMU; then @ended. */
void bridge_stop(Bridge *bridge);
/** Frees it; kills what still runs. An open recording stays incomplete with its reason. */
void bridge_free(Bridge *bridge);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Bridge, bridge_free)

G_END_DECLS
