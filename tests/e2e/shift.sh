#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# --shift: 3 unless another one is asked for. A recording keeps the one that it was made with, and
# is replayed with that, whatever the default and the configuration are.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
make_guest <<'END'
recctrlu run shift -- sh -c 'head -c 32 /dev/urandom | sha256sum'
END
record() {
    start_bridge "$@"
    end_of_bridge
}
record
record --shift 5
mkdir -p "$XDG_CONFIG_HOME/qmpbridge"
printf '[defaults]\nshift=%s\n' 4 >"$XDG_CONFIG_HOME/qmpbridge/config"
record --shift 1
record
expect_recordings shift_000 shift_001 shift_002 shift_003
expect_equal "$(about shift_000 '.machine["icount-shift"]')" 3 'the default'
expect_equal "$(about shift_001 '.machine["icount-shift"]')" 5
expect_equal "$(about shift_002 '.machine["icount-shift"]')" 1 'the command line comes first'
expect_equal "$(about shift_003 '.machine["icount-shift"]')" 4 'the shift of the configuration'
for name in $(recordings); do
    expect_proven "$name"
    expect_verified "$name"
done
