#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0 7.2
#
# What a command costs `qmpbridge serve` where each waits for the one before: each way one wait, one
# read and one write, as of a relay that looks into nothing. A further wake-up is seen here, by
# counting and without a stopwatch.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
[ -x "$BRIDGE" ] || skip "qmpbridge is not built"
CALLS=$QMPBRIDGE_BUILD/tests/lib/.libs/libcalls.so
[ -e "$CALLS" ] || skip "tests/lib/libcalls.la is not built: make check builds it"
[ -z "${QMPBRIDGE_SANITIZED:-}" ] || skip "a sanitizer must be the first library"
requires python3 python3

start_monitor vm

# calls COMMANDS: "waits N reads N writes N" of a bridge through which so many of them went.
calls() {
    local i
    rm -f "$T/calls"
    LD_PRELOAD=$CALLS QMPBRIDGE_CALLS=$T/calls start_serve_unlogged "$T/vm.sock"
    wait_for_line "$T/serve.out" '^Connected'
    {
        echo '{"execute": "qmp_capabilities"}'
        for ((i = 0; i < $1; i++)); do echo '{"execute": "query-status"}'; done
    } | timeout "$PATIENCE" python3 "$LIB/raw-client" "$SOCKET" each >"$T/replies"
    expect_equal "$(grep -c '"return"' "$T/replies")" $(($1 + 1)) replies
    kill -TERM "$SERVE_PID"
    wait_for_end "$SERVE_PID" "$PATIENCE"
    cat "$T/calls"
}

# number WHAT COUNTS
number() {
    [[ $2 =~ $1\ ([0-9]+) ]] && echo "${BASH_REMATCH[1]}"
}

# Start and end are the same for both: the difference is that of the commands.
commands=1000
few=$(calls 10)
many=$(calls $((commands + 10)))
echo "10 commands: $few; $((commands + 10)): $many"
for what in waits reads writes; do
    cost=$(($(number "$what" "$many") - $(number "$what" "$few")))
    # Two of each; some of start and end may fall together, or not.
    [ "$cost" -ge $((2 * commands - 20)) ] || fail "$cost $what for $commands commands: not counted"
    [ "$cost" -le $((2 * commands + 20)) ] || fail "$cost $what for $commands commands: too many"
done
