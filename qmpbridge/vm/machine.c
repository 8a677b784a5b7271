/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The description of a virtual machine; see machine.h. A description may come from the
 * recording.json of another user, so everything in it is checked before it is used.
 */
#include "qmpbridge/vm/machine.h"

#include <arpa/inet.h>
#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/limits.h"
#include "qmpbridge/core/name.h"
#include "qmpbridge/vm/vnc.h"

/** -icount shift: QEMU takes 0..10 (accel/tcg/icount-common.c). */
#define MAX_SHIFT 10u

static const char *const disk_interfaces[] = {
    [MACHINE_DISK_VIRTIO] = "virtio", [MACHINE_DISK_IDE] = "ide",   [MACHINE_DISK_CDROM] = "cdrom",
    [MACHINE_DISK_FLASH] = "flash",   [MACHINE_DISK_NONE] = "none",
};
static const char *const formats[] = {
    [MACHINE_FORMAT_BY_NAME] = NULL,
    [MACHINE_FORMAT_RAW] = "raw",
    [MACHINE_FORMAT_QCOW2] = "qcow2",
};
static const char *const disk_ids[] = {"disk",  "disk1", "disk2", "disk3",
                                       "disk4", "disk5", "disk6", "disk7"};
G_STATIC_ASSERT(G_N_ELEMENTS(disk_ids) == MACHINE_MAX_DISKS);

static void disk_free(gpointer data)
{
    MachineDisk *disk = data;

    g_free(disk->file);
    g_free(disk->backing);
    g_free(disk);
}

static gpointer disk_copy(gconstpointer data, gpointer unused)
{
    MachineDisk *copy = g_memdup2(data, sizeof(MachineDisk));

    (void)unused;
    copy->file = g_strdup(copy->file);
    return copy;
}

Machine *machine_new(void)
{
    Machine *machine = g_new0(Machine, 1);

    machine->name = g_strdup("vm");
    machine->target = target_default();
    machine->memory = 256;
    machine->shift = 3;
    machine->disks = g_ptr_array_new_with_free_func(disk_free);
    machine->forwards = g_array_new(FALSE, TRUE, sizeof(MachineForward));
    machine->allowed = g_array_new(FALSE, TRUE, sizeof(EgressRule));
    machine->arguments = g_new0(char *, 1);
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
    g_free(machine->vnc);
    g_ptr_array_unref(machine->disks);
    g_array_unref(machine->forwards);
    g_array_unref(machine->allowed);
    g_strfreev(machine->arguments);
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
    copy->vnc = g_strdup(machine->vnc);
    copy->disks = g_ptr_array_copy(machine->disks, disk_copy, NULL);
    copy->forwards = g_array_copy(machine->forwards);
    copy->allowed = g_array_copy(machine->allowed);
    copy->arguments = g_strdupv(machine->arguments);
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

const MachineDisk *machine_disk(const Machine *machine, guint index)
{
    return g_ptr_array_index(machine->disks, index);
}

MachineDiskInterface machine_disk_interface(const Machine *machine, guint index)
{
    MachineDiskInterface own = machine_disk(machine, index)->interface;

    return own == MACHINE_DISK_DEFAULT ? machine->disk_interface : own;
}

const char *machine_disk_id(guint index)
{
    return disk_ids[index];
}

const char *machine_format_name(MachineDiskFormat format)
{
    return formats[format];
}

const char *machine_disk_interface_name(MachineDiskInterface disk)
{
    return disk_interfaces[disk];
}

static gboolean find_name(const char *const *names, guint n, const char *text, guint *index)
{
    for (guint i = 0; i < n; i++) {
        if (g_strcmp0(names[i], text) == 0) {
            *index = i;
            return TRUE;
        }
    }
    return FALSE;
}

gboolean machine_parse_disk_interface(const char *text, MachineDiskInterface *disk, GError **error)
{
    guint index;

    if (find_name(disk_interfaces, G_N_ELEMENTS(disk_interfaces), text, &index)) {
        *disk = (MachineDiskInterface)index;
        return TRUE;
    }
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                "unknown disk interface '%s': use virtio or ide", text);
    return FALSE;
}

static gboolean parse_format(const char *text, MachineDiskFormat *format, GError **error)
{
    guint index;

    if (find_name(formats, G_N_ELEMENTS(formats), text, &index)) {
        *format = (MachineDiskFormat)index;
        return TRUE;
    }
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                "unknown format '%s' of a disk: use raw or qcow2", text);
    return FALSE;
}

static MachineDisk *add_disk(Machine *machine, const char *file, MachineDiskInterface interface)
{
    MachineDisk *disk = g_new0(MachineDisk, 1);

    disk->file = g_strdup(file);
    disk->interface = interface;
    disk->read_only = interface == MACHINE_DISK_CDROM;
    g_ptr_array_add(machine->disks, disk);
    return disk;
}

/* Takes an option of a disk. @known: (out): it is one. */
static gboolean take_disk_option(MachineDisk *disk, const char *option, gboolean *known,
                                 GError **error)
{
    const char *value;

    *known = TRUE;
    if (g_str_equal(option, "read-only"))
        return disk->read_only = TRUE;
    value = strchr(option, '=');
    if (value && g_str_has_prefix(option, "format="))
        return parse_format(value + 1, &disk->format, error);
    if (value && g_str_has_prefix(option, "interface="))
        return machine_parse_disk_interface(value + 1, &disk->interface, error);
    *known = FALSE;
    return TRUE;
}

gboolean machine_add_disk(Machine *machine, const char *text, const char *base, GError **error)
{
    g_autofree char *rest = g_strdup(text);
    MachineDisk *disk = add_disk(machine, NULL, MACHINE_DISK_DEFAULT);
    gboolean known = TRUE;
    char *comma;

    while (known && (comma = strrchr(rest, ','))) {
        if (!take_disk_option(disk, comma + 1, &known, error))
            return FALSE;
        if (known)
            *comma = '\0';
    }
    disk->read_only |= disk->interface == MACHINE_DISK_CDROM;
    disk->file = g_canonicalize_filename(rest, base);
    if (*rest)
        return TRUE;
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE, "a disk needs the name of a file");
    return FALSE;
}

void machine_add_cdrom(Machine *machine, const char *file)
{
    add_disk(machine, file, MACHINE_DISK_CDROM);
}

char *machine_disk_text(const MachineDisk *disk)
{
    GString *text = g_string_new(disk->file);

    if (disk->interface != MACHINE_DISK_DEFAULT)
        g_string_append_printf(text, ",interface=%s", disk_interfaces[disk->interface]);
    if (disk->format != MACHINE_FORMAT_BY_NAME)
        g_string_append_printf(text, ",format=%s", formats[disk->format]);
    if (disk->read_only)
        g_string_append(text, ",read-only");
    return g_string_free(text, FALSE);
}

gboolean machine_complete(Machine *machine, GError **error)
{
    const Target *target = machine->target;
    MachineDisk *code;

    if (!machine->uefi)
        return TRUE;
    if (!target->uefi_code) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                    "there is no UEFI firmware for %s: leave --firmware out", target->name);
        return FALSE;
    }
    machine->uefi = FALSE;
    code = add_disk(machine, target->uefi_code, MACHINE_DISK_FLASH);
    code->read_only = TRUE;
    code->format = MACHINE_FORMAT_RAW;
    add_disk(machine, target->uefi_variables, MACHINE_DISK_FLASH)->format = MACHINE_FORMAT_RAW;
    return TRUE;
}

/* Services that can be named in place of a guest's port. */
static const struct {
    const char *name;
    guint16 port;
} services[] = {{"ssh", 22}, {"sftp", 2222}};

static gboolean parse_port(const char *text, guint min, guint16 *port)
{
    guint64 value;

    if (!g_ascii_string_to_unsigned(text, 10, min, G_MAXUINT16, &value, NULL))
        return FALSE;
    *port = (guint16)value;
    return TRUE;
}

static gboolean parse_guest_port(const char *text, guint16 *port)
{
    for (guint i = 0; i < G_N_ELEMENTS(services); i++) {
        if (g_str_equal(text, services[i].name)) {
            *port = services[i].port;
            return TRUE;
        }
    }
    return parse_port(text, 1, port);
}

/* @part: "tcp" or "udp", an address unless there are only three, the host's port, the guest's. */
static gboolean parse_forward(char **part, MachineForward *forward)
{
    guint n = g_strv_length(part);
    struct in_addr unused;

    if (n == 1 && parse_guest_port(part[0], &forward->guest))
        return !g_ascii_isdigit(part[0][0]);
    if ((n != 3 && n != 4) || (!g_str_equal(part[0], "tcp") && !g_str_equal(part[0], "udp")))
        return FALSE;
    forward->udp = part[0][0] == 'u';
    if (n == 4 && (inet_pton(AF_INET, part[1], &unused) != 1 ||
                   g_strlcpy(forward->address, part[1], sizeof(forward->address)) >=
                       sizeof(forward->address)))
        return FALSE;
    return parse_port(part[n - 2], 0, &forward->host) &&
           parse_guest_port(part[n - 1], &forward->guest);
}

gboolean machine_add_forward(Machine *machine, const char *text, GError **error)
{
    g_auto(GStrv) part = g_strsplit(text, ":", 5);
    MachineForward forward = {0};

    if (parse_forward(part, &forward)) {
        g_array_append_val(machine->forwards, forward);
        return TRUE;
    }
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                "port forward '%s' isn't of the form tcp:[ADDRESS:]HOSTPORT:GUESTPORT, ssh or sftp",
                text);
    return FALSE;
}

const char *machine_forward_address(const MachineForward *forward)
{
    return forward->address[0] ? forward->address : "127.0.0.1";
}

char *machine_forward_text(const MachineForward *forward)
{
    return g_strdup_printf("%s:%s%s%u:%u", forward->udp ? "udp" : "tcp", forward->address,
                           forward->address[0] ? ":" : "", forward->host, forward->guest);
}

const char *machine_network_name(const Machine *machine)
{
    return !machine->network ? "none" : machine->restricted ? "restricted" : "user";
}

gboolean machine_add_allowed(Machine *machine, const char *text, GError **error)
{
    EgressRule rule;

    if (!egress_rule_parse(text, &rule, error))
        return FALSE;
    g_array_append_val(machine->allowed, rule);
    return TRUE;
}

const EgressRule *machine_allowed(const Machine *machine, guint index)
{
    return &g_array_index(machine->allowed, EgressRule, index);
}

void machine_add_argument(Machine *machine, const char *word)
{
    guint n = g_strv_length(machine->arguments);

    machine->arguments = g_renew(char *, machine->arguments, n + 2);
    machine->arguments[n] = g_strdup(word);
    machine->arguments[n + 1] = NULL;
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

static gboolean check_disk(const Machine *machine, guint index, GError **error)
{
    const MachineDisk *disk = machine_disk(machine, index);
    MachineDiskInterface interface = machine_disk_interface(machine, index);

    if (interface < MACHINE_DISK_INTERFACES && !machine->target->disks[interface])
        return usage_error(error, "disk interface", "isn't one that its target has");
    if (disk->read_only && interface == MACHINE_DISK_IDE)
        return usage_error(error, "IDE disk", "can't be read-only: use interface=virtio");
    if (interface == MACHINE_DISK_CDROM && !disk->read_only)
        return usage_error(error, "CD-ROM", "must be read-only");
    return check_text("disk", disk->file, TRUE, error);
}

static gboolean check_disks(const Machine *machine, GError **error)
{
    guint ide = 0;

    if (machine->disk_interface > MACHINE_DISK_IDE ||
        !machine->target->disks[machine->disk_interface])
        return usage_error(error, "disk interface", "isn't one that its target has");
    if (!check_range("number of disks", machine->disks->len, 0, MACHINE_MAX_DISKS, error))
        return FALSE;
    for (guint i = 0; i < machine->disks->len; i++) {
        MachineDiskInterface interface = machine_disk_interface(machine, i);

        if (!check_disk(machine, i, error))
            return FALSE;
        ide += interface == MACHINE_DISK_IDE || interface == MACHINE_DISK_CDROM;
    }
    return check_range("number of disks and CD-ROMs on IDE", ide, 0, MACHINE_MAX_IDE, error);
}

static gboolean check_arguments(char **arguments, GError **error)
{
    if (arguments[0] && arguments[0][0] != '-')
        return usage_error(error, "further arguments for QEMU", "must begin with an option");
    if (!check_range("number of further arguments", g_strv_length(arguments), 0,
                     MACHINE_MAX_ARGUMENTS, error))
        return FALSE;
    for (char **word = arguments; *word; word++) {
        if (!check_text("further argument", *word, FALSE, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean check_graphics(const Machine *machine, GError **error)
{
    g_autofree char *vnc = machine->vnc ? vnc_parse(machine->vnc, NULL, error) : NULL;

    if (machine->graphics && !machine->target->graphics)
        return usage_error(error, "display", "isn't one that its target has: leave it out");
    if (machine->vnc && !machine->graphics)
        return usage_error(error, "vnc", "needs a display");
    return !machine->vnc || vnc != NULL;
}

gboolean machine_check(const Machine *machine, GError **error)
{
    if (!machine->name || !name_check(machine->name, strlen(machine->name), error)) {
        g_prefix_error(error, "the machine's name: ");
        return FALSE;
    }
    if (machine->forwards->len > 0 && !machine->network)
        return usage_error(error, "port forwards", "need a network: add --net user");
    if (machine->allowed->len > 0 && !machine->restricted)
        return usage_error(error, "what the guest may reach", "needs --net restricted");
    if (machine->pcap && !machine->network)
        return usage_error(error, "packets", "need a network: add --net user");
    return check_word("type", machine_type(machine), "-._", error) &&
           check_word("cpu", machine_cpu(machine), "-._+,", error) &&
           check_range("memory (MiB)", machine->memory, MACHINE_MIN_MEMORY, MACHINE_MAX_MEMORY,
                       error) &&
           check_range("icount shift", machine->shift, 0, MAX_SHIFT, error) &&
           check_range("number of port forwards", machine->forwards->len, 0, MACHINE_MAX_FORWARDS,
                       error) &&
           check_range("number of rules on what the guest may reach", machine->allowed->len, 0,
                       MACHINE_MAX_ALLOWED, error) &&
           check_text("kernel", machine->kernel, TRUE, error) &&
           check_text("initrd", machine->initrd, TRUE, error) &&
           check_text("kernel command line", machine->append, FALSE, error) &&
           check_disks(machine, error) && check_graphics(machine, error) &&
           check_arguments(machine->arguments, error);
}

static void set_string(JsonObject *object, const char *name, const char *value)
{
    if (value)
        json_object_set_string_member(object, name, value);
}

/* Recordings of older versions name at most one disk, of a format that is found. What was read
 * from one is written as it was: the code of its origin (store/origin.h) depends on it. */
static gboolean is_old_disk(const Machine *machine)
{
    const MachineDisk *disk = machine->disks->len == 1 ? machine_disk(machine, 0) : NULL;

    return disk && disk->interface == MACHINE_DISK_DEFAULT &&
           disk->format == MACHINE_FORMAT_BY_NAME && !disk->read_only;
}

static JsonArray *arguments_to_json(const Machine *machine)
{
    JsonArray *array = json_array_new();

    for (char **word = machine->arguments; *word; word++)
        json_array_add_string_element(array, *word);
    return array;
}

static JsonArray *allowed_to_json(const Machine *machine)
{
    JsonArray *array = json_array_new();

    for (guint i = 0; i < machine->allowed->len; i++) {
        g_autofree char *text = egress_rule_text(machine_allowed(machine, i));

        json_array_add_string_element(array, text);
    }
    return array;
}

static JsonArray *disks_to_json(const Machine *machine)
{
    JsonArray *array = json_array_new();

    for (guint i = 0; i < machine->disks->len; i++) {
        const MachineDisk *disk = machine_disk(machine, i);
        JsonObject *object = json_object_new();

        set_string(object, "file", disk->file);
        set_string(object, "interface", disk_interfaces[machine_disk_interface(machine, i)]);
        set_string(object, "format", formats[disk->format]);
        if (disk->read_only)
            json_object_set_boolean_member(object, "read-only", TRUE);
        json_array_add_object_element(array, object);
    }
    return array;
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
    if (is_old_disk(machine))
        set_string(object, "disk", machine_disk(machine, 0)->file);
    else if (machine->disks->len > 0)
        json_object_set_array_member(object, "disks", disks_to_json(machine));
    set_string(object, "disk-interface", disk_interfaces[machine->disk_interface]);
    json_object_set_boolean_member(object, "network", machine->network);
    if (machine->restricted)
        json_object_set_boolean_member(object, "restricted", TRUE);
    if (machine->allowed->len > 0)
        json_object_set_array_member(object, "allowed", allowed_to_json(machine));
    if (machine->pcap)
        json_object_set_boolean_member(object, "pcap", TRUE);
    for (guint i = 0; i < machine->forwards->len; i++) {
        const MachineForward *forward = &g_array_index(machine->forwards, MachineForward, i);
        g_autofree char *text = machine_forward_text(forward);

        json_array_add_string_element(forwards, text);
    }
    json_object_set_array_member(object, "forwards", forwards);
    if (machine->graphics)
        json_object_set_boolean_member(object, "graphics", TRUE);
    set_string(object, "vnc", machine->vnc);
    json_object_set_int_member(object, "icount-shift", machine->shift);
    if (machine->arguments[0])
        json_object_set_array_member(object, "arguments", arguments_to_json(machine));
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

/* An array of texts, one more than @max at most, each of which @add_one reads. */
static gboolean take_texts(Machine *machine, JsonObject *object, const char *name, guint max,
                           gboolean (*add_one)(Machine *, const char *, GError **), GError **error)
{
    JsonArray *array = NULL;
    guint n;

    if (!json_opt_array(object, name, &array, error))
        return FALSE;
    n = array ? MIN(json_array_get_length(array), max + 1) : 0;
    for (guint i = 0; i < n; i++) {
        const char *text = json_as_string(json_array_get_element(array, i));

        if (!add_one(machine, text ? text : "", error))
            return FALSE;
    }
    return TRUE;
}

static gboolean take_arguments(Machine *machine, JsonObject *object, GError **error)
{
    JsonArray *arguments = NULL;
    guint n;

    if (!json_opt_array(object, "arguments", &arguments, error))
        return FALSE;
    n = arguments ? MIN(json_array_get_length(arguments), MACHINE_MAX_ARGUMENTS + 1) : 0;
    for (guint i = 0; i < n; i++) {
        const char *text = json_as_string(json_array_get_element(arguments, i));

        if (!text) {
            g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_TYPE,
                        "'arguments' holds what is no string");
            return FALSE;
        }
        machine_add_argument(machine, text);
    }
    return TRUE;
}

static gboolean take_disk(Machine *machine, JsonObject *object, GError **error)
{
    const char *file, *interface, *format = NULL;
    MachineDiskInterface how;
    MachineDisk *disk;

    if (!object) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_TYPE, "'disks' holds what is no object");
        return FALSE;
    }
    if (!json_get_string(object, "file", &file, error) ||
        !json_get_string(object, "interface", &interface, error) ||
        !machine_parse_disk_interface(interface, &how, error) ||
        !json_opt_string(object, "format", &format, error))
        return FALSE;
    disk = add_disk(machine, file, how);
    return (!format || parse_format(format, &disk->format, error)) &&
           json_opt_bool(object, "read-only", &disk->read_only, error);
}

static gboolean take_disks(Machine *machine, JsonObject *object, GError **error)
{
    const char *file = NULL, *interface = NULL;
    JsonArray *disks = NULL;
    guint n;

    if (!json_opt_string(object, "disk", &file, error) ||
        !json_opt_string(object, "disk-interface", &interface, error) ||
        (interface && !machine_parse_disk_interface(interface, &machine->disk_interface, error)) ||
        !json_opt_array(object, "disks", &disks, error))
        return FALSE;
    if (file)
        add_disk(machine, file, MACHINE_DISK_DEFAULT);
    n = disks ? MIN(json_array_get_length(disks), MACHINE_MAX_DISKS + 1) : 0;
    for (guint i = 0; i < n; i++) {
        if (!take_disk(machine, json_array_object(disks, i), error))
            return FALSE;
    }
    return TRUE;
}

Machine *machine_from_json(JsonObject *object, GError **error)
{
    g_autoptr(Machine) machine = machine_new();

    if (!take_string(object, "name", &machine->name, error) ||
        !take_target(object, &machine->target, error) ||
        !take_string(object, "type", &machine->type, error) ||
        !take_string(object, "cpu", &machine->cpu, error) ||
        !take_uint(object, "memory-mib", &machine->memory, error) ||
        !take_string(object, "kernel", &machine->kernel, error) ||
        !take_string(object, "initrd", &machine->initrd, error) ||
        !take_string(object, "append", &machine->append, error) ||
        !take_uint(object, "icount-shift", &machine->shift, error) ||
        !json_opt_bool(object, "network", &machine->network, error) ||
        !json_opt_bool(object, "restricted", &machine->restricted, error) ||
        !json_opt_bool(object, "pcap", &machine->pcap, error) ||
        !json_opt_bool(object, "graphics", &machine->graphics, error) ||
        !take_string(object, "vnc", &machine->vnc, error) ||
        !take_texts(machine, object, "forwards", MACHINE_MAX_FORWARDS, machine_add_forward,
                    error) ||
        !take_texts(machine, object, "allowed", MACHINE_MAX_ALLOWED, machine_add_allowed, error) ||
        !take_disks(machine, object, error) || !take_arguments(machine, object, error))
        return NULL;
    return machine_check(machine, error) ? g_steal_pointer(&machine) : NULL;
}
