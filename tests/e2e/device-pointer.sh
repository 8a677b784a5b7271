#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# A request whose text lies in a device's memory is refused, and the device is not read: a guest's
# root could end QEMU by it, and the recording with it.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
POINTER=$QMPBRIDGE_BUILD/tests/guest/device-pointer
[ -x "$POINTER" ] || skip "tests/guest/device-pointer is not built"

make_guest --file "$POINTER:/bin/device-pointer" <<'GUEST'
recctrlu run devices -- device-pointer
echo "faults: $?"
GUEST
start_bridge --append 'console=ttyS0 quiet panic=-1 iomem=relaxed'
end_of_bridge
expect_line "$T/console.log" 'faults: 0'
expect_no_line "$T/console.log" FAULT
expect_line "$T/console.log" "the local APIC's counter is mapped"
expect_recordings devices_000
expect_proven devices_000
