#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# A position-independent program that uses the agent's library, as a PAM module does, is answered
# like recctrlu, and so is the recctrlu that is built without a C library.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
USER_PROGRAM=$QMPBRIDGE_BUILD/tests/guest/agent-library
[ -x "$USER_PROGRAM" ] || skip "tests/guest/agent-library is not built"
"$QMPBRIDGE_SOURCE/guest-agent/build-guest-agent" x86_64 "$T/bare" ||
    fail "no recctrlu without a C library"

make_guest --file "$USER_PROGRAM:/bin/agent-library" --file "$T/bare:/bin/bare" <<'END'
agent-library
bare run bare -- bare mark 'from the small one'
echo "bare: $?"
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
expect_line "$T/console.log" '^bare: 0'
expect_recordings library_000 bare_001
for name in library_000 bare_001; do
    expect_proven "$name"
done
expect_equal "$(jq -r .text "$STORE/bare_001/marks.jsonl")" 'from the small one'
