/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names of the recording and replay commands, of the events, and of what both carry, as
 * doc/qmp-extension.md describes them. The bridge, the plugin and the shell speak this protocol
 * with each other: each name stands here and nowhere else.
 */
#pragma once

/* Commands. */
#define COMMAND_BEGIN_RECORD "begin_record"
#define COMMAND_END_RECORD "end_record"
#define COMMAND_QUERY_RECORD "query-record"
#define COMMAND_RECORD_MARK "record-mark"
#define COMMAND_RECORD_AGENT "record-agent"
#define COMMAND_RECORD_JOURNAL "record-journal"
#define COMMAND_BEGIN_REPLAY "begin_replay"
#define COMMAND_END_REPLAY "end_replay"
#define COMMAND_REPLAY_SEEK "replay-seek" /**< on the socket of a replay */
#define COMMAND_QUERY_CONSOLE "query-console"
#define COMMAND_CONSOLE_WRITE "console-write"
#define COMMAND_CONSOLE_ROOM "console-room"

/* Events. */
#define EVENT_RECORD_PREFIX "RECORD_" /**< of every event that is about a recording */
#define EVENT_RECORD_BEGIN "RECORD_BEGIN"
#define EVENT_RECORD_END "RECORD_END"
#define EVENT_RECORD_MARK "RECORD_MARK"
#define EVENT_RECORD_ERROR "RECORD_ERROR"
#define EVENT_RECORD_REFUSED "RECORD_REFUSED"
#define EVENT_RECORD_VERIFIED "RECORD_VERIFIED"
#define EVENT_REPLAY_BEGIN "REPLAY_BEGIN"
#define EVENT_REPLAY_PROGRESS "REPLAY_PROGRESS"
#define EVENT_REPLAY_END "REPLAY_END"
#define EVENT_EMULATOR_MESSAGE "EMULATOR_MESSAGE"
#define EVENT_RECORD_CUT "RECORD_CUT"     /**< to the plugin only */
#define EVENT_RECORD_WATCH "RECORD_WATCH" /**< to the plugin only */
#define EVENT_RECORD_FLUSH "RECORD_FLUSH" /**< to the plugin only */
#define EVENT_CONSOLE_ROOM "CONSOLE_ROOM" /**< to the plugin only */

/* Members of arguments, returns and events. */
#define MEMBER_ABI "abi"
#define MEMBER_ANSWERS "answers"
#define MEMBER_API "api"
#define MEMBER_ATTEMPT "attempt"
#define MEMBER_BACKLOG "backlog"
#define MEMBER_BEGIN_ICOUNT "begin-icount"
#define MEMBER_BEGIN_WALL_US "begin-wall-us"
#define MEMBER_BYTES "bytes"
#define MEMBER_CONSOLE "console"
#define MEMBER_COUNT "count"
#define MEMBER_DATA "data"
#define MEMBER_DETAIL "detail"
#define MEMBER_DISCARD "discard"
#define MEMBER_DONE "done"
#define MEMBER_END_ICOUNT "end-icount"
#define MEMBER_FILE "file"
#define MEMBER_FILE_NAME "file_name"
#define MEMBER_FORMAT "format"
#define MEMBER_ICOUNT "icount"
#define MEMBER_INSNS "insns"
#define MEMBER_JOURNAL "journal"
#define MEMBER_LOG_SIZE "log-size"
#define MEMBER_RAM_ADDRESS "ram-address"
#define MEMBER_RAM_SIZE "ram-size"
#define MEMBER_MODE "mode"
#define MEMBER_NAME "name"
#define MEMBER_PAUSED "paused"
#define MEMBER_PAUSE_US "pause-us"
#define MEMBER_PLUGIN "plugin"
#define MEMBER_POSITION "position"
#define MEMBER_PROTOCOL "protocol"
#define MEMBER_REASON "reason"
#define MEMBER_RESULT "result"
#define MEMBER_ROOM "room"
#define MEMBER_SERIAL "serial"
#define MEMBER_SOCKET "socket"
#define MEMBER_STATE "state"
#define MEMBER_STORE "store"
#define MEMBER_TAKE "take"
#define MEMBER_TARGET "target"
#define MEMBER_TEXT "text"
#define MEMBER_TOTAL "total"
#define MEMBER_TWO_WAY "two-way"
#define MEMBER_WARNING "warning"
#define MEMBER_WATCH "watch"
#define MEMBER_WRITABLE "writable"
#define MEMBER_WRITER "writer"

/* Values of MEMBER_MODE. */
#define MODE_RECORD "record"
#define MODE_DRY "dry"
#define MODE_MAINTAIN "maintain"

/* Values of MEMBER_STATE in COMMAND_RECORD_JOURNAL. */
#define JOURNAL_STATE_CUT "cut"
#define JOURNAL_STATE_CLOSED "closed"
#define JOURNAL_STATE_FAILED "failed"
#define JOURNAL_STATE_WATCHED "watched" /**< not of the journal: RAM is watched, if it can be */

/** Version of the protocol between bridge and plugin: MEMBER_PROTOCOL. */
#define RECORD_PROTOCOL_VERSION 1
