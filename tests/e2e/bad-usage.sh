#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a person gets wrong on the command line is answered by one clear line and status 2,
# before anything is started or made.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
[ -x "$BRIDGE" ] || skip "qmpbridge is not built"

# refused REGEX ARGUMENTS...
refused() {
    local regex=$1
    shift
    expect_status 2 "$BRIDGE" "$@"
    expect_line "$T/last.err" "$regex"
    expect_line "$T/last.err" "qmpbridge --help"
    [ "$(grep -c . "$T/last.err")" -le 2 ] || fail "more than two lines: $(cat "$T/last.err")"
    expect_equal "$(cat "$T/last.out")" '' "output of: qmpbridge $*"
}

refused 'no-such-option' run --no-such-option
refused 'memory' run --memory lots
refused 'memory' run --memory 0
refused 'memory' run --memory -5
refused 'shift' run --shift 40
refused 'disk-interface|virtio' run --disk-interface floppy
refused 'net' run --net bridge
refused 'forward' run --net user --forward tcp:70000:1
refused 'forward' run --net user --forward tcp:80
refused 'name' run --name ../x
refused 'timeout' --timeout never list
refused 'cpu-affinity: CPU 8191 .*this process may run on [0-9]' run --cpu-affinity 0,8191
refused 'cpu-affinity: .*auto, none' verify x --cpu-affinity fast
refused '.' run --kernel
refused '.' show
refused '.' verify
refused '.' replay a b c
[ ! -e "$XDG_DATA_HOME/qmpbridge" ] || fail "something was made in $XDG_DATA_HOME"

expect_status 0 "$BRIDGE" --version
one_clear_line "$T/last.out" '^qmpbridge .*[0-9]+\.[0-9]+'
expect_status 0 "$BRIDGE" --help
expect_line "$T/last.out" 'qmpbridge run'
