#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The shell on monitors that are out of order: a clear error, or a reply in spite of it all,
# never a crash, a hang or memory without bound; the event log says what is dropped.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
[ -x "$BRIDGE" ] || skip "qmpbridge is not built"
requires python3 python3

# start_peer FAULT: at $T/socket, as process $PEER_PID.
start_peer() {
    echo "--- $1"
    rm -f "$T/socket" "$T/peer.out"
    "$LIB/bad-peer" "$1" "$T/socket" >"$T/peer.out" 2>&1 &
    PEER_PID=$!
    on_exit end_process "$PEER_PID"
    wait_for_line "$T/peer.out" listening
}

# with_peer FAULT STATUS [words of qmpbridge]: runs qmpbridge on a peer with this fault.
with_peer() {
    local fault=$1 status=$2
    shift 2
    rm -f "$T/log"
    start_peer "$fault"
    expect_status "$status" "$LIB/peak-memory" "$T/memory" \
        "$BRIDGE" --log "$T/log" "$@" "$T/socket"
    kill "$PEER_PID"
    wait "$PEER_PID" 2>/dev/null || :
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

notes bad-schema 'schema.*deeper than'

# fails FAULT STATUS REGEX: one clear line.
fails() {
    with_peer "$1" "$2" --timeout 3 -c query-status
    one_clear_line "$T/last.err" "$3"
}

fails garbage-before-greeting 4 'QMP'
fails never-greets 9 busy
fails ends-in-object 4 'closed|lost'
fails stops-reading 8 'timed out'
fails big-string 4 'reply.*bigger than'
fails deep 4 'reply.*deeper than'
fails no-json 4 'reply.*syntax'

# A command that is bigger than what the socket takes.
printf 'add text=%s\n' "$(head -c 60000 /dev/zero | tr '\0' x)" >"$T/long"
with_peer stops-reading 8 --timeout 3 -c "$(cat "$T/long")"
one_clear_line "$T/last.err" 'timed out'

# A reply that can't be used fails its own command; the bridge, the connection and the later
# replies stay.
start_peer big-string
start_serve "$T/socket"
wait_for_line "$T/serve.out" '^Connected'
timeout "$PATIENCE" "$LIB/raw-client" "$SOCKET" ask >"$T/raw.out" <<'END'
{"execute": "qmp_capabilities"}
{"execute": "query-status", "id": 1}
{"execute": "query-status", "id": 2}
END
expect_line "$T/raw.out" '"error".*bigger than.*"id": 1'
expect_line "$T/raw.out" '"running".*"id": 2'
expect_line "$T/raw.out" '"running".*"id": "end"'
