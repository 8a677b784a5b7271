/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses as people write them.
 */
#include "qmpbridge/io/transport-internal.h"

#include <string.h>

#include "qmpbridge/core/error.h"

static gboolean parse_number(const char *text, guint64 max, guint64 *value)
{
    return g_ascii_string_to_unsigned(text, 10, 0, max, value, NULL);
}

static gboolean usage(GError **error, const char *what, const char *text)
{
    g_autofree char *safe = g_strescape(text, NULL);

    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                "%s: '%.200s'; write PATH, unix:PATH, abstract:NAME, tcp:HOST:PORT, "
                "tls:HOST:PORT or fd:N",
                what, safe);
    return FALSE;
}

gboolean transport_check_unix_name(const char *name, GError **error)
{
    if (*name == '\0')
        return usage(error, "no socket path", name);
    if (strlen(name) > TRANSPORT_UNIX_MAX) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                    "the socket path has %" G_GSIZE_FORMAT
                    " bytes, more than the %u that the system allows; choose a shorter one",
                    strlen(name), TRANSPORT_UNIX_MAX);
        return FALSE;
    }
    return TRUE;
}

static gboolean parse_unix(TransportAddress *address, const char *text, GError **error)
{
    address->path = g_strdup(text);
    return transport_check_unix_name(text, error);
}

static gboolean parse_host(TransportAddress *address, const char *text, GError **error)
{
    const char *colon = strrchr(text, ':');
    guint64 port;

    if (!colon || !parse_number(colon + 1, G_MAXUINT16, &port) || port == 0)
        return usage(error, "no TCP port in the address", text);
    address->port = (guint16)port;
    address->host = g_strndup(text, (gsize)(colon - text));
    if (address->host[0] == '[' && g_str_has_suffix(address->host, "]")) {
        char *bare = g_strndup(address->host + 1, strlen(address->host) - 2);

        g_free(address->host);
        address->host = bare;
    }
    if (address->host[0] == '\0')
        return usage(error, "no TCP host in the address", text);
    return TRUE;
}

static gboolean parse_fd(TransportAddress *address, const char *text, GError **error)
{
    guint64 fd;

    if (!parse_number(text, G_MAXINT, &fd))
        return usage(error, "no descriptor in the address", text);
    address->fd = (int)fd;
    return TRUE;
}

static const struct {
    const char *prefix;
    TransportKind kind;
    gboolean (*parse)(TransportAddress *address, const char *text, GError **error);
} kinds[] = {
    {"unix:", TRANSPORT_UNIX, parse_unix}, {"abstract:", TRANSPORT_ABSTRACT, parse_unix},
    {"tcp:", TRANSPORT_TCP, parse_host},   {"tls:", TRANSPORT_TLS, parse_host},
    {"fd:", TRANSPORT_FD, parse_fd},       {"", TRANSPORT_UNIX, parse_unix},
};

TransportAddress *transport_parse(const char *text, GError **error)
{
    g_autoptr(TransportAddress) address = g_new0(TransportAddress, 1);
    guint i = 0;

    while (!g_str_has_prefix(text, kinds[i].prefix))
        i++;
    address->fd = -1;
    address->kind = kinds[i].kind;
    return kinds[i].parse(address, text + strlen(kinds[i].prefix), error)
               ? g_steal_pointer(&address)
               : NULL;
}

void transport_address_free(TransportAddress *address)
{
    if (!address)
        return;
    g_free(address->path);
    g_free(address->host);
    g_free(address);
}
