/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of engines: each row is whole, and what each says of commands, runs and recordings.
 */
#include "qmpbridge/core/record-protocol.h"
#include "qmpbridge/engine/dry/dry.h"
#include "qmpbridge/engine/engines.h"
#include "qmpbridge/engine/maintain/maintain.h"
#include "qmpbridge/engine/qemu/qemu.h"

#include "tests/unit/temp.h"

START_TEST(test_table)
{
    for (guint i = 0; engines[i]; i++) {
        const EngineClass *class = engines[i];

        ck_assert(class->name[0] &&
                  class->name[strspn(class->name, "abcdefghijklmnopqrstuvwxyz")] == '\0');
        ck_assert(g_str_equal(class->mode, MODE_RECORD) || g_str_equal(class->mode, MODE_DRY) ||
                  g_str_equal(class->mode, MODE_MAINTAIN));
        ck_assert_int_eq(class->keeps, g_str_equal(class->mode, MODE_RECORD));
        ck_assert(class->title[0] && class->make_files && class->fill_run && class->start);
        ck_assert(class->probe || !class->keeps);
        ck_assert(class->begin && class->end && class->free);
        ck_assert_int_eq(class->keeps, class->artefacts != NULL);
        for (const Artefact *a = class->artefacts; a && a->name; a++) {
            ck_assert_ptr_eq(artefact_find(class->artefacts, a->name), a);
            ck_assert(a->role[0] && !strchr(a->name, '/') && a->name[0] != '.');
            ck_assert(!a->sparse || a->digest == ARTEFACT_PAGES);
            /* Its recordings of older versions, which don't say it, are digested the same way. */
            ck_assert(class != &engine_qemu || a->digest == recording_digest_by_name(a->name));
        }
        ck_assert_ptr_eq(engines_find(class->name, NULL), class);
    }
    /* Stock QEMU, whose version line others have too, is asked last. */
    ck_assert_ptr_eq(engines[g_strv_length((char **)engines) - 1], &engine_qemu);
}
END_TEST

/** Which engine a recording belongs to. */
static const struct {
    const char *name;
    const EngineClass *class;
    const char *why; /**< NULL: it is found */
} owners[] = {
    {"qemu", &engine_qemu, NULL},
    {RECORDING_FIRST_ENGINE, &engine_qemu, NULL},
    {"dry", NULL, "the engine 'dry' makes no recordings"},
    {"abacus", NULL, "'abacus' is no engine that this qmpbridge knows"},
    {"QEMU", NULL, "'QEMU' is no engine"},
    {"", NULL, "'' is no engine"},
};

START_TEST(test_owner)
{
    g_autoptr(Recording) recording = recording_new("x", "/nowhere");
    g_autoptr(GError) error = NULL;

    recording->engine = g_strdup(owners[_i].name);
    ck_assert_ptr_eq(engines_of(recording, &error), owners[_i].class);
    if (owners[_i].why)
        temp_check_error(error, BRIDGE_ERROR_UNSUPPORTED, owners[_i].why);
}
END_TEST

static const struct {
    const char *line;
    gboolean deadly;
} lines[] = {
    {"delvm x", TRUE},
    {"delvm", TRUE},
    {" \t delvm x", TRUE},
    {"\vdelvm x", TRUE},
    {"\f\r\ndelvm x", TRUE},
    {"delvm\tx", TRUE},
    {"delvm\vx", TRUE},
    {"delvm\fx", TRUE},
    {"delvm/x", TRUE},
    {"savevm", TRUE},
    {"savevm/x y", TRUE},
    {"loadvm x", TRUE},
    {"migrate -d tcp:x:1", TRUE},
    {"snapshot_delete_blkdev_internal d x", TRUE},
    {"", FALSE},
    {" ", FALSE},
    {"info snapshots", FALSE},
    {"info delvm", FALSE},
    {"delvmx", FALSE},
    {"xdelvm", FALSE},
    {"migrate_set_parameter x 1", FALSE},
    {"x /4xb 0", FALSE},
    {"print delvm", FALSE},
};

START_TEST(test_deadly_line)
{
    g_autoptr(JsonObject) args = json_object_new();

    json_object_set_string_member(args, "command-line", lines[_i].line);
    ck_assert_int_eq(engine_qemu.deadly("human-monitor-command", args) != NULL, lines[_i].deadly);
    ck_assert_ptr_null(engine_qemu.deadly("human-monitor-command-2", args));
}
END_TEST

static const struct {
    const char *name;
    gboolean deadly;
} commands[] = {
    {"migrate", TRUE},
    {"snapshot-delete", TRUE},
    {"snapshot-load", TRUE},
    {"snapshot-save", TRUE},
    {"stop", FALSE},
    {"blockdev-snapshot-delete-internal-sync", TRUE},
    {"migrate-pause", FALSE},
    {"human-monitor-command", FALSE},
    {"", FALSE},
};

START_TEST(test_deadly_command)
{
    ck_assert_int_eq(engine_qemu.deadly(commands[_i].name, NULL) != NULL, commands[_i].deadly);
}
END_TEST

#define ACTION "-action reboot=shutdown "
#define VMSTATE                                                                     \
    "-drive file=/d,,1/vmstate.qcow2,if=none,id=vmstate,format=qcow2,cache=unsafe," \
    "node-name=qmpbridge-vmstate"

/** What a run in "/d,1" gets, by engine and purpose. */
static const struct {
    const EngineClass *class;
    gboolean disk, replay;
    guint shift;
    const char *words;
    RunOptions run;
} runs[] = {
    {&engine_qemu,
     FALSE,
     FALSE,
     3,
     "-icount shift=3,rr=record,rrfile=/d,,1/replay.log " ACTION VMSTATE,
     {.disk_filter = "blkreplay", .network_filter = "filter-replay"}},
    {&engine_qemu,
     TRUE,
     FALSE,
     7,
     "-icount shift=7,rr=record,rrfile=/d,,1/replay.log " ACTION VMSTATE,
     {.disk_filter = "blkreplay",
      .network_filter = "filter-replay",
      .overlays = {"/d,1/disk.qcow2", "/d,1/disk1.qcow2"}}},
    {&engine_qemu,
     TRUE,
     TRUE,
     7,
     "-icount shift=7,rr=replay,rrfile=/d,,1/replay.log,rrsnapshot=snap-1 -S " ACTION VMSTATE,
     {.disk_filter = "blkreplay",
      .network_filter = "filter-replay",
      .isolated = TRUE,
      .overlays = {"/d,1/disk.qcow2", "/d,1/disk1.qcow2"},
      .plugin_args = ",replay=/d,,1/journal"}},
    {&engine_dry, FALSE, FALSE, 3, "", {0}},
    {&engine_dry, TRUE, FALSE, 3, "", {.overlays = {"/d,1/disk.qcow2", "/d,1/disk1.qcow2"}}},
};

START_TEST(test_run)
{
    const RunOptions *expected = &runs[_i].run;
    Emulator emulator = {.path = (char *)"/qemu", .sandbox = TRUE};
    g_autoptr(Machine) machine = machine_new();
    g_autoptr(Recording) recording = recording_new("x", "/store/x");
    g_autoptr(GStringChunk) strings = g_string_chunk_new(64);
    g_autofree char *words = NULL;
    RunOptions run = {0};

    for (guint i = 0; runs[_i].disk && i < 2; i++)
        ck_assert(machine_add_disk(machine, "/disk", NULL, NULL));
    machine->shift = runs[_i].shift;
    recording->snapshot = g_strdup("snap-1");
    runs[_i].class->fill_run(&run, strings, &emulator, machine, "/d,1",
                             runs[_i].replay ? recording : NULL);
    words = g_strjoinv(" ", (char **)run.engine);
    ck_assert_str_eq(words, runs[_i].words);
    ck_assert_str_eq(run.emulator, "/qemu");
    ck_assert(run.sandbox);
    ck_assert_str_eq(run.console, "/d,1/console.log");
    ck_assert_pstr_eq(run.disk_filter, expected->disk_filter);
    ck_assert_pstr_eq(run.network_filter, expected->network_filter);
    ck_assert_int_eq(run.isolated, expected->isolated);
    for (guint i = 0; i < MACHINE_MAX_DISKS; i++)
        ck_assert_pstr_eq(run.overlays[i], expected->overlays[i]);
    ck_assert_pstr_eq(run.plugin_args, expected->plugin_args);
}
END_TEST

/* The first disk is written itself, and nothing of recording is in the way. */
START_TEST(test_maintain)
{
    Emulator emulator = {.path = (char *)"/qemu"};
    g_autoptr(Machine) machine = machine_new();
    g_autoptr(GStringChunk) strings = g_string_chunk_new(64);
    g_autofree char *tcg = NULL, *kvm = NULL;
    RunOptions run = {.plugin = "/recctrl.so"}, other = {0};

    for (guint i = 0; i < 2; i++)
        ck_assert(machine_add_disk(machine, "/disk", NULL, NULL));
    ((MachineDisk *)machine->disks->pdata[0])->in_place = TRUE;
    machine->accelerator = MACHINE_ACCELERATOR_TCG;
    engine_maintain.fill_run(&run, strings, &emulator, machine, "/d", NULL);
    tcg = g_strjoinv(" ", (char **)run.engine);
    ck_assert_str_eq(tcg, "-accel tcg,thread=multi");
    ck_assert_ptr_null(run.overlays[0]);
    ck_assert_str_eq(run.overlays[1], "/d/disk1.qcow2");
    ck_assert_ptr_null(run.plugin);
    ck_assert_ptr_null(run.disk_filter);
    ck_assert_uint_ge(run.cpus, 1);
    machine->accelerator = MACHINE_ACCELERATOR_KVM;
    engine_maintain.fill_run(&other, strings, &emulator, machine, "/d", NULL);
    kvm = g_strjoinv(" ", (char **)other.engine);
    ck_assert_str_eq(kvm, "-accel kvm");
}
END_TEST

/* No program: each engine that would take it says so, and none is chosen. */
START_TEST(test_probe_missing)
{
    static const char *const modes[] = {MODE_RECORD, MODE_DRY};
    Emulator *emulator = NULL;
    g_autoptr(GError) error = NULL;

    ck_assert_ptr_null(engines_probe("/nowhere/qemu", NULL, modes[_i], &emulator, &error));
    ck_assert_ptr_null(emulator);
    temp_check_error(error, BRIDGE_ERROR_EMULATOR, "/nowhere/qemu: no such program");
}
END_TEST

START_TEST(test_checkpoint)
{
    g_auto(Checkpoint) first = {g_strdup("one"), 1, 2, 3, 4, 5};
    g_auto(Checkpoint) second = {0};
    g_autoptr(Recording) recording = recording_new("x", "/store/x");

    checkpoint_copy(&second, &first);
    checkpoint_copy(&second, &second);
    checkpoint_clear(&first);
    ck_assert_ptr_null(first.snapshot);
    ck_assert_uint_eq(first.icount, 0);
    ck_assert_str_eq(second.snapshot, "one");
    recording_begin_at(recording, &second);
    ck_assert_str_eq(recording->snapshot, "one");
    ck_assert_uint_eq(recording->icount_begin, 1);
    ck_assert_uint_eq(recording->log_begin, 2);
    ck_assert_uint_eq(second.journal, 3);
    ck_assert_uint_eq(second.console, 4);
    ck_assert_uint_eq(second.packets, 5);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, test_table);
    tcase_add_loop_test(tcase, test_owner, 0, G_N_ELEMENTS(owners));
    tcase_add_loop_test(tcase, test_deadly_line, 0, G_N_ELEMENTS(lines));
    tcase_add_loop_test(tcase, test_deadly_command, 0, G_N_ELEMENTS(commands));
    tcase_add_loop_test(tcase, test_run, 0, G_N_ELEMENTS(runs));
    tcase_add_test(tcase, test_maintain);
    tcase_add_loop_test(tcase, test_probe_missing, 0, 2);
    tcase_add_test(tcase, test_checkpoint);
}

int main(void)
{
    return temp_run("engine", add_tests);
}
