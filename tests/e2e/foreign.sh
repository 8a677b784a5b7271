#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# A recording never names a program to run: whatever its recording.json calls the emulator, the one
# that replays it comes from --qemu, the configuration file or PATH, and is of the recorded version.

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
