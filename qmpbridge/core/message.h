/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The shapes of QMP (docs/interop/qmp-spec.rst of QEMU): recognizing and building them.
 * Pure functions on trees and texts; nothing here knows an order or a state.
 */
#pragma once

#include "qmpbridge/core/json-scan.h"
#include "qmpbridge/core/json.h"
#include "qmpbridge/core/limits.h"
#include "qmpbridge/core/version.h"

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

/** What a client sent; free its content with message_request_clear(). */
typedef struct {
    char *name;     /**< the command; NULL if it is malformed */
    JsonSlice args; /**< an object, or absent; plain text */
    JsonSlice id;   /**< any value, or absent; plain text; also set where the rest is malformed */
    gboolean oob;   /**< exec-oob instead of execute */
    GString *plain; /**< (nullable): what the slices point into, if it isn't the client's text */
} Request;

/**
 * Finds out which kind a server's message is.
 *
 * Returns: FALSE with BRIDGE_ERROR_PROTOCOL if it is none of the four; *@message then is cleared.
 */
gboolean message_classify(JsonNode *root, Message *message, GError **error);

/**
 * Checks a client's request and takes it apart, without a tree. As in QEMU, members other than
 * execute, exec-oob, arguments, id are refused.
 *
 * @text: any text; *@request may borrow from it.
 *
 * Returns: FALSE with the errors of json_parse(), with BRIDGE_ERROR_TOO_BIG if it has more than
 * MESSAGE_MAX_BYTES once it is plain, or with BRIDGE_ERROR_PROTOCOL, the message in
 * QEMU's words ("QMP input lacks member 'execute'"); request->id is set if there was one.
 */
gboolean message_request(JsonSlice text, Request *request, GError **error);

/** Frees what a request holds; it may be all zeroes. */
void message_request_clear(Request *request);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Request, message_request_clear)

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

/** TRUE if the body of a greeting names a version of QEMU. */
gboolean message_is_qemu(JsonNode *body);

/** QEMU's version of a greeting's body. @body: (nullable). Returns: FALSE if it names none. */
gboolean message_qemu_version(JsonNode *body, Version *version);

/** The same as text, "10.0.2". Returns: (transfer full) (nullable). */
char *message_version(JsonNode *body);

/**
 * Texts of server messages, one line that ends with CRLF, appended to @out.
 *
 * @id: echoed as it is, if there is one; plain text.
 * @value: plain text; an absent one returns {}.
 */
void message_append_return(GString *out, JsonSlice value, JsonSlice id);
void message_append_error(GString *out, const char *klass, const char *desc, JsonSlice id);
void message_append_greeting(GString *out, JsonNode *body);

/**
 * Whether message_append_command() would write what a monitor can read at once.
 *
 * @args: plain text of an object, or absent.
 *
 * Returns: FALSE with BRIDGE_ERROR_TOO_BIG or BRIDGE_ERROR_TOO_DEEP.
 */
gboolean message_command_fits(const char *name, JsonSlice args, GError **error);

/**
 * Appends the text of a command, one line that ends with LF.
 *
 * @args: plain text of an object, or absent.
 * @oob: exec-oob instead of execute.
 * @id: 0 for none.
 */
void message_append_command(GString *out, const char *name, JsonSlice args, gboolean oob,
                            gint64 id);

/**
 * TRUE and *@name (borrowed from @command), *@oob set if @command is one: an object without
 * strange members, whose name is a string and "arguments", if any, an object; a member "id" it
 * may have. Otherwise BRIDGE_ERROR_PROTOCOL.
 */
gboolean message_command_check(JsonNode *command, const char **name, gboolean *oob, GError **error);

G_END_DECLS
