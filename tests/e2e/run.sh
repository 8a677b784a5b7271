#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# `recctrlu run NAME -- COMMAND` in the guest: the recording holds the whole of the command
# and nothing of what comes before or after, its replay is identical although the command
# reads random numbers, and the command's status comes back.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge

make_guest <<'END'
recctrlu probe
echo "before the recording"
recctrlu run random -- sh -c 'echo "inside: $(head -c 32 /dev/urandom | sha256sum)"; exit 7'
echo "status was $?"
END
start_bridge
end_of_bridge
expect_recordings random_000
expect_reason random_000 requested
expect_proven random_000
expect_console random_000 '^inside: [0-9a-f]{64}'
expect_no_line "$STORE/random_000/console.log" 'before the recording'
expect_line "$T/console.log" 'recorder: ABI 1, recording possible'
expect_line "$T/console.log" 'status was 7'
expect_line "$EVENTS" RECORD_BEGIN
expect_line "$EVENTS" RECORD_END
expect_line "$EVENTS" RECORD_VERIFIED

# A replay writes what the guest wrote.
expect_status 0 "${IN_STORE[@]}" replay random_000
expect_line "$T/last.out" "$(grep -o 'inside: [0-9a-f]*' "$STORE/random_000/console.log")"
expect_verified random_000
