/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one form of a gap, for programs that read logs and output.
 */
#include "qmpbridge/io/gap.h"

#include "qmpbridge/core/json.h"
#include "qmpbridge/io/clock.h"

GBytes *gap_to_json(const EndpointGap *gap, const char *reason)
{
    g_autofree char *begin = clock_iso8601(gap->begin), *end = clock_iso8601(gap->end);
    gint64 length = MAX(gap->end - gap->begin, 0); /* a wall clock may be set back */
    GString *text = g_string_new(NULL);

    g_string_printf(text,
                    "{\"gap\": {\"begin\": \"%s\", \"end\": \"%s\", "
                    "\"seconds\": %" G_GINT64_FORMAT ".%03d",
                    begin, end, length / G_USEC_PER_SEC, (int)(length % G_USEC_PER_SEC / 1000));
    if (reason) {
        g_string_append(text, ", \"reason\": ");
        json_append_string(text, reason);
    }
    g_string_append(text, "}}");
    return g_string_free_to_bytes(text);
}
