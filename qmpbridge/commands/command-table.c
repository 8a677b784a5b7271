/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table: every row of every family, sorted by name. A new command is one line here and its
 * row in the file of its family; test-command and tests/lint/docs-agree.sh check the rest.
 */
#include "qmpbridge/commands/command-table.h"

#include "qmpbridge/commands/commands.h"

const CommandTable *command_table(void)
{
    /* clang-format off */
    static const Command *const rows[] = {
        &command_add_fd,
        &command_all,
        &command_attach,
        &command_begin_record,
        &command_begin_replay,
        &command_detach,
        &command_end_record,
        &command_end_replay,
        &command_events,
        &command_getfd,
        &command_help,
        &command_hmp,
        &command_info,
        &command_list,
        &command_pack,
        &command_qmp,
        &command_query_record,
        &command_quit,
        &command_record_mark,
        &command_replay,
        &command_rm,
        &command_set,
        &command_show,
        &command_transaction,
        &command_unpack,
        &command_use,
        &command_verify,
        &command_wait,
        &command_yank,
        NULL,
    };
    /* clang-format on */
    static const CommandTable table = {rows, &command_qmp_by_name, &command_qmp_json};

    return &table;
}
