#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# A position-independent program that uses the agent's library, as a PAM module does, is answered
# like recctrlu.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
USER_PROGRAM=$QMPBRIDGE_BUILD/tests/guest/agent-library
[ -x "$USER_PROGRAM" ] || skip "tests/guest/agent-library is not built"

make_guest --file "$USER_PROGRAM:/bin/agent-library" <<'END'
agent-library
END
start_bridge
end_of_bridge
expect_line "$T/console.log" 'library: addresses beyond 32 bits'
expect_line "$T/console.log" 'library: probe heard'
expect_line "$T/console.log" 'library: start 1'
expect_line "$T/console.log" 'library: mark 3'
expect_line "$T/console.log" 'library: session in toggle mode 0'
expect_line "$T/console.log" 'library: status 1'
expect_line "$T/console.log" 'library: stop of another 0'
expect_line "$T/console.log" 'library: stop 2'
expect_recordings library_000
expect_proven library_000
