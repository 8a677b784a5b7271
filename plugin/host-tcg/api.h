/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's TCG plugin API, as far as recctrl uses it: what is the same in every version, and a
 * table of what differs. Two things do: the callbacks' arguments, and how registers are read and
 * written. Each of their variants is a file of its own, which declares QEMU's functions as those
 * versions have them; api.c says which version has which. Distributions don't ship QEMU's own
 * header, and one header could not serve two versions anyway.
 *
 * Source: include/plugins/qemu-plugin.h and plugins/loader.c of QEMU 9.2 (API 4) to 11.1 (API 7).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plugin/arch/arch.h"

G_BEGIN_DECLS

#define TCG_API_OLDEST 4
#define TCG_API_NEWEST 7

typedef uint64_t qemu_plugin_id_t;

struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_plugin_register;

/** What qemu_plugin_install() is given. The part after .system is of no interest here. */
typedef struct {
    const char *target_name;
    struct {
        int min, cur;
    } version;
    bool system_emulation;
} TcgInfo;

/** Start of an element of qemu_plugin_get_registers(); newer versions append members, so step by
 * the array's element size. */
typedef struct {
    struct qemu_plugin_register *handle;
    const char *name;
    const char *feature;
} TcgRegister;

/** enum qemu_plugin_cb_flags, which is passed by value. */
enum {
    TCG_CB_NO_REGS,
    TCG_CB_R_REGS,
    TCG_CB_RW_REGS,
};

/* Weak, all of them: what an emulator lacks must not keep the plugin from being loaded, so that
 * it can say what is wrong. */
#define TCG_WEAK __attribute__((weak))

/* The same in every version from 4 on. */
TCG_WEAK
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
TCG_WEAK
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
TCG_WEAK
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
TCG_WEAK
size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *insn, void *dest, size_t length);
TCG_WEAK
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
TCG_WEAK
void *qemu_plugin_insn_haddr(const struct qemu_plugin_insn *insn);
TCG_WEAK
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
                                            void (*callback)(unsigned int vcpu, void *userdata),
                                            int flags, void *userdata);
TCG_WEAK
GArray *qemu_plugin_get_registers(void);

/** The callbacks of a plugin, whatever the version passes to them besides. */
typedef struct {
    void (*vcpu_init)(unsigned int vcpu); /**< on the vCPU's thread */
    void (*translated)(struct qemu_plugin_tb *tb);
    void (*exiting)(void);
} TcgHooks;

/** Registers the hooks. @hooks: static. */
typedef void (*TcgInstall)(qemu_plugin_id_t id, const TcgHooks *hooks);

void tcg_callbacks_by_id(qemu_plugin_id_t id, const TcgHooks *hooks);       /**< 4 to 6 */
void tcg_callbacks_by_userdata(qemu_plugin_id_t id, const TcgHooks *hooks); /**< 7 */

/** How registers of the current vCPU are read and written; in callbacks only. */
typedef struct {
    /** Reads a register into @buffer (emptied first). */
    gboolean (*read)(struct qemu_plugin_register *handle, GByteArray *buffer);

    /** The handle that QEMU gives to the register @number of its gdb stub, also where it lists no
     * registers: the list is made of those that its target describes in XML, but any can be read
     * and written. */
    struct qemu_plugin_register *(*handle)(int number);

    /** Whether registers can be written at all: else hypercalls are one-way. Called once, before
     * any write. */
    gboolean (*can_write)(const Arch *arch);

    /** Writes a register; only in callbacks with TCG_CB_RW_REGS. @number: as in ArchRegister.
     * @buffer: the whole register. */
    gboolean (*write)(struct qemu_plugin_register *handle, int number, GByteArray *buffer);
} TcgRegisters;

extern const TcgRegisters tcg_registers_int;  /**< 4 and 5; 4 can't write by itself */
extern const TcgRegisters tcg_registers_bool; /**< 6 and 7 */

/** One family of API versions. */
typedef struct {
    int oldest, newest;
    TcgInstall install;
    const TcgRegisters *registers;
} TcgApi;

/** The family for a version, or NULL. */
const TcgApi *tcg_api_find(int version);

/**
 * The API version to ask for, found out before the emulator has passed anything to the plugin: from
 * the emulator's version, or else from the symbols that it exports.
 */
int tcg_api_guess(void);

/** QEMU's CPUState whose callback runs on this thread, for what is called past the plugin API; or
 * NULL. */
void *tcg_current_cpu(void);

/** Whether the emulator exports it. */
gboolean tcg_knows_current_cpu(void);

G_END_DECLS
