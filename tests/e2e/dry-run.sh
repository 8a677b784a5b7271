#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# --dry-run: the same answers and events, and nothing is written to the store. A hypercall that the
# plugin refuses is printed on the host, not only in the guest.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge

make_guest <<'END'
recctrlu probe
recctrlu --quiet run ../refused -- true
recctrlu run nothing -- echo "worked"
echo "status was $?"
END
start_bridge --dry-run
"$BRIDGE" "$SOCKET" -c "wait EMULATOR_MESSAGE $((PATIENCE * 2))" >"$T/witness.out" 2>&1 \
    </dev/null &
witness=$!
on_exit end_process "$witness"
end_of_bridge
expect_line "$T/console.log" 'dry'
expect_line "$T/console.log" 'worked'
expect_line "$T/console.log" 'status was 0'
expect_line "$EVENTS" RECORD_BEGIN
expect_line "$EVENTS" RECORD_END
# What the plugin says goes to the log and to the attached shell.
expect_line "$EVENTS" 'EMULATOR_MESSAGE.*recctrl: a guest.s hypercall was refused: '
wait_for_end "$witness"
expect_equal "$STATUS" 0 'status of the attached shell'
expect_line "$T/witness.out" 'EMULATOR_MESSAGE.*recctrl: '
expect_equal "$(recordings)$(incomplete)" ''
