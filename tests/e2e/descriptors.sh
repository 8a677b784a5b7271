#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0 7.2
#
# Descriptors with commands, from clients of `qmpbridge serve` to QEMU: getfd and add-fd do what
# they do on QEMU's own monitor, it is the right file that arrives, and the bridge keeps none open.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
[ -x "$BRIDGE" ] || skip "qmpbridge is not built"
requires jq jq
requires python3 python3

start_monitor vm
start_serve "$T/vm.sock"
wait_for_line "$T/serve.out" '^Connected to QEMU '
for size in 1 2 3 4; do truncate -s "${size}M" "$T/$size.img"; done
open_files() {
    find "/proc/$SERVE_PID/fd" -mindepth 1 | wc -l
}
"$LIB/qmp-with-fds" "$SOCKET" </dev/null
before=$(open_files)

# with_fds [--at-once] <COMMANDS >REPLIES
with_fds() {
    timeout "$PATIENCE" "$LIB/qmp-with-fds" "$@" "$SOCKET"
}

# open_set NODE FDSET: the command that opens what add-fd has brought.
open_set() {
    jq -cn --arg node "$1" --arg file "/dev/fdset/$2" '{execute: "blockdev-add",
        arguments: {driver: "file", "node-name": $node, filename: $file}}'
}

# sizes: what QEMU finds behind the block nodes.
sizes() {
    attach --return-value -c query-named-block-nodes |
        jq -r 'map("\(.["node-name"])=\(.image["virtual-size"] / 1048576)") | sort | join(" ")'
}

# The file that was sent is the one that QEMU opens, also where several come with one command.
with_fds >"$T/add.out" <<END
$T/1.img {"execute": "add-fd", "arguments": {"fdset-id": 1}}
$T/2.img $T/3.img {"execute": "add-fd", "arguments": {"fdset-id": 2}}
{"execute": "add-fd", "arguments": {"fdset-id": 3}}
$(open_set a 1)
$(open_set b 2)
END
answers=$(jq -c '.return["fdset-id"] // .error.class // .return' "$T/add.out" | tr '\n' ' ')
expect_equal "$answers" '1 2 "GenericError" {} {} ' 'replies to add-fd'
expect_equal "$(sizes)" 'a=1 b=2' 'sizes of the files that arrived'

# Sent all at once none gets another's: only one is under way to QEMU at a time.
for id in 11 12 13 14; do
    echo "$T/$((id - 10)).img {\"execute\": \"add-fd\", \"arguments\": {\"fdset-id\": $id}}"
done >"$T/commands"
for id in 11 12 13 14; do open_set "n$id" $id; done >>"$T/commands"
with_fds --at-once <"$T/commands" >"$T/many.out"
expect_equal "$(jq -c 'has("return")' "$T/many.out" | sort -u)" true "$(cat "$T/many.out")"
expect_equal "$(sizes)" 'a=1 b=2 n11=1 n12=2 n13=3 n14=4' 'sizes of those sent at once'

with_fds >"$T/get.out" <<END
$T/3.img {"execute": "getfd", "arguments": {"fdname": "it"}}
{"execute": "closefd", "arguments": {"fdname": "it"}}
{"execute": "closefd", "arguments": {"fdname": "it"}}
END
expect_equal "$(jq -c 'has("return")' "$T/get.out" | tr '\n' ' ')" 'true true false ' getfd

# A client that goes with descriptors that nobody took.
with_fds >/dev/null <<END
$T/1.img $T/2.img $T/3.img {"execute": "query-status"}
END
"$LIB/qmp-with-fds" "$SOCKET" </dev/null
wait_for_line "$EVENTS" 'client 8 .*has left'
expect_equal "$(open_files)" "$before" 'open files of the bridge'
