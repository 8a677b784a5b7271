/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one error domain of the project, its mapping to the program's exit codes and to QMP error
 * classes. It never prints and never decides what to do about an error.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** The GError domain of every failure that this project itself detects. */
#define BRIDGE_ERROR (bridge_error_quark())

/**
 * Codes of BRIDGE_ERROR. The message always is one line without a trailing newline and, where
 * there is one, names the remedy.
 *
 * The five COMMAND codes stand for the five error classes of QAPI (qapi/error.json); the message
 * then is the `desc` that the peer sent.
 */
typedef enum {
    BRIDGE_ERROR_FAILED,            /**< anything without a better code */
    BRIDGE_ERROR_PROTOCOL,          /**< the peer broke QMP */
    BRIDGE_ERROR_TOO_BIG,           /**< over a size limit */
    BRIDGE_ERROR_TOO_DEEP,          /**< JSON nested deeper than allowed */
    BRIDGE_ERROR_SYNTAX,            /**< not well-formed JSON */
    BRIDGE_ERROR_TYPE,              /**< JSON member missing or of the wrong type or range */
    BRIDGE_ERROR_BUSY,              /**< another client holds the monitor or the socket */
    BRIDGE_ERROR_TIMEOUT,           /**< no answer before the deadline */
    BRIDGE_ERROR_CLOSED,            /**< the connection ended before the answer */
    BRIDGE_ERROR_CONNECT,           /**< the connection could not be made */
    BRIDGE_ERROR_CANCELLED,         /**< given up by the caller */
    BRIDGE_ERROR_COMMAND,           /**< QMP error reply, class GenericError or an unknown one */
    BRIDGE_ERROR_COMMAND_NOT_FOUND, /**< QMP error reply, class CommandNotFound */
    BRIDGE_ERROR_DEVICE_NOT_ACTIVE, /**< QMP error reply, class DeviceNotActive */
    BRIDGE_ERROR_DEVICE_NOT_FOUND,  /**< QMP error reply, class DeviceNotFound */
    BRIDGE_ERROR_KVM_MISSING_CAP,   /**< QMP error reply, class KVMMissingCap */
    BRIDGE_ERROR_NAME,              /**< not a legal recording name */
    BRIDGE_ERROR_NOT_FOUND,         /**< no such recording, file or object */
    BRIDGE_ERROR_STORE,             /**< the store can't be read or written */
    BRIDGE_ERROR_FULL,              /**< no space left, or a limit on space reached */
    BRIDGE_ERROR_RECORDING,         /**< a recording failed or is incomplete */
    BRIDGE_ERROR_EMULATOR,          /**< emulator missing, unsuitable or unable to start */
    BRIDGE_ERROR_USAGE,             /**< wrong options or arguments */
    BRIDGE_ERROR_STATE,             /**< not possible in the present state */
    BRIDGE_ERROR_DIVERGED,          /**< a replay did not do what the recording did */
    BRIDGE_ERROR_UNSUPPORTED,       /**< this emulator, version or build can't do it */
} BridgeError;

/** Exit codes of the programs; stable across releases. */
typedef enum {
    EXIT_CODE_OK = 0,
    EXIT_CODE_COMMAND = 1,    /**< a command failed */
    EXIT_CODE_USAGE = 2,      /**< wrong usage */
    EXIT_CODE_EMULATOR = 3,   /**< emulator missing, unsuitable or can't start */
    EXIT_CODE_CONNECTION = 4, /**< connection refused or lost */
    EXIT_CODE_RECORDING = 5,  /**< a recording failed or is incomplete */
    EXIT_CODE_DIVERGED = 6,   /**< verification diverged */
    EXIT_CODE_STORE = 7,      /**< store not writable or full */
    EXIT_CODE_TIMEOUT = 8,    /**< no answer, event or connection within the time given */
    EXIT_CODE_BUSY = 9,       /**< another client holds the monitor, or a socket is in use */
} ExitCode;

/** The quark behind BRIDGE_ERROR. Any thread. */
GQuark bridge_error_quark(void);

/**
 * Exit code for an error.
 *
 * @error: (nullable): NULL gives EXIT_CODE_OK. Errors of G_IO_ERROR and G_OPTION_ERROR are known
 * too; anything else gives EXIT_CODE_COMMAND.
 */
int bridge_error_exit_code(const GError *error);

/**
 * What an error means where it is about a line of a script or a prompt: wrong usage there is a
 * command that failed (BRIDGE_ERROR_FAILED), since BRIDGE_ERROR_USAGE is the command line's.
 *
 * Returns: (transfer full) (nullable): NULL for NULL.
 */
GError *bridge_error_of_line(const GError *error);

/** The place in a typed line that an error is about. Counted in characters, the first is 1. */
typedef struct {
    const char *line; /**< UTF-8, without a line end; as typed, so not fit for a terminal */
    guint column;
    guint length; /**< at least 1 */
} ErrorMark;

/**
 * Says which part of @text an error is about. Copies of the error have the mark, too.
 *
 * @error: (nullable): nothing is done unless it is of BRIDGE_ERROR.
 * @text: what was typed, one line or several; the mark is within the one at @offset. Nothing is
 *   done if it isn't UTF-8.
 * @offset, @len: in bytes.
 */
void bridge_error_set_mark(GError *error, const char *text, gsize offset, gsize len);

/** What bridge_error_set_mark() said, borrowed from @error (nullable); FALSE if there is none. */
gboolean bridge_error_mark(const GError *error, ErrorMark *mark);

/**
 * A GError for a QMP error reply.
 *
 * @klass: (nullable): the QMP error class; NULL and classes unknown to QAPI count as GenericError.
 * @desc: (nullable): the human text; it is copied and never used as a format.
 *
 * Returns: (transfer full).
 */
GError *bridge_error_from_qmp(const char *klass, const char *desc);

/**
 * The QMP error class of an error in a reply to a QMP client: the inverse of
 * bridge_error_from_qmp() for the COMMAND codes, "GenericError" for all others.
 *
 * Returns: a static string.
 */
const char *bridge_error_qmp_class(const GError *error);

/** TRUE if the peer itself refused the command (any of the five COMMAND codes). */
gboolean bridge_error_is_qmp(const GError *error);

G_END_DECLS
