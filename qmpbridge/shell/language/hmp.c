/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HMP reports most errors through error_report_err() or hmp_handle_error(), which print
 * "Error: ...", or through monitor_printf() in words of its own. The latter are in the table below.
 * Two more shapes are common to all commands: monitor/hmp.c ends each complaint about arguments
 * with a hint at help, and answers an unknown name with "unknown command".
 */
#include "qmpbridge/shell/language/hmp.h"

#include <string.h>

/* Patterns of one line, the first one that isn't a warning. */
static const char *const error_lines[] = {
    "Error: *",
    "Error opening *",
    "unknown command: '*'",
    "Command \"*\" is not available.",
    "Command '*' not available*",
    "Could not open *",
    "Device '*' not found",
    "Path '*' could not be resolved.",
    "Can not dump without CPU",
    "No CPU available",
    "No cpu",
    "No memory is mapped at address *",
    "Memory at address * is not RAM",
    "Unmapped",
    "*: Cannot access memory",
    "invalid CPU index",
    "invalid parameter: *",
    "invalid parameter value*",
    "invalid stats target *",
    "invalid keycode: *",
    "too many keys",
    "unknown event \"*\"",
    "unknown option: *",
    "audiodev '*' not found",
    "Audiodev '*' not found",
    "no block device can store vmstate for snapshot",
    "no function defined to set boot device list for this architecture",
    "setting boot device list failed with error *",
    "setting the breakpoint is allowed only in play mode",
    "replay must be enabled to *",
    "user mode network stack not in use",
    "could not set up host forwarding rule *",
    "could not set up guest forwarding rule *",
    "unable to create *",
    "gdbstub: meaningless *",
    "Device * is locked and force was not specified*",
    "bad device name*",
    "Invalid host forwarding rule *",
    "invalid host forwarding rule *",
    "invalid format*",
    "Unknown query target *",
    "There is no tag provided",
};

static gboolean is_error_line(const char *line)
{
    for (gsize i = 0; i < G_N_ELEMENTS(error_lines); i++) {
        if (g_pattern_match_simple(error_lines[i], line))
            return TRUE;
    }
    return FALSE;
}

/* @lines without empty ones and without the CRs of HMP's line ends. */
static void tidy(GPtrArray *lines, char **split)
{
    for (; *split; split++) {
        g_strchomp(*split);
        if (**split)
            g_ptr_array_add(lines, *split);
    }
}

/* The first line may be a warning about a command that goes on. */
static guint skip_warnings(GPtrArray *lines)
{
    guint first = 0;

    while (first + 1 < lines->len && g_str_has_prefix(lines->pdata[first], "warning: "))
        first++;
    return first;
}

char *hmp_error(const char *text)
{
    g_auto(GStrv) split = g_strsplit(text, "\n", 1000);
    g_autoptr(GPtrArray) lines = g_ptr_array_new();
    const char *reason, *last;
    guint first;

    tidy(lines, split);
    if (!lines->len)
        return NULL;
    first = skip_warnings(lines);
    reason = lines->pdata[first];
    last = lines->pdata[lines->len - 1];
    if (lines->len > first + 1 &&
        g_pattern_match_simple("Try \"help *\" for more information", last))
        reason = lines->pdata[lines->len - 2];
    else if (!is_error_line(reason))
        reason = g_str_has_prefix(last, "Error: ") ? last : NULL;
    if (!reason)
        return NULL;
    if (g_str_has_prefix(reason, "Error: "))
        reason += strlen("Error: ");
    return g_utf8_substring(reason, 0, MIN(g_utf8_strlen(reason, -1), (glong)HMP_MAX_ERROR));
}

static gboolean is_name(const char *name)
{
    if (!g_ascii_isalpha(*name) && strcmp(name, "?") != 0)
        return FALSE;
    return strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_?") ==
           strlen(name);
}

/* "cont|c  -- resume emulation", "info cpus  -- ...": the lines that go on begin with blanks or
 * have no "--" of their own. */
void hmp_parse_help(const char *text, const char *prefix, GPtrArray *names)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", 2000);

    for (char **line = lines; *line; line++) {
        const char *at = *line + strlen(prefix);
        g_autofree char *first = NULL;
        g_auto(GStrv) aliases = NULL;

        if (!g_str_has_prefix(*line, prefix))
            continue;
        first = g_strndup(at, strcspn(at, " \t\r"));
        aliases = g_strsplit(first, "|", 8);
        for (char **name = aliases; *name; name++) {
            if (is_name(*name))
                g_ptr_array_add(names, g_strdup(*name));
        }
    }
}
