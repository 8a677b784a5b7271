#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# A guest that reads and writes its disk without a pause: requests are under way at every stop of
# the VM. Begin and end must neither hang the emulator nor lose such a request, and the image that
# holds the snapshots doesn't grow with their number.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
requires qemu-img qemu-utils
truncate -s 32M "$T/base.img"
make_guest --devices blk <<'END'
until [ -b /dev/vda ]; do idle 0.05; done
echo "guest: working"
while :; do
    dd if=/dev/urandom of=/dev/vda bs=64k seek=16 count=8 conv=fsync 2>/dev/null
    echo 3 >/proc/sys/vm/drop_caches
    dd if=/dev/vda bs=64k skip=16 count=8 2>/dev/null | sha256sum
done
END
names=(busy busy_001 busy_002 busy_003)
start_bridge --disk "$T/base.img"
wait_for_line "$T/console.log" 'guest: working'
for _ in "${names[@]}"; do
    attach -c 'begin_record file_name=busy' -c end_record
done
attach -c 'qmp quit' || :
end_of_bridge
expect_recordings "${names[@]}"
for name in "${names[@]}"; do expect_proven "$name"; done
first=$(du -k "$STORE/busy/vmstate.qcow2" | cut -f 1)
last=$(du -k "$STORE/busy_003/vmstate.qcow2" | cut -f 1)
[ "$last" -lt $((first * 3 / 2)) ] || fail "the snapshots pile up: $first KiB, then $last KiB"
