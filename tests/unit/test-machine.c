/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine's description: what is refused, and the way through JSON and back, also with JSON
 * from a hostile author.
 */
#include "qmpbridge/vm/machine.h"

#include "tests/unit/temp.h"

/* A forward as text, and as it is written again; NULL: refused. */
static const struct {
    const char *text, *again, *address;
    gboolean udp;
    guint host, guest;
} forwards[] = {
    {"tcp:2222:22", "tcp:2222:22", "127.0.0.1", FALSE, 2222, 22},
    {"udp:1:65535", "udp:1:65535", "127.0.0.1", TRUE, 1, 65535},
    {"tcp:0:22", "tcp:0:22", "127.0.0.1", FALSE, 0, 22},
    {"ssh", "tcp:0:22", "127.0.0.1", FALSE, 0, 22},
    {"sftp", "tcp:0:2222", "127.0.0.1", FALSE, 0, 2222},
    {"tcp:2200:ssh", "tcp:2200:22", "127.0.0.1", FALSE, 2200, 22},
    {"tcp:0.0.0.0:80:8080", "tcp:0.0.0.0:80:8080", "0.0.0.0", FALSE, 80, 8080},
    {"udp:192.168.100.200:0:53", "udp:192.168.100.200:0:53", "192.168.100.200", TRUE, 0, 53},
    {"", NULL, NULL, FALSE, 0, 0},
    {"22", NULL, NULL, FALSE, 0, 0},
    {"tcp", NULL, NULL, FALSE, 0, 0},
    {"telnet", NULL, NULL, FALSE, 0, 0},
    {"tcp:1", NULL, NULL, FALSE, 0, 0},
    {"tcp:1:2:3", NULL, NULL, FALSE, 0, 0},
    {"tcp:localhost:2:3", NULL, NULL, FALSE, 0, 0},
    {"tcp::2:3", NULL, NULL, FALSE, 0, 0},
    {"tcp:127.0.0.1:2:3:4", NULL, NULL, FALSE, 0, 0},
    {"tcp:127.0.0.1,x:2:3", NULL, NULL, FALSE, 0, 0},
    {"sctp:1:2", NULL, NULL, FALSE, 0, 0},
    {"tcp:22:0", NULL, NULL, FALSE, 0, 0},
    {"tcp:ssh:22", NULL, NULL, FALSE, 0, 0},
    {"tcp:65536:22", NULL, NULL, FALSE, 0, 0},
    {"tcp:-1:22", NULL, NULL, FALSE, 0, 0},
    {"tcp:+1:22", NULL, NULL, FALSE, 0, 0},
    {"tcp: 1:22", NULL, NULL, FALSE, 0, 0},
    {"tcp:1:22,hostfwd=tcp::1-:1", NULL, NULL, FALSE, 0, 0},
    {"tcp:99999999999999999999:22", NULL, NULL, FALSE, 0, 0},
};

START_TEST(test_forward)
{
    g_autoptr(Machine) machine = machine_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *again = NULL;
    gboolean legal = forwards[_i].again != NULL;
    const MachineForward *forward;

    ck_assert_int_eq(machine_add_forward(machine, forwards[_i].text, &error), legal);
    ck_assert_uint_eq(machine->forwards->len, legal);
    if (!legal) {
        temp_check_error(error, BRIDGE_ERROR_USAGE, "tcp:[ADDRESS:]HOSTPORT:GUESTPORT");
        return;
    }
    forward = &g_array_index(machine->forwards, MachineForward, 0);
    ck_assert_int_eq(forward->udp, forwards[_i].udp);
    ck_assert_uint_eq(forward->host, forwards[_i].host);
    ck_assert_uint_eq(forward->guest, forwards[_i].guest);
    ck_assert_str_eq(machine_forward_address(forward), forwards[_i].address);
    again = machine_forward_text(forward);
    ck_assert_str_eq(again, forwards[_i].again);
}
END_TEST

/* JSON of a machine, and a word of the error with which it is refused; NULL: it is taken. */
static const struct {
    const char *json, *refusal;
} descriptions[] = {
    {"{}", NULL},
    {"{'name': 'web', 'memory-mib': 16, 'icount-shift': 0}", NULL},
    {"{'memory-mib': 1048576, 'icount-shift': 10}", NULL},
    {"{'cpu': 'qemu64,+sse3'}", NULL},
    {"{'type': 'pc-q35-9.2'}", NULL},
    {"{'kernel': '/k', 'initrd': '/i', 'append': 'console=ttyS0 a=b,c', 'disk': '/d,1'}", NULL},
    {"{'disk': '/d', 'disk-interface': 'ide'}", NULL},
    {"{'disks': []}", NULL},
    {"{'disks': [{'file': '/d', 'interface': 'virtio', 'format': 'raw', 'read-only': true},"
     "{'file': '/c', 'interface': 'cdrom', 'read-only': true}, {'file': '/f', 'interface': "
     "'flash'},"
     "{'file': '/n', 'interface': 'none'}]}",
     NULL},
    {"{'network': true, 'forwards': ['tcp:1:2', 'udp:3:4']}", NULL},
    {"{'network': true, 'restricted': true, 'pcap': true}", NULL},
    {"{'network': true, 'restricted': 1}", "restricted"},
    {"{'network': true, 'restricted': true, 'allowed': ['udp:10.0.0.0/8:53']}", NULL},
    {"{'network': true, 'allowed': ['udp:10.0.0.0/8:53']}", "--net restricted"},
    {"{'network': true, 'restricted': true, 'allowed': [1]}", "the guest may reach, ''"},
    {"{'network': true, 'restricted': true, 'allowed': ['tcp:1.2.3.4']}", "tcp:ADDRESS:PORT"},
    {"{'pcap': true}", "--net user"},
    {"{'graphics': true, 'vnc': '127.0.0.1:1'}", NULL},
    {"{'graphics': true, 'vnc': 'unix:/s'}", NULL},
    {"{'graphics': true, 'vnc': 'unix:/s,password=on'}", "isn't of the form"},
    {"{'graphics': true, 'vnc': '127.0.0.1:1,to=9'}", "isn't of the form"},
    {"{'vnc': '127.0.0.1:1'}", "needs a display"},
    {"{'name': null, 'forwards': null, 'unknown': [1]}", NULL},
    {"{'target': 'i386', 'type': null}", NULL},
    /* wrong types */
    {"{'name': 1}", "name"},
    {"{'type': {}}", "type"},
    {"{'target': 1}", "target"},
    {"{'memory-mib': '256'}", "memory-mib"},
    {"{'memory-mib': 256.5}", "memory-mib"},
    {"{'network': 1}", "network"},
    {"{'forwards': {}}", "forwards"},
    {"{'forwards': [1]}", "port forward"},
    {"{'network': true, 'forwards': [null]}", "port forward"},
    {"{'disk-interface': 3}", "disk-interface"},
    {"{'disks': {}}", "disks"},
    {"{'disks': [1]}", "disks"},
    {"{'disks': [{'file': '/d'}]}", "interface"},
    {"{'disks': [{'interface': 'ide'}]}", "file"},
    {"{'disks': [{'file': '/d', 'interface': 'ide', 'format': 1}]}", "format"},
    {"{'disks': [{'file': '/d', 'interface': 'ide', 'read-only': 1}]}", "read-only"},
    {"{'arguments': ['-device', 'e1000,netdev=net0', '']}", NULL},
    {"{'arguments': {}}", "arguments"},
    {"{'arguments': [1]}", "arguments"},
    {"{'arguments': ['disk.img']}", "must begin with an option"},
    {"{'arguments': ['-name', 'a\\n']}", "control character"},
    /* values out of range */
    {"{'memory-mib': 15}", "memory"},
    {"{'memory-mib': -1}", "memory-mib"},
    {"{'memory-mib': 1048577}", "memory"},
    {"{'memory-mib': 4294967552}", "memory"},
    {"{'memory-mib': 9223372036854775807}", "memory"},
    {"{'icount-shift': 11}", "icount shift"},
    {"{'icount-shift': -1}", "icount-shift"},
    {"{'disk-interface': 'scsi'}", "virtio or ide"},
    {"{'disk-interface': 'flash'}", "disk interface"},
    {"{'disks': [{'file': '/d', 'interface': 'scsi'}]}", "virtio or ide"},
    {"{'disks': [{'file': '/d', 'interface': 'ide', 'format': 'vmdk'}]}", "raw or qcow2"},
    {"{'disks': [{'file': '/d', 'interface': 'ide', 'read-only': true}]}", "can't be read-only"},
    {"{'disks': [{'file': '/d', 'interface': 'cdrom', 'read-only': false}]}", "must be read-only"},
    {"{'target': 'vax'}", "the target 'vax' isn't known: this qmpbridge records x86_64, i386"},
    {"{'target': ''}", "the target '' isn't known"},
    {"{'forwards': ['tcp:1:2']}", "--net user"},
    /* names */
    {"{'name': ''}", "name"},
    {"{'name': '../x'}", "name"},
    {"{'name': 'a,b'}", "name"},
    {"{'name': 'a b'}", "name"},
    /* words that become part of an option */
    {"{'type': ''}", "type"},
    {"{'type': 'q35,accel=kvm'}", "type"},
    {"{'type': 'q35,usb'}", "type"},
    {"{'type': '-q35'}", "type"},
    {"{'type': 'q35\\n'}", "type"},
    {"{'cpu': 'max,pmu=on'}", "cpu"},
    {"{'cpu': '../x'}", "cpu"},
    {"{'cpu': ' max'}", "cpu"},
    {"{'cpu': '?'}", "cpu"},
    /* paths and texts */
    {"{'kernel': 'relative'}", "absolute"},
    {"{'disk': ''}", "absolute"},
    {"{'disk': 'nbd://host/x'}", "absolute"},
    {"{'disks': [{'file': 'd', 'interface': 'ide'}]}", "absolute"},
    {"{'initrd': '/a\\u0007'}", "control character"},
    {"{'append': 'a\\u001b[2J'}", "control character"},
    {"{'append': 'a\\nb'}", "control character"},
    {"{'disk': '/a\\u007f'}", "control character"},
};

START_TEST(test_from_json)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonObject) object = json_parse_object(descriptions[_i].json, -1, &error);
    g_autoptr(Machine) machine = NULL;

    ck_assert_msg(object != NULL, "%s", descriptions[_i].json);
    machine = machine_from_json(object, &error);
    if (!descriptions[_i].refusal) {
        ck_assert_msg(machine != NULL, "%s: %s", descriptions[_i].json,
                      error ? error->message : "");
        return;
    }
    ck_assert_msg(!machine, "%s was taken", descriptions[_i].json);
    ck_assert_msg(strstr(error->message, descriptions[_i].refusal) != NULL, "%s", error->message);
    ck_assert(error->domain == BRIDGE_ERROR);
}
END_TEST

START_TEST(test_too_long)
{
    g_autoptr(Machine) machine = machine_new();
    g_autoptr(GError) error = NULL;

    machine->append = g_strnfill(4096, 'a');
    ck_assert(machine_check(machine, NULL));
    g_free(machine->append);
    machine->append = g_strnfill(4097, 'a');
    ck_assert(!machine_check(machine, &error));
    temp_check_error(error, BRIDGE_ERROR_USAGE, "longer than 4096");
}
END_TEST

/* What isn't UTF-8 can't be kept in recording.json. */
START_TEST(test_not_utf8)
{
    g_autoptr(Machine) machine = machine_new();
    g_autoptr(GError) error = NULL;

    machine->kernel = g_strdup("/boot/\xff\xfe");
    ck_assert(!machine_check(machine, &error));
    temp_check_error(error, BRIDGE_ERROR_USAGE, "kernel");
}
END_TEST

/* More forwards than a machine may have are never all taken. */
START_TEST(test_many_forwards)
{
    g_autoptr(GString) json = g_string_new("{'network': true, 'forwards': ['tcp:1:1'");
    g_autoptr(JsonObject) object = NULL;
    g_autoptr(Machine) machine = NULL;

    for (guint i = 2; i < 5000; i++)
        g_string_append_printf(json, ",'tcp:%u:%u'", i, i);
    g_string_append(json, "]}");
    object = json_parse_object(json->str, -1, NULL);
    machine = machine_from_json(object, NULL);
    ck_assert(!machine || machine->forwards->len <= MACHINE_MAX_FORWARDS);
    machine_free(g_steal_pointer(&machine));
    machine = machine_new();
    machine->network = TRUE;
    for (guint i = 0; i <= MACHINE_MAX_FORWARDS; i++)
        ck_assert(machine_add_forward(machine, "tcp:1:1", NULL));
    ck_assert(!machine_check(machine, NULL));
}
END_TEST

static Machine *full_machine(void)
{
    Machine *machine = machine_new();

    g_free(machine->name);
    machine->name = g_strdup("full");
    machine->memory = 512;
    machine->kernel = g_strdup("/boot/vmlinuz");
    machine->initrd = g_strdup("/boot/initrd");
    machine->append = g_strdup("quiet \"x\" \xc3\xa4");
    machine->disk_interface = MACHINE_DISK_IDE;
    ck_assert(machine_add_disk(machine, "/images/a,b.qcow2,format=qcow2", NULL, NULL));
    ck_assert(machine_add_disk(machine, "/images/c,interface=virtio,read-only", NULL, NULL));
    machine_add_cdrom(machine, "/images/d.iso");
    machine->network = TRUE;
    machine->shift = 7;
    machine_add_argument(machine, "-device");
    machine_add_argument(machine, "a,b=c d");
    machine->restricted = machine->pcap = TRUE;
    machine_add_allowed(machine, "tcp:198.51.100.7:443", NULL);
    machine_add_forward(machine, "udp:0.0.0.0:53:5353", NULL);
    return machine;
}

static char *text_of(const Machine *machine)
{
    g_autoptr(JsonNode) node = json_node_take(machine_to_json(machine));

    return json_to_text(node);
}

START_TEST(test_round_trip)
{
    g_autoptr(Machine) machine = full_machine();
    g_autoptr(JsonObject) object = machine_to_json(machine);
    g_autoptr(Machine) again = machine_from_json(object, NULL);
    g_autoptr(Machine) copy = machine_copy(machine);
    g_autofree char *first = text_of(machine);
    g_autofree char *second = NULL, *third = NULL;

    ck_assert_ptr_nonnull(again);
    second = text_of(again);
    ck_assert_str_eq(first, second);
    ck_assert_ptr_nonnull(strstr(first, "udp:0.0.0.0:53:5353"));
    ck_assert_ptr_nonnull(strstr(first, "\"target\""));
    ck_assert_uint_eq(again->disks->len, 3);
    ck_assert_int_eq(machine_disk_interface(again, 0), MACHINE_DISK_IDE);
    ck_assert_int_eq(machine_disk(again, 0)->format, MACHINE_FORMAT_QCOW2);
    ck_assert(machine_disk(again, 1)->read_only);
    ck_assert_str_eq(again->arguments[1], "a,b=c d");
    /* a copy shares nothing */
    machine_free(g_steal_pointer(&machine));
    third = text_of(copy);
    ck_assert_str_eq(first, third);
}
END_TEST

START_TEST(test_disk_interface)
{
    MachineDiskInterface disk = MACHINE_DISK_IDE;
    g_autoptr(GError) error = NULL;

    ck_assert(machine_parse_disk_interface("virtio", &disk, NULL));
    ck_assert_int_eq(disk, MACHINE_DISK_VIRTIO);
    ck_assert(machine_parse_disk_interface("ide", &disk, NULL));
    ck_assert_int_eq(disk, MACHINE_DISK_IDE);
    ck_assert_str_eq(machine_disk_interface_name(disk), "ide");
    ck_assert(!machine_parse_disk_interface("IDE", &disk, &error));
    temp_check_error(error, BRIDGE_ERROR_USAGE, "IDE");
}
END_TEST

/* A disk as text: what is read, and written again; NULL: refused, for @error. */
static const struct {
    const char *text, *again, *error;
} disks[] = {
    {"/d", "/d", NULL},
    {"/a,b", "/a,b", NULL},
    {"/a,b=c,format=raw", "/a,b=c,format=raw", NULL},
    {"/d,read-only,format=qcow2,interface=virtio", "/d,interface=virtio,format=qcow2,read-only",
     NULL},
    {"/d,read-only,x", "/d,read-only,x", NULL},
    {"/x/../d,interface=none", "/d,interface=none", NULL},
    {"", NULL, "the name of a file"},
    {",format=raw", NULL, "the name of a file"},
    {"/d,format=vdi", NULL, "raw or qcow2"},
    {"/d,interface=usb,read-only", NULL, "virtio or ide"},
};

START_TEST(test_disk_text)
{
    g_autoptr(Machine) machine = machine_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *again = NULL;

    ck_assert_int_eq(machine_add_disk(machine, disks[_i].text, NULL, &error),
                     disks[_i].again != NULL);
    if (disks[_i].error) {
        temp_check_error(error, BRIDGE_ERROR_USAGE, disks[_i].error);
        return;
    }
    again = machine_disk_text(machine_disk(machine, 0));
    ck_assert_str_eq(again, disks[_i].again);
}
END_TEST

START_TEST(test_many_arguments)
{
    g_autoptr(Machine) machine = machine_new();
    g_autoptr(GError) error = NULL;

    for (guint i = 0; i < MACHINE_MAX_ARGUMENTS; i++)
        machine_add_argument(machine, "-s");
    ck_assert(machine_check(machine, NULL));
    machine_add_argument(machine, "-s");
    ck_assert(!machine_check(machine, &error));
    temp_check_error(error, BRIDGE_ERROR_USAGE, "number of further arguments");
}
END_TEST

START_TEST(test_many_disks)
{
    g_autoptr(Machine) machine = machine_new();
    g_autoptr(GError) error = NULL;

    for (guint i = 0; i < MACHINE_MAX_DISKS; i++)
        ck_assert(machine_add_disk(machine, "/d", NULL, NULL));
    ck_assert(machine_check(machine, NULL));
    ck_assert_str_eq(machine_disk_id(0), "disk");
    ck_assert_str_eq(machine_disk_id(MACHINE_MAX_DISKS - 1), "disk7");
    machine_add_cdrom(machine, "/c");
    ck_assert(!machine_check(machine, &error));
    temp_check_error(error, BRIDGE_ERROR_USAGE, "number of disks");
}
END_TEST

/* What older versions wrote is written again as it was, whatever the defaults are. */
START_TEST(test_old_disk)
{
    static const char json[] = "{'disk': '/d', 'disk-interface': 'ide'}";
    g_autoptr(JsonObject) object = json_parse_object(json, -1, NULL);
    g_autoptr(Machine) machine = machine_from_json(object, NULL);
    g_autoptr(JsonObject) again = machine_to_json(machine);

    ck_assert_uint_eq(machine->disks->len, 1);
    ck_assert_int_eq(machine_disk_interface(machine, 0), MACHINE_DISK_IDE);
    ck_assert_str_eq(json_as_string(json_lookup(again, "disk")), "/d");
    ck_assert_str_eq(json_as_string(json_lookup(again, "disk-interface")), "ide");
    ck_assert(!json_object_has_member(again, "disks"));
}
END_TEST

/* UEFI becomes two images of flash, behind the disks. */
START_TEST(test_uefi)
{
    Target target = *target_default();
    g_autoptr(Machine) machine = machine_new();
    g_autoptr(GError) error = NULL;

    machine->target = &target;
    machine->uefi = TRUE;
    ck_assert(machine_add_disk(machine, "/d", NULL, NULL));
    ck_assert(machine_complete(machine, NULL));
    ck_assert(machine_complete(machine, NULL)); /* once is enough */
    ck_assert_uint_eq(machine->disks->len, 3);
    ck_assert_str_eq(machine_disk(machine, 1)->file, target.uefi_code);
    ck_assert(machine_disk(machine, 1)->read_only && !machine_disk(machine, 2)->read_only);
    ck_assert_int_eq(machine_disk_interface(machine, 2), MACHINE_DISK_FLASH);
    ck_assert(machine_check(machine, NULL));
    target.uefi_code = NULL;
    machine->uefi = TRUE;
    ck_assert(!machine_complete(machine, &error));
    temp_check_error(error, BRIDGE_ERROR_USAGE, "no UEFI firmware for");
}
END_TEST

/* A disk interface that the target has no device for. */
START_TEST(test_no_such_disk)
{
    Target without = *target_default();
    g_autoptr(Machine) machine = machine_new();
    g_autoptr(GError) error = NULL;

    without.disks[MACHINE_DISK_IDE] = NULL;
    machine->target = &without;
    ck_assert(machine_check(machine, NULL));
    machine->disk_interface = MACHINE_DISK_IDE;
    ck_assert(!machine_check(machine, &error));
    temp_check_error(error, BRIDGE_ERROR_USAGE, "the machine's disk interface isn't one");
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, test_no_such_disk);
    tcase_add_loop_test(tcase, test_disk_text, 0, G_N_ELEMENTS(disks));
    tcase_add_test(tcase, test_many_arguments);
    tcase_add_test(tcase, test_many_disks);
    tcase_add_test(tcase, test_old_disk);
    tcase_add_test(tcase, test_uefi);
    tcase_add_loop_test(tcase, test_forward, 0, G_N_ELEMENTS(forwards));
    tcase_add_loop_test(tcase, test_from_json, 0, G_N_ELEMENTS(descriptions));
    tcase_add_test(tcase, test_too_long);
    tcase_add_test(tcase, test_not_utf8);
    tcase_add_test(tcase, test_many_forwards);
    tcase_add_test(tcase, test_round_trip);
    tcase_add_test(tcase, test_disk_interface);
}

int main(void)
{
    return temp_run("machine", add_tests);
}
