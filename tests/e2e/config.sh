#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0 7.2
#
# The configuration file: names of VMs, defaults of options, of which the command line's come
# first; an error in it names file, group and key.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
[ -x "$BRIDGE" ] || skip "qmpbridge is not built"
start_monitor vm
start_monitor other
config=$XDG_CONFIG_HOME/qmpbridge/config
mkdir -p "${config%/*}"

cat >"$config" <<ENDFILE
# as a person writes it
[defaults]
json=true
timeout=0.2
memory=64
[monitors]
web=$T/vm.sock
db=unix:$T/other.sock
ENDFILE

expect_status 0 "$BRIDGE" web -c query-status
expect_line "$T/last.out" '^\{"command": "query-status"'
expect_status 0 "$BRIDGE" web -c 'attach db' -c 'all query-name'
expect_line "$T/last.out" '^\{"vm": "db"'
expect_status 0 "$BRIDGE" --attach web --attach db -c 'all query-name'
expect_status 8 "$BRIDGE" web -c 'wait STOP'

# The command line comes first; options of another mode are passed over.
expect_status 0 "$BRIDGE" web --timeout 20 -c stop -c 'wait STOP'
expect_status 0 "$BRIDGE" help wait
expect_status 2 "$BRIDGE" --no-config web -c query-status
expect_line "$T/last.err" "'web' is neither"
expect_status 0 "$BRIDGE" --no-config "$T/vm.sock" -c query-status
expect_no_line "$T/last.out" '"command"'

# wrong REGEX TEXT...: each text is a line of the file.
wrong() {
    printf '%s\n' "${@:2}" >"$config"
    expect_status 2 "$BRIDGE" "$T/vm.sock" -c query-status
    one_clear_line "$T/last.err" "$1"
    expect_line "$T/last.err" "$config"
}
wrong '\[defaults\] colour: no such option' '[defaults]' colour=red
wrong '\[defaults\] command: no such option' '[defaults]' command=quit
wrong '\[defaults\] help: no such option' '[defaults]' help=true
wrong '\[defaults\] json: it is on or off' '[defaults]' json=maybe
wrong '\[defaults\] timeout: .*seconds' '[defaults]' timeout=soon
wrong '\[defaults\] cpu-affinity: --cpu-affinity: CPU 8191' '[defaults]' cpu-affinity=8191
wrong '\[monitors\] a b: a name has' '[monitors]' 'a b=/x'
wrong '\[monitors\] web: ' '[monitors]' web=tcp:nowhere
wrong '\[else\]: there are the groups' '[else]' x=y
wrong 'config: ' 'no group'
expect_status 0 "$BRIDGE" --no-config "$T/vm.sock" -c query-status
