#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1
#
# The rows of i386: qemu-system-i386 runs a guest without an operating system, which has itself
# recorded by the marker and by CPUID, and each recording replays exactly.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
CC=${CC:-cc}
printf 'int x;\n' | "$CC" -m32 -x c -c -o "$T/probe.o" - 2>"$T/probe.err" ||
    skip "$CC can't build for i386 (-m32)"

# The emulator for i386 beside the one that is tested. A private root has the program of that
# package too, but starts only the other one.
i386=${QEMU%x86_64}i386
if [ ! -x "$i386" ]; then
    root=$(dirname "$(dirname "$(readlink -f "$QEMU")")")
    [ -x "$root/usr/bin/qemu-system-i386" ] || skip "there is no $i386"
    sed -e 's/qemu-system-x86_64/qemu-system-i386/g' -e "s|^root=.*|root='$root'|" "$QEMU" \
        >"$T/qemu-system-i386"
    chmod +x "$T/qemu-system-i386"
    i386=$T/qemu-system-i386
fi
QEMU=$i386

"$CC" -m32 -std=gnu11 -O2 -Wall -Wextra -Werror -ffreestanding -fno-pie -fno-stack-protector \
    -fcf-protection=none -I"$QMPBRIDGE_SOURCE" -nostdlib -static -no-pie \
    -Wl,-Ttext=0x100000,-e,start,--build-id=none -o "$T/guest" \
    "$QMPBRIDGE_SOURCE/tests/guest/bare-i386.c"
KERNEL=$T/guest
printf 'no file system\n' >"$T/initrd"

start_bridge
end_of_bridge
tr -d '\r' <"$T/console.log" >"$T/said"
expect_line "$T/said" '^probe: 4843....$'
expect_line "$T/said" '^bad name: ffffffff$'
expect_equal "$(grep -c '^marker: 0000000[12]$' "$T/said")" 2
expect_equal "$(grep -c '^cpuid: 0000000[12]$' "$T/said")" 2
expect_recordings marker_000 cpuid_001
for name in marker_000 cpuid_001; do
    expect_reason "$name" requested
    expect_proven "$name"
    expect_equal "$(jq -r .machine.target "$STORE/$name/recording.json")" i386
done
expect_equal "$(jq -r .text "$STORE/marker_000/marks.jsonl")" 'half way'
jq -e --slurpfile mark "$STORE/marker_000/marks.jsonl" \
    '."icount-begin" <= $mark[0].icount and $mark[0].icount <= ."icount-end"' \
    "$STORE/marker_000/recording.json" >/dev/null || fail "the mark isn't within its recording"
