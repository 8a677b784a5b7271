#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A monitor that has stopped answering, or even reading: clients that send all that is taken, and
# leave, must not add up in the bridge's memory.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
[ -x "$BRIDGE" ] || skip "qmpbridge is not built"
requires python3 python3

CLIENTS=10
# What a client sends over and over: requests of 4 MiB.
{
    echo '{"execute": "qmp_capabilities"}'
    for ((i = 0; i < 8; i++)); do
        printf '{"execute": "add", "arguments": {"text": "'
        head -c $((4 << 20)) /dev/zero | tr '\0' x
        echo '"}}'
    done
} >"$T/flood"

# memory FIELD: MiB of the bridge, of /proc/PID/status.
memory() {
    awk -v field="$1:" '$1 == field { print int($2 / 1024) }' "/proc/$SERVE_PID/status"
}

# crowd ROUND: they come, send, are stuck, and leave.
crowd() {
    local i pids=()
    for ((i = 0; i < CLIENTS; i++)); do
        "$LIB/raw-client" "$SOCKET" deaf <"$T/flood" >"$T/client-$i.out" 2>&1 &
        pids+=($!)
        on_exit end_process $!
    done
    for ((i = 0; i < CLIENTS; i++)); do
        wait_for_line "$T/client-$i.out" stuck
    done
    echo "round $1: $(memory VmRSS) MiB while $CLIENTS clients are stuck"
    kill "${pids[@]}"
    followed "$EVENTS" "$PATIENCE" grep -a -m $((CLIENTS * $1)) \
        'client [0-9]* (.*) \(has left\|was dropped\)' >"$T/left" ||
        fail "not all clients were seen to leave"
    rm -f "$T"/client-*.out
}

# hung FAULT: of tests/lib/bad-peer.
hung() {
    local left round
    echo "--- $1"
    rm -f "$T/peer.out"
    "$LIB/bad-peer" "$1" "$T/$1.sock" >"$T/peer.out" 2>&1 &
    on_exit end_process $!
    wait_for_line "$T/peer.out" listening
    start_serve "$T/$1.sock"
    wait_for_line "$T/serve.out" '^Connected'
    for round in 1 2 3; do
        crowd "$round"
        left=$(memory VmRSS)
        echo "round $round: $left MiB once they have left"
        [ -n "${QMPBRIDGE_SANITIZED:-}" ] || [ "$left" -lt 128 ] || fail "$left MiB are kept"
    done
    [ -n "${QMPBRIDGE_SANITIZED:-}" ] || [ "$(memory VmHWM)" -lt 512 ] ||
        fail "$(memory VmHWM) MiB at the highest"
    end_process "$SERVE_PID"
}

hung stops-reading
hung stops-answering
