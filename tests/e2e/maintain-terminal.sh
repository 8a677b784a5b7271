#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1
#
# `maintain` on a terminal: how to log in is printed, then the terminal is the guest's console, and
# it ends when the guest switches itself off.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
# shellcheck source=tests/lib/terminal.sh
. "$LIB/terminal.sh"
requires_bridge
requires_terminal

truncate -s 4M "$T/image.img"
make_guest --devices blk <<'END'
exec </dev/console
until [ -b /dev/vda ]; do idle 0.05; done
echo "guest: ready"
read -r line
printf '%s' "$line" | dd of=/dev/vda 2>/dev/null
END
mapfile -t options < <(bridge_options)
# shellcheck disable=SC2016 # for the inner shell
open_terminal screen 100 30 bash -c '"$@"; echo "status $?"' - \
    "$BRIDGE" maintain --accel tcg "${options[@]}" --forward ssh "$T/image.img"
tty screen wait 'Log in: +ssh -p [0-9]+ root@127.0.0.1'
tty screen wait 'guest: ready'
tty screen send 'installed\r'
tty screen wait 'status 0'
close_terminal screen
expect_equal "$(head -c 9 "$T/image.img")" installed 'what was typed, in the image'
