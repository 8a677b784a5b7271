/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A scripted QMP server on one end of a socketpair, in the test's own main context: steps in
 * order, each either expecting a message or sending one. What was not expected aborts the test.
 * Also the loop with a deadline that tests wait in, instead of sleeping.
 */
#pragma once

#include <gio/gio.h>

typedef struct ScriptedPeer ScriptedPeer;

/** A peer without steps. @fd: set to the other end, to be closed by the caller. */
ScriptedPeer *scripted_peer_new(int *fd);

/** A peer without steps on a connected socket. @socket: (transfer full). */
ScriptedPeer *scripted_peer_new_for_socket(GSocket *socket);

/** Frees it and closes its end. */
void scripted_peer_free(ScriptedPeer *peer);

/** Step: expects a message; @json (single quotes will do) is compared without "id". */
void scripted_peer_expect(ScriptedPeer *peer, const char *json);

/** Step: sends @text as it is, but with $ID replaced by the id of the last message expected. */
void scripted_peer_send(ScriptedPeer *peer, const char *text);

/** Step: ends the connection. */
void scripted_peer_close(ScriptedPeer *peer);

/** Steps of a whole negotiation; @oob: offers OOB. */
void scripted_peer_greet(ScriptedPeer *peer, gboolean oob);

/** Descriptors that came with the last message that carried any. */
guint scripted_peer_fds(const ScriptedPeer *peer);

/** Takes the first of them. Returns: (transfer full): -1 if there is none. */
int scripted_peer_take_fd(ScriptedPeer *peer);

/** TRUE when all steps are done. */
gboolean scripted_peer_done(const ScriptedPeer *peer);

/** Runs the default main context until *@flag; aborts the test after 10 s. */
void loop_until(const gboolean *flag);

/** Runs the default main context until *@count reaches @least; aborts the test after 10 s. */
void loop_until_count(const guint *count, guint least);

/** Runs the default main context until all steps of @peer are done; aborts after 10 s. */
void loop_until_done(const ScriptedPeer *peer);

/** Runs what is ready in the default main context, without waiting. */
void loop_ready(void);
