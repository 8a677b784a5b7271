/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How fast what is typed goes to the guest's serial port, as a pure machine. It decides when the
 * next bytes are written into the FIFO that QEMU reads; its owner writes them, and asks.
 *
 * QEMU asks the UART how much it can receive, and reads no more from the FIFO. But in record mode
 * what it has read goes through the queue of replay events, which the vCPU's thread empties between
 * two stretches of instructions: of a guest that rests, at its next timer. Whatever QEMU reads
 * until then it reads against an answer that is old, and the UART drops what it has no room for. So
 * with pacing no byte follows before those ahead of it are in the UART, and has room:
 *
 *     ask -> write -> QEMU has read it -> ask whether it is in the UART -> write
 *
 * The owner may know the UART's room. Where it doesn't, it asks QEMU how many instructions the
 * guest has executed, since QEMU empties the queue between two stretches of them. Then one byte is
 * written: it is read by an answer of the UART's that is as new as QEMU's to the question.
 *
 * Without record mode QEMU respects the UART's answer by itself: then only the FIFO paces.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct ConsolePacer ConsolePacer;

/** What the owner has to do next. */
typedef enum {
    CONSOLE_PACER_REST,  /**< nothing, until console_pacer_type() or console_pacer_hold() */
    CONSOLE_PACER_WRITE, /**< write .bytes, then call console_pacer_wrote() */
    CONSOLE_PACER_AWAIT, /**< call console_pacer_taken() when the FIFO is empty */
    CONSOLE_PACER_ASK,   /**< in .delay_ms ask, then call console_pacer_room() or _stands() */
} ConsolePacerStep;

/** One step. */
typedef struct {
    ConsolePacerStep step;
    const guint8 *bytes; /**< WRITE: borrowed until the next call */
    gsize len;           /**< WRITE */
    guint delay_ms;      /**< ASK */
} ConsolePacerNext;

/** @paced: QEMU runs in record mode. Returns: (transfer full). */
ConsolePacer *console_pacer_new(gboolean paced);
/** @pacer: (nullable). */
void console_pacer_free(ConsolePacer *pacer);

/** Adds bytes behind those that wait. */
void console_pacer_type(ConsolePacer *pacer, const guint8 *bytes, gsize len);
/** Forgets the bytes that aren't written yet. */
void console_pacer_discard(ConsolePacer *pacer);
/** While the VM stands still nothing is written: what QEMU read then would be in the way of a
 * snapshot. */
void console_pacer_hold(ConsolePacer *pacer, gboolean held);

/** What is to be done now. Pure: the same until one of the calls below. */
ConsolePacerNext console_pacer_next(const ConsolePacer *pacer);

/** @len bytes went into the FIFO; 0 if it took none. */
void console_pacer_wrote(ConsolePacer *pacer, gsize len);
/** QEMU has read all of the FIFO. */
void console_pacer_taken(ConsolePacer *pacer);
/** An answer: the UART has room for so many bytes; -1 if it hasn't got all that QEMU has read. */
void console_pacer_room(ConsolePacer *pacer, int room);
/** The other answer: the guest has executed @icount instructions since its start. */
void console_pacer_stands(ConsolePacer *pacer, guint64 icount);

/** TRUE if all that was typed has reached the UART. */
gboolean console_pacer_is_empty(const ConsolePacer *pacer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ConsolePacer, console_pacer_free)

G_END_DECLS
