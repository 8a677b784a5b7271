#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The shell on monitors that are out of order: a clear error, or a reply in spite of it all,
# never a crash, a hang or memory without bound; what is dropped is told in the event log.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
[ -x "$BRIDGE" ] || skip "qmpbridge is not built"
requires python3 python3

# with_peer FAULT STATUS [words of qmpbridge]: runs qmpbridge on a peer with this fault.
with_peer() {
    local fault=$1 status=$2 peer
    shift 2
    echo "--- $fault"
    rm -f "$T/socket" "$T/log" "$T/peer.out"
    "$LIB/bad-peer" "$fault" "$T/socket" >"$T/peer.out" 2>&1 &
    peer=$!
    on_exit end_process "$peer"
    wait_for_line "$T/peer.out" listening
    expect_status "$status" "$LIB/peak-memory" "$T/memory" \
        "$BRIDGE" --log "$T/log" "$@" "$T/socket"
    kill "$peer"
    wait "$peer" 2>/dev/null || :
    expect_no_line "$T/last.err" 'CRITICAL|WARNING|Sanitizer'
    [ -n "${QMPBRIDGE_SANITIZED:-}" ] || [ "$(cat "$T/memory")" -lt 256 ] ||
        fail "$(cat "$T/memory") MiB of memory at $fault"
}

# Two commands are answered, whatever comes besides, and something was noted in the log.
gets_replies() {
    with_peer "$1" 0 --json -c query-status -c query-name
    expect_equal "$(grep -c '"status" *: *"running"' "$T/last.out")" 2 "replies at $1"
    expect_no_line "$T/last.out" wrong
}

notes() {
    gets_replies "$1"
    expect_line "$T/log" "\"dir\" *: *\"note\".*$2"
}

gets_replies none
gets_replies byte-by-byte
gets_replies reset-before-greeting
notes event-before-greeting 'before the greeting'
notes garbage 'not JSON'
notes unknown-id 'no known command'
notes no-id 'no known command'
notes reset 'control character'
notes wrong-shape 'must be a JSON object'
notes big-event 'bigger than'
notes deep-event 'deeper than'

# fails FAULT STATUS REGEX: one clear line.
fails() {
    with_peer "$1" "$2" --timeout 3 -c query-status
    one_clear_line "$T/last.err" "$3"
}

fails garbage-before-greeting 4 'QMP'
fails never-greets 4 busy
fails ends-in-object 4 'closed|lost'
fails stops-reading 1 'timed out'
fails big-string 4 'reply.*bigger than'
fails deep 4 'reply.*deeper than'
fails no-json 4 'reply.*syntax'

# A command that is bigger than what the socket takes.
printf 'blockdev-add node-name=%s\n' "$(head -c 60000 /dev/zero | tr '\0' x)" >"$T/long"
with_peer stops-reading 1 --timeout 3 -c "$(cat "$T/long")"
one_clear_line "$T/last.err" 'timed out'
