#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# Session mode: the first session's opening starts a recording, which goes on until the last
# one closes. A stale close stops nothing.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge

make_guest <<'END'
settled() { while [ "$(recctrlu status)" = pending ]; do idle 0.05; done; }
recctrlu --token 1 open_session alice; settled
recctrlu --token 2 open_session bob
echo "inside both"
recctrlu --token 1 close_session alice
echo "inside bob's: $(recctrlu status)"
recctrlu --token 1 close_session alice
echo "after a stale close: $(recctrlu status)"
recctrlu --token 2 close_session bob; settled
echo "afterwards: $(recctrlu status)"
recctrlu --token 9 close_session bob
END
start_bridge --recctrl session_rec=y
end_of_bridge
expect_recordings alice_000
expect_proven alice_000
expect_console alice_000 'inside both'
expect_console alice_000 "inside bob's: on"
expect_console alice_000 'after a stale close: on'
expect_line "$T/console.log" 'afterwards: off'
