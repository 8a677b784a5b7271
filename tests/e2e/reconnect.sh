#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0 7.2
#
# A QEMU that is killed and started again at the same socket: a script with --reconnect waits for
# it, before and in between, and goes on; at a prompt people are told. The gap is in the event log.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
[ -x "$BRIDGE" ] || skip "qmpbridge is not built"
requires jq jq
requires_pty

kill_monitor() {
    kill -KILL "$MONITOR_PID"
    monitor_ended "$MONITOR_PID"
}

# A script; the VM comes only after its first command was read.
mkfifo "$T/lines"
"$BRIDGE" --json --reconnect --timeout "$PATIENCE" --log "$EVENTS" "$T/vm.sock" \
    <"$T/lines" >"$T/script.out" 2>"$T/script.err" &
shell=$!
exec 6>"$T/lines"
echo query-status >&6
start_monitor vm
wait_for_line "$T/script.out" running
kill_monitor
wait_for_line "$EVENTS" '"dir": "note".*(reset|ended|closed|lost|over)'
echo query-version >&6
start_monitor vm 6>&- # or the script's input would have no end
wait_for_line "$T/script.out" micro
wait_for_line "$EVENTS" '"gap"'
echo stop >&6
echo 'wait STOP 20' >&6
exec 6>&-
wait_for_end "$shell"
expect_equal "$STATUS" 0 'status of the script'
[ ! -s "$T/script.err" ] || fail "errors: $(cat "$T/script.err")"
gap=$(jq -c 'select(.dir == "note") | .what.gap? // empty' "$EVENTS")
expect_equal "$(jq -r '(.begin < .end) and (.seconds >= 0) and (.reason | length > 0)' \
    <<<"$gap")" true "gap: $gap"
expect_equal "$(jq -c '.gap // empty' "$T/script.out")" "$gap" 'the gap in the output'
expect_equal "$(jq -r 'select(.dir == "in") | .vm' "$EVENTS" | sort -u)" vm 'name in the log'

# Without the option a script ends there.
expect_status 0 "$BRIDGE" "$T/vm.sock" -c query-status
kill_monitor
expect_status 4 "$BRIDGE" "$T/vm.sock" -c query-status

# At the prompt a VM that was there once is waited for without being asked to.
start_monitor vm
mkfifo "$T/keys"
TERM=xterm timeout $((PATIENCE * 2)) \
    script -qfec "'$BRIDGE' --no-color '$T/vm.sock'" "$T/screen.log" \
    <"$T/keys" >/dev/null 2>&1 &
shell=$!
exec 5>"$T/keys"
wait_for_line "$T/screen.log" 'Connected to QEMU'
kill_monitor
wait_for_line "$T/screen.log" 'connection lost: .*trying again in [0-9.]+ s'
printf 'query-status\n' >&5
wait_for_line "$T/screen.log" 'not connected, which is being tried again'
start_monitor vm 5>&-
wait_for_line "$T/screen.log" 'connected again after [0-9.]+ s: events of that time are missing'
wait_for_line "$T/screen.log" 'its state now: running'
printf 'query-version\n' >&5
wait_for_line "$T/screen.log" '"micro"'

# A VM that ends in order isn't waited for.
printf 'qmp quit\n' >&5
wait_for_line "$T/screen.log" 'the VM has ended'
exec 5>&-
wait_for_end "$shell"
expect_equal "$STATUS" 0 'status of the prompt'
