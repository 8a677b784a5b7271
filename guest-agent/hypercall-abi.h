/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hypercall ABI, version 1: every number that guest and plugin have to agree on. It holds
 * numbers only, needs nothing but the preprocessor and an int, and is the one header that both
 * sides include. doc/hypercall-abi.md says what the numbers mean.
 */
#pragma once

/** Version of what this header says; a probe answers with it. */
#define HYPERCALL_ABI_VERSION 1

/** First argument of every request. An unheard request leaves it in the result register. */
#define HYPERCALL_MAGIC 0x666

/** The immediate of the marker instruction, "HC". */
#define HYPERCALL_MARKER 0x4843

/** Bytes of a name or text at most, with its NUL. */
#define HYPERCALL_TEXT_MAX 128

/** Second argument. The first three are recctrl's; numbers never change once released. */
enum HypercallAction {
    HYPERCALL_TOGGLE = -100, /* name: start a recording, or stop the present one */
    HYPERCALL_OPEN = 100,    /* name, token: a session begins */
    HYPERCALL_CLOSE = 200,   /* name, token: a session ends */
    HYPERCALL_PROBE = 300,   /* no arguments: does a recorder listen? */
    HYPERCALL_START = 301,   /* name, token: start a recording */
    HYPERCALL_STOP = 302,    /* token: stop it */
    HYPERCALL_STATUS = 303,  /* token: how far is it? */
    HYPERCALL_MARK = 304,    /* text: a bookmark in the recording */
};

/** Result, sign-extended to the width that the instruction sets of the result register. */
enum HypercallResult {
    HYPERCALL_ERROR = -1,  /* refused or failed */
    HYPERCALL_NOOP = 0,    /* accepted, nothing changed */
    HYPERCALL_STARTED = 1, /* started, or by STATUS: on */
    HYPERCALL_STOPPED = 2, /* stopped, or by STATUS: off */
    HYPERCALL_PENDING = 3, /* under way: ask STATUS again */
};

/** A probe's result is signature | version << 8 | features: no argument of a probe looks so. */
#define HYPERCALL_SIGNATURE 0x48430000
#define HYPERCALL_SIGNATURE_MASK 0x7fff0000
#define HYPERCALL_SIGNATURE_VERSION(result) (((result) >> 8) & 0xff)

/** Features in a probe's result. */
enum HypercallFeature {
    HYPERCALL_FEATURE_RECORD = 1 << 0,   /* recordings are possible right now */
    HYPERCALL_FEATURE_DRY = 1 << 1,      /* all goes as usual but nothing is recorded */
    HYPERCALL_FEATURE_SESSIONS = 1 << 2, /* OPEN and CLOSE count; otherwise TOGGLE does */
};
