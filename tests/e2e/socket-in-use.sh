#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1
#
# Two bridges can't serve one socket: the second says so with status 9 and leaves the first
# alone. Attaching to nothing, or to something that isn't a monitor, is status 4 too.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
make_guest <<'END'
echo "guest: waiting"
idle 600
END
start_bridge
wait_for_line "$T/console.log" 'guest: waiting'

mapfile -t options < <(bridge_options)
expect_status 9 "$BRIDGE" run "${options[@]}"
one_clear_line "$T/last.err" 'in use'
attach -c query-status >"$T/status.out" || fail "the first bridge no longer answers"
expect_line "$T/status.out" running
expect_equal "$(stat -c %a "$SOCKET")" 600 "mode of the control socket"

expect_status 4 "$BRIDGE" "$T/nothing.sock" -c query-status
one_clear_line "$T/last.err" 'nothing.sock'
: >"$T/plain-file"
expect_status 4 "$BRIDGE" "$T/plain-file" -c query-status
one_clear_line "$T/last.err" 'plain-file'

attach -c 'qmp quit' || :
end_of_bridge
[ ! -e "$SOCKET" ] || fail "the control socket was left"
