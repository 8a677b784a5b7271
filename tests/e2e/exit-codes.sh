#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0 7.2
#
# The exit codes of the table in core/error.h, each made to happen, but for those that take a
# recording (5 and 6: full-disk and tampered scripts). With --keep-going the first failure's
# counts, and each is printed with its place.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
[ -x "$BRIDGE" ] || skip "qmpbridge is not built"
[ -e "$PLUGIN" ] || skip "the plugin is not built"
requires python3 python3
start_monitor vm
vm=$T/vm.sock

# ends CODE REGEX ARGUMENTS...: one clear line, and in JSON the same code as a number.
ends() {
    local code=$1 regex=$2
    shift 2
    expect_status "$code" "$BRIDGE" "$@"
    [ -z "$regex" ] || one_clear_line "$T/last.err" "$regex"
}

ends 0 '' "$vm" -c query-status -c query-version
ends 1 'has not been found' "$vm" -c '{"execute": "no-such"}' -c query-status
ends 1 "no event 'NOTHING'|NOTHING" "$vm" -c 'wait NOTHING 1'
ends 2 'unknown option' "$vm" --no-such-option
ends 2 'nothing.script' "$vm" "$T/nothing.script"
ends 3 'emulator|qemu' run --plugin "$PLUGIN" --qemu "$T/nothing" --store "$T/store"
ends 4 'nothing.sock' "$T/nothing.sock" -c query-status
ends 8 'PATIENCE|STOP' "$vm" -c 'wait STOP 0.2'
ends 8 'STOP' "$vm" --timeout 0.2 -c 'wait STOP'
ends 8 'no connection within' --reconnect --timeout 0.2 "$T/nothing.sock" -c query-status
touch "$T/file"
ends 7 '.' --store "$T/file" list

# Someone else holds the monitor.
python_holder='import socket, sys
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.recv(1000)
print("held", flush=True); sys.stdin.read()'
mkfifo "$T/hold"
python3 -c "$python_holder" "$vm" <"$T/hold" >"$T/holder.out" &
holder=$!
exec 7>"$T/hold"
wait_for_line "$T/holder.out" held
ends 9 busy "$vm" -c query-status
exec 7>&-
wait_for_end "$holder"

# A script that goes on.
printf '%s\n' 'wait STOP 0.1' query-status no-such 'set -e' no-such query-version >"$T/script"
expect_status 8 "$BRIDGE" -k "$vm" "$T/script"
expect_line "$T/last.out" running
expect_no_line "$T/last.out" micro
expect_line "$T/last.err" 'script:1: error: .*STOP'
expect_line "$T/last.err" 'script:3: error: .*no-such'
expect_line "$T/last.err" 'script:5: error: .*no-such'
expect_equal "$(grep -c "error: " "$T/last.err")" 3 "errors told"
expect_status 1 "$BRIDGE" "$vm" -c 'set +e' -c no-such -c query-status -c set
expect_line "$T/last.out" running
expect_line "$T/last.out" '^set \+e'
expect_line "$T/last.err" '^-c 2: '

# The VM goes away in the middle, in disorder.
mkfifo "$T/lines"
"$BRIDGE" "$vm" <"$T/lines" >"$T/lost.out" 2>"$T/lost.err" &
shell=$!
exec 6>"$T/lines"
echo query-status >&6
wait_for_line "$T/lost.out" running
kill -KILL "$MONITOR_PID"
monitor_ended "$MONITOR_PID"
echo query-status >&6
exec 6>&-
wait_for_end "$shell"
expect_equal "$STATUS" 4 'status after the loss of the connection'
