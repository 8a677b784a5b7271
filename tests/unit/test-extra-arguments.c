/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Further arguments of QEMU: what is refused, with the remedy, and what a replay leaves out.
 */
#include "qmpbridge/vm/extra-arguments.h"

#include "tests/unit/temp.h"

/* Arguments, with blanks in between, and what is said of them; NULL: they are taken. @replayed:
 * what a replay gets of them; NULL: all. */
static const struct {
    const char *line, *error, *replayed;
} cases[] = {
    {"-device scsi-hd,drive=disk -device rtl8139,netdev=net0", NULL, NULL},
    {"-global x=y -set device.a.b=c -rtc base=utc", NULL, NULL},
    {"--display vnc=:1 -device VGA -s -gdb tcp::1 -device usb-tablet", NULL,
     "-device VGA -device usb-tablet"},
    {"-d in_asm -D /tmp/x -device a -display", NULL, "-device a"},
    {"-smp 2", "-smp can't be recorded: leave it out", NULL},
    {"--smp 2", "-smp can't be recorded: leave it out", NULL},
    {"-device a -drive file=x", "-drive can't be recorded: use --disk", NULL},
    {"-netdev user,id=n0", "-netdev can't be recorded: use --net user", NULL},
    {"-M pc", "use --machine", NULL},
    {"-enable-kvm", "TCG only", NULL},
    {"-snapshot", "--force starts", NULL},
    {"-device vfio-pci,host=1:2.3", "-device vfio-pci can't be recorded: use an emulated", NULL},
    {"-device nvme,drive=disk,serial=1", "-device nvme can't be recorded: use --disk", NULL},
    {"-device e1000,netdev=net0", "-device e1000 can't be recorded: use rtl8139", NULL},
    {"-device qemu-xhci -device usb-kbd", "-device usb-kbd can't be recorded: leave it out", NULL},
    {"-device virtio-vga", "-device virtio-vga can't be recorded: use VGA", NULL},
    {"-device vhost-vsock-pci", "-device vhost-vsock-pci can't", NULL},
    {"-device", NULL, NULL},
    {"-", NULL, NULL},
};

START_TEST(test_line)
{
    g_autoptr(Machine) machine = machine_new();
    g_auto(GStrv) words = g_strsplit(cases[_i].line, " ", -1);
    g_autofree const char **replayed = NULL;
    g_autofree char *line = NULL;
    g_autoptr(GError) error = NULL;

    for (char **word = words; *word; word++)
        machine_add_argument(machine, *word);
    ck_assert_int_eq(extra_arguments_check(machine, &error), cases[_i].error == NULL);
    if (cases[_i].error) {
        temp_check_error(error, BRIDGE_ERROR_USAGE, cases[_i].error);
        return;
    }
    replayed = extra_arguments_of_replay(machine);
    line = g_strjoinv(" ", (char **)replayed);
    ck_assert_str_eq(line, cases[_i].replayed ? cases[_i].replayed : cases[_i].line);
}
END_TEST

static const struct {
    const char *option, *value;
    gboolean card;
} cards[] = {
    {"-device", "e1000,netdev=net0", TRUE},
    {"--device", "driver=e1000,netdev=net0,mac=x", TRUE},
    {"-device", "e1000,netdev=net01", FALSE},
    {"-object", "filter-dump,netdev=net0", FALSE},
};

START_TEST(test_card)
{
    g_autoptr(Machine) machine = machine_new();

    machine_add_argument(machine, cards[_i].option);
    ck_assert(!extra_arguments_have_network_device(machine));
    machine_add_argument(machine, cards[_i].value);
    ck_assert_int_eq(extra_arguments_have_network_device(machine), cards[_i].card);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, test_line, 0, G_N_ELEMENTS(cases));
    tcase_add_loop_test(tcase, test_card, 0, G_N_ELEMENTS(cards));
}

int main(void)
{
    return temp_run("extra-arguments", add_tests);
}
