/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plugin on a host without an emulator: requests at both kinds of traps are answered in the
 * right register at the right instruction, an answer on its way is lost to nothing but another
 * instruction, a replay repeats a journal, and what isn't a request is left alone.
 */
#include <glib/gstdio.h>
#include <string.h>

#include "guest-agent/recctrl-hypercall.h"
#include "plugin/journal-file.h"
#include "plugin/plugin.h"
#include "tests/unit/fake-host.h"
#include "tests/unit/temp.h"

#define NEXT 0x401002u
#define UNWRITTEN 0xabcdefu

typedef struct {
    Host host;
    HostVcpu vcpu;
    Plugin *plugin;
    const ArchTrap *marker;
} Rig;

static void rig_up_on(Rig *rig, const char *option, gboolean two_way, const Arch *arch)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *argument = g_strdup(option);
    char *argv[] = {argument};

    rig->host = fake_host(7);
    rig->host.two_way = two_way;
    rig->host.arch = arch;
    rig->marker = &arch->traps[0];
    fake_vcpu_init(&rig->vcpu, arch);
    memcpy(rig->vcpu.ram, "name", 5);
    fake_set(&rig->vcpu, "cs", 3);
    fake_set(&rig->vcpu, "cr3", 0x1000);
    rig->plugin = plugin_new(&rig->host, 1, argv, &error);
    ck_assert_msg(rig->plugin != NULL, "%s", error ? error->message : "no error");
    plugin_add_vcpu(rig->plugin, 0, &rig->vcpu);
}

static void rig_up_as(Rig *rig, const char *option, gboolean two_way)
{
    rig_up_on(rig, option, two_way, arch_find("x86_64"));
}

static void rig_up(Rig *rig, const char *option)
{
    rig_up_as(rig, option, TRUE);
}

/* By the marker. Returns: what the result register holds then. */
static guint64 ask(Rig *rig, gint64 magic, gint64 action)
{
    fake_set(&rig->vcpu, "rax", (guint64)magic);
    fake_set(&rig->vcpu, "rdi", (guint64)action);
    fake_set(&rig->vcpu, "rsi", FAKE_RAM);
    fake_set(&rig->vcpu, "rdx", 0);
    plugin_on_trap(rig->plugin, 0, rig->marker);
    return fake_get(&rig->vcpu, "rax");
}

/* By the trap that overwrites its result, which it then does. */
static void ask_overwriting(Rig *rig, gint64 action)
{
    fake_set(&rig->vcpu, "rax", HYPERCALL_MAGIC);
    fake_set(&rig->vcpu, "rbx", (guint64)action);
    fake_set(&rig->vcpu, "rcx", 0);
    plugin_on_overwriting_trap(rig->plugin, 0, NEXT);
    fake_set(&rig->vcpu, "rax", UNWRITTEN);
}

START_TEST(test_marker)
{
    Rig rig;

    rig_up(&rig, "dry=on");
    ck_assert_uint_eq(ask(&rig, HYPERCALL_MAGIC, HYPERCALL_PROBE) & HYPERCALL_SIGNATURE_MASK,
                      HYPERCALL_SIGNATURE);
    /* All 64 bits of an error. */
    ck_assert_uint_eq(ask(&rig, HYPERCALL_MAGIC, 999), G_MAXUINT64);
    /* A name that isn't one. */
    rig.vcpu.ram[0] = '/';
    ck_assert_uint_eq(ask(&rig, HYPERCALL_MAGIC, HYPERCALL_START), G_MAXUINT64);
    plugin_free(rig.plugin);
}
END_TEST

/* An emulator that lists no registers of a target: its row has them found by number. */
START_TEST(test_by_number)
{
    Arch arch = *arch_find("x86_64");
    Rig rig;

    arch.by_number = TRUE;
    rig_up_on(&rig, "dry=on", TRUE, &arch);
    ck_assert_uint_eq(ask(&rig, HYPERCALL_MAGIC, HYPERCALL_PROBE) & HYPERCALL_SIGNATURE_MASK,
                      HYPERCALL_SIGNATURE);
    ask_overwriting(&rig, HYPERCALL_PROBE);
    plugin_on_next(rig.plugin, 0, NEXT);
    ck_assert_uint_eq(fake_get(&rig.vcpu, "rax") & HYPERCALL_SIGNATURE_MASK, HYPERCALL_SIGNATURE);
    ck_assert_uint_eq(rig.vcpu.writes, 2);
    plugin_free(rig.plugin);
}
END_TEST

/* The same emulator, of which the row says that it lists registers: there is no channel. */
START_TEST(test_unlisted)
{
    Arch arch = *arch_find("x86_64");
    HostVcpu other;
    Rig rig;

    rig_up_on(&rig, "dry=on", TRUE, &arch);
    arch.by_number = TRUE;
    fake_vcpu_init(&other, &arch);
    arch.by_number = FALSE;
    plugin_add_vcpu(rig.plugin, 1, &other);
    plugin_on_trap(rig.plugin, 1, rig.marker);
    ck_assert_uint_eq(other.writes, 0);
    plugin_free(rig.plugin);
}
END_TEST

START_TEST(test_foreign)
{
    Rig rig;

    rig_up(&rig, "dry=on");
    ck_assert_uint_eq(ask(&rig, 0x667, HYPERCALL_PROBE), 0x667);
    ck_assert_uint_eq(rig.vcpu.writes, 0);
    /* vCPUs that were never made, or are too many. */
    plugin_on_trap(rig.plugin, 1, rig.marker);
    plugin_on_trap(rig.plugin, G_MAXUINT, rig.marker);
    plugin_on_next(rig.plugin, 1, NEXT);
    plugin_on_return(rig.plugin, G_MAXUINT);
    ck_assert_uint_eq(rig.vcpu.writes, 0);
    plugin_free(rig.plugin);
}
END_TEST

START_TEST(test_one_way)
{
    Rig rig;

    rig_up_as(&rig, "dry=on", FALSE);
    ck_assert_uint_eq(ask(&rig, HYPERCALL_MAGIC, HYPERCALL_PROBE), HYPERCALL_MAGIC);
    ask_overwriting(&rig, HYPERCALL_PROBE);
    plugin_on_next(rig.plugin, 0, NEXT);
    ck_assert_uint_eq(rig.vcpu.writes, 0);
    plugin_free(rig.plugin);
}
END_TEST

static const struct {
    const char *name;
    guint64 pc, space, privilege;
    gboolean returns, answered;
} nexts[] = {
    {"the next instruction", NEXT, 0x1000, 3, FALSE, TRUE},
    {"the same page mapped elsewhere", NEXT + 0x7000, 0x1000, 3, FALSE, TRUE},
    {"low bits of the address space", NEXT, 0x1018, 3, FALSE, TRUE},
    {"another instruction", NEXT + 1, 0x1000, 3, FALSE, FALSE},
    {"another process", NEXT, 0x2000, 3, FALSE, FALSE},
    {"a fault's handler", NEXT, 0x1000, 0, FALSE, FALSE},
    {"after a return from the kernel", NEXT, 0x1000, 3, TRUE, FALSE},
};

START_TEST(test_overwriting)
{
    Rig rig;

    rig_up(&rig, "dry=on");
    ask_overwriting(&rig, 999);
    ck_assert_uint_eq(rig.vcpu.writes, 0);
    fake_set(&rig.vcpu, "cr3", nexts[_i].space);
    fake_set(&rig.vcpu, "cs", nexts[_i].privilege);
    if (nexts[_i].returns)
        plugin_on_return(rig.plugin, 0);
    plugin_on_next(rig.plugin, 0, nexts[_i].pc);
    ck_assert_msg(fake_get(&rig.vcpu, "rax") == (nexts[_i].answered ? 0xffffffffu : UNWRITTEN),
                  "%s: %" G_GINT64_MODIFIER "x", nexts[_i].name, fake_get(&rig.vcpu, "rax"));
    /* Once only. */
    fake_set(&rig.vcpu, "rax", UNWRITTEN);
    fake_set(&rig.vcpu, "cr3", 0x1000);
    fake_set(&rig.vcpu, "cs", 3);
    if (nexts[_i].answered || nexts[_i].returns) {
        plugin_on_next(rig.plugin, 0, NEXT);
        ck_assert_uint_eq(fake_get(&rig.vcpu, "rax"), UNWRITTEN);
    }
    plugin_free(rig.plugin);
}
END_TEST

/* A register that is shorter than the trap's result, and one that is too long. */
START_TEST(test_register_lengths)
{
    Rig rig;

    rig_up(&rig, "dry=on");
    for (guint i = 0; i < rig.vcpu.n_registers; i++)
        if (g_str_equal(rig.vcpu.registers[i].name, "rax"))
            rig.vcpu.registers[i].length = 4;
    ck_assert_uint_eq(ask(&rig, HYPERCALL_MAGIC, 999), 0xffffffffu);
    for (guint i = 0; i < rig.vcpu.n_registers; i++)
        if (g_str_equal(rig.vcpu.registers[i].name, "rax"))
            rig.vcpu.registers[i].length = HOST_REGISTER_MAX;
    ck_assert_uint_eq(ask(&rig, HYPERCALL_MAGIC, 999), HYPERCALL_MAGIC);
    plugin_free(rig.plugin);
}
END_TEST

START_TEST(test_missing_register)
{
    Rig rig;
    char option[] = "dry=on", *argv[] = {option};

    rig.host = fake_host(7);
    rig.marker = &rig.host.arch->traps[0];
    fake_vcpu_init(&rig.vcpu, rig.host.arch);
    rig.vcpu.registers[0].name = "other";
    rig.plugin = plugin_new(&rig.host, 1, argv, NULL);
    plugin_add_vcpu(rig.plugin, 0, &rig.vcpu);
    plugin_on_trap(rig.plugin, 0, rig.marker);
    ck_assert_uint_eq(rig.vcpu.writes, 0);
    plugin_free(rig.plugin);
}
END_TEST

/* The journal's answer that was on its way at the cut comes first, then the others in order. */
START_TEST(test_replay)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = g_build_filename(dir, "journal", NULL);
    g_autofree char *option = g_strconcat("replay=", path, NULL);
    const JournalHeader header = {.target = "x86_64",
                                  .two_way = TRUE,
                                  .n_pending = 1,
                                  .pending = {{.answer = 77, .pc = NEXT, .space = 0x1003}}};
    const JournalRun runs[] = {{HYPERCALL_START, HYPERCALL_PENDING, 1},
                               {HYPERCALL_STATUS, HYPERCALL_STARTED, 2}};
    g_autoptr(JournalFile) file = journal_file_create(path, &header, NULL);
    Rig rig;

    ck_assert(journal_file_write(file, runs, G_N_ELEMENTS(runs), NULL));
    ck_assert(journal_file_finish(file, TRUE, NULL));
    rig_up(&rig, option);
    plugin_on_next(rig.plugin, 0, NEXT);
    ck_assert_uint_eq(fake_get(&rig.vcpu, "rax"), 77);
    ck_assert_uint_eq(ask(&rig, HYPERCALL_MAGIC, HYPERCALL_START), HYPERCALL_PENDING);
    ck_assert_uint_eq(ask(&rig, HYPERCALL_MAGIC, HYPERCALL_STATUS), HYPERCALL_STARTED);
    ask_overwriting(&rig, HYPERCALL_STATUS);
    plugin_on_next(rig.plugin, 0, NEXT);
    ck_assert_uint_eq(fake_get(&rig.vcpu, "rax"), HYPERCALL_STARTED);
    ck_assert_uint_eq(ask(&rig, HYPERCALL_MAGIC, HYPERCALL_STATUS), G_MAXUINT64);
    plugin_free(rig.plugin);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, test_marker);
    tcase_add_test(tcase, test_by_number);
    tcase_add_test(tcase, test_unlisted);
    tcase_add_test(tcase, test_foreign);
    tcase_add_test(tcase, test_one_way);
    tcase_add_loop_test(tcase, test_overwriting, 0, G_N_ELEMENTS(nexts));
    tcase_add_test(tcase, test_register_lengths);
    tcase_add_test(tcase, test_missing_register);
    tcase_add_test(tcase, test_replay);
}

int main(void)
{
    return temp_run("plugin", add_tests);
}
