#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# Agents that were built for PANDA's recctrl ask by CPUID: they work as they are.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
OLD=$QMPBRIDGE_BUILD/tests/guest/old-agent
[ -x "$OLD" ] || skip "tests/guest/old-agent is not built"

make_guest --file "$OLD:/bin/old-agent" <<'END'
settled() { while [ "$(recctrlu status)" = pending ]; do idle 0.05; done; }
old-agent toggle old; echo "first answer $?"; settled
echo "work while recorded"
old-agent toggle old; echo "second answer $?"; settled
END
start_bridge
end_of_bridge
expect_recordings old_000
expect_console old_000 'work while recorded'
expect_proven old_000
expect_line "$T/console.log" 'first answer 1'
expect_line "$T/console.log" 'second answer 2'
