#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0 7.2
#
# The shell on a monitor of QEMU itself, without a bridge: commands work, recording says what
# it takes, and a second client gets an error: the monitor is busy.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
[ -x "$BRIDGE" ] || skip "qmpbridge is not built"
start_monitor qmp
monitor=$MONITOR_PID

plain() {
    timeout "$PATIENCE" "$BRIDGE" "$1" "${@:2}" </dev/null
}
for address in "$T/qmp.sock" "unix:$T/qmp.sock"; do
    plain "$address" --json -c query-version >"$T/version.out"
    expect_line "$T/version.out" '"major" *: *[0-9]+'
done
expect_status 1 "$BRIDGE" "$T/qmp.sock" -c 'begin_record file_name=x'
expect_line "$T/last.err" 'qmpbridge run|rr=record|record'

# Someone else holds it.
python_holder='import socket, sys
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.recv(1000)
print("held", flush=True); sys.stdin.read()'
requires python3 python3
mkfifo "$T/hold"
python3 -c "$python_holder" "$T/qmp.sock" <"$T/hold" >"$T/holder.out" &
holder=$!
exec 7>"$T/hold"
wait_for_line "$T/holder.out" held
expect_status 9 "$BRIDGE" --timeout 3 "$T/qmp.sock" -c query-status
one_clear_line "$T/last.err" busy
exec 7>&-
wait_for_end "$holder"
plain "$T/qmp.sock" -c '{"execute":"quit"}' || :
monitor_ended "$monitor"
