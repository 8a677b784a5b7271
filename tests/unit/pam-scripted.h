/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The PAM module with a scripted host in the place of the instruction: tests/unit/pam-scripted.la,
 * which libpam loads and a test finds again by `pam_scripted_host`.
 */
#pragma once

#include <stdbool.h>

#include "guest-agent/recctrl-hypercall.h"

#define SCRIPTED_CALLS_MAX 16u

typedef struct {
    long action;
    unsigned long token;
    char text[HYPERCALL_TEXT_MAX];
} ScriptedCall;

typedef struct {
    long probe, open, close; /* the answers */
    unsigned pending;        /* so many times status answers PENDING first */
    long status;
    unsigned n_calls;
    ScriptedCall calls[SCRIPTED_CALLS_MAX];
} ScriptedHost;
