#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# timeout: a recording that nobody stops is ended, says so, and is as good as any other.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge

make_guest <<'END'
recctrlu toggle forgotten
while [ "$(recctrlu status)" != off ]; do idle 0.2; done
echo "it was ended"
END
start_bridge --recctrl timeout=2
end_of_bridge
expect_recordings forgotten_000
expect_reason forgotten_000 timeout
expect_proven forgotten_000
expect_line "$T/console.log" 'it was ended'
