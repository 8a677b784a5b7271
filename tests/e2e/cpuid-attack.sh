#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# An answer to CPUID stays with its process: one that dies right after asking doesn't have the
# answer written into a set-uid program that takes over its address and page table. Where nothing
# comes between, the answer crosses the end of a page, and a replay sees the same. An
# instruction that is split between two pages is found.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
ATTACK=$QMPBRIDGE_BUILD/tests/guest/cpuid-attack
[ -x "$ATTACK" ] || skip "tests/guest/cpuid-attack is not built"

make_guest --file "$ATTACK:/bin/cpuid-attack" --file "$ATTACK:/bin/cpuid-victim" <<'GUEST'
chmod 4755 /bin/cpuid-victim
recctrlu run attack -- as-user cpuid-attack attack 30 /bin/cpuid-victim
recctrlu run ask -- as-user cpuid-attack ask 100
GUEST
start_bridge
end_of_bridge
expect_line "$T/console.log" 'changed: 0 of 30'
expect_line "$T/console.log" 'faults: 0'
expect_no_line "$T/console.log" FAULT
expect_recordings attack_000 ask_001
expect_proven attack_000
expect_proven ask_001
