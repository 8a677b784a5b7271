/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QmpRequest: a client's command on its way through a server, until it is answered. Its connection
 * makes it and writes the answer (server-connection.c). Main thread.
 */
#pragma once

#include "qmpbridge/core/fds.h"
#include "qmpbridge/core/json.h"

G_BEGIN_DECLS

typedef struct QmpRequest QmpRequest;

/** Requests are counted references. */
QmpRequest *qmp_request_ref(QmpRequest *request);
void qmp_request_unref(QmpRequest *request);

/** The client's id: never 0, never used again by this server. */
guint64 qmp_request_client(const QmpRequest *request);

/** The command. Returns: (transfer none). */
const char *qmp_request_name(const QmpRequest *request);

/** The arguments, or NULL; parsed at the first call. Returns: (transfer none). */
JsonObject *qmp_request_args(QmpRequest *request);

/** The arguments as plain text (see core/json-scan.h), or NULL. Returns: (transfer none). */
GBytes *qmp_request_args_text(const QmpRequest *request);

/** The descriptor that came with it, for getfd and add-fd; else NULL. Closed with the request,
 * unless a reference is taken. Returns: (transfer none). */
Fds *qmp_request_fds(const QmpRequest *request);

/** TRUE if it came by exec-oob. */
gboolean qmp_request_oob(const QmpRequest *request);

/** FALSE once its client has gone, its server is freed, or it is answered. */
gboolean qmp_request_alive(const QmpRequest *request);

/**
 * Answers a request. Only the first answer counts; without a client it is dropped.
 *
 * @value: (nullable): borrowed; NULL returns {}.
 */
void qmp_request_return(QmpRequest *request, JsonNode *value);

/** As qmp_request_return(). @request: (nullable): without one @object is only freed.
 * @object: (transfer full). */
void qmp_request_return_object(QmpRequest *request, JsonObject *object);

/** As qmp_request_return(). @value: plain text (see core/json-scan.h) of any JSON value. */
void qmp_request_return_text(QmpRequest *request, GBytes *value);

/** Answers with an error. @klass: a QMP error class; @desc: one line that names the remedy. */
void qmp_request_error(QmpRequest *request, const char *klass, const char *desc);

/** Answers with an error; the class comes from bridge_error_qmp_class(). */
void qmp_request_gerror(QmpRequest *request, const GError *error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(QmpRequest, qmp_request_unref)

G_END_DECLS
