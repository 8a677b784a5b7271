/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the tests of the shell: a QMP peer on a socket of its own, an Output whose text is kept,
 * and a run of commands through a Frontend with a deadline.
 *
 * The peer knows: ok (returns {"args": its arguments}), fail (GenericError with a hostile text),
 * emit {"event", "data"} (sends that event, then answers), drop (closes the connection),
 * hang (never answers), begin_record (returns {"name": FILE_NAME_001}), query-record (whose store
 * is the shell's), begin_replay (whose console is the file "console" in .directory),
 * query-qmp-schema.
 */
#pragma once

#include "qmpbridge/ui/frontend.h"
#include "qmpbridge/ui/output/output.h"

typedef struct {
    char *directory; /* of the socket and the store; removed at the end */
    GString *out, *err;
    Output *output;
    Shell *shell;
    Frontend *frontend;
    GPtrArray *requests; /* "NAME ARGUMENTS" of what the peer got, the schema left out */
    GMainLoop *loop;
    int code;
} Fixture;

/** @json: the form of output. @attached: FALSE for a shell without a peer. */
Fixture *fixture_new(gboolean json, gboolean attached, double timeout);
void fixture_free(Fixture *fixture);
/** Executes commands (NULL-terminated), then the script (nullable); returns the exit code. */
int fixture_run(Fixture *fixture, const char *const *commands, const char *script);
/** The peer emits an event. @data: an object as JSON. */
void fixture_emit(const char *name, const char *data);
/** Turns the main loop until the shell knows the schema. */
void fixture_learn_schema(Fixture *fixture);

/** A schema with a bit of everything. Returns: (transfer full). */
Schema *fixture_schema(void);
