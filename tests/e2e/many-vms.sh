#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# One shell, three VMs, of QEMU 11.1, 10.0 and 7.2 where they are here: attach, use, all, info and
# detach. What is printed of a VM begins with its name, or has it as a member of the JSON object.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
# shellcheck source=tests/lib/rig.sh
. "$LIB/rig.sh"
[ -x "$BRIDGE" ] || skip "qmpbridge is not built"
requires jq jq

versions=(11.1 10.0 7.2)
names=(new middle old)
for i in 0 1 2; do
    variable=QMPBRIDGE_QEMU_${versions[i]//./_}
    QEMU=${!variable:-$(rig_cache)/roots/qemu-${versions[i]}/bin/qemu-system-x86_64}
    [ -x "$QEMU" ] || skip "no QEMU ${versions[i]} here: run tests/lib/private-root"
    start_monitor "${names[i]}"
done

# in_all ARGUMENTS...: the three by their names; the first is the current one.
in_all() {
    timeout "$PATIENCE" "$BRIDGE" "new=$T/new.sock" --attach "middle=$T/middle.sock" \
        --attach "old=unix:$T/old.sock" "$@" </dev/null
}

in_all --json -c 'all query-version' >"$T/version.out"
for i in 0 1 2; do
    expect_equal "$(jq -r --arg vm "${names[i]}" 'select(.vm == $vm) | .return.qemu |
        "\(.major).\(.minor)"' "$T/version.out")" "${versions[i]}" "version of ${names[i]}"
done

# People see the name before the text; commands go to the current VM.
in_all -c query-status -c 'use old' -c query-name -c query-version >"$T/use.out"
expect_line "$T/use.out" '^new: '
expect_line "$T/use.out" '^old:$'
expect_no_line "$T/use.out" '^middle: '

# A line for all is taken as it was typed, quotes included; events have their VM's name too.
in_all --json -c 'all human-monitor-command command-line="info name"' \
    -c 'all {"execute": "stop"}' -c 'all {"execute": "cont"}' -c 'all wait RESUME 20' \
    >"$T/events.out"
expect_equal "$(jq -r 'select(.event == "RESUME") | .vm' "$T/events.out" | sort | tr '\n' ' ')" \
    'middle new old ' 'who told RESUME'

# query-cryptodev came with QEMU 8.0: where one fails the others answer.
status=0
in_all --json -c 'all query-cryptodev' >"$T/fail.out" 2>&1 || status=$?
expect_equal "$status" 1 'status of a command that fails on one VM'
expect_equal "$(jq -r 'select(.return) | .vm' "$T/fail.out" | sort | tr '\n' ' ')" \
    'middle new ' 'who answered'
expect_equal "$(jq -r 'select(.error and .vm) | "\(.vm) \(.error.line)"' "$T/fail.out")" \
    'old query-cryptodev' 'who failed'
expect_equal "$(jq -r 'select(.error and .error.where) | .error.desc' "$T/fail.out")" \
    'failed on old' 'the error of all'

# Attached at run time, with a name of its own or with one from its socket, and let go again.
printf '%s\n' "attach second=$T/middle.sock" "attach $T/old.sock" info 'use new' 'detach second' \
    'all query-status' 'detach' info >"$T/script"
timeout "$PATIENCE" "$BRIDGE" --json "new=$T/new.sock" "$T/script" >"$T/attach.out"
expect_equal "$(jq -r 'select(.command == "info") | .return | "\(.name) \(.state) \(.qemu)"' \
    "$T/attach.out" | cut -d. -f1,2 | tr '\n' ' ')" \
    'new ready 11.1 second ready 10.0 old ready 7.2 old ready 7.2 ' 'connections'
expect_equal "$(jq -r 'select(.command == "query-status") | .vm' "$T/attach.out" | sort |
    tr '\n' ' ')" 'new old ' 'who answered at the end'
expect_equal "$(jq -r 'select(.command == "info") | .return.peer.uid' "$T/attach.out" |
    sort -u)" "$(id -u)" 'who is at the other end'

# Wrong commands get clear errors.
wrong() {
    local code=$1 regex=$2
    shift 2
    expect_status "$code" "$BRIDGE" "new=$T/new.sock" --attach "old=$T/old.sock" "$@"
    one_clear_line "$T/last.err" "$regex"
}
wrong 1 "no VM nobody is attached; there are: new, old" -c 'use nobody'
wrong 1 "'list' isn't about a VM" -c 'all list'
wrong 1 "'new' already" -c "attach new=$T/middle.sock"
wrong 4 'nothing.sock' -c "attach $T/nothing.sock"
wrong 4 'nothing.sock' --attach "$T/nothing.sock" -c query-status
