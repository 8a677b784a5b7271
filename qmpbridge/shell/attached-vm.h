/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AttachedVm: one VM of the shell, by name: its connection, the events that no `wait` has consumed
 * yet, and its schema. It prints nothing and knows no commands.
 *
 *     CONNECTING --> READY <--> LOST        each may end in OVER
 *
 * All functions are for the main thread; all callbacks come from the main context, never from
 * within a call of the owner's.
 */
#pragma once

#include <gio/gio.h>

#include "qmpbridge/core/schema.h"
#include "qmpbridge/io/endpoint.h"
#include "qmpbridge/io/eventlog.h"
#include "qmpbridge/shell/events/event-queue.h"

G_BEGIN_DECLS

typedef struct AttachedVm AttachedVm;

typedef enum {
    ATTACHED_VM_CONNECTING, /**< not there yet */
    ATTACHED_VM_READY,      /**< commands can be executed */
    ATTACHED_VM_LOST,       /**< the connection is lost; it is being tried again */
    ATTACHED_VM_OVER,       /**< it won't come any more */
} AttachedVmState;

/** What an attached VM works with. */
typedef struct {
    EventLog *log;           /**< (nullable): must outlive it */
    SchemaCache *schemas;    /**< must outlive it */
    double timeout;          /**< seconds a reply is waited for; 0 for no limit */
    const TransportTls *tls; /**< (nullable): must outlive it */
    EndpointRetry retry;     /**< when a connection is tried again */
    gboolean patient;        /**< a lost connection is waited for as one that is yet to come is */
} AttachedVmOptions;

/** What the VM calls in its owner; each may be NULL. */
typedef struct {
    /** Negotiation is done, for the first time or again. @greeting: its body, borrowed. */
    void (*ready)(AttachedVm *vm, JsonObject *greeting, gpointer user_data);
    /** An event has come and is in attached_vm_events(). @text: the same, as the peer wrote it. */
    void (*event)(AttachedVm *vm, JsonObject *event, GBytes *text, gpointer user_data);
    /** The connection is lost, or could not be made; it isn't called for further attempts.
     * @error: why; NULL if the VM has ended in order. @retry_ms: time to the next attempt; 0: the
     * VM is OVER. */
    void (*lost)(AttachedVm *vm, const GError *error, guint retry_ms, gpointer user_data);
} AttachedVmOps;

/**
 * A VM at an address, which begins to connect at once.
 *
 * @name: a legal name (core/name.h). @address: as of transport_parse(). @options: copied. @ops:
 * must outlive it.
 *
 * Returns: (transfer full): NULL with BRIDGE_ERROR_USAGE: the address.
 */
AttachedVm *attached_vm_new(const char *name, const char *address, const AttachedVmOptions *options,
                            const AttachedVmOps *ops, gpointer user_data, GError **error);
/** Likewise, on a @stream to the VM's own server, (transfer full), which greets once its emulator
 * has: that is waited for as long as the emulator is. It comes once only. */
AttachedVm *attached_vm_new_for_stream(const char *name, GIOStream *stream,
                                       const AttachedVmOptions *options, const AttachedVmOps *ops,
                                       gpointer user_data);

AttachedVm *attached_vm_ref(AttachedVm *vm);
/** The last one closes the connection. @vm: (nullable). */
void attached_vm_unref(AttachedVm *vm);
/** Closes the connection: it is OVER; what waits for it fails with BRIDGE_ERROR_CLOSED, from
 * within; the owner's functions aren't called any more. */
void attached_vm_close(AttachedVm *vm);
/** The connection is as good as over: as if it had been lost now. @error: (nullable): why. */
void attached_vm_end(AttachedVm *vm, const GError *error);

const char *attached_vm_name(const AttachedVm *vm);
/** Where it is, or NULL for one on a stream. (transfer none). */
const char *attached_vm_address(const AttachedVm *vm);
AttachedVmState attached_vm_state(const AttachedVm *vm);
/** TRUE if it has been READY at least once. */
gboolean attached_vm_was_ready(const AttachedVm *vm);
/** Why it isn't READY, or NULL. (transfer none). */
const GError *attached_vm_error(const AttachedVm *vm);
/** Its connection; NULL once OVER. (transfer none). */
Endpoint *attached_vm_endpoint(const AttachedVm *vm);
/** The last time without a connection that has ended, as gap_to_json() writes it; NULL if there was
 * none. Known when @ready is called. (transfer none). */
GBytes *attached_vm_gap(const AttachedVm *vm);
/** Events that have come so far. */
guint64 attached_vm_event_count(const AttachedVm *vm);
/** The event that came last, as the peer wrote it; NULL before the first. (transfer none): valid
 * until the next one comes. */
GBytes *attached_vm_last_event(const AttachedVm *vm);
/** The events that have come; never NULL. (transfer none). */
EventQueue *attached_vm_events(const AttachedVm *vm);
/** Its client, NULL unless READY. (transfer none). */
QmpClient *attached_vm_client(const AttachedVm *vm);

/** The schema as far as known, or NULL. (transfer none): valid until the connection is there
 * again after a loss: it may be another QEMU then. */
Schema *attached_vm_schema(const AttachedVm *vm);
/** The schema is known, or can't be had. */
typedef void (*AttachedVmSchemaFunc)(gpointer user_data);
/** Fetches the schema where it isn't known yet, then calls @func (nullable), maybe at once. */
void attached_vm_with_schema(AttachedVm *vm, AttachedVmSchemaFunc func, gpointer user_data);

/** @error: (nullable): why it isn't READY. */
typedef void (*AttachedVmReadyFunc)(const GError *error, gpointer user_data);
/** Calls @func once the VM is READY, or OVER, or the time-out of a reply has passed; maybe
 * at once. Unless the options say patient, a LOST one is tried at once and not waited for. */
void attached_vm_when_ready(AttachedVm *vm, AttachedVmReadyFunc func, gpointer user_data);

/**
 * Executes a QMP command within the time-out of the options, without trees: nothing is lost. Fails
 * with BRIDGE_ERROR_CLOSED unless READY; the client then is NULL.
 *
 * @args: (nullable): plain text of an object; a reference is taken.
 */
void attached_vm_qmp_text(AttachedVm *vm, const char *name, GBytes *args, QmpExecuteFlags flags,
                          QmpTextFunc func, gpointer user_data);

/** Likewise, with descriptors, as qmp_client_execute_fds(). @fds: (nullable): a reference is
 * taken. */
void attached_vm_qmp_fds(AttachedVm *vm, const char *name, GBytes *args, Fds *fds, QmpTextFunc func,
                         gpointer user_data);

/** Calls @settled once all events that the peer has sent up to now have been taken in, or can't be
 * any more: after a second or two at the latest. Maybe at once. */
void attached_vm_settle(AttachedVm *vm, void (*settled)(gpointer user_data), gpointer user_data);

/** Has @changed called after each event, and whenever the state changes, until
 * attached_vm_unwatch(). Returns: what to give there; not 0. */
guint attached_vm_watch(AttachedVm *vm, void (*changed)(gpointer user_data), gpointer user_data);
void attached_vm_unwatch(AttachedVm *vm, guint id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(AttachedVm, attached_vm_unref)

G_END_DECLS
