/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A vCPU's registers seen from inside QEMU, which this program plays: they are found in QEMU's list
 * by name, whatever the size of its elements, and by the number that QEMU makes a handle of.
 */
#include "plugin/host-tcg/vcpu.h"

#include <check.h>
#include <stdlib.h>

/* As QEMU has it from 11.0 on; what comes after the name is none of the plugin's business. */
typedef struct {
    TcgRegister start;
    gboolean is_readonly;
} LongRegister;

static GArray *list;   /* what QEMU lists */
static HostVcpu *vcpu; /* lives until the test's process ends */

GArray *qemu_plugin_get_registers(void)
{
    return list;
}

/* Of what this program plays only the list is asked for. */
gboolean tcg_knows_current_cpu(void)
{
    return FALSE;
}

void *tcg_current_cpu(void)
{
    return NULL;
}

static struct qemu_plugin_register *handle(gsize value)
{
    return GSIZE_TO_POINTER(value);
}

/* A list of elements of @size bytes each, which begin with a TcgRegister. */
static GArray *make_list(guint size, const TcgRegister *registers, guint n)
{
    GArray *made = g_array_sized_new(FALSE, TRUE, size, n);

    g_array_set_size(made, n);
    for (guint i = 0; i < n; i++)
        *(TcgRegister *)(made->data + i * size) = registers[i];
    return made;
}

START_TEST(test_by_name)
{
    static const guint sizes[] = {sizeof(TcgRegister), sizeof(LongRegister)};
    const TcgRegister registers[] = {
        {handle(2), "r0", NULL}, {handle(4), NULL, NULL}, {handle(6), "r2", "core"}};

    list = make_list(sizes[_i], registers, G_N_ELEMENTS(registers));
    vcpu = tcg_vcpu_new(&tcg_registers_bool);
    ck_assert_ptr_eq(tcg_vcpu_register_by_name(vcpu, "r0"), handle(2));
    ck_assert_ptr_eq(tcg_vcpu_register_by_name(vcpu, "r2"), handle(6));
    ck_assert_ptr_null(tcg_vcpu_register_by_name(vcpu, "r"));
    ck_assert_ptr_null(tcg_vcpu_register_by_name(vcpu, ""));
}
END_TEST

/* QEMU lists nothing for some targets, as an empty list or as none. */
START_TEST(test_by_number)
{
    static const struct {
        const TcgRegisters *registers;
        int number;
        gsize handle;
    } rows[] = {
        {&tcg_registers_int, 0, 1},
        {&tcg_registers_int, 4, 5},
        {&tcg_registers_bool, 0, 2},
        {&tcg_registers_bool, 4, 10},
    };

    list = _i % 2 ? make_list(sizeof(TcgRegister), NULL, 0) : NULL;
    vcpu = tcg_vcpu_new(rows[_i].registers);
    ck_assert_ptr_null(tcg_vcpu_register_by_name(vcpu, "r4"));
    ck_assert_ptr_eq(tcg_vcpu_register_by_number(vcpu, rows[_i].number), handle(rows[_i].handle));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tcg-vcpu");
    TCase *tcase = tcase_create("tcg-vcpu");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(tcase, test_by_name, 0, 2);
    tcase_add_loop_test(tcase, test_by_number, 0, 4);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
