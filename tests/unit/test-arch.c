/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The architecture table: its rows are sound, and each instruction is known for what it is.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "guest-agent/recctrl-hypercall.h"
#include "plugin/arch/arch.h"

/* What all rows must keep to; each complaint names the row. */
static void lint_call(const Arch *arch, const ArchCall *call)
{
    ck_assert_msg(call != NULL, "%s: a trap without registers", arch->target);
    ck_assert_msg(call->arguments[ARCH_REG_MAGIC].name && call->arguments[ARCH_REG_ACTION].name &&
                      call->arguments[ARCH_REG_TEXT].name && call->result.name,
                  "%s: a register has no name", arch->target);
    ck_assert_msg(call->result_bits == 32 || call->result_bits == 64, "%s: result of %u bits",
                  arch->target, call->result_bits);
    for (guint i = 0; i < ARCH_REG_COUNT; i++)
        for (guint j = 0; j < i; j++)
            ck_assert_msg(!call->arguments[i].name ||
                              (call->arguments[i].number != call->arguments[j].number &&
                               !g_str_equal(call->arguments[i].name, call->arguments[j].name)),
                          "%s: one register for two arguments", arch->target);
}

static void lint_traps(const Arch *arch)
{
    guint overwriting = 0;

    for (guint i = 0; i < arch_n_traps(arch); i++) {
        const ArchTrap *trap = &arch->traps[i];

        ck_assert_msg(trap->length <= ARCH_TRAP_MAX && trap->length % arch->alignment == 0,
                      "%s: trap %u of %u bytes", arch->target, i, trap->length);
        lint_call(arch, trap->call);
        overwriting += trap->overwrites ? 1 : 0;
        for (guint j = 0; j < i; j++) {
            gsize common = MIN(trap->length, arch->traps[j].length);

            ck_assert_msg(memcmp(trap->bytes, arch->traps[j].bytes, common) != 0,
                          "%s: trap %u begins like trap %u", arch->target, i, j);
        }
        ck_assert_ptr_eq(arch_match(arch, trap->bytes, trap->length), trap);
        ck_assert(arch_has_trap(arch, trap->bytes, trap->length));
    }
    ck_assert_msg(overwriting <= 1, "%s: several traps overwrite their result", arch->target);
    ck_assert_msg(overwriting == 0 || (arch->returns && arch->address_space.name),
                  "%s: nothing drops an answer that comes too late", arch->target);
}

static void lint_patterns(const Arch *arch, const ArchPattern *pattern)
{
    for (; pattern && pattern->length; pattern++) {
        ck_assert_uint_le(pattern->length, sizeof(pattern->bytes));
        for (guint i = 0; i < pattern->length; i++)
            ck_assert_msg((pattern->bytes[i] & ~pattern->mask[i]) == 0,
                          "%s: a pattern has bits outside of its mask", arch->target);
    }
}

static void lint_row(const Arch *arch)
{
    const ArchPrivilege *privilege = &arch->privilege;

    ck_assert_msg(arch->traps[0].length > 0 && !arch->traps[0].overwrites,
                  "%s: the first trap must be the marker", arch->target);
    ck_assert_msg(arch->family && arch->family[0], "%s: no family", arch->target);
    ck_assert_msg(arch->alignment == 1 || arch->alignment == 2 || arch->alignment == 4,
                  "%s: alignment", arch->target);
    ck_assert_msg(arch->page_bits >= 10 && arch->page_bits <= 16, "%s: page", arch->target);
    ck_assert_msg(arch->pointer_bits == 32 || arch->pointer_bits == 64, "%s: pointers",
                  arch->target);
    ck_assert_msg(arch->pointer_bits == 64 || arch->kernel_from >> arch->pointer_bits == 0,
                  "%s: the kernel is beyond all pointers", arch->target);
    ck_assert_msg(!privilege->reg.name ||
                      (privilege->mask != 0 && (privilege->value & ~privilege->mask) == 0),
                  "%s: privilege", arch->target);
    lint_traps(arch);
    lint_patterns(arch, arch->prefixes);
    lint_patterns(arch, arch->returns);
}

START_TEST(test_rows)
{
    g_autofree char *targets = arch_targets();
    const Arch *arch;
    guint rows = 0;

    for (; (arch = arch_row(rows)); rows++) {
        ck_assert_ptr_eq(arch_find(arch->target), arch); /* no two of one target */
        ck_assert_ptr_nonnull(strstr(targets, arch->target));
        lint_row(arch);
    }
    ck_assert_uint_ge(rows, 12);
    ck_assert_ptr_null(arch_find("m68k"));
    ck_assert_ptr_null(arch_find(""));
}
END_TEST

static const struct {
    const char *name;
    guint8 bytes[ARCH_TRAP_MAX];
    gsize length;
    int trap; /* -1: none */
} insns[] = {
    {"marker", {0x0f, 0x1f, 0x84, 0, 0x43, 0x48, 0, 0}, 8, 0},
    {"a compiler's own long nop", {0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0}, 8, -1},
    {"another register", {0x0f, 0x1f, 0x80, 0, 0x43, 0x48, 0, 0}, 8, -1},
    {"upper half of the immediate", {0x0f, 0x1f, 0x84, 0, 0x43, 0x48, 1, 0}, 8, -1},
    {"marker cut", {0x0f, 0x1f, 0x84, 0, 0x43, 0x48, 0}, 7, -1},
    {"cpuid", {0x0f, 0xa2}, 2, 1},
    {"rdtsc", {0x0f, 0x31}, 2, -1},
    {"nothing", {0}, 0, -1},
};

START_TEST(test_match)
{
    for (guint row = 0; row < 2; row++) {
        const Arch *arch = arch_find(row == 0 ? "x86_64" : "i386");
        const ArchTrap *wanted = insns[_i].trap < 0 ? NULL : &arch->traps[insns[_i].trap];

        ck_assert_msg(arch_match(arch, insns[_i].bytes, insns[_i].length) == wanted, "%s",
                      insns[_i].name);
        ck_assert_msg(arch_has_trap(arch, insns[_i].bytes, insns[_i].length) == (wanted != NULL),
                      "%s", insns[_i].name);
    }
}
END_TEST

/* The markers as they lie in memory. tests/e2e/rows.sh has the emulators find them. */
static const struct {
    const char *target;
    guint trap;
    guint8 bytes[ARCH_TRAP_MAX];
    gsize length;
    ArchOrder order;
} markers[] = {
    {"aarch64", 0, {0x7f, 0x08, 0x89, 0xd2}, 4, ARCH_LITTLE_ENDIAN},
    {"arm", 0, {0x43, 0xf8, 0x5f, 0xf5}, 4, ARCH_LITTLE_ENDIAN},
    {"arm", 1, {0x1f, 0xf8, 0x43, 0xf8}, 4, ARCH_LITTLE_ENDIAN},
    {"riscv64", 0, {0x13, 0x20, 0x30, 0x84}, 4, ARCH_LITTLE_ENDIAN},
    {"mips", 0, {0x3c, 0x00, 0x48, 0x43}, 4, ARCH_BIG_ENDIAN},
    {"mipsel", 0, {0x43, 0x48, 0x00, 0x3c}, 4, ARCH_LITTLE_ENDIAN},
    {"mips64", 0, {0x3c, 0x00, 0x48, 0x43}, 4, ARCH_BIG_ENDIAN},
    {"mips64el", 0, {0x43, 0x48, 0x00, 0x3c}, 4, ARCH_LITTLE_ENDIAN},
    {"ppc", 0, {0x53, 0x5a, 0x01, 0x66}, 4, ARCH_BIG_ENDIAN},
    {"ppc", 1, {0x66, 0x01, 0x5a, 0x53}, 4, ARCH_LITTLE_ENDIAN},
    {"ppc64", 0, {0x53, 0x5a, 0x01, 0x66}, 4, ARCH_BIG_ENDIAN},
    {"ppc64", 1, {0x66, 0x01, 0x5a, 0x53}, 4, ARCH_LITTLE_ENDIAN},
    {"s390x", 0, {0xc0, 0x04, 0x00, 0x00, 0x48, 0x43}, 6, ARCH_BIG_ENDIAN},
    {"loongarch64", 0, {0x60, 0x08, 0x09, 0x14}, 4, ARCH_LITTLE_ENDIAN},
    {"sparc64", 0, {0x01, 0x08, 0x48, 0x43}, 4, ARCH_BIG_ENDIAN},
};

START_TEST(test_markers)
{
    const Arch *arch = arch_find(markers[_i].target);
    const ArchTrap *trap = arch_match(arch, markers[_i].bytes, markers[_i].length);

    ck_assert_msg(trap == &arch->traps[markers[_i].trap], "%s", markers[_i].target);
    ck_assert_uint_eq(trap->order, markers[_i].order);
}
END_TEST

static const struct {
    const char *target, *mode;
    guint64 level;
    gboolean kernel;
} levels[] = {
    {"aarch64", "EL0", 0x60000000, FALSE},
    {"aarch64", "EL1h", 0x600003c5, TRUE},
    {"aarch64", "EL2h", 0x3c9, TRUE},
    {"aarch64", "EL3h", 0x3cd, TRUE},
    {"aarch64", "a 32-bit program", 0x60000010, FALSE},
    {"arm", "user", 0x60000010, FALSE},
    {"arm", "supervisor", 0x600001d3, TRUE},
    {"arm", "system", 0x1f, TRUE},
    {"riscv64", "U", 0, FALSE},
    {"riscv64", "S", 1, TRUE},
    {"riscv64", "M", 3, TRUE},
    {"mips", "user", 0xff11, FALSE},
    {"mips", "user's exception", 0xff12, TRUE},
    {"mips", "kernel", 0xff01, TRUE},
    {"mips64el", "user", 0xb0ff31, FALSE},
    {"mips64el", "error", 0x14, TRUE},
    {"ppc", "user", 0xd032, FALSE},
    {"ppc", "kernel", 0x9032, TRUE},
    {"ppc64", "user", G_GUINT64_CONSTANT(0x900000000280f033), FALSE},
    {"ppc64", "kernel", G_GUINT64_CONSTANT(0x9000000002009033), TRUE},
    {"s390x", "problem state", G_GUINT64_CONSTANT(0x0705200180000000), FALSE},
    {"sparc64", "user", G_GUINT64_CONSTANT(0x4482001201), FALSE},
    {"sparc64", "kernel", G_GUINT64_CONSTANT(0x4482001601), TRUE},
    {"s390x", "supervisor", G_GUINT64_CONSTANT(0x0704c00180000000), TRUE},
};

START_TEST(test_levels)
{
    ck_assert_msg(arch_in_kernel(arch_find(levels[_i].target), levels[_i].level) ==
                      levels[_i].kernel,
                  "%s: %s", levels[_i].target, levels[_i].mode);
}
END_TEST

/* A row of the test's own: instructions are aligned, two encodings of one marker, bits that mean
 * user mode, nothing that overwrites. */
static const ArchCall other_call = {
    .arguments = {{"r0", 0}, {"r1", 1}, {"r2", 2}, {"r3", 3}},
    .result = {"r0", 0},
    .result_bits = 32,
};
static const Arch other = {
    .target = "other",
    .family = "other",
    .traps = {{.bytes = {0xf5, 0x5f, 0xf8, 0x43},
               .length = 4,
               .order = ARCH_BIG_ENDIAN,
               .call = &other_call},
              {.bytes = {0x1f, 0xf8, 0x43, 0xf8}, .length = 4, .call = &other_call}},
    .alignment = 2,
    .page_bits = 12,
    .privilege = {.reg = {"psr", 4}, .mask = 0x1f, .value = 0x10, .means_user = TRUE},
    .pointer_bits = 32,
};

START_TEST(test_other_shape)
{
    static const guint8 code[] = {0x1f, 0xf8, 0x1f, 0xf8, 0x43, 0xf8, 0, 0};
    static const guint8 shifted[] = {0, 0x1f, 0xf8, 0x43, 0xf8, 0};

    lint_row(&other);
    ck_assert_uint_eq(arch_n_traps(&other), 2);
    ck_assert(arch_has_trap(&other, code, sizeof(code)));
    ck_assert(!arch_has_trap(&other, shifted, sizeof(shifted)));
    ck_assert_ptr_eq(arch_match(&other, code + 2, 4), &other.traps[1]);
    ck_assert_ptr_null(arch_overwriting(&other));
    ck_assert(!arch_may_follow(&other, code, 0));
    ck_assert(!arch_returns(&other, code, sizeof(code)));
    ck_assert(!arch_in_kernel(&other, 0x600001d0)); /* user */
    ck_assert(arch_in_kernel(&other, 0x600001d3));  /* supervisor */
    ck_assert(arch_in_kernel(arch_find("x86_64"), 0x10));
    ck_assert(!arch_in_kernel(arch_find("x86_64"), 0x33));
}
END_TEST

static const struct {
    ArchOrder order;
    gsize length;
    guint8 bytes[16];
    guint64 value;
} registers[] = {
    {ARCH_LITTLE_ENDIAN, 4, {1, 2, 3, 4}, 0x04030201},
    {ARCH_BIG_ENDIAN, 4, {1, 2, 3, 4}, 0x01020304},
    {ARCH_LITTLE_ENDIAN, 8, {1, 0, 0, 0, 0, 0, 0, 0x80}, G_GUINT64_CONSTANT(0x8000000000000001)},
    {ARCH_BIG_ENDIAN, 8, {0x80, 0, 0, 0, 0, 0, 0, 1}, G_GUINT64_CONSTANT(0x8000000000000001)},
    {ARCH_LITTLE_ENDIAN, 0, {0}, 0},
};

START_TEST(test_registers)
{
    static const guint8 long_one[16] = {1, [15] = 2};
    guint8 bytes[16] = {0};

    ck_assert_uint_eq(
        arch_get_value(registers[_i].order, registers[_i].bytes, registers[_i].length),
        registers[_i].value);
    arch_put_value(registers[_i].order, registers[_i].value, bytes, registers[_i].length);
    ck_assert_mem_eq(bytes, registers[_i].bytes, sizeof(bytes));
    ck_assert_uint_eq(arch_get_value(ARCH_LITTLE_ENDIAN, long_one, 16), 1);
    ck_assert_uint_eq(arch_get_value(ARCH_BIG_ENDIAN, long_one, 16), 2);
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
    const ArchCall *marker = arch->traps[0].call, *cpuid = arch_overwriting(arch)->call;

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
    tcase_add_loop_test(tcase, test_markers, 0, (int)G_N_ELEMENTS(markers));
    tcase_add_loop_test(tcase, test_levels, 0, (int)G_N_ELEMENTS(levels));
    tcase_add_test(tcase, test_other_shape);
    tcase_add_loop_test(tcase, test_registers, 0, (int)G_N_ELEMENTS(registers));
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
