/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The description of a virtual machine; see machine.h. A description may come from the
 * recording.json of another user, so everything in it is checked before it is used.
 */
#include "qmpbridge/vm/machine.h"

#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/limits.h"
#include "qmpbridge/core/name.h"

/** -icount shift: QEMU takes 0..10 (accel/tcg/icount-common.c). */
#define MAX_SHIFT 10u

static const char *const disk_interfaces[MACHINE_DISK_INTERFACES] = {"virtio", "ide"};

Machine *machine_new(void)
{
    Machine *machine = g_new0(Machine, 1);

    machine->name = g_strdup("vm");
    machine->target = target_default();
    machine->memory = 256;
    machine->shift = 3;
    machine->forwards = g_array_new(FALSE, TRUE, sizeof(MachineForward));
    return machine;
}

void machine_free(Machine *machine)
{
    if (!machine)
        return;
    g_free(machine->name);
    g_free(machine->type);
    g_free(machine->cpu);
    g_free(machine->kernel);
    g_free(machine->initrd);
    g_free(machine->append);
    g_free(machine->disk);
    g_array_unref(machine->forwards);
    g_free(machine);
}

Machine *machine_copy(const Machine *machine)
{
    Machine *copy = g_new0(Machine, 1);

    *copy = *machine;
    copy->name = g_strdup(machine->name);
    copy->type = g_strdup(machine->type);
    copy->cpu = g_strdup(machine->cpu);
    copy->kernel = g_strdup(machine->kernel);
    copy->initrd = g_strdup(machine->initrd);
    copy->append = g_strdup(machine->append);
    copy->disk = g_strdup(machine->disk);
    copy->forwards = g_array_copy(machine->forwards);
    return copy;
}

const char *machine_type(const Machine *machine)
{
    return machine->type ? machine->type : machine->target->machine;
}

const char *machine_cpu(const Machine *machine)
{
    return machine->cpu ? machine->cpu : machine->target->cpu;
}

const char *machine_disk_interface_name(MachineDiskInterface disk)
{
    return disk_interfaces[disk];
}

gboolean machine_parse_disk_interface(const char *text, MachineDiskInterface *disk, GError **error)
{
    for (guint i = 0; i < G_N_ELEMENTS(disk_interfaces); i++) {
        if (g_str_equal(text, disk_interfaces[i])) {
            *disk = i;
            return TRUE;
        }
    }
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                "unknown disk interface '%s': use virtio or ide", text);
    return FALSE;
}

static gboolean parse_port(const char *text, guint16 *port)
{
    guint64 value;

    if (!g_ascii_string_to_unsigned(text, 10, 1, G_MAXUINT16, &value, NULL))
        return FALSE;
    *port = (guint16)value;
    return TRUE;
}

gboolean machine_add_forward(Machine *machine, const char *text, GError **error)
{
    g_auto(GStrv) part = g_strsplit(text, ":", 4);
    MachineForward forward = {0};

    if (g_strv_length(part) == 3 && (g_str_equal(part[0], "tcp") || g_str_equal(part[0], "udp")) &&
        parse_port(part[1], &forward.host) && parse_port(part[2], &forward.guest)) {
        forward.udp = part[0][0] == 'u';
        g_array_append_val(machine->forwards, forward);
        return TRUE;
    }
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                "port forward '%s' isn't of the form tcp:HOSTPORT:GUESTPORT", text);
    return FALSE;
}

static gboolean usage_error(GError **error, const char *member, const char *what)
{
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE, "the machine's %s %s", member, what);
    return FALSE;
}

static gboolean check_range(const char *member, guint value, guint min, guint max, GError **error)
{
    g_autofree char *what = NULL;

    if (value >= min && value <= max)
        return TRUE;
    what = g_strdup_printf("is %u: it must be between %u and %u", value, min, max);
    return usage_error(error, member, what);
}

/* A word that becomes part of an option: no '=', so that it can't bring options of its own. */
static gboolean check_word(const char *member, const char *word, const char *extra, GError **error)
{
    gsize len = strlen(word);

    if (len == 0 || len > NAME_MAX_BYTES || !g_ascii_isalnum(word[0]))
        return usage_error(error, member, "must be a short word");
    for (gsize i = 0; i < len; i++) {
        if (!g_ascii_isalnum(word[i]) && !strchr(extra, word[i]))
            return usage_error(error, member, "has a character that isn't allowed there");
    }
    return TRUE;
}

static gboolean check_text(const char *member, const char *text, gboolean path, GError **error)
{
    if (!text)
        return TRUE;
    if (strlen(text) > MACHINE_MAX_TEXT)
        return usage_error(error, member, "is longer than 4096 bytes");
    if (!g_utf8_validate(text, -1, NULL))
        return usage_error(error, member, "isn't UTF-8, so no recording could keep it");
    if (path && !g_path_is_absolute(text))
        return usage_error(error, member, "must be an absolute path");
    for (const char *c = text; *c; c++) {
        if (g_ascii_iscntrl(*c))
            return usage_error(error, member, "holds a control character");
    }
    return TRUE;
}

gboolean machine_check(const Machine *machine, GError **error)
{
    if (!machine->name || !name_check(machine->name, strlen(machine->name), error)) {
        g_prefix_error(error, "the machine's name: ");
        return FALSE;
    }
    if (machine->forwards->len > 0 && !machine->network)
        return usage_error(error, "port forwards", "need a network: add --net user");
    if (!machine->target->disks[machine->disk_interface])
        return usage_error(error, "disk interface", "isn't one that its target has");
    return check_word("type", machine_type(machine), "-._", error) &&
           check_word("cpu", machine_cpu(machine), "-._+,", error) &&
           check_range("memory (MiB)", machine->memory, MACHINE_MIN_MEMORY, MACHINE_MAX_MEMORY,
                       error) &&
           check_range("icount shift", machine->shift, 0, MAX_SHIFT, error) &&
           check_range("number of port forwards", machine->forwards->len, 0, MACHINE_MAX_FORWARDS,
                       error) &&
           check_text("kernel", machine->kernel, TRUE, error) &&
           check_text("initrd", machine->initrd, TRUE, error) &&
           check_text("kernel command line", machine->append, FALSE, error) &&
           check_text("disk", machine->disk, TRUE, error);
}

static void set_string(JsonObject *object, const char *name, const char *value)
{
    if (value)
        json_object_set_string_member(object, name, value);
}

JsonObject *machine_to_json(const Machine *machine)
{
    JsonObject *object = json_object_new();
    JsonArray *forwards = json_array_new();

    set_string(object, "name", machine->name);
    set_string(object, "target", machine->target->name);
    set_string(object, "type", machine_type(machine));
    set_string(object, "cpu", machine_cpu(machine));
    json_object_set_int_member(object, "memory-mib", machine->memory);
    set_string(object, "kernel", machine->kernel);
    set_string(object, "initrd", machine->initrd);
    set_string(object, "append", machine->append);
    set_string(object, "disk", machine->disk);
    set_string(object, "disk-interface", disk_interfaces[machine->disk_interface]);
    json_object_set_boolean_member(object, "network", machine->network);
    for (guint i = 0; i < machine->forwards->len; i++) {
        const MachineForward *forward = &g_array_index(machine->forwards, MachineForward, i);
        g_autofree char *text = g_strdup_printf("%s:%u:%u", forward->udp ? "udp" : "tcp",
                                                forward->host, forward->guest);

        json_array_add_string_element(forwards, text);
    }
    json_object_set_array_member(object, "forwards", forwards);
    json_object_set_int_member(object, "icount-shift", machine->shift);
    return object;
}

static gboolean take_string(JsonObject *object, const char *name, char **value, GError **error)
{
    const char *text = NULL;

    if (!json_opt_string(object, name, &text, error))
        return FALSE;
    if (text) {
        g_free(*value);
        *value = g_strdup(text);
    }
    return TRUE;
}

/* Recordings of the first versions name no target. */
static gboolean take_target(JsonObject *object, const Target **target, GError **error)
{
    const char *name = NULL;

    if (!json_opt_string(object, "target", &name, error))
        return FALSE;
    *target = name ? target_find(name, error) : target_default();
    return *target != NULL;
}

static gboolean take_uint(JsonObject *object, const char *name, guint *value, GError **error)
{
    guint64 number = *value;

    if (!json_opt_uint(object, name, &number, error))
        return FALSE;
    *value = (guint)MIN(number, G_MAXUINT); /* machine_check() refuses what is too big */
    return TRUE;
}

static gboolean take_forwards(Machine *machine, JsonObject *object, GError **error)
{
    JsonArray *forwards = NULL;
    guint n;

    if (!json_opt_array(object, "forwards", &forwards, error))
        return FALSE;
    n = forwards ? MIN(json_array_get_length(forwards), MACHINE_MAX_FORWARDS) : 0;
    for (guint i = 0; i < n; i++) {
        const char *text = json_as_string(json_array_get_element(forwards, i));

        if (!machine_add_forward(machine, text ? text : "", error))
            return FALSE;
    }
    return TRUE;
}

Machine *machine_from_json(JsonObject *object, GError **error)
{
    g_autoptr(Machine) machine = machine_new();
    const char *disk = NULL;

    if (!take_string(object, "name", &machine->name, error) ||
        !take_target(object, &machine->target, error) ||
        !take_string(object, "type", &machine->type, error) ||
        !take_string(object, "cpu", &machine->cpu, error) ||
        !take_uint(object, "memory-mib", &machine->memory, error) ||
        !take_string(object, "kernel", &machine->kernel, error) ||
        !take_string(object, "initrd", &machine->initrd, error) ||
        !take_string(object, "append", &machine->append, error) ||
        !take_string(object, "disk", &machine->disk, error) ||
        !take_uint(object, "icount-shift", &machine->shift, error) ||
        !json_opt_bool(object, "network", &machine->network, error) ||
        !take_forwards(machine, object, error) ||
        !json_opt_string(object, "disk-interface", &disk, error))
        return NULL;
    if (disk && !machine_parse_disk_interface(disk, &machine->disk_interface, error))
        return NULL;
    return machine_check(machine, error) ? g_steal_pointer(&machine) : NULL;
}
