#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# A machine that UEFI boots: without a disk it ends in its own shell. The firmware lies in flash,
# whose images belong to the recording.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
[ -e /usr/share/OVMF/OVMF_CODE_4M.fd ] ||
    skip "UEFI firmware is missing; on Debian: apt-get install ovmf"

bridge_options() {
    printf '%s\n' --qemu "$QEMU" --plugin "$PLUGIN" --memory 128 \
        --store "$STORE" --socket "$SOCKET" --log "$EVENTS"
}

start_bridge --firmware uefi
wait_for_line "$T/console.log" 'UEFI Interactive Shell'
attach -c 'begin_record shell' >"$T/begin.out"
attach -c end_record >"$T/end.out"
kill -TERM "$BRIDGE_PID"
end_of_bridge
expect_proven shell
expect_equal "$(about shell '.machine.disks[].interface' | tr '\n' ' ')" 'flash flash ' disks
