/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The questions that a QEMU which stands still is asked for a recording and for its proof: at which
 * instruction it stands, what its registers hold, where guest RAM lies in its memory. Their words,
 * and how the answers are read; the engine and the proof send them. Answers are hostile. Pure.
 */
#pragma once

#include <glib.h>

#include "qmpbridge/core/json.h"

G_BEGIN_DECLS

/** A command of QMP; for question_read_icount(). */
#define QUESTION_ICOUNT "query-replay"
/** A line of HMP, for question_read_text(): the registers of all CPUs. */
#define QUESTION_REGISTERS "info registers -a"
/** A line of HMP, for question_read_ram_address(). @base: guest-physical address at which RAM
 * begins. Returns: (transfer full). */
char *question_ram_address(guint64 base);

/** A line of HMP, for vmstate_read_blocks(): all parts of the VM's memory. */
#define QUESTION_RAM_BLOCKS "info ramblock"

/** A command of QMP, for question_read_machine(): the machine's type. */
#define QUESTION_MACHINE "qom-get"
/** Its arguments. Returns: (transfer full). */
JsonObject *question_machine_args(void);
/** QEMU's name of the machine with its version. @value: (nullable): the return of
 * QUESTION_MACHINE. Returns: (transfer full), or NULL if it isn't understood. */
char *question_read_machine(JsonNode *value);

/** A command of QMP, with the VM stopped: the state of devices goes to a file. In spite of its name
 * any machine's. */
#define QUESTION_DEVICES "xen-save-devices-state"
/** Its arguments. @file: path of the file that QEMU makes. Returns: (transfer full). */
JsonObject *question_devices_args(const char *file);

/** The command that carries a line of HMP. */
#define QUESTION_HMP "human-monitor-command"
/** Its arguments. Returns: (transfer full). */
JsonObject *question_hmp_args(const char *line);

/** The line of HMP that the command @name with @args (nullable) carries; NULL if it is another one.
 * Returns: borrowed from @args. */
const char *question_hmp_line(const char *name, JsonObject *args);
/** The name of the command of HMP that @line calls. Returns: (transfer full). */
char *question_hmp_name(const char *line);

/** Guest instructions since the VM's start. @value: (nullable): the return of QUESTION_ICOUNT.
 * Errors: PROTOCOL, TYPE. */
gboolean question_read_icount(JsonNode *value, guint64 *icount, GError **error);

/** The text that a line of HMP printed. @value: (nullable): the return of QUESTION_HMP. Errors:
 * PROTOCOL. Returns: borrowed from @value, or NULL. */
const char *question_read_text(JsonNode *value, GError **error);

/**
 * Where guest RAM lies in QEMU's process: "Host virtual address for 0x0 (pc.ram) is 0x7f...".
 * @value: (nullable): the return of QUESTION_HMP. Errors: PROTOCOL.
 */
gboolean question_read_ram_address(JsonNode *value, guint64 *address, GError **error);

G_END_DECLS
