#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# QEMU dies in the middle of a recording: the bridge says so and ends, and the store has the
# recording as incomplete, with the reason.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge

make_guest <<'END'
recctrlu start victim
echo "guest: recorded"
idle 600
END
start_bridge
wait_for_event RECORD_BEGIN
wait_for_line "$T/console.log" 'guest: recorded'
kill -KILL "$(pgrep -P "$BRIDGE_PID" | head -n 1)"
end_of_bridge 5
expect_equal "$(recordings)" ''
expect_equal "$(incomplete)" victim_000
expect_line "$EVENTS" 'RECORD_(END|ERROR)'
expect_status 0 "${IN_STORE[@]}" list
expect_line "$T/last.out" 'victim_000.*incomplete'
expect_status 0 "${IN_STORE[@]}" show victim_000
expect_line "$T/last.out" '(emulator-exit|died|killed|signal)'

# A name that was given once isn't given again.
make_guest <<'END'
recctrlu run victim -- true
END
start_bridge
end_of_bridge
expect_equal "$(recordings)" victim_001
