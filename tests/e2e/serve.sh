#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0 7.2
#
# `qmpbridge serve`: the one monitor of a QEMU served to several clients. Replies are QEMU's own,
# events reach all, recording says what it takes; the VM may go and come back; without --socket
# there is a socket, too, and nothing of it stays behind.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
[ -x "$BRIDGE" ] || skip "qmpbridge is not built"
requires jq jq

# The monitor may come later than the bridge.
start_serve "$T/vm.sock"
wait_for_line "$T/serve.err" 'vm.sock'
start_monitor vm
vm=$MONITOR_PID
wait_for_line "$T/serve.out" '^Connected to QEMU '"${QEMU_LABEL//./\\.}"
expect_equal "$(stat -c %a "$SOCKET")" 600 "mode of the socket"

# Two that wait for an event, while others come and go.
for watcher in one two; do
    "$BRIDGE" "$SOCKET" --json -c "wait STOP $PATIENCE" >"$T/$watcher.out" 2>&1 </dev/null &
    watchers+=($!)
done
attach --json -c query-version >"$T/version.out"
expect_line "$T/version.out" "\"major\" *: *${QEMU_LABEL%%.*}\\b"
wait_for_line "$EVENTS" 'client 2 '
attach -c cont -c stop
for pid in "${watchers[@]}"; do
    wait_for_end "$pid"
    expect_equal "$STATUS" 0 "status of a client that waited for STOP"
done

# What QEMU says is passed on as it is; what it doesn't have is said.
attach --json -c query-commands >"$T/commands.out"
expect_no_line "$T/commands.out" 'begin_(record|replay)'
for command in begin_record begin_replay end_replay; do
    status=0
    attach -c "{\"execute\": \"$command\"}" >"$T/refused.out" 2>&1 || status=$?
    expect_equal $status 1 "status of '$command'"
    one_clear_line "$T/refused.out" 'qmpbridge run'
done
status=0
attach -c 'qmp no-such-command' >"$T/unknown.out" 2>&1 || status=$?
expect_equal $status 1

# The VM ends: clients lose their connections, as they would with QEMU. It is started again: those
# that have come meanwhile are served.
"$BRIDGE" "$SOCKET" -c "wait RTC_CHANGE $PATIENCE" >"$T/loser.out" 2>&1 </dev/null &
loser=$!
wait_for_line "$EVENTS" 'client 10 '
attach -c 'qmp quit'
monitor_ended "$vm"
wait_for_end "$loser"
expect_equal "$STATUS" 4 "status of a client whose VM ended"
"$BRIDGE" "$SOCKET" --timeout "$PATIENCE" --json -c query-status >"$T/later.out" 2>&1 </dev/null &
later=$!
start_monitor vm
wait_for_end "$later"
expect_equal "$STATUS" 0 "status of a client that came while the VM was away"
expect_line "$T/later.out" '"status"'
wait_for_line "$EVENTS" '"gap": \{"begin": "[0-9T:.-]+Z", "end": "[0-9T:.-]+Z", "seconds": [0-9.]+'

# It is ended: the VM lives on, and has room for another client.
kill -TERM "$SERVE_PID"
wait_for_end "$SERVE_PID"
expect_equal "$STATUS" 0 "status of qmpbridge serve"
[ ! -e "$SOCKET" ] || fail "the socket stays behind"
expect_status 0 "$BRIDGE" "$T/vm.sock" -c query-status

# Its own place for the socket, said to machines; TCP; and a socket that is in use.
requires python3 python3
port=$(python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
start_monitor tcp -qmp "tcp:127.0.0.1:$port,server=on,wait=off"
"$BRIDGE" serve --json "tcp:127.0.0.1:$port" >"$T/json.out" 2>&1 </dev/null &
server=$!
on_exit end_process "$server"
wait_for_line "$T/json.out" '"socket"'
own=$(jq -r .running.socket "$T/json.out")
expect_status 0 "$BRIDGE" "$own" --json -c query-status
expect_status 9 "$BRIDGE" serve --socket "$own" "tcp:127.0.0.1:$port"
one_clear_line "$T/last.err" 'in use'
end_process "$server"
[ ! -e "$(dirname "$own")" ] || fail "the folder of the socket stays behind"
