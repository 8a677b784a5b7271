#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# --dry-run: the same answers and events, and nothing is written to the store.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge

make_guest <<'END'
recctrlu probe
recctrlu run nothing -- echo "worked"
echo "status was $?"
END
start_bridge --dry-run
end_of_bridge
expect_line "$T/console.log" 'dry'
expect_line "$T/console.log" 'worked'
expect_line "$T/console.log" 'status was 0'
expect_line "$EVENTS" RECORD_BEGIN
expect_line "$EVENTS" RECORD_END
expect_equal "$(recordings)$(incomplete)" ''
