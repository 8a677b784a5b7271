#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1
#
# Names come from the guest, which is not trusted: none of them leaves the store, is hidden
# in it, or reaches a log or a terminal as it is.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge

sed "s|@T@|$T|" <<'END' | make_guest
try() {
    recctrlu --quiet run "$1" -- true
    echo "try $2: $?"
}
try ../escaped 1
try @T@/escaped 2
try .hidden 3
try '' 4
try 'a name' 5
try "$(printf 'tab\tand\033[31mred')" 6
try '%n%s%x' 7
try '$(touch @T@/touched)' 8
try "$(printf 'x%.0s' $(seq 126))" 9
recctrlu mark "$(printf 'esc\033]0;title\007')"
try good 10
END
start_bridge
end_of_bridge
for i in 1 2 3 4 5 6 7 8; do
    expect_no_line "$T/console.log" "try $i: 0"
    expect_line "$T/console.log" "try $i: [0-9]"
done
expect_line "$T/console.log" 'try 10: 0'
for name in $(recordings); do
    [[ $name =~ ^[A-Za-z0-9][A-Za-z0-9._-]{0,126}$ ]] || fail "a recording is called '$name'"
done
expect_line <(recordings) '^good_'
expect_equal "$(incomplete)" ''
expect_no_line "$T/bridge.out" $'\033\\[31m'
[ ! -e "$T/escaped" ] || fail "a name left the store"
[ ! -e "$T/touched" ] || fail "a name was run by a shell"
