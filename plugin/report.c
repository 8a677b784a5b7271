/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines for people on the emulator's stderr, and how many of them; see report.h.
 */
#include "plugin/report.h"

#include <stdarg.h>
#include <stdio.h>

#define GUEST_LINES_MAX 4

static void print(const char *format, va_list args) G_GNUC_PRINTF(1, 0);

static void print(const char *format, va_list args)
{
    g_autofree char *line = g_strdup_vprintf(format, args);

    fprintf(stderr, "recctrl: %s\n", line);
}

void report(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    print(format, args);
    va_end(args);
}

/* Seconds are compared, no more: two vCPUs at once may get a line more through. */
static gboolean guest_may_speak(void)
{
    static gint second, lines;
    gint now = (gint)(g_get_monotonic_time() / G_USEC_PER_SEC);

    if (g_atomic_int_get(&second) != now) {
        g_atomic_int_set(&second, now);
        g_atomic_int_set(&lines, 0);
    }
    return g_atomic_int_add(&lines, 1) < GUEST_LINES_MAX;
}

void report_guest(const char *format, ...)
{
    va_list args;

    if (!guest_may_speak())
        return;
    va_start(args, format);
    print(format, args);
    va_end(args);
}
