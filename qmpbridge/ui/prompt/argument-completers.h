/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the arguments of commands are completed with: functions for Argument.complete. One that
 * serves a single command stands in that command's file. Main thread.
 */
#pragma once

#include "qmpbridge/shell/language/command.h"

G_BEGIN_DECLS

/** The argument's own name with a '=': for values that can't be foreseen. */
void complete_by_name(Candidates *c);
/** Names of recordings in the store, and the argument's own. */
void complete_recordings(Candidates *c);
/** Names of the VMs of the shell. */
void complete_vms(Candidates *c);
/** Names of files. */
void complete_files(Candidates *c);
/** Addresses of VMs, "NAME=PATH": the part behind the name is a file. */
void complete_addresses(Candidates *c);
/** Rows of the table, and QMP commands. */
void complete_commands(Candidates *c);
/** QMP commands. */
void complete_qmp_commands(Candidates *c);
/** Arguments of the QMP command that is the word behind the row's name. */
void complete_qmp_arguments(Candidates *c);
/** Events of the VM. */
void complete_events(Candidates *c);

G_END_DECLS
