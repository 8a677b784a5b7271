/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The error domain: tables from codes to exit codes and to QMP classes.
 */
#include "qmpbridge/core/error.h"

#include <gio/gio.h>
#include <string.h>

/* Kept in the error itself, so that the mark is passed on with it. */
typedef struct {
    char *line;
    guint column, length;
} BridgeErrorPrivate;

static void bridge_error_private_init(BridgeErrorPrivate *private)
{
    (void)private;
}

static void bridge_error_private_copy(const BridgeErrorPrivate *from, BridgeErrorPrivate *to)
{
    *to = (BridgeErrorPrivate){g_strdup(from->line), from->column, from->length};
}

static void bridge_error_private_clear(BridgeErrorPrivate *private)
{
    g_free(private->line);
}

G_DEFINE_EXTENDED_ERROR(BridgeError, bridge_error)

void bridge_error_set_mark(GError *error, const char *text, gsize offset, gsize len)
{
    const char *from = text + MIN(offset, strlen(text)), *begin = from, *end;
    BridgeErrorPrivate *private;

    if (!error || error->domain != BRIDGE_ERROR || !g_utf8_validate(text, -1, NULL))
        return;
    while (begin > text && begin[-1] != '\n')
        begin--;
    end = begin + strcspn(begin, "\n");
    len = MIN(len, (gsize)(end - from));
    private = bridge_error_get_private(error);
    g_free(private->line);
    private->line = g_strndup(begin, (gsize)(end - begin));
    private->column = (guint)g_utf8_strlen(begin, from - begin) + 1;
    private->length = MAX((guint)g_utf8_strlen(from, (gssize)len), 1);
}

gboolean bridge_error_mark(const GError *error, ErrorMark *mark)
{
    const BridgeErrorPrivate *private;

    if (!error || error->domain != BRIDGE_ERROR)
        return FALSE;
    private = bridge_error_get_private(error);
    *mark = (ErrorMark){private->line, private->column, private->length};
    return private->line != NULL;
}

/* The error classes of QAPI (qapi/error.json); the first is what all others fall back to. */
static const struct {
    BridgeError code;
    const char *klass;
} classes[] = {
    {BRIDGE_ERROR_COMMAND, "GenericError"},
    {BRIDGE_ERROR_COMMAND_NOT_FOUND, "CommandNotFound"},
    {BRIDGE_ERROR_DEVICE_NOT_ACTIVE, "DeviceNotActive"},
    {BRIDGE_ERROR_DEVICE_NOT_FOUND, "DeviceNotFound"},
    {BRIDGE_ERROR_KVM_MISSING_CAP, "KVMMissingCap"},
};

static int exit_code_of_bridge(gint code)
{
    switch ((BridgeError)code) {
    case BRIDGE_ERROR_USAGE:
        return EXIT_CODE_USAGE;
    case BRIDGE_ERROR_EMULATOR:
    case BRIDGE_ERROR_UNSUPPORTED:
        return EXIT_CODE_EMULATOR;
    case BRIDGE_ERROR_PROTOCOL:
    case BRIDGE_ERROR_CLOSED:
    case BRIDGE_ERROR_CONNECT:
        return EXIT_CODE_CONNECTION;
    case BRIDGE_ERROR_RECORDING:
        return EXIT_CODE_RECORDING;
    case BRIDGE_ERROR_DIVERGED:
        return EXIT_CODE_DIVERGED;
    case BRIDGE_ERROR_STORE:
    case BRIDGE_ERROR_FULL:
        return EXIT_CODE_STORE;
    case BRIDGE_ERROR_TIMEOUT:
        return EXIT_CODE_TIMEOUT;
    case BRIDGE_ERROR_BUSY:
        return EXIT_CODE_BUSY;
    case BRIDGE_ERROR_FAILED:
    case BRIDGE_ERROR_TOO_BIG:
    case BRIDGE_ERROR_TOO_DEEP:
    case BRIDGE_ERROR_SYNTAX:
    case BRIDGE_ERROR_TYPE:
    case BRIDGE_ERROR_CANCELLED:
    case BRIDGE_ERROR_COMMAND:
    case BRIDGE_ERROR_COMMAND_NOT_FOUND:
    case BRIDGE_ERROR_DEVICE_NOT_ACTIVE:
    case BRIDGE_ERROR_DEVICE_NOT_FOUND:
    case BRIDGE_ERROR_KVM_MISSING_CAP:
    case BRIDGE_ERROR_NAME:
    case BRIDGE_ERROR_NOT_FOUND:
    case BRIDGE_ERROR_STATE:
        break;
    }
    return EXIT_CODE_COMMAND;
}

static int exit_code_of_gio(gint code)
{
    switch (code) {
    case G_IO_ERROR_NO_SPACE:
    case G_IO_ERROR_READ_ONLY:
        return EXIT_CODE_STORE;
    case G_IO_ERROR_CONNECTION_REFUSED:
    case G_IO_ERROR_CONNECTION_CLOSED:
    case G_IO_ERROR_HOST_NOT_FOUND:
    case G_IO_ERROR_HOST_UNREACHABLE:
    case G_IO_ERROR_NETWORK_UNREACHABLE:
    case G_IO_ERROR_NOT_CONNECTED:
        return EXIT_CODE_CONNECTION;
    case G_IO_ERROR_TIMED_OUT:
        return EXIT_CODE_TIMEOUT;
    default:
        return EXIT_CODE_COMMAND;
    }
}

int bridge_error_exit_code(const GError *error)
{
    if (!error)
        return EXIT_CODE_OK;
    if (error->domain == BRIDGE_ERROR)
        return exit_code_of_bridge(error->code);
    if (error->domain == G_OPTION_ERROR)
        return EXIT_CODE_USAGE;
    if (error->domain == G_IO_ERROR)
        return exit_code_of_gio(error->code);
    return EXIT_CODE_COMMAND;
}

GError *bridge_error_of_line(const GError *error)
{
    GError *failure = error ? g_error_copy(error) : NULL;

    if (g_error_matches(failure, BRIDGE_ERROR, BRIDGE_ERROR_USAGE))
        failure->code = BRIDGE_ERROR_FAILED;
    return failure;
}

GError *bridge_error_from_qmp(const char *klass, const char *desc)
{
    BridgeError code = BRIDGE_ERROR_COMMAND;

    for (gsize i = 0; i < G_N_ELEMENTS(classes); i++) {
        if (g_strcmp0(klass, classes[i].klass) == 0)
            code = classes[i].code;
    }
    return g_error_new_literal(BRIDGE_ERROR, (gint)code,
                               desc && *desc ? desc : "the peer gave no reason");
}

const char *bridge_error_qmp_class(const GError *error)
{
    for (gsize i = 0; i < G_N_ELEMENTS(classes); i++) {
        if (error && g_error_matches(error, BRIDGE_ERROR, (gint)classes[i].code))
            return classes[i].klass;
    }
    return classes[0].klass;
}

gboolean bridge_error_is_qmp(const GError *error)
{
    return error && error->domain == BRIDGE_ERROR && error->code >= BRIDGE_ERROR_COMMAND &&
           error->code <= BRIDGE_ERROR_KVM_MISSING_CAP;
}
