/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The clocks and their one textual form.
 */
#include "qmpbridge/io/clock.h"

#include <string.h>

#define YEAR_1 (G_GINT64_CONSTANT(-62135596800) * G_USEC_PER_SEC)
#define YEAR_9999_END (G_GINT64_CONSTANT(253402300800) * G_USEC_PER_SEC - 1)
/* Length of "2025-01-31T23:59:59.123Z". */
#define ISO_LENGTH 24u

gint64 clock_mono(void)
{
    return g_get_monotonic_time();
}

gint64 clock_wall(void)
{
    return g_get_real_time();
}

/* Rounds towards the past, so that times before 1970 keep their order. */
static gint64 floor_div(gint64 value, gint64 by)
{
    return value / by - (value % by < 0);
}

char *clock_iso8601(gint64 wall)
{
    gint64 clamped = CLAMP(wall, YEAR_1, YEAR_9999_END);
    gint64 seconds = floor_div(clamped, G_USEC_PER_SEC);
    gint64 micros = clamped - seconds * G_USEC_PER_SEC;
    g_autoptr(GDateTime) when = g_date_time_new_from_unix_utc(seconds);
    g_autofree char *date = g_date_time_format(when, "T%H:%M:%S");

    return g_strdup_printf("%04d-%02d-%02d%s.%03dZ", g_date_time_get_year(when),
                           g_date_time_get_month(when), g_date_time_get_day_of_month(when), date,
                           (int)(micros / 1000));
}

gboolean clock_parse_iso8601(const char *text, gint64 *wall)
{
    g_autoptr(GDateTime) when = NULL;

    if (strlen(text) != ISO_LENGTH || text[ISO_LENGTH - 1] != 'Z')
        return FALSE;
    when = g_date_time_new_from_iso8601(text, NULL);
    if (!when)
        return FALSE;
    *wall = g_date_time_to_unix(when) * G_USEC_PER_SEC + g_date_time_get_microsecond(when);
    return TRUE;
}
