/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A host without an emulator; see fake-host.h. */
#include "tests/unit/fake-host.h"

#include <check.h>
#include <string.h>

int fake_host_rooms[FAKE_ROOMS];

static FakeRegister *named(HostVcpu *vcpu, const char *name)
{
    for (guint i = 0; i < vcpu->n_registers; i++)
        if (g_str_equal(vcpu->registers[i].name, name))
            return &vcpu->registers[i];
    return NULL;
}

static gpointer register_by_name(HostVcpu *vcpu, const char *name)
{
    return vcpu->unlisted ? NULL : named(vcpu, name);
}

static gpointer register_by_number(HostVcpu *vcpu, int number)
{
    for (guint i = 0; i < vcpu->n_registers; i++)
        if (vcpu->registers[i].number == number)
            return &vcpu->registers[i];
    return NULL;
}

static gsize read_register(HostVcpu *vcpu, const HostRegister *reg, guint8 *bytes)
{
    const FakeRegister *fake = reg->handle;

    ck_assert_ptr_nonnull(vcpu);
    memcpy(bytes, fake->bytes, fake->length);
    return fake->length;
}

static gboolean write_register(HostVcpu *vcpu, const HostRegister *reg, const guint8 *bytes,
                               gsize length)
{
    FakeRegister *fake = reg->handle;

    ck_assert_uint_eq(length, fake->length);
    memcpy(fake->bytes, bytes, length);
    vcpu->writes++;
    return TRUE;
}

static gboolean read_ram(HostVcpu *vcpu, guint64 address, void *dest, gsize length)
{
    if (address < FAKE_RAM || address + length > FAKE_RAM + FAKE_RAM_BYTES)
        return FALSE;
    memcpy(dest, vcpu->ram + (address - FAKE_RAM), length);
    return TRUE;
}

static gboolean flush_log(gboolean forget, guint64 *size, GError **error)
{
    (void)forget;
    (void)error;
    *size = 0;
    return TRUE;
}

static gboolean find_room(const char *console, HostRoom found, gpointer user_data)
{
    if (!g_str_equal(console, "console"))
        return FALSE;
    found(fake_host_rooms[0], user_data);
    for (guint i = 1; i < FAKE_ROOMS; i++)
        fake_host_rooms[i - 1] = fake_host_rooms[i];
    return TRUE;
}

Host fake_host(int api)
{
    return (Host){
        .api = api,
        .arch = arch_find("x86_64"),
        .two_way = TRUE,
        .register_by_name = register_by_name,
        .register_by_number = register_by_number,
        .read_register = read_register,
        .write_register = write_register,
        .read_ram = read_ram,
        .flush_log = flush_log,
        .find_room = find_room,
    };
}

static void add(HostVcpu *vcpu, const ArchRegister *reg)
{
    if (reg->name && !named(vcpu, reg->name)) {
        ck_assert_uint_lt(vcpu->n_registers, FAKE_REGISTERS);
        vcpu->registers[vcpu->n_registers++] =
            (FakeRegister){.name = reg->name, .number = reg->number, .length = 8};
    }
}

void fake_vcpu_init(HostVcpu *vcpu, const Arch *arch)
{
    memset(vcpu, 0, sizeof(*vcpu));
    vcpu->unlisted = arch->by_number;
    for (guint i = 0; i < arch_n_traps(arch); i++) {
        for (guint j = 0; j < ARCH_REG_COUNT; j++)
            add(vcpu, &arch->traps[i].call->arguments[j]);
        add(vcpu, &arch->traps[i].call->result);
    }
    add(vcpu, &arch->privilege.reg);
    add(vcpu, &arch->address_space);
}

void fake_set(HostVcpu *vcpu, const char *name, guint64 value)
{
    FakeRegister *fake = named(vcpu, name);

    ck_assert_msg(fake != NULL, "no register %s", name);
    arch_put_value(ARCH_LITTLE_ENDIAN, value, fake->bytes, sizeof(value));
}

guint64 fake_get(HostVcpu *vcpu, const char *name)
{
    const FakeRegister *fake = named(vcpu, name);

    ck_assert_msg(fake != NULL, "no register %s", name);
    return arch_get_value(ARCH_LITTLE_ENDIAN, fake->bytes, sizeof(guint64));
}
