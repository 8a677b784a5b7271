#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1
#
# The prompt on a terminal: events appear above it while the user types nothing, words complete,
# history works, and the end of input ends the shell but not the VM.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
requires_pty
make_guest <<'END'
echo "guest: waiting"
idle 600
END
start_bridge --no-verify
wait_for_line "$T/console.log" 'guest: waiting'

mkfifo "$T/keys"
TERM=xterm timeout $((PATIENCE * 2)) script -qfec "'$BRIDGE' '$SOCKET'" "$T/screen.log" \
    <"$T/keys" >/dev/null 2>&1 &
shell=$!
exec 5>"$T/keys"
wait_for_line "$T/screen.log" '>'
printf 'query-status\n' >&5
wait_for_line "$T/screen.log" running

# An event that comes while a line is half typed.
printf 'query-ver' >&5
attach -c 'begin_record file_name=seen'
wait_for_line "$T/screen.log" 'RECORD_BEGIN|begun|seen'
printf 'sion\n' >&5
wait_for_line "$T/screen.log" 'micro'

# Completion: the one command that begins so.
printf 'end_rec\t\n' >&5
wait_for_line "$T/screen.log" 'RECORD_END|ended'
printf '\004' >&5
exec 5>&-
wait_for_end "$shell"
attach -c query-status >"$T/status.out"
expect_line "$T/status.out" running
attach -c 'qmp quit' || :
end_of_bridge
expect_recordings seen
