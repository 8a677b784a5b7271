#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0 7.2
#
# A monitor that really hangs, on a read from a disk whose server on the network is stopped: the
# prompt says what helps, Ctrl-C gives the command up, yank cuts the connection.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
[ -x "$BRIDGE" ] || skip "qmpbridge is not built"
requires_pty

# The server is a QEMU too.
start_monitor server
server=$MONITOR_PID
head -c 65536 /dev/zero >"$T/disk.img"
expect_status 0 "$BRIDGE" "$T/server.sock" \
    -c "blockdev-add driver=file node-name=disk filename=$T/disk.img" \
    -c "nbd-server-start addr.type=unix addr.data.path=$T/nbd.sock" \
    -c 'block-export-add type=nbd id=export node-name=disk name=disk'
start_monitor vm
expect_status 0 "$BRIDGE" "$T/vm.sock" -c "blockdev-add driver=nbd node-name=far \
read-only=true export=disk server.type=unix server.path=$T/nbd.sock"
kill -STOP "$server"
on_exit kill -CONT "$server"

mkfifo "$T/keys"
TERM=xterm timeout $((PATIENCE * 2)) \
    script -qfec "'$BRIDGE' --no-color '$T/vm.sock'" "$T/screen.log" \
    <"$T/keys" >/dev/null 2>&1 &
shell=$!
exec 5>"$T/keys"
wait_for_line "$T/screen.log" 'Connected to QEMU'
printf 'human-monitor-command command-line="qemu-io far \\"read 0 512\\""\n' >&5
wait_for_line "$T/screen.log" "no answer for 10 s: .*'yank'"

# The monitor hangs, and the prompt is there again.
printf '\003' >&5
printf 'yank\n' >&5
wait_for_line "$T/screen.log" '"node-name": "far"'
printf 'yank all\n' >&5
printf 'query-version\n' >&5
wait_for_line "$T/screen.log" '"micro"'
printf 'yank block-node\nyank everything\n' >&5
wait_for_line "$T/screen.log" "'everything': yank takes all"
printf '\004' >&5
exec 5>&-
wait_for_end "$shell"

# What isn't there is an error.
expect_status 0 "$BRIDGE" "$T/vm.sock" --json -c yank -c 'yank all'
expect_line "$T/last.out" '"command": "yank", "return": \{\}'
expect_status 1 "$BRIDGE" "$T/vm.sock" -c 'yank chardev=nothing'
