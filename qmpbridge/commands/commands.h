/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rows of the command table, by family, and what the families share. Only command files and
 * the table include this.
 */
#pragma once

#include "qmpbridge/shell/call.h"
#include "qmpbridge/ui/output/output.h"
#include "qmpbridge/ui/prompt/candidates-pairs.h"
#include "qmpbridge/ui/prompt/argument-completers.h"

/* record-commands.c */
extern const Command command_begin_record, command_begin_replay, command_end_record,
    command_end_replay, command_query_record, command_record_mark;
/* events-command.c */
extern const Command command_events;
/* vm-commands.c */
extern const Command command_attach, command_detach, command_use;
/* all-command.c */
extern const Command command_all;
/* info-command.c */
extern const Command command_info;
/* set-command.c */
extern const Command command_set;
/* fd-commands.c */
extern const Command command_add_fd, command_getfd;
/* yank-command.c */
extern const Command command_yank;
/* wait-command.c */
extern const Command command_wait;
/* archive-commands.c */
extern const Command command_pack, command_unpack;
/* store-commands.c */
extern const Command command_list, command_rm, command_show;
/* replay-commands.c */
extern const Command command_replay, command_verify;
/* qmp-commands.c */
extern const Command command_qmp, command_qmp_by_name, command_qmp_json;
/* hmp-command.c */
extern const Command command_hmp;
/* transaction-command.c */
extern const Command command_transaction;
/* general-commands.c */
extern const Command command_quit;
/* help-command.c */
extern const Command command_help;

/** Prints what QMP command @name returned and ends the call, unless it is over. @value, @error: as
 * of QmpTextFunc. */
void call_answer(CommandCall *call, const char *name, GBytes *value, const GError *error);

/** Prints what a replay of @recording proved, and notes it for the exit code. Returns: (transfer
 * full) (nullable): the call's error. */
GError *call_verdict(CommandCall *call, const Recording *recording, Verdict verdict,
                     const char *detail, double seconds);

/** Replays the recording @name by begin_replay if the call's VM belongs to a bridge that has the
 * shell's store, and ends the call with the replay; otherwise @otherwise is to run the call. */
void replay_beside(CommandCall *call, const char *name, void (*otherwise)(CommandCall *call));

/** TRUE if @word, an argument of verify, is the path of an archive, and no recording's name. */
gboolean archive_is_named(const char *word);
/** Checks all of the archive @path ("-": standard input), says what it holds, and ends the call. */
void archive_verify(CommandCall *call, const char *path);

/** Executes QMP command @name with the call's pairs; prints what it returns; ends the call. */
void call_qmp(CommandCall *call, const char *name);
