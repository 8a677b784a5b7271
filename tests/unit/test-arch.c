/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The architecture table: its rows are sound, and instructions are told apart.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "guest-agent/hypercall-abi.h"
#include "plugin/arch/arch.h"

START_TEST(test_rows)
{
    const Arch *arch;
    guint rows = 0;

    for (; (arch = arch_row(rows)); rows++) {
        ck_assert_ptr_eq(arch_find(arch->target), arch);
        ck_assert_uint_gt(arch->traps[ARCH_TRAP_MARKER].length, 0);
        for (guint kind = 0; kind < ARCH_TRAP_COUNT; kind++) {
            const ArchTrap *trap = &arch->traps[kind];

            ck_assert_uint_le(trap->length, ARCH_TRAP_MAX);
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
    guint8 bytes[ARCH_TRAP_MAX];
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
    ck_assert_msg(arch_has_trap(arch, insns[_i].bytes, insns[_i].length) ==
                      (insns[_i].kind != ARCH_TRAP_COUNT),
                  "%s", insns[_i].name);
}
END_TEST

/* Wherever a trap stands in a block it is found, and where its last byte is cut off it isn't. */
START_TEST(test_has_trap)
{
    static const guint8 marker[] = {0x0f, 0x1f, 0x84, 0, 0x43, 0x48, 0, 0}, cpuid[] = {0x0f, 0xa2};
    const Arch *arch = arch_find("x86_64");

    for (gsize at = 0; at <= 64; at++) {
        guint8 block[64 + sizeof(marker)];

        memset(block, 0x0f, sizeof(block)); /* the first byte of both, to go astray at */
        memcpy(block + at, marker, sizeof(marker));
        ck_assert(arch_has_trap(arch, block, at + sizeof(marker)));
        ck_assert(!arch_has_trap(arch, block, at + sizeof(marker) - 1));
        memset(block, 0x0f, sizeof(block));
        memcpy(block + at, cpuid, sizeof(cpuid));
        ck_assert(arch_has_trap(arch, block, at + sizeof(cpuid)));
        ck_assert(!arch_has_trap(arch, block, at + sizeof(cpuid) - 1));
    }
    ck_assert(!arch_has_trap(arch, marker, 0));
}
END_TEST

START_TEST(test_may_follow)
{
    static const guint8 page[] = {0x90, 0x0f, 0xa2, 0x90, 0xa2, 0x90};
    const Arch *arch = arch_find("x86_64");

    ck_assert(arch_may_follow(arch, page + 3, 3));  /* right behind CPUID */
    ck_assert(arch_may_follow(arch, page + 3, 1));  /* its last byte is all that can be seen */
    ck_assert(arch_may_follow(arch, page, 0));      /* nothing can be seen */
    ck_assert(!arch_may_follow(arch, page + 4, 4)); /* one instruction later */
    ck_assert(!arch_may_follow(arch, page + 4, 1));
    ck_assert(!arch_may_follow(arch, page + 5, 5)); /* half of it */
}
END_TEST

static const struct {
    const char *name;
    guint8 bytes[ARCH_INSN_MAX];
    gsize length;
    gboolean returns;
} ends[] = {
    {"iret", {0xcf}, 1, TRUE},
    {"iretq", {0x48, 0xcf}, 2, TRUE},
    {"iretw", {0x66, 0xcf}, 2, TRUE},
    {"far ret", {0x48, 0xcb}, 2, TRUE},
    {"far ret n", {0xca, 8, 0}, 3, TRUE},
    {"sysretq", {0x48, 0x0f, 0x07}, 3, TRUE},
    {"sysretl", {0x0f, 0x07}, 2, TRUE},
    {"sysexit", {0x0f, 0x35}, 2, TRUE},
    {"rsm", {0x0f, 0xaa}, 2, TRUE},
    {"vmrun", {0x0f, 0x01, 0xd8}, 3, TRUE},
    {"far jump by memory", {0x48, 0xff, 0x6c, 0x24, 8}, 5, TRUE},
    {"far call by memory", {0xff, 0x1d, 0, 0, 0, 0}, 6, TRUE},
    {"far jump", {0xea, 0, 0, 0, 0, 8, 0}, 7, TRUE},
    {"prefixes to the limit",
     {0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0xcf},
     15,
     TRUE},
    {"near ret", {0xc3}, 1, FALSE},
    {"near ret n", {0xc2, 8, 0}, 3, FALSE},
    {"near jump by register", {0xff, 0xe0}, 2, FALSE},
    {"near call by memory", {0xff, 0x15, 0, 0, 0, 0}, 6, FALSE},
    {"syscall", {0x0f, 0x05}, 2, FALSE},
    {"jump", {0xe9, 0xcf, 0xcf, 0xcf, 0xcf}, 5, FALSE},
    {"lgdt", {0x0f, 0x01, 0x10}, 3, FALSE},
    {"nothing but prefixes", {0x66, 0x66}, 2, FALSE},
    {"nothing", {0}, 0, FALSE},
};

START_TEST(test_returns)
{
    ck_assert_msg(arch_returns(arch_find("x86_64"), ends[_i].bytes, ends[_i].length) ==
                      ends[_i].returns,
                  "%s", ends[_i].name);
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
    tcase_add_test(tcase, test_has_trap);
    tcase_add_test(tcase, test_may_follow);
    tcase_add_loop_test(tcase, test_returns, 0, (int)G_N_ELEMENTS(ends));
    tcase_add_test(tcase, test_result);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
