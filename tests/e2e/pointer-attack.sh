#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# A process that isn't root can't have kernel memory read for it by a hypercall, nor confuse
# the plugin with pointers that lead nowhere; names at the very end of a page are served.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
ATTACK=$QMPBRIDGE_BUILD/tests/guest/pointer-attack
[ -x "$ATTACK" ] || skip "tests/guest/pointer-attack is not built"

make_guest --file "$ATTACK:/bin/pointer-attack" <<'END'
as-user pointer-attack
echo "faults: $?"
END
start_bridge --no-verify
end_of_bridge
expect_line "$T/console.log" 'faults: 0'
expect_no_line "$T/console.log" FAULT
expect_equal "$(incomplete)" ''
