#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# A recording becomes an archive, by a file and by a pipe: smaller than tar and zstd make it,
# readable by tar, with its holes; and a damaged one is refused.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge

make_guest <<'END'
recctrlu run random -- sh -c 'echo "inside: $(head -c 32 /dev/urandom | sha256sum)"'
END
start_bridge
end_of_bridge
expect_recordings random_000
expect_proven random_000
cd "$T"

# --- pack and verify -------------------------------------------------------------
expect_status 0 "${IN_STORE[@]}" pack random_000
expect_status 0 "$BRIDGE" --no-config verify random_000.qrec
expect_line "$T/last.out" '^random_000.qrec is whole: random_000, .*of the host: kernel, initrd$'
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
tar -C "$STORE" --zstd -cf by-hand.tar.zst random_000
[ "$(stat -c %s random_000.qrec)" -lt "$(stat -c %s by-hand.tar.zst)" ] ||
    fail "$(stat -c '%n: %s' random_000.qrec by-hand.tar.zst)"

head -c 1000000 random_000.qrec >short.qrec
expect_status 5 "$BRIDGE" --no-config verify short.qrec
one_clear_line "$T/last.err" "short.qrec isn't a whole archive"
expect_status 5 "$BRIDGE" --no-config verify "$T/initrd"
expect_status 1 "$BRIDGE" --no-config verify "$T/none.qrec"
expect_status 7 "${IN_STORE[@]}" pack random_000 -o /dev/full

# What was changed isn't packed.
echo more >>"$STORE/random_000/console.log"
expect_status 5 "${IN_STORE[@]}" pack random_000 -o changed.qrec
one_clear_line "$T/last.err" 'console.log was changed'
[ -z "$(ls .changed.qrec* changed.qrec 2>/dev/null)" ] || fail "$(ls -a)"
