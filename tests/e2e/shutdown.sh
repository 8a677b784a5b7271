#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# A guest that switches itself off while it is recorded: the recording is ended first.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge

make_guest <<'END'
recctrlu start last
echo "going down while recorded"
END
start_bridge
end_of_bridge
expect_recordings last_000
expect_reason last_000 shutdown
expect_console last_000 'going down while recorded'
expect_proven last_000
