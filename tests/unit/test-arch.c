/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The architecture table: its rows are sound, and instructions are told apart.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "guest-agent/hypercall-abi.h"
#include "plugin/arch.h"

START_TEST(test_rows)
{
    const Arch *arch;
    guint rows = 0;

    for (; (arch = arch_row(rows)); rows++) {
        ck_assert_ptr_eq(arch_find(arch->target), arch);
        ck_assert_uint_gt(arch->traps[ARCH_TRAP_MARKER].length, 0);
        for (guint kind = 0; kind < ARCH_TRAP_COUNT; kind++) {
            const ArchTrap *trap = &arch->traps[kind];

            ck_assert_uint_le(trap->length, ARCH_INSN_MAX);
            ck_assert(trap->length == 0 || (trap->registers[ARCH_REG_MAGIC] && trap->result));
            ck_assert(arch_match(arch, trap->bytes, trap->length) == kind || trap->length == 0);
        }
    }
    ck_assert_uint_ge(rows, 2);
    ck_assert_ptr_null(arch_find("m68k"));
    ck_assert_ptr_null(arch_find(""));
}
END_TEST

static const struct {
    const char *name;
    guint8 bytes[ARCH_INSN_MAX];
    gsize length;
    ArchTrapKind kind;
} insns[] = {
    {"marker", {0x0f, 0x1f, 0x84, 0, 0x43, 0x48, 0, 0}, 8, ARCH_TRAP_MARKER},
    {"a compiler's own long nop", {0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0}, 8, ARCH_TRAP_COUNT},
    {"another register", {0x0f, 0x1f, 0x80, 0, 0x43, 0x48, 0, 0}, 8, ARCH_TRAP_COUNT},
    {"upper half of the immediate", {0x0f, 0x1f, 0x84, 0, 0x43, 0x48, 1, 0}, 8, ARCH_TRAP_COUNT},
    {"marker cut", {0x0f, 0x1f, 0x84, 0, 0x43, 0x48, 0}, 7, ARCH_TRAP_COUNT},
    {"cpuid", {0x0f, 0xa2}, 2, ARCH_TRAP_PANDA},
    {"rdtsc", {0x0f, 0x31}, 2, ARCH_TRAP_COUNT},
    {"nothing", {0}, 0, ARCH_TRAP_COUNT},
};

START_TEST(test_match)
{
    const Arch *arch = arch_find("x86_64");

    ck_assert_msg(arch_match(arch, insns[_i].bytes, insns[_i].length) == insns[_i].kind, "%s",
                  insns[_i].name);
    ck_assert_msg(insns[_i].kind == ARCH_TRAP_COUNT ||
                      arch_length_matches(arch, insns[_i].length), "%s", insns[_i].name);
}
END_TEST

START_TEST(test_result)
{
    const Arch *arch = arch_find("x86_64");
    const ArchTrap *marker = &arch->traps[ARCH_TRAP_MARKER], *cpuid = &arch->traps[ARCH_TRAP_PANDA];

    ck_assert_uint_eq(arch_result_bits(marker, HYPERCALL_ERROR), G_MAXUINT64);
    ck_assert_uint_eq(arch_result_bits(cpuid, HYPERCALL_ERROR), 0xffffffffu);
    ck_assert_uint_eq(arch_result_bits(marker, HYPERCALL_PENDING), 3);
    ck_assert_uint_eq(arch_result_bits(cpuid, HYPERCALL_SIGNATURE), HYPERCALL_SIGNATURE);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("arch");
    TCase *tcase = tcase_create("arch");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tcase, test_rows);
    tcase_add_loop_test(tcase, test_match, 0, (int)G_N_ELEMENTS(insns));
    tcase_add_test(tcase, test_result);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
