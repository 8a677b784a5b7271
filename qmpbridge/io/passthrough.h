/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Passthrough: hands a server's requests on to the emulator's monitor and the answers back, each
 * side with its own ids, and all else as it came. The answers to query-commands and
 * query-qmp-schema are extended by a table, so that schema-driven clients know the commands that
 * this program adds. It decides nothing: which requests are passed through is its caller's
 * business. Main thread.
 */
#pragma once

#include "qmpbridge/io/client.h"
#include "qmpbridge/io/server.h"

G_BEGIN_DECLS

/** One member of an argument, return or event object. */
typedef struct {
    const char *name; /**< NULL ends a list */
    const char *type; /**< "str", "int", "bool", "number", "any", or "enum" */
    gboolean optional;
    const char *const *values; /**< of an "enum": NULL-terminated */
} ExtensionMember;

/** One command or event that this program adds. */
typedef struct {
    const char *name; /**< NULL ends the table */
    gboolean is_event;
    const ExtensionMember *arguments; /**< (nullable): a command's arguments, an event's data */
    const ExtensionMember *returns;   /**< (nullable): a command's return object */
} ExtensionEntry;

/** The entries of both tables. Returns: (transfer full): free with g_free(); the entries' lists are
 * those of the tables. */
ExtensionEntry *extension_join(const ExtensionEntry *one, const ExtensionEntry *other);

typedef struct Passthrough Passthrough;

/**
 * A passthrough onto @client.
 *
 * @client: a reference is taken.
 * @table: (nullable): must outlive the passthrough.
 *
 * Returns: (transfer full): free with passthrough_free(); requests under way still get answered,
 * those not sent yet with an error.
 */
Passthrough *passthrough_new(QmpClient *client, const ExtensionEntry *table);

/** @passthrough: (nullable). */
void passthrough_free(Passthrough *passthrough);

/**
 * Passes a request on, without a timeout; it is answered when the monitor answers. Clients take
 * turns; exec-oob passes what is in-band. What has to wait counts against its client's cap
 * (PEER_MAX_INPUT) until it is answered.
 *
 * @request: (transfer full).
 */
void passthrough_request(Passthrough *passthrough, QmpRequest *request);

/** Takes back an in-band request that isn't sent yet. Returns: (transfer full) (nullable): NULL if
 * there is none; else the one whose turn it is. */
QmpRequest *passthrough_take_back(Passthrough *passthrough);

/** A client has left: what it had waiting is freed and never sent, and descriptors that it has
 * named by getfd are closed in the emulator. */
void passthrough_client_gone(Passthrough *passthrough, guint64 client);

/** How many requests wait until the monitor has answered others. */
guint passthrough_waiting(const Passthrough *passthrough);

/**
 * Adds the table's commands to what query-commands returned; names already there stay single.
 *
 * @commands: plain text of an array; anything else is left alone.
 *
 * Returns: (transfer full): may be @commands itself.
 */
GBytes *passthrough_extend_commands(GBytes *commands, const ExtensionEntry *table);

/**
 * Adds the table's commands and events to what query-qmp-schema returned, as well-formed
 * introspection with type names "qmpbridge:N". A command of the emulator's with the same name is
 * replaced.
 *
 * @schema: plain text of an array; anything else is left alone.
 *
 * Returns: (transfer full): may be @schema itself.
 */
GBytes *passthrough_extend_schema(GBytes *schema, const ExtensionEntry *table);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Passthrough, passthrough_free)

G_END_DECLS
