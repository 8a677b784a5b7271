/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of targets: the program checks its own rows, and that doc/targets.md shows them.
 */
#include "qmpbridge/vm/target.h"

#include "qmpbridge/vm/arguments.h"
#include "tests/unit/temp.h"

#define PAGE 4096u

static const Target *row(int i)
{
    gsize n;

    return &target_table(&n)[i];
}

START_TEST(test_row)
{
    const Target *target = row(_i);
    g_autofree char *emulator = g_strconcat("qemu-system-", target->name, NULL);
    g_auto(GStrv) machines = g_strsplit(target->machines, " ", -1);

    ck_assert_ptr_eq(target_find(target->name, NULL), target);
    ck_assert_str_eq(target->emulator, emulator);
    ck_assert_str_eq(machines[0], target->machine);
    ck_assert(g_str_has_prefix(target->package, "qemu-system"));
    ck_assert(!*target->machine_options || *target->machine_options == ',');
    ck_assert_ptr_nonnull(target->disks[MACHINE_DISK_VIRTIO]);
    ck_assert(g_str_has_prefix(target->network, "virtio-net"));
    ck_assert_ptr_nonnull(strstr(target->network, "guest_announce=off"));
    ck_assert(g_str_has_prefix(target->console, "tty") || g_str_has_prefix(target->console, "hvc"));
    ck_assert_uint_eq(target->ram_base % PAGE, 0);
}
END_TEST

/* With each type of machine that is offered it passes the checks, and goes through JSON. */
START_TEST(test_machine)
{
    const Target *target = row(_i);
    g_auto(GStrv) machines = g_strsplit(target->machines, " ", -1);

    for (char **type = machines; *type; type++) {
        g_autoptr(Machine) machine = machine_new(), again = NULL;
        g_autoptr(JsonObject) object = NULL;
        g_autoptr(GError) error = NULL;

        machine->target = target;
        machine->type = g_strdup(*type);
        ck_assert_msg(machine_check(machine, &error), "%s", error ? error->message : "");
        object = machine_to_json(machine);
        again = machine_from_json(object, NULL);
        ck_assert_ptr_eq(again->target, target);
        ck_assert_str_eq(machine_type(again), *type);
        ck_assert_str_eq(machine_cpu(again), target->cpu);
    }
}
END_TEST

/* What the row says is what QEMU gets. */
START_TEST(test_arguments)
{
    const Target *target = row(_i);
    g_autoptr(Machine) machine = machine_new();
    RunOptions run = {.emulator = target->emulator,
                      .disk_filter = "blkreplay",
                      .overlays = {"/o"},
                      .monitor_fd = 3,
                      .console = "/c"};
    g_auto(GStrv) argv = NULL;
    g_autofree char *vector = NULL, *wanted = NULL;

    machine->target = target;
    ck_assert(machine_add_disk(machine, "/d", NULL, NULL));
    machine->network = TRUE;
    argv = arguments_build(machine, &run);
    vector = g_strjoinv(" ", argv);
    wanted = g_strdup_printf("%s -M %s%s -cpu %s -m ", target->emulator, target->machine,
                             target->machine_options, target->cpu);
    ck_assert_msg(g_str_has_prefix(vector, wanted), "%s", vector);
    g_free(wanted);
    wanted = g_strdup_printf(" -device %s,drive=disk ", target->disks[MACHINE_DISK_VIRTIO]);
    ck_assert_ptr_nonnull(strstr(vector, wanted));
    g_free(wanted);
    wanted = g_strdup_printf(" -device %s,netdev=net0 ", target->network);
    ck_assert_ptr_nonnull(strstr(vector, wanted));
}
END_TEST

/* (transfer full): the row's line of doc/targets.md. */
static char *document_line(const Target *target)
{
    g_autoptr(GString) more = g_string_new(NULL);

    for (guint i = MACHINE_DISK_IDE; i < MACHINE_DISK_INTERFACES; i++) {
        if (target->disks[i])
            g_string_append_printf(more, ", `%s`", target->disks[i]);
    }

    return g_strdup_printf(
        "\n| %s | `%s` (%s) | `%s%s` | `%s` | `%s`%s | `%s` | `%s` | 0x%" G_GINT64_MODIFIER "x |\n",
        target->name, target->emulator, target->package, target->machine, target->machine_options,
        target->cpu, target->disks[MACHINE_DISK_VIRTIO], more->str, target->network,
        target->console, target->ram_base);
}

START_TEST(test_document)
{
    g_autofree char *path =
        g_build_filename(g_getenv("QMPBRIDGE_SOURCE"), "doc", "targets.md", NULL);
    g_autofree char *line = document_line(row(_i)), *text = NULL;
    g_autoptr(GError) error = NULL;

    ck_assert_msg(g_file_get_contents(path, &text, NULL, &error), "%s",
                  error ? error->message : "");
    ck_assert_msg(strstr(text, line) != NULL, "doc/targets.md lacks this line:%s", line);
}
END_TEST

START_TEST(test_names)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GError) error = NULL;
    const Target *targets;
    gsize n;

    targets = target_table(&n);
    ck_assert_ptr_eq(target_default(), targets);
    ck_assert_ptr_null(target_find("no such", &error));
    temp_check_error(error, BRIDGE_ERROR_USAGE, "the target 'no such' isn't known");
    for (gsize i = 0; i < n; i++) {
        ck_assert(g_hash_table_add(names, (gpointer)targets[i].name));
        ck_assert_ptr_nonnull(strstr(error->message, targets[i].name));
    }
}
END_TEST

/* What QEMU has, and what is known to fail: doc/targets.md says more. */
START_TEST(test_refused)
{
    static const char *const names[] = {"s390x", "ppc64"};
    g_autoptr(GError) error = NULL;
    g_autofree char *path =
        g_build_filename(g_getenv("QMPBRIDGE_SOURCE"), "doc", "targets.md", NULL);
    g_autofree char *text = NULL;
    g_autofree char *line = g_strdup_printf("\n| %s | ", names[_i]);

    ck_assert_ptr_null(target_find(names[_i], &error));
    ck_assert_msg(strstr(error->message, "can't be recorded, since") != NULL, "%s", error->message);
    ck_assert(g_file_get_contents(path, &text, NULL, NULL));
    ck_assert_ptr_nonnull(strstr(text, line));
}
END_TEST

static void add_tests(TCase *tcase)
{
    gsize n;

    target_table(&n);
    tcase_add_loop_test(tcase, test_row, 0, (int)n);
    tcase_add_loop_test(tcase, test_machine, 0, (int)n);
    tcase_add_loop_test(tcase, test_arguments, 0, (int)n);
    tcase_add_loop_test(tcase, test_document, 0, (int)n);
    tcase_add_test(tcase, test_names);
    tcase_add_loop_test(tcase, test_refused, 0, 2);
}

int main(void)
{
    return temp_run("target", add_tests);
}
