/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words for yes and no; see truth.h. */
#include "qmpbridge/core/truth.h"

gboolean truth_parse(const char *text, gboolean *value)
{
    static const struct {
        const char *yes, *no;
    } words[] = {{"on", "off"}, {"yes", "no"}, {"y", "n"}, {"true", "false"}, {"1", "0"}};

    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        gboolean yes = g_ascii_strcasecmp(text, words[i].yes) == 0;

        if (yes || g_ascii_strcasecmp(text, words[i].no) == 0) {
            *value = yes;
            return TRUE;
        }
    }
    return FALSE;
}
