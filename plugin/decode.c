/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From registers and guest memory to a checked request; see decode.h. */
#include "plugin/decode.h"

#include <string.h>

#include "qmpbridge/core/name.h"

/* The smallest page of any guest: a bigger page is merely read in pieces. */
#define PAGE_BYTES 4096u

typedef enum {
    TEXT_NONE,
    TEXT_OLD_NAME, /* as in recctrl: it matters only if a recording starts, so it may be bad */
    TEXT_NAME,
    TEXT_FREE,
} TextKind;

static const struct {
    gint32 action;
    TextKind text;
} actions[] = {
    {HYPERCALL_TOGGLE, TEXT_OLD_NAME}, {HYPERCALL_OPEN, TEXT_OLD_NAME},
    {HYPERCALL_CLOSE, TEXT_OLD_NAME},  {HYPERCALL_PROBE, TEXT_NONE},
    {HYPERCALL_START, TEXT_NAME},      {HYPERCALL_STOP, TEXT_NONE},
    {HYPERCALL_STATUS, TEXT_NONE},     {HYPERCALL_MARK, TEXT_FREE},
};

static gboolean pointer_allowed(const Arch *arch, const DecodeInput *input, guint64 address)
{
    guint64 last = address + HYPERCALL_TEXT_MAX - 1;

    if (last < address || (arch->pointer_bits < 64 && last >> arch->pointer_bits))
        return FALSE;
    return input->kernel || arch->kernel_from == 0 || last < arch->kernel_from;
}

/* Reads up to the NUL, never past the page that holds it. */
static gboolean read_text(DecodeRead read, gpointer opaque, guint64 address, char *text)
{
    gsize have = 0;

    while (have < HYPERCALL_TEXT_MAX) {
        gsize in_page = PAGE_BYTES - (gsize)((address + have) % PAGE_BYTES);
        gsize part = MIN(in_page, HYPERCALL_TEXT_MAX - have);

        if (!read(opaque, address + have, text + have, part))
            return FALSE;
        if (memchr(text + have, '\0', part))
            return TRUE;
        have += part;
    }
    return FALSE;
}

static gboolean text_is_clean(const char *text)
{
    if (!g_utf8_validate(text, -1, NULL))
        return FALSE;
    for (const char *at = text; *at; at = g_utf8_next_char(at))
        if (g_unichar_iscntrl(g_utf8_get_char(at)))
            return FALSE;
    return *text != '\0';
}

static const char *check_text(TextKind kind, const char *text)
{
    if (kind != TEXT_FREE && !name_check(text, strlen(text), NULL))
        return "the name has characters other than letters, digits and ._- or starts with a dot";
    if (kind == TEXT_FREE && !text_is_clean(text))
        return "the text is empty, has control characters or is not UTF-8";
    return NULL;
}

static const char *take_text(const Arch *arch, const DecodeInput *input, DecodeRead read,
                             gpointer opaque, TextKind kind, char *text)
{
    guint64 address = input->regs[ARCH_REG_TEXT];

    if (!pointer_allowed(arch, input, address))
        return "the pointer is not into user memory";
    if (!read_text(read, opaque, address, text))
        return "the text can't be read, or has no NUL within 128 bytes";
    return check_text(kind, text);
}

static gboolean find_action(guint64 reg, gint32 *action, TextKind *kind)
{
    *action = (gint32)(guint32)reg;
    for (guint i = 0; i < G_N_ELEMENTS(actions); i++) {
        if (actions[i].action == *action) {
            *kind = actions[i].text;
            return TRUE;
        }
    }
    return FALSE;
}

DecodeResult decode_request(const Arch *arch, const DecodeInput *input, DecodeRead read,
                            gpointer opaque, Hypercall *request, const char **reason)
{
    TextKind kind = TEXT_NONE;

    *reason = NULL;
    /* Agents load 32-bit registers in places; the upper half says nothing. */
    if ((guint32)input->regs[ARCH_REG_MAGIC] != HYPERCALL_MAGIC)
        return DECODE_FOREIGN;
    memset(request, 0, sizeof(*request));
    request->token = input->regs[ARCH_REG_TOKEN];
    if (!find_action(input->regs[ARCH_REG_ACTION], &request->action, &kind)) {
        *reason = "unknown action";
        return DECODE_REFUSED;
    }
    if (kind != TEXT_NONE)
        *reason = take_text(arch, input, read, opaque, kind, request->text);
    if (*reason) {
        memset(request->text, 0, sizeof(request->text));
        return kind == TEXT_OLD_NAME ? DECODE_REQUEST : DECODE_REFUSED;
    }
    return DECODE_REQUEST;
}
