/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The questions that QEMU is asked; see questions.h.
 */
#include "qmpbridge/engine/qemu/questions.h"

#include <string.h>

#include "qmpbridge/core/error.h"

/** RAM begins at a page of the host. */
#define HOST_PAGE 4096u

JsonObject *question_hmp_args(const char *line)
{
    JsonObject *args = json_object_new();

    json_object_set_string_member(args, "command-line", line);
    return args;
}

const char *question_hmp_line(const char *name, JsonObject *args)
{
    return g_str_equal(name, QUESTION_HMP) ? json_as_string(json_lookup(args, "command-line"))
                                           : NULL;
}

char *question_hmp_name(const char *line)
{
    /* As monitor/hmp.c finds it: isspace() and '/' end it. */
    line += strspn(line, " \t\n\v\f\r");
    return g_strndup(line, strcspn(line, " \t\n\v\f\r/"));
}

char *question_ram_address(guint64 base)
{
    return g_strdup_printf("gpa2hva 0x%" G_GINT64_MODIFIER "x", base);
}

gboolean question_read_icount(JsonNode *value, guint64 *icount, GError **error)
{
    return json_get_uint(json_as_object(value), "icount", icount, error);
}

const char *question_read_text(JsonNode *value, GError **error)
{
    const char *text = json_as_string(value);

    if (!text)
        g_set_error_literal(error, BRIDGE_ERROR, BRIDGE_ERROR_PROTOCOL, "QEMU returned no text");
    return text;
}

gboolean question_read_ram_address(JsonNode *value, guint64 *address, GError **error)
{
    const char *text = question_read_text(value, error);
    const char *number = text ? strstr(text, " is 0x") : NULL;

    if (!text)
        return FALSE;
    if (g_str_has_prefix(text, "Host virtual address for ") && number) {
        *address = g_ascii_strtoull(number + strlen(" is "), NULL, 16);
        if (*address != 0 && *address % HOST_PAGE == 0)
            return TRUE;
    }
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_PROTOCOL,
                "QEMU doesn't say where guest RAM is: gpa2hva answered '%.100s'", text);
    return FALSE;
}

JsonObject *question_machine_args(void)
{
    JsonObject *args = json_object_new();

    json_object_set_string_member(args, "path", "/machine");
    json_object_set_string_member(args, "property", "type");
    return args;
}

/* "live": else QEMU would give up its images. */
JsonObject *question_devices_args(const char *file)
{
    JsonObject *args = json_object_new();

    json_object_set_string_member(args, "filename", file);
    json_object_set_boolean_member(args, "live", FALSE);
    return args;
}

/** What QEMU's types of machines end with. */
#define MACHINE_SUFFIX "-machine"
#define MACHINE_NAME_MAX 255u

char *question_read_machine(JsonNode *value)
{
    const char *type = json_as_string(value);

    if (!type || !g_str_has_suffix(type, MACHINE_SUFFIX) || strlen(type) > MACHINE_NAME_MAX)
        return NULL;
    return g_strndup(type, strlen(type) - strlen(MACHINE_SUFFIX));
}
