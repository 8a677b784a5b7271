/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be asked of a row; see arch.h. The rows themselves are not here. */
#include "plugin/arch/arch.h"

#include <string.h>

#include "plugin/arch/rows.h"

static const Arch *const rows[] = {&arch_x86_64,   &arch_i386,       &arch_aarch64, &arch_arm,
                                   &arch_riscv64,  &arch_mips,       &arch_mipsel,  &arch_mips64,
                                   &arch_mips64el, &arch_ppc,        &arch_ppc64,   &arch_s390x,
                                   &arch_sparc64,  &arch_loongarch64};

const Arch *arch_row(guint index)
{
    return index < G_N_ELEMENTS(rows) ? rows[index] : NULL;
}

const Arch *arch_find(const char *target)
{
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        if (strcmp(rows[i]->target, target) == 0)
            return rows[i];
    return NULL;
}

char *arch_targets(void)
{
    GString *names = g_string_new(NULL);

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", rows[i]->target);
    return g_string_free(names, FALSE);
}

guint arch_n_traps(const Arch *arch)
{
    guint n = 0;

    while (n < ARCH_TRAPS_MAX && arch->traps[n].length > 0)
        n++;
    return n;
}

const ArchTrap *arch_match(const Arch *arch, const guint8 *bytes, gsize length)
{
    for (guint i = 0; i < ARCH_TRAPS_MAX && arch->traps[i].length > 0; i++) {
        const ArchTrap *trap = &arch->traps[i];

        if (trap->length == length && memcmp(trap->bytes, bytes, length) == 0)
            return trap;
    }
    return NULL;
}

const ArchTrap *arch_overwriting(const Arch *arch)
{
    for (guint i = 0; i < ARCH_TRAPS_MAX && arch->traps[i].length > 0; i++)
        if (arch->traps[i].overwrites)
            return &arch->traps[i];
    return NULL;
}

static gboolean has(const Arch *arch, const ArchTrap *trap, const guint8 *bytes, gsize length)
{
    const guint8 *at = bytes;
    gsize left = length;

    while (left >= trap->length && (at = memchr(at, trap->bytes[0], left - trap->length + 1))) {
        if (memcmp(at, trap->bytes, trap->length) == 0 &&
            (gsize)(at - bytes) % arch->alignment == 0)
            return TRUE;
        at++;
        left = length - (gsize)(at - bytes);
    }
    return FALSE;
}

gboolean arch_has_trap(const Arch *arch, const guint8 *bytes, gsize length)
{
    for (guint i = 0; i < ARCH_TRAPS_MAX && arch->traps[i].length > 0; i++)
        if (has(arch, &arch->traps[i], bytes, length))
            return TRUE;
    return FALSE;
}

gboolean arch_may_follow(const Arch *arch, const guint8 *end, gsize before)
{
    const ArchTrap *trap = arch_overwriting(arch);
    gsize seen;

    if (!trap)
        return FALSE;
    seen = MIN(before, trap->length);
    return memcmp(end - seen, trap->bytes + trap->length - seen, seen) == 0;
}

static gboolean match(const ArchPattern *pattern, const guint8 *bytes, gsize length)
{
    for (guint i = 0; i < pattern->length; i++)
        if (i == length || (bytes[i] & pattern->mask[i]) != pattern->bytes[i])
            return FALSE;
    return TRUE;
}

/* @patterns: (nullable) */
static gboolean match_any(const ArchPattern *patterns, const guint8 *bytes, gsize length)
{
    for (; patterns && patterns->length; patterns++)
        if (match(patterns, bytes, length))
            return TRUE;
    return FALSE;
}

gboolean arch_returns(const Arch *arch, const guint8 *bytes, gsize length)
{
    while (length > 0 && match_any(arch->prefixes, bytes, length)) {
        bytes++;
        length--;
    }
    return match_any(arch->returns, bytes, length);
}

gboolean arch_in_kernel(const Arch *arch, guint64 level)
{
    const ArchPrivilege *privilege = &arch->privilege;

    return ((level & privilege->mask) == privilege->value) != privilege->means_user;
}

/* The place of the byte that is worth 256^@i. */
static gsize place(ArchOrder order, gsize i, gsize length)
{
    return order == ARCH_LITTLE_ENDIAN ? i : length - 1 - i;
}

guint64 arch_get_value(ArchOrder order, const guint8 *bytes, gsize length)
{
    guint64 value = 0;

    for (gsize i = 0; i < MIN(length, sizeof(value)); i++)
        value |= (guint64)bytes[place(order, i, length)] << (8 * i);
    return value;
}

void arch_put_value(ArchOrder order, guint64 value, guint8 *bytes, gsize length)
{
    for (gsize i = 0; i < length; i++)
        bytes[place(order, i, length)] = (guint8)(value >> (8 * i));
}

guint64 arch_result_bits(const ArchCall *call, gint32 result)
{
    guint64 bits = (guint64)(gint64)result;
    guint unused = 64u - call->result_bits;

    return bits << unused >> unused;
}
