/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The shapes of QMP (docs/interop/qmp-spec.rst of QEMU): telling them apart, and building them.
 * Pure functions on trees and strings; nothing here knows an order or a state.
 */
#pragma once

#include "qmpbridge/core/json.h"

G_BEGIN_DECLS

typedef enum {
    MESSAGE_GREETING, /**< {"QMP": {...}} */
    MESSAGE_RETURN,   /**< {"return": any, "id"?} */
    MESSAGE_ERROR,    /**< {"error": {"class", "desc"}, "id"?} */
    MESSAGE_EVENT,    /**< {"event", "data"?, "timestamp"} */
} MessageKind;

/** What a server sent. All members are borrowed from the node that was classified. */
typedef struct {
    MessageKind kind;
    JsonNode *id;     /**< (nullable): of a reply; any JSON value */
    JsonNode *value;  /**< the greeting's body, the returned value, or the event's data (NULL) */
    const char *name; /**< the error's class, or the event's name */
    const char *desc; /**< of an error */
} Message;

/** What a client sent. All members are borrowed from the node that was classified. */
typedef struct {
    const char *name; /**< the command */
    JsonObject *args; /**< (nullable) */
    JsonNode *id;     /**< (nullable): any JSON value; also set where the request is malformed */
    gboolean oob;     /**< exec-oob instead of execute */
} Request;

/**
 * Tells what a server's message is.
 *
 * Returns: FALSE with BRIDGE_ERROR_PROTOCOL if it is none of the four; *@message then is cleared.
 */
gboolean message_classify(JsonNode *root, Message *message, GError **error);

/**
 * Takes a client's request apart. As in QEMU, members other than execute, exec-oob, arguments, id
 * are refused.
 *
 * Returns: FALSE with BRIDGE_ERROR_PROTOCOL, the message in QEMU's words ("QMP input lacks member
 * 'execute'"), and request->id set if there was one.
 */
gboolean message_request(JsonNode *root, Request *request, GError **error);

/**
 * A command: {"execute": name, "arguments": args}.
 *
 * @args: (transfer full) (nullable).
 * @oob: exec-oob instead of execute.
 *
 * Returns: (transfer full).
 */
JsonNode *message_command_new(const char *name, JsonObject *args, gboolean oob);

/**
 * An event with its timestamp.
 *
 * @data: (transfer full) (nullable).
 * @wall: microseconds since 1970.
 *
 * Returns: (transfer full).
 */
JsonNode *message_event_new(const char *name, JsonObject *data, gint64 wall);

/**
 * The body of a greeting: {"version": {"qemu": {...}, "package": ...}, "capabilities": [...]}.
 *
 * @version: (transfer full) (nullable): NULL gives 0.0.0.
 * @oob: whether "oob" is offered.
 *
 * Returns: (transfer full).
 */
JsonNode *message_greeting_body_new(JsonNode *version, gboolean oob);

/** TRUE if the body of a greeting offers capability "oob". */
gboolean message_offers_oob(JsonNode *body);

/**
 * Texts of server messages, one line that ends with CRLF, appended to @out.
 *
 * @id: (nullable): echoed as it is.
 * @value: (nullable): NULL returns {}.
 */
void message_append_return(GString *out, JsonNode *value, JsonNode *id);
void message_append_error(GString *out, const char *klass, const char *desc, JsonNode *id);
void message_append_greeting(GString *out, JsonNode *body);

/**
 * Appends the text of a command with a numeric id, one line that ends with LF. A member "id" that
 * @command may have is replaced.
 *
 * @command: an object with "execute" or "exec-oob".
 */
void message_append_command(GString *out, JsonNode *command, gint64 id);

/**
 * TRUE and *@name, *@oob set if @command is an object that message_append_command() takes: the
 * name is a string and "arguments", if any, an object. Otherwise BRIDGE_ERROR_PROTOCOL.
 */
gboolean message_command_check(JsonNode *command, const char **name, gboolean *oob,
                               GError **error);

G_END_DECLS
