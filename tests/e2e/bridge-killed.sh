#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1
#
# The bridge itself is killed in the middle of a recording: no emulator stays behind, and the
# store says what happened to the recording, and still has its marks.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge

make_guest <<'END'
recctrlu start orphan
echo "guest: recorded"
idle 600
END
start_bridge
wait_for_event RECORD_BEGIN
wait_for_line "$T/console.log" 'guest: recorded'
attach -c 'record-mark it was here'
emulator=$(pgrep -P "$BRIDGE_PID" | head -n 1)
kill -KILL "$BRIDGE_PID"
timeout 20 tail --pid="$emulator" -f /dev/null || fail "QEMU outlives the bridge"
wait_for_end "$BRIDGE_PID"
expect_equal "$(recordings)" ''
expect_equal "$(incomplete)" orphan_000
expect_status 0 "${IN_STORE[@]}" list
expect_line "$T/last.out" 'orphan_000.*incomplete'
expect_status 0 "${IN_STORE[@]}" show orphan_000
expect_line "$T/last.out" 'it was here'

# The socket that it left is no obstacle.
make_guest <<'END'
echo "guest: alive"
END
start_bridge
end_of_bridge
expect_line "$T/console.log" 'guest: alive'
