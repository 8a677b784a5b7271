/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a recording ends on stock QEMU: most of RAM is copied while the guest still runs. With the VM
 * stopped the plugin completes the log and closes its journal, registers are kept for the proof,
 * what was written to RAM meanwhile is copied again, and so is all else that will change when the
 * VM goes on. Digests are taken while it runs again.
 */
#include "qmpbridge/engine/qemu/end.h"

#include "qmpbridge/engine/qemu/screen.h"
#include "qmpbridge/engine/qemu/steps.h"
#include "qmpbridge/io/clock.h"

static void devices_saved(QmpClient *client, JsonNode *value, const GError *error,
                          gpointer user_data)
{
    Qemu *qemu = user_data;

    (void)client;
    (void)value;
    if (!qemu_is_late(qemu, QUESTION_DEVICES, error))
        qemu_next(qemu);
}

/* For the place where QEMU's log ends. Before it is flushed: it may go on up to then. */
static void step_save_devices(gpointer user_data)
{
    Qemu *qemu = user_data;

    qemu_ask(qemu, QUESTION_DEVICES, question_devices_args(qemu->copies->devices), devices_saved);
}

static void step_flush(gpointer user_data)
{
    Qemu *qemu = user_data;

    if (!qemu->with.plugin->present(qemu->with.plugin_data)) {
        qemu_fail_text(qemu, BRIDGE_ERROR_STATE,
                       "the plugin recctrl isn't connected any more: the log can't be completed");
        return;
    }
    qemu_wait_for_plugin(qemu);
    qemu->with.plugin->flush(qemu->with.plugin_data);
}

static void icount_end_replied(QmpClient *client, JsonNode *value, const GError *error,
                               gpointer user_data)
{
    Qemu *qemu = user_data;

    (void)client;
    if (qemu_read_icount(qemu, value, error, &qemu->recording->icount_end))
        qemu_next(qemu);
}

static void step_icount_end(gpointer user_data)
{
    qemu_ask(user_data, QUESTION_ICOUNT, NULL, icount_end_replied);
}

static void registers_replied(QmpClient *client, JsonNode *value, const GError *error,
                              gpointer user_data)
{
    Qemu *qemu = user_data;
    g_autoptr(GError) bad = NULL;
    const char *text = error ? NULL : question_read_text(value, &bad);

    (void)client;
    if (!text) {
        qemu_fail_reply(qemu, "info registers", error ? error : bad);
        return;
    }
    g_free(qemu->copies->registers);
    qemu->copies->registers = g_strdup(text);
    qemu_next(qemu);
}

static void step_registers(gpointer user_data)
{
    qemu_ask_hmp(user_data, QUESTION_REGISTERS, registers_replied);
}

/* RAM is copied while the guest runs, where the kernel can say what to copy again. */
static void step_copy_ahead(gpointer user_data)
{
    Qemu *qemu = user_data;

    qemu_work(qemu, qemu_copies_take_ahead, qemu->copies);
}

static void step_copy(gpointer user_data)
{
    Qemu *qemu = user_data;

    qemu->recording->answers = qemu->position - MIN(qemu->begin->journal, qemu->position);
    checkpoint_ring_end_segment(qemu->checkpoints, qemu->recording->icount_end, qemu->position);
    qemu->copies->log_size = qemu->log_size;
    qemu->copies->icount_end = qemu->recording->icount_end;
    qemu_work(qemu, qemu_copies_take, qemu->copies);
}

static void step_note_ended(gpointer user_data)
{
    Qemu *qemu = user_data;

    qemu->recording->mono_end = clock_mono();
    qemu->recording->wall_end = clock_wall();
    qemu->recording->end_pause = qemu->recording->mono_end - qemu->held_since;
    qemu_next(qemu);
}

static void step_digest(gpointer user_data)
{
    Qemu *qemu = user_data;

    qemu->copies->insns = recording_insns(qemu->recording);
    qemu_work(qemu, qemu_copies_finish, qemu->copies);
}

static void step_give(gpointer user_data)
{
    Qemu *qemu = user_data;

    qemu_copies_give(qemu->copies, qemu->recording);
    qemu_drop_begin(qemu);
    qemu_next(qemu);
}

const SequenceStep qemu_end_steps[] = {
    step_copy_ahead,
    qemu_step_hold,
    step_icount_end,
    step_registers,
    step_save_devices,
    step_flush,
    step_copy,
    qemu_step_release,
    step_note_ended,
    qemu_step_screen_end,
    step_digest,
    step_give,
    NULL,
};
