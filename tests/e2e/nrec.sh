#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# nrec: after so many recordings the emulator is done, and what was recorded is whole.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge

make_guest <<'END'
for i in 1 2 3; do
    recctrlu run work -- echo "turn $i"
done
idle 600
END
start_bridge --recctrl nrec=2
end_of_bridge
expect_recordings work_000 work_001
expect_console work_001 'turn 2'
expect_proven work_000
expect_proven work_001

# The one recording of nrec=1 bears the name as it is; and names of earlier runs stay taken.
for wanted in work work_002; do
    start_bridge --recctrl nrec=1
    end_of_bridge
    [ -e "$STORE/$wanted/recording.json" ] || fail "no recording $wanted: $(recordings)"
done
