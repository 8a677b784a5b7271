#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# What a recording from elsewhere may name: no program to run, whatever its recording.json calls the
# emulator; the one that replays it comes from --qemu, the configuration file or PATH, and is of the
# recorded version. And no file of this host for QEMU to read, unless the user says so.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
make_guest <<'END_GUEST'
recctrlu run honest -- sh -c 'head -c 300000 /dev/urandom | sha256sum'
END_GUEST
start_bridge
end_of_bridge
expect_proven honest_000
mapfile -t plain < <(printf '%s\n' "$BRIDGE" --store "$STORE" --plugin "$PLUGIN")

# The program lies in the recording itself, is named by a relative path too, and claims to be QEMU.
cp -r --sparse=always "$STORE/honest_000" "$STORE/evil"
version=$(about honest_000 '.["emulator-version"]')
printf '#!/bin/sh\ntouch %q\necho "QEMU emulator version %s"\n' "$T/ran" "$version" \
    >"$STORE/evil/qemu-system-x86_64"
chmod +x "$STORE/evil/qemu-system-x86_64"
elsewhere=$T/elsewhere
mkdir "$elsewhere"
printf '#!/bin/sh\necho "QEMU emulator version 10.9.8"\n' >"$elsewhere/qemu-system-x86_64"
printf '#!/bin/sh\nexit 1\n' >"$elsewhere/qemu-img"
chmod +x "$elsewhere"/*
for path in "$STORE/evil/qemu-system-x86_64" ./qemu-system-x86_64 store/evil/qemu-system-x86_64; do
    jq --arg path "$path" '.emulator = $path' "$STORE/honest_000/recording.json" \
        >"$STORE/evil/recording.json"
    for verb in verify replay; do
        expect_status 1 env -C "$T" PATH="$elsewhere:$PATH" "${plain[@]}" "$verb" evil
        expect_line "$T/last.out" "recorded by QEMU ${version%% *}"
        expect_line "$T/last.out" '--qemu'
        expect_line "$T/last.out" '\[emulators\]'
        expect_line "$T/last.out" '10\.9\.8'
        [ ! -e "$T/ran" ] || fail "the recording's own program was run"
    done
done

# --qemu of another series doesn't do either, and says so.
expect_status 1 "${plain[@]}" --qemu "$elsewhere/qemu-system-x86_64" verify honest_000
expect_line "$T/last.out" '10\.9\.8'

# By PATH, and by the configuration file where PATH has another.
expect_status 0 env PATH="${QEMU%/*}:$PATH" "${plain[@]}" verify honest_000
config=$XDG_CONFIG_HOME/qmpbridge/config
mkdir -p "${config%/*}"
printf '[emulators]\n%s=%s\n9.1=/nowhere\n' "$QEMU_LABEL" "$QEMU" >"$config"
expect_status 0 env PATH="$elsewhere:$PATH" "${plain[@]}" verify honest_000
expect_line "$T/last.out" identical

# Kernel, initrd and disk. What this user's bridge recorded is known by its origin; that it was
# proved, or has another name, changes nothing.
expect_status 0 "${IN_STORE[@]}" show honest_000
expect_line "$T/last.out" "^Made by: +this user's store"
cp -r --sparse=always "$STORE/honest_000" "$STORE/renamed"
expect_status 0 "${IN_STORE[@]}" verify renamed

# refused NAME WHY
refused() {
    local verb
    for verb in verify replay; do
        expect_status 1 "${IN_STORE[@]}" "$verb" "$1"
        expect_line "$T/last.out" "$2"
        expect_line "$T/last.out" "kernel .*, initrd .*qmpbridge show $1.*--trust-paths"
    done
    expect_status 0 "${IN_STORE[@]}" show "$1"
    expect_line "$T/last.out" '^Made by: +elsewhere'
}
cp "$KERNEL" "$T/other-kernel"
jq --arg path "$T/other-kernel" '.machine.kernel = $path | .verdict = "none"' \
    "$STORE/honest_000/recording.json" >"$STORE/renamed/recording.json"
refused renamed 'made, or changed, elsewhere'
expect_line "$T/last.out" "^Kernel: +$T/other-kernel"
expect_status 1 "${IN_STORE[@]}" verify --pending
expect_line "$T/last.out" '^renamed: failed.*--trust-paths'
expect_line "$T/last.out" '^1 replayed: 0 identical, 0 diverged, 1 failed'
expect_status 0 "${IN_STORE[@]}" replay renamed --trust-paths
expect_line "$T/last.out" identical
expect_status 0 "${IN_STORE[@]}" --trust-paths verify --pending
expect_equal "$(about renamed .verdict)" identical
refused renamed 'made, or changed, elsewhere' # the verdict doesn't make it this user's

# One of an older version, and another user's eyes on what is fine here.
jq 'del(.origin)' "$STORE/honest_000/recording.json" >"$STORE/renamed/recording.json"
refused renamed 'those of older versions'
XDG_DATA_HOME=$T/another-user refused honest_000 'made, or changed, elsewhere'
expect_status 0 "${IN_STORE[@]}" verify honest_000
