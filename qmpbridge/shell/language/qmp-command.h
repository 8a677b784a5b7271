/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was typed -> a QMP command that is ready to be sent: as words, or whole as JSON. With a
 * schema it is checked before the peer sees it; without one values are typed by their look. Errors
 * are BRIDGE_ERROR_USAGE and mark the part that is wrong. Pure.
 */
#pragma once

#include "qmpbridge/core/schema.h"
#include "qmpbridge/core/suggest.h"
#include "qmpbridge/shell/language/command.h"
#include "qmpbridge/shell/language/value.h"

G_BEGIN_DECLS

/** A QMP command. */
typedef struct {
    char *name;
    GBytes *args;     /**< (nullable): plain JSON text of an object */
    gboolean oob;     /**< out of band was asked for */
    GPtrArray *hints; /**< lines for people: what is deprecated or unstable */
} QmpCommand;

/**
 * A command from words.
 *
 * @schema: (nullable).
 * @table: the shell's own commands, for what is said of a name that the peer doesn't know.
 * @name: the QMP command.
 * @pairs: (nullable): "key=value", "key.member=value", "list.0=value"; a value may be JSON.
 * @words: (nullable): the line's words, @name and @pairs among them.
 *
 * Returns: (transfer full).
 */
QmpCommand *qmp_command_from_pairs(const Schema *schema, const CommandTable *table,
                                   const char *name, char **pairs, const Words *words,
                                   GError **error);

/**
 * A command from a line that is a JSON object {"execute"|"exec-oob", "arguments"?, "id"?}. A
 * command that the schema doesn't know is taken as it is, which is the way to send one.
 */
QmpCommand *qmp_command_from_json(const Schema *schema, const char *line, GError **error);

/** TRUE if a line of JSON asks for out of band, and so must not wait for anything. */
gboolean qmp_command_is_oob(const char *line);

/** The line as one word, so that parts of it can be marked. Returns: (transfer full). */
Words *qmp_command_whole_line(const char *line);

/** Fails with BRIDGE_ERROR_USAGE. @what: "command". @nearest: what could be meant. */
void qmp_command_fail_name(const Words *words, const char *name, const char *what,
                           const Suggest *nearest, GError **error);

/** Arguments of @name as a tree; what is missing counts as missing behind the name. */
Value *qmp_command_read_pairs(const char *name, char **pairs, const Words *words, GError **error);

/** @qmp: (nullable). */
void qmp_command_free(QmpCommand *qmp);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(QmpCommand, qmp_command_free)

G_END_DECLS
