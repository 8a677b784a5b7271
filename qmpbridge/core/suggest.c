/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The distance is that of optimal string alignment: three rows of the matrix are kept, since a
 * swap looks back by two.
 */
#include "qmpbridge/core/suggest.h"

#include <string.h>

static char folded(char c)
{
    return c == '_' ? '-' : g_ascii_tolower(c);
}

static gboolean same(char a, char b)
{
    return folded(a) == folded(b);
}

guint suggest_distance(const char *a, const char *b)
{
    guint rows[3][SUGGEST_MAX + 1];
    gsize len_a = strlen(a), len_b = strlen(b);

    if (len_a > SUGGEST_MAX || len_b > SUGGEST_MAX)
        return G_MAXUINT;
    for (guint j = 0; j <= len_b; j++)
        rows[0][j] = j;
    for (guint i = 1; i <= len_a; i++) {
        guint *row = rows[i % 3], *above = rows[(i - 1) % 3], *second = rows[(i + 1) % 3];

        row[0] = i;
        for (guint j = 1; j <= len_b; j++) {
            row[j] = MIN(MIN(above[j], row[j - 1]) + 1, above[j - 1] + !same(a[i - 1], b[j - 1]));
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
                row[j] = MIN(row[j], second[j - 2] + 1);
        }
    }
    return rows[len_a % 3][len_b];
}

/* How far a word may be off to be worth a suggestion: a third of it. A single letter says nothing
 * of what was meant. */
static guint tolerance(const char *word)
{
    gsize len = strlen(word);

    return len < 2 ? 0 : MAX((guint)MIN(len, SUGGEST_MAX) / 3, 1);
}

/* Half a name is a hint as good as a typing error: "snapshot" for "snapshot-save". */
static guint distance_of(const char *word, const char *candidate)
{
    gsize len = strlen(word);
    guint distance = suggest_distance(word, candidate);

    if (len >= 3 && distance > tolerance(word) && g_ascii_strncasecmp(word, candidate, len) == 0)
        return tolerance(word);
    return distance;
}

void suggest_offer(Suggest *suggest, const char *candidate)
{
    guint distance = candidate ? distance_of(suggest->word, candidate) : G_MAXUINT;

    if (candidate && strcmp(candidate, suggest->word) == 0)
        return;
    if (distance > tolerance(suggest->word) || (suggest->best && distance > suggest->distance))
        return;
    if (suggest->best && distance == suggest->distance) {
        if (!suggest->second && strcmp(candidate, suggest->best) != 0)
            suggest->second = candidate;
        return;
    }
    suggest->best = candidate;
    suggest->second = NULL;
    suggest->distance = distance;
}

char *suggest_meant(const Suggest *suggest)
{
    if (!suggest->best)
        return NULL;
    return suggest->second ? g_strdup_printf("'%s' or '%s'", suggest->best, suggest->second)
                           : g_strdup_printf("'%s'", suggest->best);
}
