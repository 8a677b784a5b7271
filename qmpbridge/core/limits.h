/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The limits that clients, guests, recordings and users of this program can meet, in one place.
 * tests/lint/limits.sh compares the documents with it: doc/limits.md has each comment and value
 * below as a row of its tables. Also included by the emulator's plugin: needs GLib and nothing
 * else. The limit of the hypercall's ABI is in guest-agent/recctrl-hypercall.h, which agents
 * include.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* == Clients and their messages == */

/** Clients of a socket served at the same time; further ones are closed at once. */
#define QMP_SERVER_MAX_CLIENTS 1024u
/** Bytes of one message; a bigger one is refused. It is QEMU's limit (qobject/json-streamer.c:
 * MAX_TOKEN_SIZE), and up to 10.0 QEMU drops what it has of a message over a limit and reads the
 * rest as messages of their own: so none is ever sent to it. */
#define MESSAGE_MAX_BYTES (64u << 20)
/** JSON tokens of one message; likewise (QEMU: MAX_TOKEN_COUNT). */
#define MESSAGE_MAX_TOKENS (2u << 20)
/** Levels of brackets in one message; likewise (QEMU: MAX_NESTING). */
#define JSON_MAX_DEPTH 1024u
/** Values in a JSON text that this program itself reads: each takes far more memory than its
 * text. The schema of QEMU 11.1 has 19,000. */
#define JSON_MAX_VALUES (512u << 10)
/** Requests of one client unanswered; then its socket isn't read. */
#define PEER_MAX_OUTSTANDING 32u
/** Bytes of a client's unanswered requests; then its socket isn't read. One more request may come
 * on top of them. */
#define PEER_MAX_INPUT (16u << 20)
/** Bytes of output that wait for a client which doesn't read; then it is dropped. */
#define PEER_MAX_OUTPUT (64u << 20)
/** Bytes of arguments of commands that QEMU has at the same time, unless it is a single one;
 * others wait. */
#define PASSTHROUGH_MAX_BYTES (1u << 20)
/** Descriptors with one message (QEMU: TCP_MAX_FDS); more are closed. */
#define FDS_MAX 16u
/** Begins and ends that wait while a recording begins or ends; more are refused. */
#define RECORDER_MAX_QUEUED 64u
/** Bytes that one console-write types; more are refused. */
#define CONSOLE_MAX_WRITE (64u << 10)
/** Bytes typed in a console that wait for the guest; then its input isn't read, and the escape key
 * has to wait, too. */
#define CONSOLE_MAX_INPUT (1u << 20)
/** Bytes that a console shows of what the guest has written before. */
#define CONSOLE_BACKLOG (64u << 10)
/** Bytes of a name in QEMU's schema. */
#define SCHEMA_MAX_NAME 255u
/** Bytes of a unix socket's path or abstract name (Linux: sun_path). */
#define TRANSPORT_UNIX_MAX 107u
/** The first delay before a lost monitor is connected to again, in milliseconds; each is twice the
 * one before. */
#define BACKOFF_FIRST_MS 250u
/** The longest such delay, in milliseconds. */
#define BACKOFF_MAX_MS 30000u

/* == Log and messages of QEMU == */

/** Bytes of an event log's line with its LF; a bigger "what" is replaced by its size. */
#define EVENTLOG_MAX_LINE 65536u
/** Bytes of a line that QEMU or its plugin writes to stderr; the rest of a longer one is left
 * out. */
#define LINE_READER_MAX_LINE 512u
/** Such lines at once; of those left out a line gives the number. */
#define LINE_READER_BURST 40u
/** Such lines a second after that. */
#define LINE_READER_RATE 10u

/* == Machines == */

/** MiB of guest memory at least. */
#define MACHINE_MIN_MEMORY 16u
/** MiB of guest memory. */
#define MACHINE_MAX_MEMORY (1u << 20)
/** Disks, CD-ROMs and images of firmware. */
#define MACHINE_MAX_DISKS 8u
/** Disks and CD-ROMs on IDE. */
#define MACHINE_MAX_IDE 4u
/** Files that the image of a disk consists of: itself and those that it is based on. */
#define MACHINE_MAX_IMAGES 16u
/** Disk images whose digests a store remembers. */
#define DIGESTS_MAX 256u
/** Further arguments of QEMU. */
#define MACHINE_MAX_ARGUMENTS 64u
/** Forwarded ports. */
#define MACHINE_MAX_FORWARDS 64u
/** Rules on what a guest on a restricted network may reach. */
#define MACHINE_MAX_ALLOWED 64u
/** Bytes of a path, a kernel command line or another text in a description. */
#define MACHINE_MAX_TEXT 4096u

/* == Recordings and the store == */

/** Bytes of a name. */
#define NAME_MAX_BYTES 127u
/** Numbers tried behind a name until one is free. */
#define STORE_MAX_NUMBERS 100000u
/** MiB that stay free where the store is, without --keep-free; a begin is refused when less is. */
#define OPTIONS_KEEP_FREE 1024u
/** Bytes of a mark's text. */
#define MARKS_MAX_TEXT 1024u
/** Marks of one recording; more are refused. */
#define MARKS_MAX 10000u
/** Bytes of a recording.json. */
#define RECORDING_MAX_JSON (4u << 20)
/** Files of a recording, and base images. */
#define RECORDING_MAX_FILES 64u
/** Bytes of holes in a file of a recording that is no image and isn't the log's beginning. */
#define WORKSPACE_MAX_HOLES (256u << 20)
/** Members of an archive after its manifest: files of a recording, and base images. */
#define ARCHIVE_MAX_MEMBERS 128u
/** Bytes of an archive's manifest. */
#define ARCHIVE_MAX_MANIFEST (1u << 20)
/** Bytes of an archive that may come, decompressed, without any that belong to a file. */
#define ARCHIVE_MAX_HEADERS (8u << 20)
/** Runs of data between the holes of a file that an archive keeps; the holes after them are kept
 * as zeros. */
#define ARCHIVE_MAX_EXTENTS (1u << 16)
/** Bytes of the files of a seed disk. */
#define SEED_DISK_MAX_BYTES (64u << 20)
/** Files and directories of a seed disk. */
#define SEED_DISK_MAX_FILES 1024u
/** Replays begun by begin_replay that run at the same time; each takes the memory of its guest. */
#define REPLAY_SERVICE_MAX 4u
/** Snapshots of an image that are looked at, from the newest of these on. */
#define QCOW2_MAX_SNAPSHOTS 32u
/** Entries of a snapshot's first-level table; one with more is left as it is. */
#define QCOW2_MAX_L1 (1u << 16)
/** Snapshots that an image may name; further ones are ignored. */
#define QCOW2_MAX_TABLE (1u << 16)

/* == Guests == */

/** Sessions open at the same time; one more is refused. */
#define POLICY_SESSIONS_MAX 64u
/** Starts and stops that wait while another is under way; one more is refused. */
#define POLICY_INTENTS_MAX 8u
/** Recordings that a guest may start at once; one more is refused. */
#define POLICY_START_BURST 16u
/** Microseconds after which it may start one more. */
#define POLICY_START_EVERY (6 * G_USEC_PER_SEC)
/** Marks that a guest may set at once; one more is refused. */
#define POLICY_MARK_BURST 64u
/** Microseconds after which it may set one more. */
#define POLICY_MARK_EVERY (G_USEC_PER_SEC / 10)
/** Answers on their way when a recording begins. */
#define JOURNAL_PENDING_MAX 16u
/** Bytes of a journal, some ten million changes of the answer; then the recording fails. */
#define JOURNAL_BYTES_MAX (256u << 20)
/** Runs of equal answers that wait in memory for a slow disk; then the recording fails. A power of
 * two: 16 bytes each, of which pages that were never needed cost nothing. */
#define JOURNAL_RING_RUNS (1u << 20)
/** vCPUs that are listened to. Recording needs a single one. */
#define PLUGIN_VCPUS_MAX 256u
/** Seconds of recctrl's `timeout`: a year keeps the arithmetic in microseconds far from
 * overflow. */
#define PLUGIN_MAX_TIMEOUT (366u * 24 * 3600)

/* == Prompt and scripts == */

/** Bytes of a script's line. */
#define SCRIPT_MAX_LINE (1u << 20)
/** Lines of the history that are kept. */
#define HISTORY_MAX 1000u
/** Bytes of a history's line. */
#define HISTORY_MAX_ENTRY (64u << 10)
/** Bytes of a history that are read. */
#define HISTORY_MAX_BYTES (4u << 20)
/** Events kept for `wait`; then the oldest are dropped. */
#define EVENT_QUEUE_MAX 1024u
/** Bytes of these events. */
#define EVENT_QUEUE_MAX_BYTES (8u << 20)

G_END_DECLS
