/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recording commands on the control socket (doc/qmp-extension.md): begin_record, end_record,
 * query-record, record-mark, and the plugin's record-agent and record-journal. It joins the
 * recorder's state machine, an engine and the store, and answers truthfully: success means that
 * it has happened. It starts and ends no emulator. Main thread.
 */
#pragma once

#include "qmpbridge/io/eventlog.h"
#include "qmpbridge/io/passthrough.h"
#include "qmpbridge/io/server.h"
#include "qmpbridge/engine/engine.h"
#include "qmpbridge/store/room.h"
#include "qmpbridge/store/store.h"
#include "qmpbridge/vm/emulator.h"

G_BEGIN_DECLS

typedef struct Service Service;

/** How often a running recording is held against the store's bounds, in milliseconds. */
#define SERVICE_WATCH_MS 1000u
/** After a begin that the bounds forbid, further ones are counted for so long. */
#define SERVICE_QUIET_MS 10000u

/** What a service works with. Borrowed; everything outlives it. */
typedef struct {
    QmpServer *server;
    Store *store;   /**< (nullable) if the engine keeps nothing */
    Room *room;     /**< (nullable) the store's bounds */
    guint watch_ms; /**< 0 for SERVICE_WATCH_MS */
    guint quiet_ms; /**< 0 for SERVICE_QUIET_MS */
    EventLog *log;  /**< (nullable) */
    const Machine *machine;
    const Emulator *emulator;
    GPtrArray *bases; /**< RecordingFile: files that the machine needs */
    /** A recording is whole. */
    void (*whole)(const Recording *recording, gpointer user_data);
    /** A begin or an end starts, before the emulator is asked for anything. May be NULL. */
    void (*changing)(gpointer user_data);
    /** The recorder has settled, on or off. */
    void (*settled)(gpointer user_data);
    /** The VM was to be reset and can't go on, for @why. */
    void (*stuck)(const GError *why, gpointer user_data);
    gpointer user_data;
} ServiceOptions;

/** The commands and events that a service adds, for Passthrough. */
extern const ExtensionEntry service_extension[];

/** The names of a JournalState on the socket, in its order, with a NULL at the end. */
extern const char *const service_journal_states[];

/** The way to the plugin, for an engine; its user_data is the Service. */
extern const EnginePlugin service_plugin;

/** Returns: (transfer full). */
Service *service_new(const ServiceOptions *options);
/** Frees it; a recording under way stays incomplete. @service: (nullable). */
void service_free(Service *service);

/** Gives it the engine. @engine: (transfer full). */
void service_set_engine(Service *service, Engine *engine);

/** How a command goes along with others of its client. */
PeerFlow service_flow(const char *name);

/** Takes @request if it is one of the service's. Returns: FALSE if it isn't, untouched. */
gboolean service_handle(Service *service, QmpRequest *request);

/** An event of QEMU, whole. Returns: TRUE if it is the engine's, which has caused it itself or
 * will reset the VM for it: clients don't get it. */
gboolean service_event(Service *service, JsonNode *event);

/** A client has gone. */
void service_client_gone(Service *service, guint64 client);

/** The emulator has gone, for @why. */
void service_lost(Service *service, const GError *why);

/** Ends the recording that runs or begins, if there is one, for @reason, a static string. */
void service_end(Service *service, const char *reason);

/** The VM will quit: no recording begins any more, and one that runs or begins is ended for
 * @reason, a static string. */
void service_shut_down(Service *service, const char *reason);

/** TRUE while a begin, an end or a reset is under way: the VM's state isn't the clients' to change.
 */
gboolean service_is_changing(const Service *service);

/** The plugin's client id; 0 while it isn't connected. */
guint64 service_plugin_client(const Service *service);

/** Has the engine find out how many instructions the guest has executed, as EngineClass.icount
 * does. Returns: FALSE if it can't. */
gboolean service_ask_icount(Service *service, EngineIcount func, gpointer user_data);

/** TRUE if a recording runs, or begins, or ends, and while the VM is reset. */
gboolean service_is_busy(const Service *service);

/** Emits an event to all clients and to the log. @data: (transfer full). */
void service_emit(Service *service, const char *name, JsonObject *data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Service, service_free)

G_END_DECLS
