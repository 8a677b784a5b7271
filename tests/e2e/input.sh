#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0 7.2
#
# What is typed, against the schemas of real emulators: nested arguments, lists, JSON, several
# lines, integers of 64 bits; and a wrong word gets an error that names it before the VM sees
# anything.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
[ -x "$BRIDGE" ] || skip "qmpbridge is not built"
requires jq jq
requires qemu-img qemu-utils
start_monitor qmp
monitor=$MONITOR_PID
qemu-img create -q -f qcow2 "$T/disk.qcow2" 1M

# good LINE...: each is taken and done. Results are in $T/last.out.
good() {
    local -a commands=()
    local line
    for line in "$@"; do commands+=(-c "$line"); done
    expect_status 0 "$BRIDGE" --json --timeout "$PATIENCE" "$T/qmp.sock" "${commands[@]}"
}

# wrong LINE REGEX MARKED: the message, and the part of the line that is marked.
wrong() {
    expect_status 1 "$BRIDGE" --json --timeout "$PATIENCE" --log "$T/sent.log" "$T/qmp.sock" -c "$1"
    expect_line "$T/last.out" "$2"
    expect_equal "$(jq -r '.error | .line[.column - 1:.column - 1 + .length]' "$T/last.out")" \
        "$3" "marked in '$1'"
}

# --- what is taken -------------------------------------------------------------------------
good "blockdev-add driver=qcow2 node-name=nested read-only=on cache.direct=off \
      file.driver=file file.filename=$T/disk.qcow2 file.locking=off" \
    "blockdev-add driver=qcow2 node-name=json read-only=on
         file={\"driver\": \"file\",
               \"filename\": \"$T/disk.qcow2\", 'locking': 'off'}" \
    "{\"execute\": \"blockdev-add\", \"arguments\": {\"driver\": \"null-co\",
         \"node-name\": \"whole\", \"size\": 1048576}}" \
    'blockdev-add driver=null-co node-name=hex size=0x10000' \
    'blockdev-add driver=raw node-name=over file=hex' \
    'blockdev-add driver=quorum node-name=list vote-threshold=1 children.0=whole \
         children.1.driver=null-co children.1.size=1048576' \
    'query-named-block-nodes flat=yes'
tail -n 1 "$T/last.out" >"$T/nodes.out"
for node in nested json whole hex over list; do
    expect_line "$T/nodes.out" "\"node-name\": \"$node\""
done
good 'object-add qom-type=memory-backend-ram id=m0 size=0x100000 share=off' \
    'qom-get path=/objects/m0 property=size' 'qom-set path=/objects/m0 property=merge value=false' \
    'qom-get path=/objects/m0 property=merge'
expect_line "$T/last.out" '"return": 1048576'
expect_line "$T/last.out" '"return": false'
good 'chardev-add id=c0 backend.type=null backend.data={}' \
    'chardev-add id=c1 backend.type=ringbuf backend.data.size=65536' \
    'ringbuf-write device=c1 data="two  words"' 'ringbuf-read device=c1 size=100'
expect_line "$T/last.out" '"return": "two  words"'

# --- what isn't ------------------------------------------------------------------------------
wrong 'blokdev-add driver=raw' "no command 'blokdev-add'; did you mean 'blockdev-add'" blokdev-add
wrong 'blockdev-add drver=raw' "no argument 'drver'; did you mean 'driver'" drver
wrong 'blockdev-add driver=qcow22 file=x' "can't be 'qcow22'; did you mean 'qcow2'" qcow22
wrong 'blockdev-add driver=qcow2' "'file' .alternate. is missing" blockdev-add
wrong 'blockdev-add filename=x' "'filename' needs driver=" filename
wrong 'blockdev-add driver=raw file=x filename=y' "'filename' goes with driver=.*not with raw" \
    filename
wrong 'blockdev-add driver=raw file.driver=file file.filenam=y' \
    "'file' has no member 'filenam'; did you mean 'filename'" filenam
wrong 'blockdev-add driver=raw file={"driver":"file","filename":"x","lock":"on"}' \
    "'file' has no member 'lock'; did you mean 'locking'" '"lock"'
wrong 'blockdev-add driver=null-co size=big' "'size' must be an integer, not 'big'" big
wrong 'blockdev-add driver=quorum vote-threshold=1 children.0=a children.2=b' \
    "'children.2' is given, but no 'children.1'" 2
wrong 'blockdev-del' "'node-name' .string. is missing" blockdev-del
wrong 'blockdev-del node-name=a node-name=b' "'node-name' is given twice" node-name
wrong '{"execute": "blockdev-add", "arguments": {"driver": "raw", "file": {"driver": "fil"}}}' \
    "'arguments.file.driver' can't be 'fil'; did you mean 'file'" '"fil"'
expect_no_line "$T/sent.log" '"execute": *"(blo[ck]*dev-|blokdev)'

# People see the line, too; a command that the schema lacks can be sent as JSON.
expect_status 1 "$BRIDGE" "$T/qmp.sock" -c 'stop now=yes'
expect_line "$T/last.err" '^  stop now=yes$'
expect_line "$T/last.err" '^       \^~~$'
expect_status 1 "$BRIDGE" "$T/qmp.sock" -c '{"execute": "no-such-command"}'
expect_line "$T/last.err" 'no-such-command has not been found'

# --- help ---------------------------------------------------------------------------------------
for topic in blockdev-add 'blockdev-add driver=qcow2' query-status BLOCK_JOB_ERROR transaction; do
    expect_status 0 "$BRIDGE" "$T/qmp.sock" -c "help $topic"
done
expect_status 0 "$BRIDGE" "$T/qmp.sock" -c 'help blockdev-add driver=qcow2'
expect_line "$T/last.out" '^  \[l2-cache-size\] +int$'
expect_line "$T/last.out" '^    \[direct\] +bool$'
expect_status 1 "$BRIDGE" "$T/qmp.sock" -c 'help blokdev-add'
expect_line "$T/last.err" "did you mean 'blockdev-add'"

# --- what is unstable --------------------------------------------------------------------------
expect_status 0 "$BRIDGE" "$T/qmp.sock" -c 'x-query-roms' -c 'x-query-roms'
expect_equal "$(grep -c 'x-query-roms is unstable' "$T/last.err")" 1 "hints"
expect_status 0 "$BRIDGE" "$T/qmp.sock" -c 'qmp quit'
monitor_ended "$monitor"
