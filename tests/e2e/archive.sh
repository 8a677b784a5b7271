#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# A recording becomes an archive, by a file and by a pipe: smaller than tar and zstd make it,
# readable by tar, with its holes; and a damaged one is refused. With its images it replays in
# another store, with other paths and another user's data, where all that it was made from is gone.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
requires qemu-img qemu-utils

mkdir "$T/origin"
cp "$KERNEL" "$T/origin/vmlinuz"
KERNEL=$T/origin/vmlinuz
truncate -s 32M "$T/origin/base.img"
printf 'a line of the base image' |
    dd of="$T/origin/base.img" bs=1M seek=9 conv=notrunc status=none
qemu-img create -q -f qcow2 -b base.img -F raw "$T/origin/top.qcow2"
make_guest --devices blk <<'END'
until [ -b /dev/vda ]; do idle 0.05; done
recctrlu run random -- sh -c '
    echo "read: $(dd if=/dev/vda bs=1M skip=9 count=1 2>/dev/null | head -c 24)"
    echo "inside: $(head -c 32 /dev/urandom | sha256sum)"'
END
mv "$T/initrd" "$T/origin/initrd"
ln -s origin/initrd "$T/initrd"
start_bridge --disk "$T/origin/top.qcow2"
end_of_bridge
expect_recordings random_000
expect_proven random_000
expect_console random_000 'read: a line of the base image'
cd "$T"

# --- pack and verify -------------------------------------------------------------
expect_status 0 "${IN_STORE[@]}" pack random_000
expect_status 0 "$BRIDGE" --no-config verify random_000.qrec
expect_line "$T/last.out" '^random_000.qrec is whole: random_000, '
expect_line "$T/last.out" 'of the host: disk, disk-backing1, kernel, initrd$'
"${IN_STORE[@]}" pack random_000 -o - >piped.qrec
cmp random_000.qrec piped.qrec || fail "a pipe gets another archive than a file"
expect_equal "$("$BRIDGE" --no-config --return-value verify - <piped.qrec | jq -r .name)" random_000
# Nothing is overwritten, and a directory gets a file for each recording.
expect_status 2 "${IN_STORE[@]}" pack random_000
one_clear_line "$T/last.err" 'random_000.qrec is there already'
mkdir packed
expect_status 0 "${IN_STORE[@]}" pack random_000 -o packed
cmp random_000.qrec packed/random_000.qrec
expect_status 1 "${IN_STORE[@]}" pack nothing
expect_status 2 "${IN_STORE[@]}" pack random_000 random_000 -o one.qrec
! [ -e one.qrec ] || fail "an archive of two"

# Any tar reads it, and finds the holes.
mkdir by-tar
tar -C by-tar --zstd -xf random_000.qrec
for file in "$STORE/random_000"/*; do
    cmp "$file" "by-tar/${file##*/}" || fail "tar unpacks another ${file##*/}"
done
# What a manifest says moves no cursor.
jq '.["emulator-version"] = "\u001b[2J" | .images[].path = "/\u001b[2J"' by-tar/manifest.json \
    >"$T/manifest.new"
mv "$T/manifest.new" by-tar/manifest.json
mapfile -t members < <(jq -r '.members[].name' by-tar/manifest.json)
tar -C by-tar --format=posix --sparse --zstd -cf hostile.qrec manifest.json "${members[@]}"
expect_status 0 "$BRIDGE" --no-config verify hostile.qrec
expect_line "$T/last.out" 'qemu \\x1b\[2J'
expect_status 0 "$BRIDGE" --no-config --store "$T/hostile" unpack hostile.qrec
expect_line "$T/last.err" 'needs the kernel /\\x1b\[2J'
! grep -q $'\e' "$T/last.err" || fail "an escape sequence reaches the terminal"
tar -C "$STORE" --zstd -cf by-hand.tar.zst random_000
[ "$(stat -c %s random_000.qrec)" -lt "$(stat -c %s by-hand.tar.zst)" ] ||
    fail "$(stat -c '%n: %s' random_000.qrec by-hand.tar.zst)"

head -c 1000000 random_000.qrec >short.qrec
expect_status 5 "$BRIDGE" --no-config verify short.qrec
one_clear_line "$T/last.err" "short.qrec isn't a whole archive"
expect_status 5 "$BRIDGE" --no-config verify "$T/origin/initrd"
expect_status 1 "$BRIDGE" --no-config verify "$T/none.qrec"
expect_status 7 "${IN_STORE[@]}" pack random_000 -o /dev/full

# --- elsewhere -------------------------------------------------------------------
expect_status 0 "${IN_STORE[@]}" pack random_000 -o whole.qrec --self-contained
expect_status 0 "$BRIDGE" --no-config verify whole.qrec
expect_no_line "$T/last.out" 'of the host'
cp "$STORE/random_000/recording.json" as-recorded.json
rm -r origin
HERE=$XDG_DATA_HOME
export XDG_DATA_HOME=$T/elsewhere/data
there=("$BRIDGE" --no-config --store "$T/elsewhere/store" --plugin "$PLUGIN" --qemu "$QEMU")

# Without its images it is unpacked, but can't be replayed; what is missing is named.
expect_status 0 "${there[@]}" unpack random_000.qrec
for image in kernel initrd disk; do
    expect_line "$T/last.err" "its replay needs the $image $T/.*: No such file"
done
expect_status 1 "${there[@]}" --trust-paths verify random_000
expect_line "$T/last.out" 'the recording needs the kernel .*: No such file'

# A killed unpack leaves a store that opens, and goes on. The writer's end of the pipe is open, and
# most of what was written to it is read, when it is killed.
mkfifo pipe
"${there[@]}" unpack pipe elsewhere >/dev/null 2>&1 &
killed=$!
exec 7>pipe
head -c $(($(stat -c %s whole.qrec) / 2)) whole.qrec >&7
kill -KILL "$killed"
wait_for_end "$killed"
exec 7>&-
[ -n "$(find elsewhere/store -maxdepth 1 -name '.unpack-*')" ] || fail "$(ls -A elsewhere/store)"
expect_status 0 "${there[@]}" list
expect_no_line "$T/last.out" '^elsewhere'
expect_status 0 "${there[@]}" unpack whole.qrec elsewhere
expect_equal "$(find elsewhere/store -maxdepth 1 -name '.unpack-*')" ''

# Without --trust-paths: no file of this host is named that the store doesn't have.
expect_status 0 "${there[@]}" verify elsewhere
expect_line "$T/last.out" 'elsewhere: identical'
# By its digests the other finds the same images now.
expect_status 0 "${there[@]}" verify random_000
for file in "$STORE/random_000"/*; do
    [ "${file##*/}" = recording.json ] || cmp "$file" "elsewhere/store/elsewhere/${file##*/}"
done
expect_status 0 "${there[@]}" pack elsewhere -o again.qrec --self-contained
"${there[@]}" unpack - third <again.qrec
# An image of the store that was changed is noticed.
find elsewhere/store/.images -type f -size -300k -exec sh -c 'echo more >>"$1"' - {} ';'
expect_status 1 "${there[@]}" verify elsewhere
expect_status 0 "${there[@]}" rm random_000 elsewhere third
expect_equal "$(find elsewhere/store -name '*.qcow2' -o -path '*/.images/*')" ''

# A part of an archive leaves nothing.
expect_status 5 "${there[@]}" unpack short.qrec
expect_equal "$(find elsewhere/store -mindepth 1 -type f ! -name .digests)" ''
XDG_DATA_HOME=$HERE

# What was changed isn't packed.
echo more >>"$STORE/random_000/console.log"
expect_status 5 "${IN_STORE[@]}" pack random_000 -o changed.qrec
one_clear_line "$T/last.err" 'console.log was changed'
[ -z "$(ls .changed.qrec* changed.qrec 2>/dev/null)" ] || fail "$(ls -a)"
