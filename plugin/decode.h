/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Registers in, a request out. All that the guest says is checked here: the action, where the
 * pointer points, and every byte of the text. Guest memory is read through a callback, page by
 * page up to the NUL, and never written.
 */
#pragma once

#include <glib.h>

#include "guest-agent/recctrl-hypercall.h"
#include "plugin/arch/arch.h"

G_BEGIN_DECLS

/** A request that has passed all checks. */
typedef struct {
    gint32 action;                 /**< enum HypercallAction */
    guint64 token;                 /**< 0: none */
    char text[HYPERCALL_TEXT_MAX]; /**< name or text; "" where the action has none */
} Hypercall;

/** What a vCPU holds at the trap. */
typedef struct {
    guint64 regs[ARCH_REG_COUNT]; /**< 0 where the trap has no such argument */
    gboolean kernel;              /**< known to run in the kernel; FALSE if that isn't known */
} DecodeInput;

/**
 * Reads guest memory at a virtual address of the vCPU that made the request.
 *
 * @length: never crosses a page of 4096 bytes.
 *
 * Returns: FALSE if it isn't there, or isn't RAM.
 */
typedef gboolean (*DecodeRead)(gpointer opaque, guint64 address, void *dest, gsize length);

typedef enum {
    DECODE_FOREIGN, /**< not the magic: not for us, leave all as it is */
    DECODE_REFUSED, /**< for us, but wrong: answer HYPERCALL_ERROR */
    DECODE_REQUEST, /**< *request is filled in */
} DecodeResult;

/**
 * Takes a request apart. Pure but for @read.
 *
 * Pointers into the kernel's part of the address space are refused unless the vCPU is known to
 * run in the kernel: the read goes past the guest's page protection.
 *
 * TOGGLE, OPEN and CLOSE with a bad name are requests with an empty name, since recctrl looked at
 * the name only where a recording starts; the policy refuses to start one under it.
 *
 * @reason: what is wrong with the text or the action, static and without guest data; else NULL.
 */
DecodeResult decode_request(const Arch *arch, const DecodeInput *input, DecodeRead read,
                            gpointer opaque, Hypercall *request, const char **reason);

G_END_DECLS
