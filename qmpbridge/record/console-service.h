/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands about the guest's console on a control socket: query-console says where its output
 * is, console-write types. What the guest writes goes into a file, which any number of readers
 * follow by themselves: none of them costs memory here, or can hold up the guest. One client at a
 * time types: the first that does, until it leaves or another one takes over. The plugin's
 * console-room says how much the guest takes. Main thread.
 */
#pragma once

#include "qmpbridge/record/service.h"

G_BEGIN_DECLS

typedef struct ConsoleService ConsoleService;

/** What schema-driven clients read of the commands. */
extern const ExtensionEntry console_service_extension[];

/**
 * @file: that takes the console's output.
 * @input: (nullable): path of the FIFO to make, which QEMU reads; NULL where nothing is typed.
 * @paced: QEMU runs in record mode.
 * Errors: EMULATOR. Returns: (transfer full), or NULL.
 */
ConsoleService *console_service_new(const char *file, const char *input, gboolean paced,
                                    GError **error);
/** @service: (nullable). */
void console_service_free(ConsoleService *service);

/** The FIFO, for QEMU's command line. Returns: (transfer none) (nullable). */
const char *console_service_input(const ConsoleService *service);
/** The emulator runs. What is typed is paced by what the plugin says, or else the engine. Both are
 * borrowed and outlive it. */
void console_service_connect(ConsoleService *service, QmpServer *server, Service *recording);
/** The VM stands still, or goes on. */
void console_service_hold(ConsoleService *service, gboolean held);

/** How a command goes along with others of its client. */
PeerFlow console_service_flow(const char *name);
/** Returns: TRUE if it is one of these, and @request is (transfer full). */
gboolean console_service_handle(ConsoleService *service, QmpRequest *request);
/** What the client has typed and isn't on its way yet is forgotten; others may type. */
void console_service_client_gone(ConsoleService *service, guint64 client);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ConsoleService, console_service_free)

G_END_DECLS
