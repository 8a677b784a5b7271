# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A guest with a disk: what a recording reads and writes replays identically, and the base
# image isn't touched. Sourced by one script for each kind of disk.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
requires qemu-img qemu-utils

# disk_test DEVICES NODE [options of run]
disk_test() {
    local devices=$1 node=$2 digest
    shift 2
    truncate -s 32M "$T/base.img"
    printf 'a line of the base image' | dd of="$T/base.img" conv=notrunc status=none
    digest=$(sha256sum <"$T/base.img")
    make_guest --devices "$devices" <<END
until [ -b $node ]; do idle 0.05; done
recctrlu run disk -- sh -c '
    echo "read: \$(head -c 24 $node)"
    dd if=/dev/urandom of=$node bs=64k seek=16 count=32 2>/dev/null
    sync
    echo 3 >/proc/sys/vm/drop_caches
    echo "digest: \$(dd if=$node bs=64k skip=16 count=32 2>/dev/null | sha256sum)"'
echo "status was \$?"
END
    start_bridge --disk "$T/base.img" "$@"
    end_of_bridge
    expect_line "$T/console.log" 'status was 0'
    expect_recordings disk_000
    expect_console disk_000 'read: a line of the base image'
    expect_console disk_000 '^digest: [0-9a-f]{64}'
    expect_proven disk_000
    expect_equal "$(sha256sum <"$T/base.img")" "$digest" 'base image'
}
