/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pace of what is typed; see console-pacer.h.
 */
#include "qmpbridge/vm/console-pacer.h"

/** Without pacing: at most what the FIFO takes at once. */
#define UNPACED_BYTES 4096u
/** The questions about a guest that hasn't gone on: some at once, then one each millisecond, until
 * it should have had a timer's interrupt; then each waits twice as long as the one before. */
#define QUICK_QUESTIONS 2u
#define STEADY_QUESTIONS 20u
#define DELAY_MAX_MS 64u

/** A stretch of instructions may be about to begin when QEMU reads; in front of the next one its
 * queue is emptied. */
#define STRETCHES 2u

typedef enum {
    READY,   /* nothing is on its way */
    WRITTEN, /* QEMU hasn't read all of them yet */
    TAKEN,   /* nothing is known of them since */
    SETTLING /* the guest must go on first */
} State;

struct ConsolePacer {
    gboolean paced, held;
    State state;
    GByteArray *queue;
    gsize done;     /**< bytes at the queue's beginning that are written */
    gsize room;     /**< READY: bytes that may be written now; 0: not known, or none */
    guint64 stands; /**< SETTLING: where the guest stood at last */
    guint gone;     /**< SETTLING: how often it has gone on since QEMU had read them */
    guint asked;    /**< questions since then */
};

ConsolePacer *console_pacer_new(gboolean paced)
{
    ConsolePacer *pacer = g_new0(ConsolePacer, 1);

    pacer->paced = paced;
    pacer->queue = g_byte_array_new();
    return pacer;
}

void console_pacer_free(ConsolePacer *pacer)
{
    if (!pacer)
        return;
    g_byte_array_unref(pacer->queue);
    g_free(pacer);
}

void console_pacer_type(ConsolePacer *pacer, const guint8 *bytes, gsize len)
{
    g_byte_array_append(pacer->queue, bytes, (guint)len);
}

void console_pacer_discard(ConsolePacer *pacer)
{
    g_byte_array_set_size(pacer->queue, 0);
    pacer->done = 0;
}

void console_pacer_hold(ConsolePacer *pacer, gboolean held)
{
    pacer->held = held;
    pacer->asked = 0;
    pacer->room = 0;
}

static guint delay(const ConsolePacer *pacer)
{
    guint late = pacer->asked > STEADY_QUESTIONS ? pacer->asked - STEADY_QUESTIONS : 0;

    return pacer->asked < QUICK_QUESTIONS ? 0 : MIN(1u << MIN(late, 10), DELAY_MAX_MS);
}

ConsolePacerNext console_pacer_next(const ConsolePacer *pacer)
{
    gsize waits = pacer->queue->len - pacer->done;
    ConsolePacerNext next = {.step = CONSOLE_PACER_REST};

    if (pacer->state == WRITTEN) {
        next.step = CONSOLE_PACER_AWAIT;
    } else if (pacer->held || (pacer->state == READY && waits == 0)) {
        next.step = CONSOLE_PACER_REST;
    } else if (pacer->state == READY && (pacer->room > 0 || !pacer->paced)) {
        next.step = CONSOLE_PACER_WRITE;
        next.bytes = pacer->queue->data + pacer->done;
        next.len = MIN(waits, pacer->paced ? pacer->room : UNPACED_BYTES);
    } else {
        next.step = CONSOLE_PACER_ASK;
        next.delay_ms = delay(pacer);
    }
    return next;
}

void console_pacer_wrote(ConsolePacer *pacer, gsize len)
{
    pacer->done += len;
    pacer->state = WRITTEN;
}

/* The UART has got it all. What is known of its room is soon old: it counts for bytes that wait. */
static void settled(ConsolePacer *pacer, gsize room)
{
    gboolean waits = pacer->done < pacer->queue->len;

    pacer->asked = room > 0 || !waits ? 0 : pacer->asked + 1;
    pacer->state = READY;
    pacer->room = waits ? room : 0;
    if (!waits)
        console_pacer_discard(pacer);
}

void console_pacer_taken(ConsolePacer *pacer)
{
    if (pacer->state != WRITTEN)
        return;
    pacer->asked = 0;
    pacer->state = TAKEN;
    if (!pacer->paced)
        settled(pacer, 0);
}

void console_pacer_room(ConsolePacer *pacer, int room)
{
    if (pacer->state == WRITTEN)
        return;
    if (room >= 0)
        settled(pacer, (gsize)room);
    else
        pacer->asked++;
}

void console_pacer_stands(ConsolePacer *pacer, guint64 icount)
{
    if (pacer->state == READY) {
        settled(pacer, 1);
    } else if (pacer->state == TAKEN) {
        pacer->gone = 0;
        pacer->state = SETTLING;
    } else if (pacer->state == SETTLING && icount != pacer->stands) {
        pacer->gone++;
        pacer->asked = 0;
    } else {
        pacer->asked++;
    }
    pacer->stands = icount;
    if (pacer->state == SETTLING && pacer->gone == STRETCHES)
        settled(pacer, 1);
}

gboolean console_pacer_is_empty(const ConsolePacer *pacer)
{
    return pacer->done == pacer->queue->len && pacer->state == READY;
}
