#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0 7.2
#
# getfd and add-fd: QEMU uses descriptors of files that the shell opened, and of those that the
# shell itself was started with. Over TCP there are none.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
[ -x "$BRIDGE" ] || skip "qmpbridge is not built"
requires jq jq
start_monitor vm
head -c 65536 /dev/zero >"$T/disk.img"

shell() {
    timeout "$PATIENCE" "$BRIDGE" "$T/vm.sock" --json "$@" </dev/null
}

# A disk on an image that QEMU gets as a descriptor.
shell -c "add-fd $T/disk.img rw fdset-id=7 opaque='the disk'" -c query-fdsets \
    -c 'blockdev-add driver=file node-name=disk filename=/dev/fdset/7' \
    -c 'query-named-block-nodes flat=true' >"$T/add-fd.out"
expect_equal "$(jq -r 'select(.command == "add-fd") | .return."fdset-id"' "$T/add-fd.out")" 7 set
expect_equal "$(jq -r 'select(.command == "query-fdsets") | .return[0].fds[0].opaque' \
    "$T/add-fd.out")" 'the disk' opaque
expect_equal "$(jq -r 'select(.command == "query-named-block-nodes") | .return[] |
    select(."node-name" == "disk") | .image."virtual-size"' "$T/add-fd.out")" 65536 'size'

# One that qmpbridge was started with, which stays open for a second use.
exec 8<>"$T/disk.img"
shell -c 'add-fd fd:8 fdset-id=8' -c 'add-fd fd:8 fdset-id=9' -c query-fdsets >"$T/inherited.out"
exec 8>&-
expect_equal "$(jq -r 'select(.command == "query-fdsets") | .return | length' \
    "$T/inherited.out")" 3 'sets'

# A name is known as long as the connection lasts.
mkfifo "$T/state"
cat "$T/state" >"$T/migrated" &
shell -c "getfd state $T/state rw" -c 'migrate uri=fd:state' -c "getfd other $T/disk.img" \
    -c 'closefd fdname=other' -c query-migrate >"$T/getfd.out"
expect_status 1 "$BRIDGE" "$T/vm.sock" -c "getfd other $T/disk.img" -c 'closefd fdname=other' \
    -c 'closefd fdname=other'
expect_line "$T/last.err" '^-c 3: error: .*other'

# Wrong commands get an error before anything is sent.
wrong() {
    expect_status "$1" "$BRIDGE" "$T/vm.sock" -c "$3"
    one_clear_line "$T/last.err" "$2"
}
wrong 1 'No such file' "getfd x $T/nothing"
wrong 1 'is no descriptor' 'getfd x fd:77'
wrong 1 'is no descriptor' 'add-fd fd:disk'
wrong 1 'the mode is' "getfd x $T/disk.img rx"
wrong 1 'usage: getfd' 'getfd fdname=x'
expect_status 1 "$BRIDGE" "$T/vm.sock" -c "add-fd $T/disk.img fdset-id=first"
expect_line "$T/last.err" "'fdset-id' must be an integer"

# No descriptors over TCP.
requires python3 python3
port=$(python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
start_monitor tcp -qmp "tcp:127.0.0.1:$port,server=on,wait=off"
status=0
timeout "$PATIENCE" "$BRIDGE" "tcp:127.0.0.1:$port" -c "getfd x $T/disk.img" >"$T/tcp.out" \
    2>&1 </dev/null || status=$?
expect_equal "$status" 3 'status of getfd over TCP'
one_clear_line "$T/tcp.out" 'descriptor'
