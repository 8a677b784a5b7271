#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# The proof can fail: a recording whose end is said to be another one, whose log stops early, or
# whose files were changed is found out, by its own exit status and words.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
make_guest <<'END'
recctrlu run honest -- sh -c 'head -c 300000 /dev/urandom | sha256sum'
END
start_bridge
end_of_bridge
expect_proven honest_000

# copy NAME: a recording like the honest one. edit NAME FILTER: of its description.
copy() {
    cp -r --sparse=always "$STORE/honest_000" "$STORE/$1"
}
edit() {
    jq "$2" "$STORE/$1/recording.json" >"$T/edited.json"
    cp "$T/edited.json" "$STORE/$1/recording.json"
}
# digested NAME FILE: the description says again what the changed file is.
digested() {
    local sum size
    sum=$(sha256sum <"$STORE/$1/$2" | cut -d ' ' -f 1)
    size=$(stat -c %s "$STORE/$1/$2")
    edit "$1" "(.files[] | select(.name == \"$2\")) |= (.sha256 = \"$sum\" | .size = $size)"
}

copy other-memory
edit other-memory '.["ram-sha256"] |= (.[:-1] + (if .[-1:] == "0" then "1" else "0" end))'
expect_status 6 "${IN_STORE[@]}" verify other-memory
expect_line "$T/last.out" 'guest RAM'
expect_equal "$(about other-memory .verdict)" diverged

copy other-registers
sed -i '0,/RAX=0/s//RAX=1/; 0,/RBX=0/s//RBX=1/' "$STORE/other-registers/registers.txt"
digested other-registers registers.txt
expect_status 1 "${IN_STORE[@]}" verify other-registers # by the description it isn't the same now
expect_line "$T/last.out" 'made, or changed, elsewhere'
expect_status 6 "${IN_STORE[@]}" --trust-paths verify other-registers
expect_line "$T/last.out" registers

# A log that is said to reach further than it does.
copy later-end
edit later-end '.["icount-end"] += 1000000'
expect_status 6 "${IN_STORE[@]}" verify later-end

copy no-answers
truncate -s 40 "$STORE/no-answers/journal"
expect_status 1 "${IN_STORE[@]}" verify no-answers
expect_line "$T/last.out" 'changed'

# The honest one is still what it was: nothing above has touched it.
expect_verified honest_000
