/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The argument vector: whole vectors for each way to run, and that no member of a description can
 * bring an option of its own.
 */
#include "qmpbridge/vm/arguments.h"

#include "tests/unit/temp.h"

#define HEAD "qemu -M q35,hpet=off -cpu qemu64 -m 256 -smp 1 "
#define PLAIN_HEAD "-name vm -display none -vga none -nodefaults -no-user-config -no-shutdown "
#define SANDBOX "-sandbox on,elevateprivileges=deny,spawn=deny "
#define TAIL                                                                   \
    "-chardev socket,id=monitor,fd=3,server=on,wait=off -qmp chardev:monitor " \
    "-chardev file,id=console,path=/c,,1 -serial chardev:console"
#define RECORD "-rr file=/l,,1 -first /v,,1 "
#define DISK                                                                          \
    "-drive file=/o,,0,format=qcow2,node-name=qmpbridge-disk,if=none,id=disk-direct " \
    "-drive driver=block-filter,if=none,image=disk-direct,id=disk "
#define DISKS                                                   \
    "{'disks': [{'file': '/b', 'interface': 'virtio'}, "        \
    "{'file': '/c', 'interface': 'cdrom', 'read-only': true}, " \
    "{'file': '/f', 'interface': 'flash', 'read-only': true}, " \
    "{'file': '/v', 'interface': 'flash'}, {'file': '/n', 'interface': 'none'}]}"
#define FLASH                                                                                  \
    "-drive "                                                                                  \
    "file=/o,,2,format=qcow2,node-name=qmpbridge-disk2,if=pflash,unit=0,id=disk2,readonly=on " \
    "-drive file=/o,,3,format=qcow2,node-name=qmpbridge-disk3,if=pflash,unit=1,id=disk3 "
#define EXTRA                                                                                \
    "{'network': true, 'arguments': ['-device', 'e1000,netdev=net0', '-display', 'vnc=:1', " \
    "'-s', '-device', 'usb']}"
#define ALLOWED                                                        \
    "{'network': true, 'restricted': true, 'forwards': ['tcp:0:22'], " \
    "'allowed': ['tcp:192.0.2.1:80']}"
#define NETWORK "-device virtio-net-pci,guest_announce=off,netdev=net0 "
#define FILTER "-object packet-filter,id=net0-replay,netdev=net0 "

/** What an engine makes of a run. */
typedef enum { RECORD_RUN, REPLAY_RUN, PLAIN_RUN } Way;

static const struct {
    const char *json; /**< the machine */
    Way way;
    gboolean sandbox;
    const char *plugin, *plugin_args;
    const char *vector;
} cases[] = {
    {"{}", RECORD_RUN, FALSE, NULL, NULL, HEAD PLAIN_HEAD RECORD "-net none " TAIL},
    {"{}", RECORD_RUN, TRUE, NULL, NULL, HEAD SANDBOX PLAIN_HEAD RECORD "-net none " TAIL},
    {"{}", REPLAY_RUN, FALSE, NULL, NULL, HEAD PLAIN_HEAD RECORD "-net none " TAIL},
    {"{}", PLAIN_RUN, FALSE, NULL, NULL, HEAD PLAIN_HEAD "-net none " TAIL},
    {"{'target': 'i386', 'type': 'pc'}", PLAIN_RUN, FALSE, NULL, NULL,
     "qemu -M pc,hpet=off -cpu qemu32 -m 256 -smp 1 " PLAIN_HEAD "-net none " TAIL},
    {"{'kernel': '/k,1', 'initrd': '/i', 'append': '-x a,b'}", PLAIN_RUN, FALSE, NULL, NULL,
     HEAD PLAIN_HEAD "-kernel /k,1 -initrd /i -append -x a,b -net none " TAIL},
    {"{'disk': '/base'}", RECORD_RUN, FALSE, NULL, NULL,
     HEAD PLAIN_HEAD RECORD DISK "-device virtio-blk-pci,drive=disk -net none " TAIL},
    {"{'disk': '/base', 'disk-interface': 'ide'}", REPLAY_RUN, FALSE, NULL, NULL,
     HEAD PLAIN_HEAD RECORD DISK "-device ide-hd,drive=disk,bus=ide.0 -net none " TAIL},
    {"{'disk': '/base'}", PLAIN_RUN, FALSE, NULL, NULL,
     HEAD PLAIN_HEAD "-drive file=/o,,0,format=qcow2,node-name=qmpbridge-disk,if=none,id=disk "
                     "-device virtio-blk-pci,drive=disk -net none " TAIL},
    {DISKS, RECORD_RUN, FALSE, NULL, NULL,
     HEAD PLAIN_HEAD RECORD DISK
     "-device virtio-blk-pci,drive=disk "
     "-drive file=/o,,1,format=qcow2,node-name=qmpbridge-disk1,if=none,id=disk1-direct,readonly=on "
     "-drive driver=block-filter,if=none,image=disk1-direct,id=disk1,readonly=on "
     "-device ide-cd,drive=disk1,bus=ide.0 " FLASH
     "-drive file=/o,,4,format=qcow2,node-name=qmpbridge-disk4,if=none,id=disk4-direct "
     "-drive driver=block-filter,if=none,image=disk4-direct,id=disk4 -net none " TAIL},
    {DISKS, PLAIN_RUN, FALSE, NULL, NULL,
     HEAD PLAIN_HEAD
     "-drive file=/o,,0,format=qcow2,node-name=qmpbridge-disk,if=none,id=disk "
     "-device virtio-blk-pci,drive=disk "
     "-drive file=/o,,1,format=qcow2,node-name=qmpbridge-disk1,if=none,id=disk1,readonly=on "
     "-device ide-cd,drive=disk1,bus=ide.0 " FLASH
     "-drive file=/o,,4,format=qcow2,node-name=qmpbridge-disk4,if=none,id=disk4 -net none " TAIL},
    {"{'network': true, 'forwards': ['tcp:1:2', 'udp:3:4']}", RECORD_RUN, FALSE, NULL, NULL,
     HEAD PLAIN_HEAD RECORD "-netdev user,id=net0,hostfwd=tcp:127.0.0.1:1-:2,"
                            "hostfwd=udp:127.0.0.1:3-:4 " NETWORK FILTER TAIL},
    {"{'network': true, 'restricted': true, 'pcap': true, 'forwards': ['tcp:0.0.0.0:0:22']}",
     RECORD_RUN, FALSE, NULL, NULL,
     HEAD PLAIN_HEAD RECORD "-netdev user,id=net0,hostfwd=tcp:0.0.0.0:0-:22,restrict=on " NETWORK
                            "-object filter-dump,id=net0-dump,netdev=net0,file=/p,,1 " FILTER TAIL},
    {ALLOWED, RECORD_RUN, FALSE, NULL, NULL,
     HEAD PLAIN_HEAD RECORD
     "-netdev user,id=net0,hostfwd=tcp:127.0.0.1:0-:22,ipv6=off " NETWORK
     "-chardev socket,id=gate-out,fd=4 -chardev socket,id=gate-in,fd=5 "
     "-object "
     "filter-redirector,id=net0-gate,netdev=net0,queue=rx,outdev=gate-out,indev=gate-in " FILTER
         TAIL},
    {ALLOWED, REPLAY_RUN, FALSE, NULL, NULL,
     HEAD PLAIN_HEAD RECORD "-netdev user,id=net0,restrict=on " NETWORK FILTER TAIL},
    {EXTRA, RECORD_RUN, FALSE, NULL, NULL,
     HEAD PLAIN_HEAD RECORD "-netdev user,id=net0 " FILTER TAIL
                            " -device e1000,netdev=net0 -display vnc=:1 -s -device usb"},
    {EXTRA, REPLAY_RUN, FALSE, NULL, NULL,
     HEAD PLAIN_HEAD RECORD "-netdev user,id=net0,restrict=on " FILTER TAIL
                            " -device e1000,netdev=net0 -device usb"},
    {"{'network': true, 'forwards': ['tcp:1:2']}", REPLAY_RUN, FALSE, NULL, NULL,
     HEAD PLAIN_HEAD RECORD "-netdev user,id=net0,restrict=on " NETWORK FILTER TAIL},
    {"{'network': true, 'forwards': ['tcp:1:2']}", PLAIN_RUN, FALSE, NULL, NULL,
     HEAD PLAIN_HEAD "-netdev user,id=net0,hostfwd=tcp:127.0.0.1:1-:2 " NETWORK TAIL},
    {"{}", PLAIN_RUN, FALSE, "/p,1.so", ",dry=on",
     HEAD PLAIN_HEAD "-net none " TAIL " -plugin file=/p,,1.so,dry=on"},
    {"{}", PLAIN_RUN, FALSE, "/p.so", NULL,
     HEAD PLAIN_HEAD "-net none " TAIL " -plugin file=/p.so"},
};

static char **build(const char *json, Way way, gboolean sandbox, const char *plugin,
                    const char *plugin_args)
{
    static const char *const words[] = {"-rr", "file=/l,,1", "-first", "/v,,1", NULL};
    g_autoptr(JsonObject) object = json_parse_object(json, -1, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(Machine) machine = machine_from_json(object, &error);
    RunOptions run = {
        .emulator = "qemu",
        .isolated = way == REPLAY_RUN,
        .overlays = {"/o,0", "/o,1", "/o,2", "/o,3", "/o,4"},
        .monitor_fd = 3,
        .console = "/c,1",
        .plugin = plugin,
        .plugin_args = plugin_args,
        .sandbox = sandbox,
    };

    ck_assert_msg(machine != NULL, "%s", error ? error->message : "");
    if (way == RECORD_RUN && machine->pcap)
        run.packets = "/p,1";
    if (machine->allowed->len > 0 && way != REPLAY_RUN)
        run.gate_out_fd = 4, run.gate_in_fd = 5;
    if (way != PLAIN_RUN) {
        for (guint i = 0; words[i]; i++)
            run.engine[i] = words[i];
        run.disk_filter = "block-filter";
        run.network_filter = "packet-filter";
    }
    return arguments_build(machine, &run);
}

/* The graphics card is the replay's, too; its screen is shown of the live VM only. */
START_TEST(test_display)
{
    static const char *const display[] = {
        [PLAIN_RUN] = " -display vnc=127.0.0.1:1 ",
        [RECORD_RUN] = " -display vnc=127.0.0.1:1 ",
        [REPLAY_RUN] = " -display none ",
    };
    g_auto(GStrv) argv =
        build("{'graphics': true, 'vnc': '127.0.0.1:1'}", (Way)_i, FALSE, NULL, NULL);
    g_autofree char *vector = g_strjoinv(" ", argv);

    ck_assert_ptr_nonnull(strstr(vector, display[_i]));
    ck_assert_ptr_nonnull(strstr(vector, " -device VGA "));
    ck_assert_ptr_eq(strstr(vector, " -display "), g_strrstr(vector, " -display "));
}
END_TEST

START_TEST(test_vector)
{
    g_auto(GStrv) argv = build(cases[_i].json, cases[_i].way, cases[_i].sandbox, cases[_i].plugin,
                               cases[_i].plugin_args);
    g_autofree char *vector = g_strjoinv(" ", argv);

    ck_assert_str_eq(vector, cases[_i].vector);
}
END_TEST

/* What a snapshot depends on. */
static char *devices_of(char **argv)
{
    GString *devices = g_string_new(NULL);

    for (guint i = 1; argv[i]; i++) {
        if (g_str_equal(argv[i - 1], "-device") || g_str_equal(argv[i - 1], "-M"))
            g_string_append_printf(devices, "%s\n", argv[i]);
    }
    return g_string_free(devices, FALSE);
}

/* The same devices for recording and replay, in the same order: a snapshot of one is loaded in
 * the other. */
START_TEST(test_same_devices)
{
    static const char json[] = "{'disk': '/d', 'network': true, 'forwards': ['tcp:1:2']}";
    g_auto(GStrv) record = build(json, RECORD_RUN, FALSE, "/p.so", NULL);
    g_auto(GStrv) replay = build(json, REPLAY_RUN, TRUE, "/p.so", NULL);
    g_autofree char *recorded = devices_of(record);
    g_autofree char *replayed = devices_of(replay);

    ck_assert_str_eq(recorded, replayed);
    ck_assert_ptr_nonnull(strstr(recorded, "virtio-net-pci"));
}
END_TEST

static const struct {
    const char *plain, *escaped;
} escapes[] = {
    {"", ""}, {"a", "a"}, {",", ",,"}, {"a,b", "a,,b"}, {",,", ",,,,"}, {"a=b,c=d", "a=b,,c=d"},
};

/* What is typed comes through a FIFO. */
START_TEST(test_console_input)
{
    g_autoptr(Machine) machine = machine_new();
    const RunOptions run = {.emulator = "qemu", .console = "/c", .console_input = "/i,1"};
    g_auto(GStrv) argv = arguments_build(machine, &run);

    ck_assert(
        g_strv_contains((const char *const *)argv, "file,id=console,path=/c,input-path=/i,,1"));
}
END_TEST

/* A disk without an overlay is its own image, of its own format. */
START_TEST(test_own_image)
{
    g_autoptr(Machine) machine = machine_new();
    const RunOptions run = {
        .emulator = "qemu", .console = "/c", .cpus = 3, .overlays = {NULL, "/o"}};
    g_auto(GStrv) argv = NULL;
    g_autofree char *vector = NULL;

    ck_assert(machine_add_disk(machine, "/d,1,format=raw", NULL, NULL));
    ck_assert(machine_add_disk(machine, "/e,format=raw", NULL, NULL));
    argv = arguments_build(machine, &run);
    vector = g_strjoinv(" ", argv);
    ck_assert_ptr_nonnull(strstr(vector, " -smp 3 "));
    ck_assert_ptr_nonnull(strstr(
        vector, "-drive file=/d,,1,format=raw,node-name=qmpbridge-disk,if=none,id=disk -device"));
    ck_assert_ptr_nonnull(strstr(vector, "file=/o,format=qcow2,node-name=qmpbridge-disk1,"));
}
END_TEST

START_TEST(test_escape)
{
    g_autofree char *escaped = arguments_escape(escapes[_i].plain);

    ck_assert_str_eq(escaped, escapes[_i].escaped);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, test_vector, 0, G_N_ELEMENTS(cases));
    tcase_add_loop_test(tcase, test_display, 0, 3);
    tcase_add_test(tcase, test_same_devices);
    tcase_add_test(tcase, test_console_input);
    tcase_add_test(tcase, test_own_image);
    tcase_add_loop_test(tcase, test_escape, 0, G_N_ELEMENTS(escapes));
}

int main(void)
{
    return temp_run("arguments", add_tests);
}
