/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a guest on a restricted network may reach all the same: rules, each a protocol, addresses
 * and a port, and the decision on one Ethernet frame that the guest sends. Pure: it reads no socket
 * and keeps no state. A frame is the guest's, so nothing in it is trusted, its lengths least of
 * all.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Addresses and a port that the guest may connect to. */
typedef struct {
    gboolean udp;
    guint32 address; /**< the network's first address, in the host's byte order */
    guint bits;      /**< how many of its leading bits count; 32: one address */
    guint16 port;
} EgressRule;

/** Reads "tcp:ADDRESS[/BITS]:PORT", likewise "udp:...". Errors: BRIDGE_ERROR_USAGE. */
gboolean egress_rule_parse(const char *text, EgressRule *rule, GError **error);
/** The inverse. Returns: (transfer full). */
char *egress_rule_text(const EgressRule *rule);

/**
 * May the user network have this frame of the guest's? It may if it is ARP or DHCP, which the user
 * network answers itself, a part of a TCP connection that is open already or was made from outside,
 * or if it begins a TCP connection or is a UDP datagram to what one of @rules names. Fragments, IP
 * options, other protocols and IPv6 never pass.
 * @rules: (array length=count). @frame: with its Ethernet header, @len bytes.
 */
gboolean egress_passes(const EgressRule *rules, guint count, const guint8 *frame, gsize len);

G_END_DECLS
