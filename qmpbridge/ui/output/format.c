/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers for people. It never looks at the locale, so that output is the same everywhere.
 */
#include "qmpbridge/ui/output/format.h"

char *format_size(guint64 bytes)
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = (double)bytes / 1024;
    gsize unit = 0;

    if (bytes < 1024)
        return g_strdup_printf("%u B", (guint)bytes);
    for (; value >= 1023.95 && unit + 1 < G_N_ELEMENTS(units); unit++)
        value /= 1024;
    return g_strdup_printf("%.1f %s", value, units[unit]);
}

char *format_duration(gint64 usec)
{
    gint64 seconds = usec / G_USEC_PER_SEC;

    if (usec < 0)
        usec = seconds = 0;
    if (seconds < 60)
        return g_strdup_printf("%.2f s", (double)usec / G_USEC_PER_SEC);
    if (seconds < 3600)
        return g_strdup_printf("%d min %02d s", (int)(seconds / 60), (int)(seconds % 60));
    return g_strdup_printf("%" G_GINT64_FORMAT " h %02d min", seconds / 3600,
                           (int)(seconds / 60 % 60));
}

char *format_count(guint64 count)
{
    g_autofree char *digits = g_strdup_printf("%" G_GUINT64_FORMAT, count);
    GString *out = g_string_new(digits);

    for (gssize at = (gssize)out->len - 3; at > 0; at -= 3)
        g_string_insert_c(out, at, ',');
    return g_string_free(out, FALSE);
}

/* @wall may come from a file or a peer, so it may be out of GDateTime's range. */
static GDateTime *local_time(gint64 wall)
{
    g_autoptr(GDateTime) seconds = g_date_time_new_from_unix_local(wall / G_USEC_PER_SEC);

    return seconds ? g_date_time_add(seconds, wall % G_USEC_PER_SEC) : NULL;
}

char *format_time(gint64 wall)
{
    g_autoptr(GDateTime) time = wall ? local_time(wall) : NULL;

    return time ? g_date_time_format(time, "%Y-%m-%d %H:%M:%S") : g_strdup("-");
}

char *format_clock(gint64 wall)
{
    g_autoptr(GDateTime) time = local_time(wall);
    g_autofree char *seconds = time ? g_date_time_format(time, "%H:%M:%S") : g_strdup("--:--:--");

    return g_strdup_printf("%s.%03d", seconds, time ? g_date_time_get_microsecond(time) / 1000 : 0);
}
