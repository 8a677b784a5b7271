/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of options, and the setters of those that are more than a string or a number.
 */
#include "qmpbridge/program/options.h"

#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/truth.h"
#include "qmpbridge/shell/attached-vms.h"
#include "qmpbridge/store/seed-disk.h"
#include "qmpbridge/ui/console/escape-key.h"
#include "qmpbridge/vm/vnc.h"

#define EVERYWHERE (MODE_ANY & ~MODE_PRINT)
#define MACHINES (MODE_RUN | MODE_MAINTENANCE)
#define WITH_CONSOLE (MACHINES | MODE_CONSOLE)
#define SERVER (MACHINES | MODE_SERVE)
#define WITH_VM (MACHINES | MODE_SERVE | MODE_ATTACH)
#define SHELL (MACHINES | MODE_ATTACH)

#define MACHINE(member) .in_machine = TRUE, .offset = G_STRUCT_OFFSET(Machine, member)
#define PRINTS(function) MODE_PRINT, OPTION_PRINT, .make = function
#define OPTION(member) .offset = G_STRUCT_OFFSET(Options, member)

/* The index of @value in @choices, or -1 with an error that lists them. */
static int choose(const char *value, const char *const *choices, GError **error)
{
    g_autofree char *all = g_strjoinv(" or ", (char **)choices);

    for (int i = 0; choices[i]; i++) {
        if (strcmp(value, choices[i]) == 0)
            return i;
    }
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE, "it is %s, not '%s'", all, value);
    return -1;
}

static gboolean set_disk_interface(Options *options, const char *value, GError **error)
{
    static const char *const names[] = {"virtio", "ide", NULL};
    int index = choose(value, names, error);

    options->machine->disk_interface = index == 1 ? MACHINE_DISK_IDE : MACHINE_DISK_VIRTIO;
    return index >= 0;
}

static void add_value(GPtrArray *values, const char *value)
{
    if (value)
        g_ptr_array_add(values, g_strdup(value));
}

static const char *const console_names[] = {"socket", "stdio", "none", NULL};

static gboolean set_console(Options *options, const char *value, GError **error)
{
    int index = choose(value, console_names, error);

    options->console = (ConsoleKind)MAX(index, 0);
    options->console_given = TRUE;
    return index >= 0;
}

static void get_console(const Options *options, GPtrArray *values)
{
    add_value(values, console_names[options->console]);
}

static gboolean set_escape(Options *options, const char *value, GError **error)
{
    EscapeKey key;

    g_free(options->escape);
    options->escape = g_strdup(value);
    return escape_key_parse(value, &key, error);
}

static void get_escape(const Options *options, GPtrArray *values)
{
    add_value(values, options->escape);
}

static void get_disk_interface(const Options *options, GPtrArray *values)
{
    add_value(values, machine_disk_interface_name(options->machine->disk_interface));
}

static const char *const accelerators[] = {"auto", "kvm", "tcg", NULL};

static gboolean set_accelerator(Options *options, const char *value, GError **error)
{
    int index = choose(value, accelerators, error);

    options->machine->accelerator = (MachineAccelerator)MAX(index, 0);
    return index >= 0;
}

static gboolean set_disk(Options *options, const char *value, GError **error)
{
    return machine_add_disk(options->machine, value, options->base, error);
}

/* Of CD-ROMs, too, so that all keep their order. */
static void get_disk(const Options *options, GPtrArray *values)
{
    for (guint i = 0; i < options->machine->disks->len; i++)
        g_ptr_array_add(values, machine_disk_text(machine_disk(options->machine, i)));
}

static void get_nothing(const Options *options, GPtrArray *values)
{
    (void)options;
    (void)values;
}

static gboolean set_cdrom(Options *options, const char *value, GError **error)
{
    g_autofree char *file = g_canonicalize_filename(value, options->base);

    (void)error; /* machine_check() looks at it */
    machine_add_cdrom(options->machine, file);
    return TRUE;
}

static gboolean set_firmware(Options *options, const char *value, GError **error)
{
    static const char *const names[] = {"default", "uefi", NULL};
    int index = choose(value, names, error);

    options->machine->uefi = index == 1;
    return index >= 0;
}

static void get_firmware(const Options *options, GPtrArray *values)
{
    add_value(values, options->machine->uefi ? "uefi" : "default");
}

/* A VNC server shows a graphics card. */
static gboolean set_display(Options *options, const char *value, GError **error)
{
    static const char *const names[] = {"none", "vga", "vnc=WHERE", NULL};
    Machine *machine = options->machine;
    gboolean vnc = g_str_has_prefix(value, "vnc=");
    int index = vnc ? 2 : choose(value, names, error);

    g_clear_pointer(&machine->vnc, g_free);
    machine->graphics = index > 0;
    if (vnc)
        machine->vnc = vnc_parse(value + strlen("vnc="), options->base, error);
    return index >= 0 && (!vnc || machine->vnc);
}

static void get_display(const Options *options, GPtrArray *values)
{
    const Machine *machine = options->machine;

    if (machine->vnc)
        g_ptr_array_add(values, g_strconcat("vnc=", machine->vnc, NULL));
    else
        add_value(values, machine->graphics ? "vga" : "none");
}

static gboolean set_net(Options *options, const char *value, GError **error)
{
    static const char *const names[] = {"none", "user", "restricted", NULL};
    int index = choose(value, names, error);

    options->machine->network = index > 0;
    options->machine->restricted = index == 2;
    options->net_given = TRUE;
    return index >= 0;
}

static void get_net(const Options *options, GPtrArray *values)
{
    add_value(values, machine_network_name(options->machine));
}

static gboolean set_forward(Options *options, const char *value, GError **error)
{
    return machine_add_forward(options->machine, value, error);
}

static void get_forward(const Options *options, GPtrArray *values)
{
    const GArray *forwards = options->machine->forwards;

    for (guint i = 0; i < forwards->len; i++)
        g_ptr_array_add(values, machine_forward_text(&g_array_index(forwards, MachineForward, i)));
}

static gboolean set_allow(Options *options, const char *value, GError **error)
{
    return machine_add_allowed(options->machine, value, error);
}

static void get_allow(const Options *options, GPtrArray *values)
{
    for (guint i = 0; i < options->machine->allowed->len; i++)
        g_ptr_array_add(values, egress_rule_text(machine_allowed(options->machine, i)));
}

static gboolean is_number(const char *text)
{
    return *text && strspn(text, "0123456789") == strlen(text) && strlen(text) < 10;
}

/* One KEY=VALUE of the plugin, or the KEY of a boolean alone, is added to @out as QEMU gets it.
 * What isn't known is refused: it would end on QEMU's command line. */
static gboolean append_recctrl(GString *out, const char *pair, GError **error)
{
    static const struct {
        const char *key;
        gboolean number;
    } keys[] = {{"session_rec", FALSE}, {"nrec", TRUE}, {"timeout", TRUE}, {"dry", FALSE}};
    const char *equals = strchr(pair, '=');
    gsize len = equals ? (gsize)(equals - pair) : strlen(pair);
    gboolean yes = TRUE;

    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (strlen(keys[i].key) != len || strncmp(keys[i].key, pair, len))
            continue;
        if (keys[i].number ? !equals || !is_number(equals + 1)
                           : equals && !truth_parse(equals + 1, &yes)) {
            g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE, "%s needs %s", keys[i].key,
                        keys[i].number ? "a number" : TRUTH_WORDS);
            return FALSE;
        }
        g_string_append_printf(out, "%s%s=%s", out->len ? "," : "", keys[i].key,
                               keys[i].number ? equals + 1
                               : yes          ? "on"
                                              : "off");
        return TRUE;
    }
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                "it takes session_rec, nrec, timeout and dry, not '%s'", pair);
    return FALSE;
}

static gboolean set_recctrl(Options *options, const char *value, GError **error)
{
    g_auto(GStrv) pairs = g_strsplit(value, ",", -1);
    g_autoptr(GString) all = g_string_new(options->plugin_options);

    for (char **pair = pairs; *pair; pair++) {
        if (!append_recctrl(all, *pair, error))
            return FALSE;
    }
    g_free(options->plugin_options);
    options->plugin_options = all->len ? g_strdup(all->str) : NULL;
    return TRUE;
}

static gboolean set_qemu_arguments(Options *options, const char *value, GError **error)
{
    g_auto(GStrv) words = NULL;
    g_autoptr(GError) reason = NULL;

    if (!g_shell_parse_argv(value, NULL, &words, &reason))
        return options_wrong(error, "%s", reason->message);
    for (char **word = words; *word; word++)
        machine_add_argument(options->machine, *word);
    return TRUE;
}

static void get_qemu_arguments(const Options *options, GPtrArray *values)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (char **word = options->machine->arguments; *word; word++) {
        g_autofree char *quoted = g_shell_quote(*word);

        g_string_append_printf(text, "%s%s", text->len ? " " : "", quoted);
    }
    add_value(values, text->len ? text->str : NULL);
}

static void get_recctrl(const Options *options, GPtrArray *values)
{
    add_value(values, options->plugin_options);
}

static gboolean set_attach(Options *options, const char *value, GError **error)
{
    const char *address;
    g_autofree char *name = attached_vms_split(value, &address);
    TransportAddress *parsed = name ? transport_parse(address, error) : NULL;

    transport_address_free(parsed);
    if (name && !parsed)
        return FALSE;
    g_ptr_array_add(options->attach, g_strdup(value));
    return TRUE;
}

static void get_attach(const Options *options, GPtrArray *values)
{
    for (guint i = 0; i < options->attach->len; i++)
        add_value(values, options->attach->pdata[i]);
}

/* @place: a member of TransportTls that names a file, which is read where it is used. */
static gboolean set_tls_file(const Options *options, const char **place, const char *value)
{
    g_free((char *)*place);
    *place = options->base ? g_canonicalize_filename(value, options->base) : g_strdup(value);
    return TRUE;
}

static gboolean set_tls_ca(Options *options, const char *value, GError **error)
{
    (void)error;
    return set_tls_file(options, &options->tls->ca, value);
}

static gboolean set_tls_certificate(Options *options, const char *value, GError **error)
{
    (void)error;
    return set_tls_file(options, &options->tls->certificate, value);
}

static gboolean set_tls_key(Options *options, const char *value, GError **error)
{
    (void)error;
    return set_tls_file(options, &options->tls->key, value);
}

static gboolean set_tls_name(Options *options, const char *value, GError **error)
{
    (void)error;
    g_free((char *)options->tls->server_name);
    options->tls->server_name = g_strdup(value);
    return TRUE;
}

static void get_tls_ca(const Options *options, GPtrArray *values)
{
    add_value(values, options->tls->ca);
}

static void get_tls_certificate(const Options *options, GPtrArray *values)
{
    add_value(values, options->tls->certificate);
}

static void get_tls_key(const Options *options, GPtrArray *values)
{
    add_value(values, options->tls->key);
}

static void get_tls_name(const Options *options, GPtrArray *values)
{
    add_value(values, options->tls->server_name);
}

static gboolean set_cpu_affinity(Options *options, const char *value, GError **error)
{
    affinity_free(options->affinity);
    options->affinity = affinity_new(value, error);
    g_free(options->cpus);
    options->cpus = g_strdup(value);
    return options->affinity != NULL;
}

static void get_cpu_affinity(const Options *options, GPtrArray *values)
{
    add_value(values, options->cpus);
}

/* --complete INDEX -- WORDS: what completions/ asks for. */
static gboolean set_complete(Options *options, const char *value, GError **error)
{
    guint64 index;

    if (!g_ascii_string_to_unsigned(value, 10, 0, G_MAXINT, &index, error))
        return FALSE;
    options->complete = (guint)index + 1;
    return TRUE;
}

static const Option table[] = {
    {"machine-file", 0, "FILE", "Take options that aren't given from a file", MACHINES, OPTION_PATH,
     OPTION(machine_file), .typed_only = TRUE},
    {"print-machine", 0, NULL, "Print such a file of the options, and run nothing", MODE_RUN,
     OPTION_FLAG, OPTION(print_machine), .typed_only = TRUE},
    {"name", 0, "NAME", "Name of the VM", MACHINES, OPTION_TEXT, MACHINE(name)},
    {"machine", 0, "TYPE", "QEMU's machine type (" TARGET_DEFAULT_MACHINE ")", MACHINES,
     OPTION_TEXT, MACHINE(type)},
    {"cpu", 0, "MODEL", "QEMU's CPU model (" TARGET_DEFAULT_CPU ")", MACHINES, OPTION_TEXT,
     MACHINE(cpu)},
    {"memory", 0, "SIZE", "Guest memory in MiB (256)", MACHINES, OPTION_SIZE, MACHINE(memory)},
    {"kernel", 0, "FILE", "Linux kernel to boot", MACHINES, OPTION_PATH, MACHINE(kernel)},
    {"initrd", 0, "FILE", "Initial RAM disk", MACHINES, OPTION_PATH, MACHINE(initrd)},
    {"append", 0, "TEXT", "Kernel command line", MACHINES, OPTION_TEXT, MACHINE(append)},
    {"disk", 0, "FILE[,KEY=VALUE]", "Disk image; never written, the VM gets an overlay; repeatable",
     MACHINES, OPTION_CALL, .set = set_disk, .get = get_disk, .repeatable = TRUE},
    {"disk-interface", 0, "KIND", "Disks that don't say it are virtio or ide (virtio)", MACHINES,
     OPTION_CALL, .set = set_disk_interface, .get = get_disk_interface},
    {"cdrom", 0, "FILE", "CD-ROM image; repeatable", MACHINES, OPTION_CALL, .set = set_cdrom,
     .get = get_nothing, .repeatable = TRUE},
    {"seed-dir", 0, "DIR", "Directory that becomes a small read-only disk", MACHINES, OPTION_PATH,
     OPTION(seed_directory)},
    {"seed-label", 0, "LABEL", "Its label (" SEED_DISK_LABEL ")", MACHINES, OPTION_TEXT,
     OPTION(seed_label)},
    {"keep-disk", 0, NULL, "Keep what the guest changes on its disks, as new images", MODE_RUN,
     OPTION_FLAG, OPTION(keep_disk)},
    {"keep-disk-dir", 0, "DIR", "Likewise, there (beside each disk's image)", MODE_RUN, OPTION_PATH,
     OPTION(keep_disk_directory)},
    {"firmware", 0, "KIND", "default or uefi (default)", MACHINES, OPTION_CALL, .set = set_firmware,
     .get = get_firmware},
    {"display", 0, "KIND", "none, vga, or vnc=[ADDRESS:]N or vnc=unix:PATH (none)", MACHINES,
     OPTION_CALL, .set = set_display, .get = get_display},
    {"net", 0, "KIND", "Network: user, restricted or none (none)", MACHINES, OPTION_CALL,
     .set = set_net, .get = get_net},
    {"forward", 0, "tcp:[ADDRESS:]HOST:GUEST",
     "Forward a port, or ssh, sftp; HOST 0 is a free one; repeatable", MACHINES, OPTION_CALL,
     .set = set_forward, .get = get_forward, .repeatable = TRUE, .of_network = TRUE},
    {"allow", 0, "tcp:ADDRESS[/BITS]:PORT",
     "What a restricted guest may reach, or udp:; repeatable", MACHINES, OPTION_CALL,
     .set = set_allow, .get = get_allow, .repeatable = TRUE, .of_network = TRUE},
    {"pcap", 0, NULL, "Keep the network's packets with a recording", MODE_RUN, OPTION_FLAG,
     MACHINE(pcap), .of_network = TRUE},
    {OPTIONS_QEMU_ARGUMENTS, 0, "TEXT", "More of QEMU's options, quoted; see '--', too", MACHINES,
     OPTION_CALL, .set = set_qemu_arguments, .get = get_qemu_arguments},
    {"force", 0, NULL, "Start also what can't be recorded, or breaks recordings", MACHINES,
     OPTION_FLAG, OPTION(force)},
    {"accel", 0, "KIND", "auto, kvm or tcg (auto: kvm where it is there)", MODE_MAINTENANCE,
     OPTION_CALL, .set = set_accelerator},
    {"shift", 0, "N", "One instruction is 2^N ns of guest time (3)", MODE_RUN, OPTION_UINT,
     MACHINE(shift)},
    {"console", 0, "KIND", "Type on the guest's console by socket, stdio or none (socket)",
     MACHINES, OPTION_CALL, .set = set_console, .get = get_console},
    {"recctrl", 0, "KEY=VALUE,...", "Hypercalls: session_rec, nrec, timeout, dry", MODE_RUN,
     OPTION_CALL, .set = set_recctrl, .get = get_recctrl},
    {"dry-run", 0, NULL, "Do all but the recording, at full speed", MODE_RUN, OPTION_FLAG,
     OPTION(dry_run)},
    {"no-verify", 0, NULL, "Don't replay each recording when it is whole", MODE_RUN, OPTION_FLAG,
     OPTION(no_verify)},
    {"no-idle-verify", 0, NULL, "Nor, while nothing is recorded, older ones without a verdict",
     MODE_RUN, OPTION_FLAG, OPTION(no_idle_verify)},
    {"idle-end", 0, "SECONDS", "End a recording that had no connection for so long", MODE_RUN,
     OPTION_SECONDS, OPTION(idle_end)},
    {"monitor-timeout", 0, "SECONDS", "How long QEMU may take to answer the recorder (30)",
     MODE_RUN, OPTION_SECONDS, OPTION(monitor_timeout)},
    {"keep-free", 0, "SIZE", "Record only while so much stays free on the disk (1G)", MODE_RUN,
     OPTION_SIZE, OPTION(keep_free)},
    {"store-limit", 0, "SIZE", "Record only while the store takes less (0: no limit)", MODE_RUN,
     OPTION_SIZE, OPTION(store_limit)},
    {"escape", 0, "KEY", "Leaves the console with q behind it: ^X or none (^])", WITH_CONSOLE,
     OPTION_CALL, .set = set_escape, .get = get_escape},
    {"take", 0, NULL, "Take the console over from whom it is that types there", MODE_CONSOLE,
     OPTION_FLAG, OPTION(take)},
    {"read-only", 0, NULL, "Only read what the guest writes", MODE_CONSOLE, OPTION_FLAG,
     OPTION(read_only)},
    {"stay", 0, NULL, "Read on when what is to be typed has ended", MODE_CONSOLE, OPTION_FLAG,
     OPTION(stay)},
    {"socket", 0, "PATH", "Where to serve the control socket", SERVER, OPTION_PATH, OPTION(socket)},
    {"command", 'c', "COMMAND", "Execute a command, then leave; repeatable", SHELL, OPTION_LIST,
     OPTION(commands)},
    {"keep-going", 'k', NULL, "Go on after a command that failed", SHELL, OPTION_FLAG,
     OPTION(keep_going)},
    {"attach", 0, "NAME=SOCKET", "Attach to a further VM; repeatable", SHELL, OPTION_CALL,
     .set = set_attach, .get = get_attach, .repeatable = TRUE},
    {"reconnect", 0, NULL, "Wait for VMs that aren't there, and for lost ones", MODE_ATTACH,
     OPTION_FLAG, OPTION(reconnect)},
    {"tls-ca", 0, "FILE", "Whom to trust at tls: addresses (the system's CAs)", WITH_VM,
     OPTION_CALL, .set = set_tls_ca, .get = get_tls_ca},
    {"tls-cert", 0, "FILE", "This side's certificate at tls: addresses", WITH_VM, OPTION_CALL,
     .set = set_tls_certificate, .get = get_tls_certificate},
    {"tls-key", 0, "FILE", "Its key, unless it is in the same file", WITH_VM, OPTION_CALL,
     .set = set_tls_key, .get = get_tls_key},
    {"tls-name", 0, "HOST", "Whom the server's certificate must name (the host)", WITH_VM,
     OPTION_CALL, .set = set_tls_name, .get = get_tls_name},
    {"log", 0, "FILE", "Append events and commands as JSON lines", WITH_VM, OPTION_PATH,
     OPTION(log)},
    {"qemu", 0, "PATH", "The emulator (" TARGET_DEFAULT_EMULATOR ")", EVERYWHERE, OPTION_PROGRAM,
     OPTION(emulator)},
    {"plugin", 0, "FILE", "The plugin recctrl.so (this program's own)", EVERYWHERE, OPTION_PATH,
     OPTION(plugin)},
    {"store", 0, "DIR", "Where recordings are kept", EVERYWHERE, OPTION_PATH, OPTION(store)},
    {"cpu-affinity", 0, "CPUS", "One CPU for each QEMU: auto, none, or of a list as 0,2-3 (auto)",
     EVERYWHERE, OPTION_CALL, .set = set_cpu_affinity, .get = get_cpu_affinity},
    {"pending", 0, NULL, "verify: all that have no verdict, or one that failed", MODE_STORE,
     OPTION_FLAG, OPTION(pending)},
    {"all", 0, NULL, "verify: all", MODE_STORE, OPTION_FLAG, OPTION(all)},
    {"trust-paths", 0, NULL, "verify, replay: also recordings from elsewhere that name files",
     MODE_STORE, OPTION_FLAG, OPTION(trust_paths)},
    {"output", 'o', "FILE", "pack: the archive, a directory for it, or - for standard output",
     MODE_STORE, OPTION_TEXT, OPTION(output), .typed_only = TRUE},
    {"self-contained", 0, NULL, "pack: with kernel, initrd and disk images", MODE_STORE,
     OPTION_FLAG, OPTION(self_contained)},
    {"timeout", 0, "SECONDS", "How long to wait for an answer or an event", SHELL, OPTION_SECONDS,
     OPTION(timeout)},
    {"no-config", 0, NULL, "Don't read the configuration file", EVERYWHERE, OPTION_FLAG,
     OPTION(no_config), .typed_only = TRUE},
    {"json", 0, NULL, "Print JSON lines", EVERYWHERE, OPTION_FLAG, OPTION(json)},
    {"return-value", 0, NULL, "Print only what commands return, as JSON", EVERYWHERE, OPTION_FLAG,
     OPTION(return_value)},
    {"no-color", 0, NULL, "Print without colours", EVERYWHERE, OPTION_FLAG, OPTION(no_color)},
    {"help", 'h', NULL, "Print this help", PRINTS(options_help)},
    {"version", 0, NULL, "Print the version", PRINTS(options_version)},
    {"list-options", 0, NULL, NULL, PRINTS(options_list_options)},
    {"list-commands", 0, NULL, NULL, PRINTS(options_list_commands)},
    {"list-subcommands", 0, NULL, NULL, PRINTS(options_list_subcommands)},
    {"complete", 0, "INDEX", NULL, MODE_PRINT, OPTION_CALL, .set = set_complete},
    {"manual", 0, NULL, NULL, PRINTS(options_manual)},
    {0},
};

const Option *options_table(void)
{
    return table;
}
