#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1
#
# Two bridges record into one store at once, under one wanted name: each recording gets a name of
# its own, nothing is overwritten, and all of them are whole.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge

make_guest <<'END'
for i in 1 2 3; do
    recctrlu run same -- sh -c 'echo "inside: $(head -c 32 /dev/urandom | sha256sum)"'
done
END

# start_one NAME: its socket is $T/NAME.sock, its log $T/NAME.events.
start_one() {
    local SOCKET=$T/$1.sock EVENTS=$T/$1.events
    local -a options
    mapfile -t options < <(bridge_options)
    "$BRIDGE" run "${options[@]}" >"$T/$1.out" 2>&1 </dev/null &
    BRIDGE_PID=$!
    on_exit end_process "$BRIDGE_PID"
}

# ended NAME: the names of the recordings that it has ended.
ended() {
    jq -r 'select(.what.event? == "RECORD_END") | .what.data.name' "$T/$1.events" | sort
}

start_one first
first=$BRIDGE_PID
start_one second
for pid in $first $BRIDGE_PID; do
    wait_for_end "$pid" $((PATIENCE * 3))
    expect_equal "$STATUS" 0 'exit status of qmpbridge run'
done
expect_equal "$(ended first | wc -l) $(ended second | wc -l)" '3 3' 'recordings of each'
expect_equal "$(comm -12 <(ended first) <(ended second))" '' 'names that both were given'
# shellcheck disable=SC2046 # names have no blanks
expect_recordings $(ended first) $(ended second)
for name in $(recordings); do
    expect_proven "$name"
    expect_console "$name" '^inside: [0-9a-f]{64}'
done
expect_equal "$(cat "$STORE"/*/console.log | grep -a '^inside: ' | sort -u | wc -l)" 6 \
    'different recordings'
