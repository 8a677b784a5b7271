#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Run from its build tree the program finds the plugin that was built with it. A copy elsewhere does
# not, whatever the current directory is or holds.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
[ -x "$BRIDGE" ] || skip "qmpbridge is not built"
[ -e "$PLUGIN" ] || skip "the plugin is not built"

# complains PROGRAM REGEX: of what it misses first; the plugin comes before the emulator.
complains() {
    local status=0
    timeout "$PATIENCE" "$1" run --qemu "$T/no-emulator" --kernel "$T/no-kernel" \
        --store "$T/store" >"$T/last.out" 2>"$T/last.err" </dev/null || status=$?
    [ "$status" != 0 ] || fail "a VM without an emulator was started"
    one_clear_line "$T/last.err" "$2"
}

cd /
complains "$BRIDGE" 'no-emulator'
mkdir -p "$T/qmpbridge"
cp "$BRIDGE" "$T/qmpbridge/"
cd "$QMPBRIDGE_BUILD"
# The installed plugin is what it looks for; where one is installed the emulator is missed next.
complains "$T/qmpbridge/qmpbridge" 'plugin.*recctrl.so|recctrl.so.*plugin|no-emulator'
expect_no_line "$T/last.err" "$QMPBRIDGE_BUILD"
