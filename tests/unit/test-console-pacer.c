/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pace of what is typed: against a model of QEMU in record mode, whose main loop reads by the
 * UART's answer while earlier bytes still wait in the queue of replay events. The same model drops
 * bytes where they come without a pace.
 */
#include "qmpbridge/vm/console-pacer.h"

#include <string.h>

#include "tests/unit/temp.h"

#define BYTES 4000u
#define STEPS_MAX 4000000u
/** Of QEMU. */
#define TURNS_PER_MS 20u

/* hw/char/serial.c of QEMU, and its main loop and vCPU thread under record. */
typedef struct {
    GRand *rand;
    guint capacity, level; /* of the UART's FIFO, and where its interrupt comes */
    guint held;            /* bytes in it */
    guint queued;          /* events that the vCPU's thread hasn't executed */
    guint pipe;            /* bytes that the main loop hasn't read */
    guint asked;           /* what the UART said before the main loop slept */
    gboolean kicked; /* the vCPU's thread is to go through its loop, after one stretch at most */
    guint deaf;      /* stretches until the guest takes interrupts again */
    gboolean busy;   /* the guest runs without input, too */
    guint64 icount;
    guint got, lost;
} Model;

static guint can_receive(const Model *model)
{
    if (model->capacity == 1)
        return model->held == 0;
    if (model->held >= model->capacity)
        return 0;
    return model->held <= model->level ? model->level - model->held : 1;
}

static void main_loop(Model *model)
{
    guint n = MIN(model->asked, model->pipe);

    model->pipe -= n;
    model->queued += n;
    model->kicked |= n > 0;
    model->asked = can_receive(model);
}

static void vcpu_loop(Model *model)
{
    for (; model->queued > 0; model->queued--) {
        if (model->held < model->capacity)
            model->held++;
        else
            model->lost++;
    }
    model->kicked = FALSE;
}

static void vcpu_run(Model *model)
{
    if (model->deaf > 0 || model->busy || model->held > 0)
        model->icount += (guint64)g_rand_int_range(model->rand, 1, 4000);
    if (model->deaf > 0) {
        model->deaf--;
        return;
    }
    model->got += model->held;
    model->held = 0;
    if (g_rand_int_range(model->rand, 0, 50) == 0)
        model->deaf = (guint)g_rand_int_range(model->rand, 0, 40);
}

/* One turn of QEMU; its vCPU runs a stretch after a kick at most once. */
static void turn(Model *model)
{
    gint32 what = g_rand_int_range(model->rand, 0, 3);

    if (what == 0)
        main_loop(model);
    if (what == 1 && model->kicked && g_rand_int_range(model->rand, 0, 8) == 0)
        vcpu_run(model);
    if (what != 0)
        vcpu_loop(model);
    if (what == 2)
        vcpu_run(model);
}

/* One turn of the pacer's owner. @knows: it knows the UART's room. */
static void serve(Model *model, ConsolePacer *pacer, gboolean knows)
{
    ConsolePacerNext next = console_pacer_next(pacer);

    if (next.step == CONSOLE_PACER_WRITE) {
        ck_assert_uint_gt(next.len, 0);
        model->pipe += (guint)next.len;
        console_pacer_wrote(pacer, next.len);
    } else if (next.step == CONSOLE_PACER_AWAIT && model->pipe == 0) {
        console_pacer_taken(pacer);
    } else if (next.step == CONSOLE_PACER_ASK) {
        for (guint i = 0; i < next.delay_ms * TURNS_PER_MS; i++)
            turn(model);
        if (knows) {
            console_pacer_room(pacer, model->queued ? -1 : (int)can_receive(model));
        } else {
            main_loop(model); /* the answer comes from there, too */
            console_pacer_stands(pacer, model->icount);
        }
    }
}

static const struct {
    guint capacity, level;
    gboolean busy;
} uarts[] = {{16, 8, FALSE}, {16, 8, TRUE},   {16, 1, FALSE}, {16, 4, TRUE},
             {16, 14, TRUE}, {16, 14, FALSE}, {1, 0, FALSE},  {1, 0, TRUE}};

static guint type_all(Model *model, gboolean paced, gboolean knows)
{
    g_autoptr(ConsolePacer) pacer = console_pacer_new(paced);
    g_autofree guint8 *text = g_malloc0(BYTES);
    guint steps = 0;

    console_pacer_type(pacer, text, BYTES);
    while (!console_pacer_is_empty(pacer) || model->pipe || model->queued || model->held) {
        ck_assert_uint_lt(steps++, STEPS_MAX);
        if (g_rand_boolean(model->rand))
            serve(model, pacer, knows);
        turn(model);
    }
    ck_assert_uint_eq(model->got + model->lost, BYTES);
    return steps;
}

static void make_model(Model *model, int index)
{
    guint uart = (guint)index % G_N_ELEMENTS(uarts);

    *model = (Model){
        .rand = g_rand_new_with_seed((guint32)index + 7),
        .capacity = uarts[uart].capacity,
        .level = uarts[uart].level,
        .busy = uarts[uart].busy,
    };
}

START_TEST(test_nothing_is_lost)
{
    Model model;

    make_model(&model, _i);
    type_all(&model, TRUE, (guint)_i < G_N_ELEMENTS(uarts));
    ck_assert_uint_eq(model.lost, 0);
    g_rand_free(model.rand);
}
END_TEST

/* What the pace is for. */
START_TEST(test_without_it_much_is)
{
    Model model;

    make_model(&model, 1);
    type_all(&model, FALSE, FALSE);
    ck_assert_uint_gt(model.lost, 0);
    g_rand_free(model.rand);
}
END_TEST

/* With the UART's room known more bytes go at once. */
START_TEST(test_what_is_known_helps)
{
    Model model;
    guint known, unknown;

    make_model(&model, 0);
    known = type_all(&model, TRUE, TRUE);
    g_rand_free(model.rand);
    make_model(&model, 0);
    unknown = type_all(&model, TRUE, FALSE);
    g_rand_free(model.rand);
    ck_assert_uint_lt(known * 4, unknown);
}
END_TEST

static void expect(const ConsolePacer *pacer, ConsolePacerStep step)
{
    ck_assert_int_eq(console_pacer_next(pacer).step, step);
}

static void expect_write(const ConsolePacer *pacer, const char *text)
{
    ConsolePacerNext next = console_pacer_next(pacer);

    ck_assert_int_eq(next.step, CONSOLE_PACER_WRITE);
    ck_assert_uint_eq(next.len, strlen(text));
    ck_assert_mem_eq(next.bytes, text, next.len);
}

START_TEST(test_room)
{
    g_autoptr(ConsolePacer) pacer = console_pacer_new(TRUE);

    expect(pacer, CONSOLE_PACER_REST);
    console_pacer_type(pacer, (const guint8 *)"abcdefghijkl", 12);
    ck_assert(!console_pacer_is_empty(pacer));
    expect(pacer, CONSOLE_PACER_ASK); /* nothing is known yet */
    console_pacer_room(pacer, 1);
    expect_write(pacer, "a");
    console_pacer_wrote(pacer, 1);
    expect(pacer, CONSOLE_PACER_AWAIT);
    console_pacer_room(pacer, 16); /* counts only from when they are taken */
    expect(pacer, CONSOLE_PACER_AWAIT);
    console_pacer_taken(pacer);
    ck_assert_uint_eq(console_pacer_next(pacer).delay_ms, 0);
    for (guint i = 0; i < 40; i++) { /* it stands still: asked ever more rarely */
        console_pacer_room(pacer, -1);
        expect(pacer, CONSOLE_PACER_ASK);
    }
    ck_assert_uint_ge(console_pacer_next(pacer).delay_ms, 50);
    console_pacer_room(pacer, 7);
    expect_write(pacer, "bcdefgh");
    console_pacer_wrote(pacer, 0); /* it didn't go in */
    console_pacer_taken(pacer);
    console_pacer_room(pacer, 0);
    expect(pacer, CONSOLE_PACER_ASK);
    console_pacer_room(pacer, 1);
    expect_write(pacer, "b");
    console_pacer_wrote(pacer, 1);
    console_pacer_taken(pacer);
    console_pacer_room(pacer, 16);
    expect_write(pacer, "cdefghijkl");
    console_pacer_wrote(pacer, 10);
    console_pacer_taken(pacer);
    ck_assert(!console_pacer_is_empty(pacer));
    console_pacer_room(pacer, 8);
    ck_assert(console_pacer_is_empty(pacer));
    expect(pacer, CONSOLE_PACER_REST);
    console_pacer_type(pacer, (const guint8 *)"mn", 2);
    expect(pacer, CONSOLE_PACER_ASK); /* what was known is old */
    for (guint i = 0; i < 40; i++) {  /* the guest takes nothing: asked ever more rarely */
        console_pacer_room(pacer, 0);
        expect(pacer, CONSOLE_PACER_ASK);
    }
    ck_assert_uint_ge(console_pacer_next(pacer).delay_ms, 50);
}
END_TEST

START_TEST(test_icount)
{
    g_autoptr(ConsolePacer) pacer = console_pacer_new(TRUE);

    console_pacer_type(pacer, (const guint8 *)"ab", 2);
    expect(pacer, CONSOLE_PACER_ASK);
    console_pacer_stands(pacer, 100);
    expect_write(pacer, "a");
    console_pacer_wrote(pacer, 1);
    console_pacer_taken(pacer);
    console_pacer_stands(pacer, 200);
    for (guint i = 0; i < 40; i++)
        console_pacer_stands(pacer, 200);
    ck_assert_uint_ge(console_pacer_next(pacer).delay_ms, 50);
    console_pacer_stands(pacer, 300); /* a stretch that was about to begin */
    expect(pacer, CONSOLE_PACER_ASK);
    ck_assert_uint_eq(console_pacer_next(pacer).delay_ms, 0);
    console_pacer_stands(pacer, 300);
    expect(pacer, CONSOLE_PACER_ASK);
    console_pacer_stands(pacer, 400);
    expect_write(pacer, "b");
    console_pacer_stands(pacer, 500);
    expect_write(pacer, "b");
}
END_TEST

/* Nothing goes in while the VM stands still, and nothing that was forgotten. */
START_TEST(test_hold_and_discard)
{
    g_autoptr(ConsolePacer) pacer = console_pacer_new(TRUE);

    console_pacer_type(pacer, (const guint8 *)"ab", 2);
    console_pacer_hold(pacer, TRUE);
    expect(pacer, CONSOLE_PACER_REST);
    console_pacer_hold(pacer, FALSE);
    console_pacer_room(pacer, 1);
    console_pacer_wrote(pacer, 1);
    console_pacer_hold(pacer, TRUE);
    expect(pacer, CONSOLE_PACER_AWAIT);
    console_pacer_taken(pacer);
    expect(pacer, CONSOLE_PACER_REST);
    console_pacer_discard(pacer);
    console_pacer_type(pacer, (const guint8 *)"cd", 2);
    console_pacer_room(pacer, 8);
    expect(pacer, CONSOLE_PACER_REST);
    console_pacer_hold(pacer, FALSE);
    expect(pacer, CONSOLE_PACER_ASK); /* the guest may be another one now: loadvm */
    console_pacer_room(pacer, 1);
    expect_write(pacer, "c");
}
END_TEST

START_TEST(test_unpaced)
{
    g_autoptr(ConsolePacer) pacer = console_pacer_new(FALSE);
    g_autofree guint8 *text = g_malloc0(10000);

    console_pacer_type(pacer, text, 10000);
    ck_assert_uint_gt(console_pacer_next(pacer).len, 1000);
    console_pacer_wrote(pacer, 4096);
    expect(pacer, CONSOLE_PACER_AWAIT);
    console_pacer_taken(pacer);
    console_pacer_wrote(pacer, 10000 - 4096);
    console_pacer_taken(pacer);
    ck_assert(console_pacer_is_empty(pacer));
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, test_nothing_is_lost, 0, 2 * G_N_ELEMENTS(uarts));
    tcase_add_test(tcase, test_what_is_known_helps);
    tcase_add_test(tcase, test_without_it_much_is);
    tcase_add_test(tcase, test_room);
    tcase_add_test(tcase, test_icount);
    tcase_add_test(tcase, test_hold_and_discard);
    tcase_add_test(tcase, test_unpaced);
}

int main(void)
{
    return temp_run("console-pacer", add_tests);
}
