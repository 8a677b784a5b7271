#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# `maintain` writes an image itself: what a guest writes there the next `run` sees. It refuses while
# a VM or a recording depends on the image, also through an image on top of it; --force is for the
# recordings, which then say that their image has changed. A killed `maintain` leaves nothing
# behind.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
requires qemu-img qemu-utils

base=$T/base.img
truncate -s 16M "$base"
printf 'first' | dd of="$base" conv=notrunc status=none
"$BRIDGE" --qemu "$QEMU" derive "$base" "$T/top.qcow2" >"$T/derive.out"

# guest WORD: says what it reads, how many CPUs it has, and whether it is recorded; writes WORD.
guest() {
    make_guest --devices blk <<END
until [ -b /dev/vda ]; do idle 0.05; done
echo "read: \$(head -c 8 /dev/vda | tr -d '\\0')"
echo "processors: \$(grep -c ^processor /proc/cpuinfo)"
printf $1 | dd of=/dev/vda 2>/dev/null
sync
echo written
recctrlu run part -- echo 'recorded'
while [ -n "$2" ]; do idle 0.1; done
END
}

# maintain IMAGE [options]: in the background; its console is $T/console.log.
maintain() {
    local -a options
    mapfile -t options < <(bridge_options)
    rm -f "$T/bridge.out" "$T/console.log" "$EVENTS"
    # A host may have a KVM that can't run this guest.
    "$BRIDGE" maintain --accel tcg "${options[@]}" "$@" >"$T/bridge.out" 2>&1 </dev/null &
    BRIDGE_PID=$!
    on_exit end_process "$BRIDGE_PID"
    wait_for_line "$EVENTS" '"capabilities"'
    ln "$(sed -n 's/^Guest console: *//p' "$T/bridge.out")" "$T/console.log"
}

refused() {
    local regex=$1
    shift
    mapfile -t options < <(bridge_options)
    expect_status 2 "$BRIDGE" maintain "${options[@]}" "$@"
    one_clear_line "$T/last.err" "$regex"
}

# The base, before there is a recording: at full speed, with the line to log in.
guest second ''
maintain "$base" --forward ssh
end_of_bridge
expect_line "$T/bridge.out" '^Log in: *ssh -p [0-9]+ root@127.0.0.1'
expect_line "$T/console.log" '^read: first'
expect_line "$T/console.log" "^processors: $(($(nproc) < 8 ? $(nproc) : 8))"
expect_equal "$(head -c 6 "$base")" second 'what the guest has written'
expect_recordings

# A run reads it, through the image on top; while it runs neither can be maintained.
guest third forever
start_bridge --disk "$T/top.qcow2"
wait_for_event RECORD_END
refused 'base.img is in use: end the QEMU' "$base"
refused 'base.img is in use: end the QEMU' "$base" --force
refused 'top.qcow2 is in use: end the QEMU' "$T/top.qcow2"
kill -TERM "$BRIDGE_PID"
end_of_bridge
expect_line "$T/console.log" '^read: second'
expect_proven part_000

# Now a recording depends on both.
refused 'would no longer replay if .*base.img were changed: part_000; .derive.*--force' "$base"
refused 'would no longer replay if .*top.qcow2 were changed: part_000;' "$T/top.qcow2"
printf '[machine]\ndisk=top.qcow2\nforce=on\nno-verify=on\n' >"$T/web.vm"
refused 'top.qcow2 were changed: part_000;' "$T/top.qcow2" --machine-file "$T/web.vm"
refused 'none.img can.t be read: No such file' "$T/none.img"
refused 'maintain takes the disk image'
refused 'read-only disk' "$base,read-only"
expect_verified part_000
mv "$T/initrd" "$T/recorded-initrd"

# A copy is another image. The one that maintains it is killed, and so is its QEMU.
cp "$base" "$T/copy.img"
guest fourth forever
maintain "$T/copy.img"
wait_for_line "$T/console.log" '^written'
refused 'copy.img is in use' "$T/copy.img"
kill -KILL "$BRIDGE_PID"
wait "$BRIDGE_PID" || :
expect_equal "$(head -c 6 "$T/copy.img")" fourth 'what the guest had written'
guest fifth ''
maintain "$T/copy.img"
end_of_bridge
expect_line "$T/console.log" '^read: fourth'

# --force: the recording says why it doesn't replay, and stands in the way no more, nor of the image
# on top, which a machine file names.
guest sixth ''
maintain "$base" --force
end_of_bridge
expect_line "$T/bridge.out" 'recordings no longer replay once .*base.img has changed: part_000'
expect_equal "$(head -c 5 "$base")" sixth 'what the guest has written'
mv "$T/recorded-initrd" "$T/initrd"
expect_status 1 "${IN_STORE[@]}" verify part_000
expect_line "$T/last.out" "disk-backing1 $base isn't the one that was recorded with"
guest seventh ''
maintain "$T/top.qcow2" --machine-file "$T/web.vm"
end_of_bridge
expect_line "$T/console.log" '^read: sixth'
expect_equal "$(qemu-img convert -O raw "$T/top.qcow2" "$T/whole" && head -c 7 "$T/whole")" \
    seventh 'what the guest has written on top'
expect_equal "$(head -c 5 "$base")" sixth 'the base below'
