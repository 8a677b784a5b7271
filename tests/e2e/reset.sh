#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# A guest that reboots, and one that a client resets, with a disk and a network: the reset ends
# what was recorded, of a session or of a client, and the VM goes on to be recorded again.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
requires qemu-img qemu-utils

qemu-img create -q -f qcow2 "$T/disk.qcow2" 64M
make_guest --devices blk,net <<'END_OF_GUEST'
until [ -b /dev/vda ]; do idle 0.05; done
recctrlu open_session login
while [ "$(recctrlu status)" != on ]; do idle 0.1; done
dd if=/dev/vda of=/dev/null bs=64k count=20 iflag=direct 2>/dev/null
echo x | dd of=/dev/vda bs=4k conv=sync,fsync 2>/dev/null
ping -c 1 10.0.2.2 >/dev/null
echo "guest: up"
while [ "$(recctrlu status)" != off ]; do idle 0.1; done
echo "guest: waits"
while [ "$(recctrlu status)" != on ]; do idle 0.1; done
echo "guest: reboots"
reboot -f
END_OF_GUEST

# says TIMES WHAT: so often the guest has said it by now, in all its boots.
says() {
    followed "$T/console.log" "$PATIENCE" grep -a -m "$1" "^guest: $2" >"$T/.line" ||
        fail "the guest has not said '$2' $1 times within $PATIENCE s"
}

start_bridge --recctrl session_rec=on --disk "$T/disk.qcow2" --net user
says 1 up
attach -c 'qmp system_reset'
wait_for_event RECORD_END "$PATIENCE" '"login_000"'
wait_for_event RECORD_BEGIN "$PATIENCE" '"login_001"'
says 2 up
attach -c end_record
says 1 waits
attach -c 'begin_record file_name=across'
wait_for_event RECORD_END "$PATIENCE" '"across"'
wait_for_event RECORD_BEGIN "$PATIENCE" '"login_002"'
says 3 up
attach -c end_record -c 'qmp quit' || :
end_of_bridge

expect_recordings login_000 login_001 across login_002
for name in login_000 login_001 across login_002; do expect_proven "$name"; done
expect_reason login_000 reset
expect_reason login_001 requested
expect_reason across reset
expect_reason login_002 requested
expect_console across '^guest: reboots'
