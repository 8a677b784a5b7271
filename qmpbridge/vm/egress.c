/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules on what a guest may reach; see egress.h. QEMU's user network makes a connection of its own
 * only of a TCP segment with SYN and without ACK, or of a UDP datagram: these two are judged.
 */
#include "qmpbridge/vm/egress.h"

#include <arpa/inet.h>
#include <string.h>

#include "qmpbridge/core/error.h"

/* Ethernet II, RFC 894 and RFC 826. */
#define ETHERNET_HEADER 14u
#define ETHERTYPE_IPV4 0x0800u
#define ETHERTYPE_ARP 0x0806u

/* RFC 791: a header without options, and where its fields are. */
#define IPV4_HEADER 20u
#define IPV4_VERSION_AND_LENGTH 0x45u
#define IPV4_LENGTH 2u
#define IPV4_FRAGMENT 6u
#define IPV4_PROTOCOL 9u
#define IPV4_DESTINATION 16u
#define IPV4_DO_NOT_FRAGMENT 0x4000u

/* RFC 9293 and RFC 768: the port is at the same place in both. */
#define PROTOCOL_TCP 6u
#define PROTOCOL_UDP 17u
#define DESTINATION_PORT 2u
#define TCP_HEADER 20u
#define TCP_FLAGS 13u
#define TCP_SYN 0x02u
#define TCP_ACK 0x10u
#define UDP_HEADER 8u

/* The user network's own DHCP server (RFC 2131). It answers at its gateway and to all. */
#define DHCP_PORT 67u
#define GATEWAY 0x0a000202u
#define EVERYONE 0xffffffffu

static guint get16(const guint8 *at)
{
    return (guint)at[0] << 8 | at[1];
}

static guint32 get32(const guint8 *at)
{
    return (guint32)get16(at) << 16 | get16(at + 2);
}

static guint32 mask_of(guint bits)
{
    return bits == 0 ? 0 : EVERYONE << (32 - bits);
}

/* "ADDRESS" or "ADDRESS/BITS". An address with more bits set than count is a mistake. */
static gboolean parse_addresses(const char *text, EgressRule *rule)
{
    g_auto(GStrv) part = g_strsplit(text, "/", 2);
    struct in_addr address;
    guint64 bits = 32;

    if (!part[0] || inet_pton(AF_INET, part[0], &address) != 1 ||
        (part[1] && !g_ascii_string_to_unsigned(part[1], 10, 0, 32, &bits, NULL)))
        return FALSE;
    rule->address = ntohl(address.s_addr);
    rule->bits = (guint)bits;
    return (rule->address & ~mask_of(rule->bits)) == 0;
}

gboolean egress_rule_parse(const char *text, EgressRule *rule, GError **error)
{
    g_auto(GStrv) part = g_strsplit(text, ":", 4);
    guint64 port;

    *rule = (EgressRule){0};
    if (g_strv_length(part) == 3 && (g_str_equal(part[0], "tcp") || g_str_equal(part[0], "udp")) &&
        parse_addresses(part[1], rule) &&
        g_ascii_string_to_unsigned(part[2], 10, 1, G_MAXUINT16, &port, NULL)) {
        rule->udp = part[0][0] == 'u';
        rule->port = (guint16)port;
        return TRUE;
    }
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                "what the guest may reach, '%s', isn't of the form tcp:ADDRESS:PORT or "
                "udp:NETWORK/BITS:PORT",
                text);
    return FALSE;
}

char *egress_rule_text(const EgressRule *rule)
{
    struct in_addr address = {.s_addr = htonl(rule->address)};
    char dotted[INET_ADDRSTRLEN];
    g_autoptr(GString) text = g_string_new(rule->udp ? "udp:" : "tcp:");

    g_string_append(text, inet_ntop(AF_INET, &address, dotted, sizeof(dotted)));
    if (rule->bits < 32)
        g_string_append_printf(text, "/%u", rule->bits);
    g_string_append_printf(text, ":%u", rule->port);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static gboolean is_allowed(const EgressRule *rules, guint count, gboolean udp, guint32 address,
                           guint port)
{
    for (guint i = 0; i < count; i++) {
        if (rules[i].udp == udp && rules[i].port == port &&
            ((address ^ rules[i].address) & mask_of(rules[i].bits)) == 0)
            return TRUE;
    }
    return FALSE;
}

gboolean egress_passes(const EgressRule *rules, guint count, const guint8 *frame, gsize len)
{
    const guint8 *ip = frame + ETHERNET_HEADER, *segment = ip + IPV4_HEADER;
    gsize rest; /* of the IP packet, after its header */
    guint32 address;
    guint port;

    if (len < ETHERNET_HEADER)
        return FALSE;
    if (get16(frame + 12) == ETHERTYPE_ARP)
        return TRUE;
    if (get16(frame + 12) != ETHERTYPE_IPV4 || len < ETHERNET_HEADER + IPV4_HEADER ||
        ip[0] != IPV4_VERSION_AND_LENGTH || get16(ip + IPV4_LENGTH) < IPV4_HEADER ||
        get16(ip + IPV4_LENGTH) > len - ETHERNET_HEADER ||
        (get16(ip + IPV4_FRAGMENT) & ~IPV4_DO_NOT_FRAGMENT) != 0)
        return FALSE;
    rest = get16(ip + IPV4_LENGTH) - IPV4_HEADER;
    address = get32(ip + IPV4_DESTINATION);
    if (ip[IPV4_PROTOCOL] == PROTOCOL_TCP && rest >= TCP_HEADER) {
        port = get16(segment + DESTINATION_PORT);
        return (segment[TCP_FLAGS] & (TCP_SYN | TCP_ACK)) != TCP_SYN ||
               is_allowed(rules, count, FALSE, address, port);
    }
    if (ip[IPV4_PROTOCOL] == PROTOCOL_UDP && rest >= UDP_HEADER) {
        port = get16(segment + DESTINATION_PORT);
        return (port == DHCP_PORT && (address == EVERYONE || address == GATEWAY)) ||
               is_allowed(rules, count, TRUE, address, port);
    }
    return FALSE;
}
