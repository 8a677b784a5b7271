#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# Toggle mode, as recctrl has it: one call starts a recording, the next one stops it, numbers
# count up. A second call while the recording begins is not lost: it yields a short one.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge

make_guest <<'END'
settled() { while [ "$(recctrlu status)" = pending ]; do idle 0.05; done; }
recctrlu toggle one; settled
echo "first: $(recctrlu status)"
recctrlu toggle ignored; settled
recctrlu toggle two
recctrlu toggle two; settled
echo "then: $(recctrlu status)"
END
start_bridge
end_of_bridge
expect_recordings one_000 two_001
expect_line "$T/console.log" 'first: on'
expect_line "$T/console.log" 'then: off'
expect_equal "$(grep -c 'Success. Started recording' "$T/console.log")" 2
expect_equal "$(grep -c 'Success. Stopped recording' "$T/console.log")" 2
for name in one_000 two_001; do
    expect_reason $name requested
    expect_proven $name
done
