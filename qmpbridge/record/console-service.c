/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * query-console and console-write; see console-service.h.
 */
#include "qmpbridge/record/console-service.h"

#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/limits.h"
#include "qmpbridge/core/record-protocol.h"
#include "qmpbridge/core/message.h"
#include "qmpbridge/io/clock.h"
#include "qmpbridge/vm/console-input.h"

struct ConsoleService {
    char *file;
    ConsoleInput *input; /**< (nullable) */
    guint64 writer;      /**< the client that types; 0: none */
    QmpRequest *writing; /**< (nullable): the writer's command, until all of it is typed */
    QmpServer *server;   /**< (nullable) */
    Service *recording;  /**< (nullable) */
    guint64 asked;       /**< the plugin's client id, while it is to answer; 0: it isn't */
    guint64 mute;        /**< that of a plugin that can't know; 0: none */
    guint64 last_serial; /**< of CONSOLE_ROOM */
};

/** Values of MEMBER_WRITER, and of MEMBER_FORMAT in QEMU's order (qapi/char.json). */
enum { WRITER_NONE, WRITER_YOU, WRITER_OTHER };
static const char *const writer_values[] = {"none", "you", "other", NULL};
static const char *const format_values[] = {"utf8", "base64", NULL};

static void typed(gpointer user_data)
{
    ConsoleService *service = user_data;
    g_autoptr(QmpRequest) request = g_steal_pointer(&service->writing);

    if (request)
        qmp_request_return(request, NULL);
}

/* --- the pace -------------------------------------------------------------------------------- */

static void located(const guint64 *icount, gpointer user_data)
{
    ConsoleService *service = user_data;

    if (icount)
        console_input_stands(service->input, *icount);
    else
        console_input_room(service->input, -1); /* to be asked again */
}

static gboolean ask_plugin(ConsoleService *service)
{
    guint64 plugin = service_plugin_client(service->recording);
    g_autoptr(JsonNode) event = NULL;
    JsonObject *data;

    if (!plugin || plugin == service->mute)
        return FALSE;
    data = json_object_new();
    json_object_set_string_member(data, MEMBER_CONSOLE, ARGUMENTS_CONSOLE);
    json_object_set_int_member(data, MEMBER_SERIAL, (gint64)++service->last_serial);
    event = message_event_new(EVENT_CONSOLE_ROOM, data, clock_wall());
    service->asked = plugin;
    return qmp_server_emit_to(service->server, plugin, event);
}

static void ask(gpointer user_data)
{
    ConsoleService *service = user_data;

    if (!ask_plugin(service))
        service_ask_icount(service->recording, located, service);
}

static const ConsoleInputOps input_ops = {.typed = typed, .ask = ask};

/* --- life ------------------------------------------------------------------------------------ */

ConsoleService *console_service_new(const char *file, const char *input, gboolean paced,
                                    GError **error)
{
    g_autoptr(ConsoleService) service = g_new0(ConsoleService, 1);

    service->file = g_strdup(file);
    if (input && !(service->input = console_input_new(input, paced, &input_ops, service, error)))
        return NULL;
    return g_steal_pointer(&service);
}

void console_service_free(ConsoleService *service)
{
    if (!service)
        return;
    console_input_free(service->input);
    g_clear_pointer(&service->writing, qmp_request_unref);
    g_free(service->file);
    g_free(service);
}

const char *console_service_input(const ConsoleService *service)
{
    return service->input ? console_input_path(service->input) : NULL;
}

void console_service_connect(ConsoleService *service, QmpServer *server, Service *recording)
{
    service->server = server;
    service->recording = recording;
}

void console_service_hold(ConsoleService *service, gboolean held)
{
    if (service->input)
        console_input_hold(service->input, held);
}

/* --- who types ------------------------------------------------------------------------------- */

/* The writer stops; its command, if any, ends with @why (nullable). */
static void release(ConsoleService *service, const char *why)
{
    g_autoptr(QmpRequest) request = g_steal_pointer(&service->writing);

    service->writer = 0;
    console_input_discard(service->input);
    if (request && why)
        qmp_request_error(request, "GenericError", why);
}

void console_service_client_gone(ConsoleService *service, guint64 client)
{
    if (service->writer == client)
        release(service, NULL);
    if (service->asked == client) {
        service->asked = 0;
        ask(service);
    }
}

static gboolean claim(ConsoleService *service, guint64 client, gboolean take, GError **error)
{
    if (!service->input) {
        g_set_error_literal(error, BRIDGE_ERROR, BRIDGE_ERROR_STATE,
                            "nothing can be typed on this VM's console: it was started with "
                            "'--console none'");
        return FALSE;
    }
    if (service->writer && service->writer != client && !take) {
        g_set_error_literal(error, BRIDGE_ERROR, BRIDGE_ERROR_BUSY,
                            "another client types on this console; 'take' takes it over");
        return FALSE;
    }
    if (service->writer && service->writer != client)
        release(service, "another client has taken the console over");
    service->writer = client;
    return TRUE;
}

/* --- the commands ---------------------------------------------------------------------------- */

/* Returns: (transfer full): the bytes to type, or NULL. */
static GBytes *read_data(JsonObject *args, GError **error)
{
    const char *data = NULL, *format = format_values[0];
    gsize len;
    guchar *bytes;

    if (!json_get_string(args, MEMBER_DATA, &data, error) ||
        !json_opt_string(args, MEMBER_FORMAT, &format, error))
        return NULL;
    len = strlen(data);
    if (!g_strv_contains(format_values, format)) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_TYPE,
                    "'format' is utf8 or base64, not '%.40s'", format);
        return NULL;
    }
    bytes =
        g_str_equal(format, format_values[0]) ? g_memdup2(data, len) : g_base64_decode(data, &len);
    if (len <= CONSOLE_MAX_WRITE)
        return g_bytes_new_take(bytes, len);
    g_free(bytes);
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_TOO_BIG,
                "at most %u bytes are typed by one command", CONSOLE_MAX_WRITE);
    return NULL;
}

static gboolean handle_write(ConsoleService *service, QmpRequest *request, GError **error)
{
    JsonObject *args = qmp_request_args(request);
    g_autoptr(GBytes) bytes = NULL;
    gboolean take = FALSE;

    if (!json_opt_bool(args, MEMBER_TAKE, &take, error) || !(bytes = read_data(args, error)) ||
        !claim(service, qmp_request_client(request), take, error))
        return FALSE;
    if (service->writing) {
        g_set_error_literal(error, BRIDGE_ERROR, BRIDGE_ERROR_BUSY,
                            "what this client has typed before isn't typed yet");
        return FALSE;
    }
    if (g_bytes_get_size(bytes) == 0) {
        qmp_request_return(request, NULL);
        return TRUE;
    }
    service->writing = qmp_request_ref(request);
    console_input_type(service->input, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
    return TRUE;
}

static gboolean handle_query(ConsoleService *service, QmpRequest *request, GError **error)
{
    JsonObject *object = json_object_new();
    int who = !service->writer                                 ? WRITER_NONE
              : service->writer == qmp_request_client(request) ? WRITER_YOU
                                                               : WRITER_OTHER;

    (void)error;
    json_object_set_string_member(object, MEMBER_FILE, service->file);
    json_object_set_boolean_member(object, MEMBER_WRITABLE, service->input != NULL);
    json_object_set_string_member(object, MEMBER_WRITER, writer_values[who]);
    qmp_request_return_object(request, object);
    return TRUE;
}

/* The plugin's answer. A plugin that can't know isn't asked again. */
static gboolean handle_room(ConsoleService *service, QmpRequest *request, GError **error)
{
    JsonObject *args = qmp_request_args(request);
    guint64 client = qmp_request_client(request), serial = 0;
    gint64 room = 0;
    gboolean known = json_object_has_member(args, MEMBER_ROOM);

    if (!json_get_uint(args, MEMBER_SERIAL, &serial, error) ||
        (known && !json_get_int(args, MEMBER_ROOM, &room, error)))
        return FALSE;
    if (client != service->asked || serial != service->last_serial) {
        g_set_error_literal(error, BRIDGE_ERROR, BRIDGE_ERROR_STATE,
                            "only the plugin is asked for the console's room, once each time");
        return FALSE;
    }
    service->asked = 0;
    qmp_request_return(request, NULL);
    if (known) {
        console_input_room(service->input, (int)CLAMP(room, -1, CONSOLE_MAX_WRITE));
    } else {
        service->mute = client;
        ask(service);
    }
    return TRUE;
}

static const struct {
    const char *name;
    PeerFlow flow;
    gboolean (*handle)(ConsoleService *service, QmpRequest *request, GError **error);
} commands[] = {
    {COMMAND_QUERY_CONSOLE, PEER_EXCLUSIVE, handle_query},
    {COMMAND_CONSOLE_WRITE, PEER_EXCLUSIVE, handle_write},
    {COMMAND_CONSOLE_ROOM, PEER_IMMEDIATE, handle_room},
};

PeerFlow console_service_flow(const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (g_str_equal(name, commands[i].name))
            return commands[i].flow;
    }
    return PEER_PIPELINE;
}

gboolean console_service_handle(ConsoleService *service, QmpRequest *request)
{
    for (guint i = 0; i < G_N_ELEMENTS(commands); i++) {
        g_autoptr(QmpRequest) owned = NULL;
        g_autoptr(GError) error = NULL;

        if (!g_str_equal(qmp_request_name(request), commands[i].name))
            continue;
        owned = request;
        if (!qmp_request_args(owned) && commands[i].handle != handle_query)
            qmp_request_error(owned, "GenericError", "arguments are missing: see 'help'");
        else if (!commands[i].handle(service, owned, &error))
            qmp_request_gerror(owned, error);
        return TRUE;
    }
    return FALSE;
}

/* --- what schema-driven clients read --------------------------------------------------------- */

static const ExtensionMember query_members[] = {
    {MEMBER_FILE, "str", FALSE, NULL},
    {MEMBER_WRITABLE, "bool", FALSE, NULL},
    {MEMBER_WRITER, "enum", FALSE, writer_values},
    {NULL},
};
static const ExtensionMember write_arguments[] = {
    {MEMBER_DATA, "str", FALSE, NULL},
    {MEMBER_FORMAT, "enum", TRUE, format_values},
    {MEMBER_TAKE, "bool", TRUE, NULL},
    {NULL},
};

static const ExtensionMember room_arguments[] = {
    {MEMBER_SERIAL, "int", FALSE, NULL},
    {MEMBER_ROOM, "int", TRUE, NULL},
    {NULL},
};

const ExtensionEntry console_service_extension[] = {
    {COMMAND_QUERY_CONSOLE, FALSE, NULL, query_members},
    {COMMAND_CONSOLE_WRITE, FALSE, write_arguments, NULL},
    {COMMAND_CONSOLE_ROOM, FALSE, room_arguments, NULL},
    {NULL, FALSE, NULL, NULL},
};
