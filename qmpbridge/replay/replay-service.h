/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * begin_replay and end_replay of the control socket (doc/qmp-extension.md): replaying VMs beside
 * the one that records, each with a control socket of its own. A replay runs to its recording's
 * end, is compared as a proof is, and ends; its verdict goes into the event REPLAY_END and is kept
 * nowhere. Its clients may stop it, look around and go back and forth, but change nothing. It goes
 * on when the client that began it leaves. Main thread.
 */
#pragma once

#include "qmpbridge/io/control-socket.h"
#include "qmpbridge/store/store.h"
#include "qmpbridge/replay/proof.h"

G_BEGIN_DECLS

typedef struct ReplayService ReplayService;

/** What it works with. Borrowed; everything outlives it, the emulators apart. */
typedef struct {
    Store *store; /**< (nullable): NULL where nothing is recorded: it refuses its commands */
    ReplayOptions replay; /**< .trust_paths is FALSE */
    RamDigestFunc digest; /**< (nullable): ram_digest() */
    /** An event for the clients of the live VM. @data: (transfer full). */
    void (*emit)(const char *name, JsonObject *data, gpointer user_data);
    /** A replay is over. */
    void (*settled)(gpointer user_data);
    gpointer user_data;
} ReplayServiceOptions;

/** The commands and events that it adds. */
extern const ExtensionEntry replay_service_extension[];

/** Returns: (transfer full). */
ReplayService *replay_service_new(const ReplayServiceOptions *options);
/** Ends its replays at once; nothing is emitted any more. @service: (nullable). */
void replay_service_free(ReplayService *service);

/** TRUE if @name is one of its commands: they are PEER_EXCLUSIVE. */
gboolean replay_service_knows(const char *name);
/** Takes @request if it is one of its commands. Returns: FALSE if it isn't, untouched. */
gboolean replay_service_handle(ReplayService *service, QmpRequest *request);

/** No replay begins any more, and those that run are ended. Doesn't wait. */
void replay_service_shut_down(ReplayService *service);
/** TRUE while a replay is there. */
gboolean replay_service_is_busy(const ReplayService *service);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ReplayService, replay_service_free)

G_END_DECLS
