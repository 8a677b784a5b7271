/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where QEMU's VNC server listens; see vnc.h.
 */
#include "qmpbridge/vm/vnc.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/un.h>

#include "qmpbridge/core/error.h"

#define UNIX "unix:"
/** TCP port of display 0. */
#define FIRST_PORT 5900u

/* A comma would begin an option of QEMU's. */
static char *parse_path(const char *path, const char *base)
{
    g_autofree char *whole = g_canonicalize_filename(path, base);

    for (const char *c = whole; *c; c++) {
        if (*c == ',' || g_ascii_iscntrl(*c))
            return NULL;
    }
    if (!*path || strlen(whole) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
        return NULL;
    return g_strconcat(UNIX, whole, NULL);
}

static char *parse_display(const char *text)
{
    const char *colon = strrchr(text, ':');
    g_autofree char *address =
        colon ? g_strndup(text, (gsize)(colon - text)) : g_strdup("127.0.0.1");
    struct in_addr unused;
    guint64 display;

    if (inet_pton(AF_INET, address, &unused) != 1 ||
        !g_ascii_string_to_unsigned(colon ? colon + 1 : text, 10, 0, G_MAXUINT16 - FIRST_PORT,
                                    &display, NULL))
        return NULL;
    return g_strdup_printf("%s:%u", address, (guint)display);
}

char *vnc_parse(const char *text, const char *base, GError **error)
{
    char *vnc =
        g_str_has_prefix(text, UNIX) ? parse_path(text + strlen(UNIX), base) : parse_display(text);

    if (!vnc) {
        g_autofree char *shown = g_strescape(text, NULL);

        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                    "vnc '%s' isn't of the form [ADDRESS:]DISPLAY, or unix:PATH without a comma",
                    shown);
    }
    return vnc;
}

char *vnc_place(const char *vnc)
{
    const char *colon = strrchr(vnc, ':');

    if (g_str_has_prefix(vnc, UNIX))
        return g_strdup(vnc);
    return g_strdup_printf("%.*s:%u", (int)(colon - vnc), vnc,
                           FIRST_PORT + (guint)g_ascii_strtoull(colon + 1, NULL, 10));
}
