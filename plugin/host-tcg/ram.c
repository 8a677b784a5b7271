/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where QEMU keeps the guest's RAM; see ram.h. Sources: include/exec/cpu-common.h of QEMU 9.2 to
 * 10.1, include/system/memory.h of 10.2 and later, include/qemu/qemu-plugin.h of 10.1 and later.
 */
#include "plugin/host-tcg/ram.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

#include "plugin/host-tcg/api.h"

#define PAGE_BYTES 4096u
#define NOWHERE G_MAXUINT64

/* Since plugin API 5. The result is 0 if all went well. */
TCG_WEAK
bool qemu_plugin_translate_vaddr(uint64_t address, uint64_t *physical);
TCG_WEAK
int qemu_plugin_read_memory_hwaddr(uint64_t physical, GByteArray *data, size_t length);

/* Before it, of those binaries that export them. */
typedef uint64_t (*PageOf)(void *cpu, uint64_t address);
typedef void (*ReadPhysical)(uint64_t physical, void *data, uint64_t length, bool write);

/* In all of them, by one of two names. */
typedef bool (*IsIo)(uint64_t physical);
typedef bool (*IsIoOf)(void *space, uint64_t physical);

static struct {
    gboolean usable;
    PageOf page_of;
    ReadPhysical read;
    IsIo is_io;
    IsIoOf is_io_of;
    void *space;
} emulator;

gboolean tcg_ram_init(void)
{
    emulator.page_of = (PageOf)dlsym(RTLD_DEFAULT, "cpu_get_phys_page_debug");
    emulator.read = (ReadPhysical)dlsym(RTLD_DEFAULT, "cpu_physical_memory_rw");
    emulator.is_io = (IsIo)dlsym(RTLD_DEFAULT, "cpu_physical_memory_is_io");
    emulator.is_io_of = (IsIoOf)dlsym(RTLD_DEFAULT, "address_space_is_io");
    emulator.space = dlsym(RTLD_DEFAULT, "address_space_memory");
    emulator.usable =
        (emulator.is_io || (emulator.is_io_of && emulator.space)) &&
        (qemu_plugin_translate_vaddr || (emulator.page_of && tcg_knows_current_cpu())) &&
        (qemu_plugin_read_memory_hwaddr || emulator.read);
    return emulator.usable;
}

/* The physical address, or NOWHERE. Both functions take the first address of a page. */
static guint64 translate(guint64 address)
{
    guint64 offset = address % PAGE_BYTES, page = NOWHERE;

    if (qemu_plugin_translate_vaddr) {
        if (!qemu_plugin_translate_vaddr(address - offset, &page))
            return NOWHERE;
    } else {
        page = emulator.page_of(tcg_current_cpu(), address - offset);
    }
    return page == NOWHERE ? NOWHERE : page + offset;
}

/* Every byte is looked at: the registers of a device can be as small, and lie amidst RAM. */
static gboolean is_ram(guint64 physical, gsize length)
{
    for (gsize i = 0; i < length; i++)
        if (emulator.is_io ? emulator.is_io(physical + i)
                           : emulator.is_io_of(emulator.space, physical + i))
            return FALSE;
    return TRUE;
}

gboolean tcg_ram_read(guint64 address, GByteArray *buffer, void *dest, gsize length)
{
    guint64 physical = emulator.usable ? translate(address) : NOWHERE;

    if (physical == NOWHERE || !is_ram(physical, length))
        return FALSE;
    if (!qemu_plugin_read_memory_hwaddr) {
        emulator.read(physical, dest, length, false);
        return TRUE;
    }
    if (qemu_plugin_read_memory_hwaddr(physical, buffer, length) != 0 || buffer->len < length)
        return FALSE;
    memcpy(dest, buffer->data, length);
    return TRUE;
}
