#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# What a guest writes is kept by --keep-disk as an image on top of its disk's, which stays as it
# is; `derive` makes an image on top of that one, and the next run reads all that the first has
# written. Neither overwrites anything.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
requires qemu-img qemu-utils

# image_info FILE FILTER
image_info() {
    qemu-img info --output=json "$1" | jq -r "$2 // empty"
}

# expect_backing FILE WANTED: as the image calls it.
expect_backing() {
    expect_equal "$(image_info "$1" '.["backing-filename"]')" "$2" "what ${1##*/} is based on"
}

DERIVE=("$BRIDGE" --qemu "$QEMU" derive)

mkdir "$T/images" "$T/elsewhere"
base=$T/images/web.img
truncate -s 32M "$base"
printf 'first' | dd of="$base" conv=notrunc status=none
qemu-img create -q -f qcow2 "$T/images/data.qcow2" 16M
digest=$(sha256sum <"$base")

# A name that is taken stays taken. The recording leaves a snapshot in the overlay, and the guest
# goes on writing after it.
echo mine >"$T/images/web-1.qcow2"
make_guest --devices blk <<'END'
until [ -b /dev/vdb ]; do idle 0.05; done
recctrlu run part -- sh -c 'printf second | dd of=/dev/vda seek=100 2>/dev/null; sync'
printf third | dd of=/dev/vda seek=200 2>/dev/null
printf other | dd of=/dev/vdb 2>/dev/null
sync
END
start_bridge --disk "$base" --disk "$T/images/data.qcow2" --disk "$base,read-only" --keep-disk
end_of_bridge
expect_proven part_000
expect_line "$T/bridge.out" "^Disk kept:      $T/images/web-2.qcow2 on top of $base\$"
other=$T/images/data-1.qcow2
expect_line "$T/bridge.out" "^Disk kept:      $other on top of $T/images/data.qcow2\$"
expect_equal "$(grep -c '^Disk kept' "$T/bridge.out")" 2 'disks kept'
expect_equal "$(cat "$T/images/web-1.qcow2")" mine 'a file that was there'
expect_equal "$(sha256sum <"$base")" "$digest" 'base image'
kept=$T/images/web-2.qcow2
expect_backing "$kept" web.img
expect_equal "$(image_info "$kept" '.["backing-filename-format"]')" raw 'its format'
expect_equal "$(image_info "$kept" '.snapshots | length')" 0 snapshots
expect_equal "$(find "$T/images" -name '.*' -type f)" '' 'what is left over'

# A base below the new image's directory is named relative to it, any other by its whole path.
expect_status 0 "${DERIVE[@]}" "$kept" "$T/top.qcow2"
expect_line "$T/last.out" "^Disk image:     $T/top.qcow2 on top of $kept\$"
expect_backing "$T/top.qcow2" images/web-2.qcow2
ln -s "$kept" "$T/elsewhere/current.qcow2"
expect_status 0 "${DERIVE[@]}" --json "$T/elsewhere/current.qcow2" "$T/elsewhere/link.qcow2"
expect_equal "$(json .image.file "$T/last.out")" "$T/elsewhere/link.qcow2" 'the image in JSON'
expect_backing "$T/elsewhere/link.qcow2" "$kept"
cp "$base" "$T/images/a:b.img"
(cd "$T/images" && "${DERIVE[@]}" a:b.img c.qcow2 >"$T/colon.out")
expect_backing "$T/images/c.qcow2" ./a:b.img
mv "$T/images" "$T/moved"
qemu-img check -q "$T/moved/c.qcow2"
qemu-img info --backing-chain "$T/moved/c.qcow2" >/dev/null
mv "$T/moved" "$T/images"

# What can't be: one line each, and nothing is made.
refused() {
    local status=$1 regex=$2
    shift 2
    expect_status "$status" "$@"
    one_clear_line "$T/last.err" "$regex"
}
refused 2 'top.qcow2: exists, and isn.t overwritten' "${DERIVE[@]}" "$base" "$T/top.qcow2"
refused 2 'new.img: .*let its name end with .qcow2' "${DERIVE[@]}" "$base" "$T/new.img"
refused 2 'none.img can.t be read: No such file' "${DERIVE[@]}" "$T/none.img" "$T/new.qcow2"
refused 2 'none/new.qcow2|none: No such file' "${DERIVE[@]}" "$base" "$T/none/new.qcow2"
refused 2 'only .,format=FORMAT' "${DERIVE[@]}" "$base,read-only" "$T/new.qcow2"
refused 2 'derive takes two images' "${DERIVE[@]}" "$base"
cp "$kept" "$T/images/liar.img"
refused 2 "add ',format=qcow2' or" "${DERIVE[@]}" "$T/images/liar.img" "$T/new.qcow2"
start_monitor holder -M pc -drive "file=$base,format=raw,if=none,id=held" \
    -device virtio-blk-pci,drive=held
refused 2 'web.img is in use' "${DERIVE[@]}" "$base" "$T/new.qcow2"
refused 2 'web.img is in use' "${DERIVE[@]}" "$kept" "$T/new.qcow2"
end_process "$MONITOR_PID"
monitor_ended "$MONITOR_PID"
[ ! -e "$T/new.qcow2" ] || fail 'an image was made'
mapfile -t options < <(bridge_options)
refused 2 'no disk to keep' "$BRIDGE" run "${options[@]}" --keep-disk --cdrom "$base"
refused 7 'none: No such file.*--keep-disk-dir' \
    "$BRIDGE" run "${options[@]}" --disk "$base" --keep-disk-dir "$T/none"

# The next run reads it all, and keeps what it adds where it is asked to, as a machine file says.
make_guest --devices blk <<'END'
until [ -b /dev/vda ]; do idle 0.05; done
echo "read: $(head -c 5 /dev/vda) $(dd if=/dev/vda skip=100 count=1 2>/dev/null | head -c 6)" \
    "$(dd if=/dev/vda skip=200 count=1 2>/dev/null | head -c 5)"
printf fourth | dd of=/dev/vda seek=300 2>/dev/null
sync
END
"$BRIDGE" run "${options[@]}" --dry-run --disk "$T/top.qcow2" --keep-disk-dir "$T/elsewhere" \
    --print-machine >"$T/next.vm"
expect_line "$T/next.vm" "^keep-disk-dir=$T/elsewhere\$"
rm -f "$EVENTS"
"$BRIDGE" run --machine-file "$T/next.vm" --json >"$T/next.out" 2>"$T/next.err" </dev/null &
next=$!
on_exit end_process "$next"
wait_for_line "$EVENTS" '"capabilities"'
ln "$(jq -r 'select(.running).running.console' "$T/next.out")" "$T/next.log"
wait_for_end "$next"
expect_equal "$STATUS" 0 'status of the next run'
expect_line "$T/next.log" '^read: first second third'
expect_equal "$(json 'select(.image).image | "\(.disk) \(.file) \(.base)"' "$T/next.out")" \
    "disk $T/elsewhere/top-1.qcow2 $T/top.qcow2" 'the disk kept, in JSON'
qemu-img convert -O raw "$T/elsewhere/top-1.qcow2" "$T/whole"
expect_equal "$(dd if="$T/whole" bs=512 skip=300 count=1 status=none | head -c 6)" fourth \
    'what the next guest has written'
