#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# The plugin's options as QEMU hands them over: yes and no in every spelling, on QEMU's own command
# line and behind --recctrl.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge

# load OPTIONS: QEMU's monitor answers, so the plugin has taken them; then QEMU quits.
load() {
    timeout "$PATIENCE" "$QEMU" -nodefaults -M none -display none -qmp stdio \
        -plugin "file=$PLUGIN,$1" >"$T/loaded.out" 2>"$T/loaded.log" \
        <<<'{"execute": "qmp_capabilities"} {"execute": "quit"}' || fail "QEMU with $1: status $?"
    expect_line "$T/loaded.out" SHUTDOWN
    expect_no_line "$T/loaded.log" bad
}

for yes in on yes y true 1; do
    load "dry=$yes,session_rec=$yes,nrec=2,timeout=3"
done
for no in off no n false 0; do
    load "control=$T/nobody.sock,dry=$no,session_rec=$no"
done
expect_status 1 "$QEMU" -nodefaults -M none -display none -plugin "file=$PLUGIN,dry=perhaps"
expect_line "$T/last.err" "recctrl: .*'dry=perhaps'"

make_guest <<'END'
recctrlu run nothing -- echo "worked"
END
for dry in y 1; do
    start_bridge --recctrl "dry=$dry"
    end_of_bridge
    expect_line "$T/console.log" worked
    expect_equal "$(recordings)$(incomplete)" ''
done
