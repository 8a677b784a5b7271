#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1
#
# No emulator, one that is too old, one without what it takes, or a file that it can't use:
# status 3, or 2 for a file that isn't there, one clear line, and nothing half-made.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
make_guest </dev/null
: >"$T/not-a-kernel"
printf '#!/bin/sh\nexit 0\n' >"$T/silent"
printf '#!/bin/sh\necho "QEMU emulator version 99.0.0"\n' >"$T/strange"
chmod +x "$T/silent" "$T/strange"

# refused STATUS REGEX [options of run]
refused() {
    local status=$1 regex=$2
    local -a options
    shift 2
    mapfile -t options < <(bridge_options)
    expect_status "$status" "$BRIDGE" run "${options[@]}" "$@"
    one_clear_line "$T/last.err" "$regex"
    expect_equal "$(recordings)$(incomplete)" ''
    [ ! -e "$SOCKET" ] || fail "the control socket was left"
    expect_equal "$(find "$XDG_RUNTIME_DIR" -mindepth 1)" '' 'left in the runtime directory'
}

refused 3 'nowhere' --qemu "$T/nowhere/qemu"
refused 3 'silent' --qemu "$T/silent"
refused 3 'strange' --qemu "$T/strange"
refused 3 'not-a-kernel' --qemu "$T/not-a-kernel"
old=${QMPBRIDGE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/qmpbridge}/roots/qemu-7.2/bin
if [ -d "$old" ]; then
    refused 3 '7\.2.*(10\.0|newer)' --qemu "$old/qemu-system-x86_64"
fi
refused 2 'no-plugin' --plugin "$T/no-plugin.so"
refused 3 'not-a-kernel|plugin' --plugin "$T/not-a-kernel"
refused 2 'no-kernel' --kernel "$T/no-kernel"
refused 2 'no-initrd' --initrd "$T/no-initrd"
refused 2 'no-disk' --disk "$T/no-disk"
refused 3 'not-a-kernel' --kernel "$T/not-a-kernel"
refused 3 'machine|abacus' --machine abacus
refused 3 'cpu|abacus' --cpu abacus
if [ "$(id -u)" != 0 ]; then
    truncate -s 1M "$T/secret"
    chmod 0 "$T/secret"
    refused 2 'secret' --disk "$T/secret"
fi
refused 2 'recctrl|nrec' --recctrl nrec=many
refused 2 'recctrl|colour' --recctrl colour=red
