# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Clients that others wrote, at a control socket and at QEMU itself: what they see must be the
# same. Sourced by conformance-*.sh, which set $DIRECT, the monitor of a QEMU, and $SOCKET, where
# the bridge serves another one of the same kind.

requires python3 python3
requires socat socat
requires jq jq
# The rigs' cache stays where it is, though HOME, where qmp-shell keeps a history, doesn't.
export QMPBRIDGE_CACHE=${QMPBRIDGE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/qmpbridge}
PYTHON_QMP=$QMPBRIDGE_CACHE/python-qmp
[ -d "$PYTHON_QMP" ] || [ "${QMPBRIDGE_FETCH:-no}" = yes ] ||
    skip "no python3-qemu-qmp of Debian here: run tests/lib/python-qmp"
PYTHON_QMP=$("$LIB/python-qmp")
export PYTHONPATH=$PYTHON_QMP PYTHONDONTWRITEBYTECODE=1 HOME=$T

# program NAME SOCKET [WORDS]: a program of tests/conformance.
program() {
    timeout "$PATIENCE" python3 "$QMPBRIDGE_SOURCE/tests/conformance/$1.py" "${@:2}" </dev/null
}

# qmp_shell SOCKET [options]: qmp-shell with the lines on standard input.
qmp_shell() {
    timeout "$PATIENCE" python3 -c 'from qemu.qmp.qmp_shell import main; main()' "${@:2}" "$1"
}

# without_times: of events.
without_times() {
    sed -E -e 's/"(micro)?seconds": *[0-9]+/"\1seconds": 0/g'
}

# without_side FILE: `run` has a second monitor at QEMU, which is listed among the chardevs.
without_side() {
    sed -i -E 's/, ?\{"id": ?"qmpbridge-side", ?"type": ?"chardev"\}//' "$1"
}

# same NAME COMMAND...: COMMAND SOCKET WORDS, with '@' for the socket, says the same at both.
same() {
    local name=$1 where
    local -A socket=([direct]=$DIRECT [served]=$SOCKET)
    shift
    for where in direct served; do
        "${@/#@/${socket[$where]}}" >"$T/$name-$where.out" 2>&1 ||
            fail "$name, $where: $(tail -n 5 "$T/$name-$where.out")"
    done
    [ -s "$T/$name-direct.out" ] || fail "$name says nothing"
    without_side "$T/$name-served.out"
    diff -u "$T/$name-direct.out" "$T/$name-served.out" >"$T/$name.diff" ||
        fail "$name sees something else through the bridge: $(head -c 3000 "$T/$name.diff")"
}

# --- the library -------------------------------------------------------------------------
library() {
    same library program library @
    program together "$SOCKET" >"$T/together.out" 2>&1 ||
        fail "several at once: $(tail -n 5 "$T/together.out")"
    expect_line "$T/together.out" 'all well'
}

# --- as QEMU's iotests -------------------------------------------------------------------
iotests() {
    local image
    for where in direct served; do mkdir "$T/$where"; done
    same legacy legacy_there @
    for where in direct served; do
        image=$T/$where/target.qcow2
        expect_status 0 "${QEMU%/*}/qemu-img" compare "$T/$where/source.qcow2" "$image"
        expect_status 0 "${QEMU%/*}/qemu-img" check "$image"
    done
}

legacy_there() {
    local folder=$T/served
    [ "$1" != "$DIRECT" ] || folder=$T/direct
    program legacy "$1" "$folder"
}

# --- qmp-shell ----------------------------------------------------------------------------
shell_lines='query-status
query-version
object-add qom-type=rng-random id=rng
qom-list path=/objects/rng
qom-get path=/objects/rng property=filename
object-del id=rng
no-such-command
object-del id=nobody
stop
query-status
blockdev-add driver=null-co node-name=a size=1048576
blockdev-add driver=null-co node-name=b size=1048576
transaction(
block-dirty-bitmap-add node=a name=x
block-dirty-bitmap-add node=b name=x
)
transaction( block-dirty-bitmap-clear node=a name=x )
transaction(
block-dirty-bitmap-clear node=a name=x
block-dirty-bitmap-clear node=b name=nothing
)
query-named-block-nodes flat=true
block-dirty-bitmap-remove node=a name=x
blockdev-del node-name=a
blockdev-del node-name=b
cont
query-status'

piped_shell() {
    qmp_shell "$@" <<<"$shell_lines" | without_times
}

shell() {
    same completion program completion @
    same shell piped_shell @
    expect_line "$T/shell-served.out" 'status'
    same verbose piped_shell @ -v -p
}

# --- socat --------------------------------------------------------------------------------
# One answer after the other is waited for by its id, since socat leaves at the end of its input.
# shellcheck disable=SC2317 # called by name
raw() {
    local answers=$T/raw.answers
    rm -f "$answers" "$T/raw.in"
    mkfifo "$T/raw.in"
    socat -t "$PATIENCE" - "UNIX-CONNECT:$1" <"$T/raw.in" >"$answers" 2>&1 &
    local pid=$!
    exec 8>"$T/raw.in"
    wait_for_line "$answers" '"QMP"'
    # Nothing between them; a CRLF; single quotes; in pieces; garbage, then a newline again.
    printf '%s' '{"execute":"qmp_capabilities"}{"execute":"query-status","id":1}' \
        '{"id":{"a":[]},"execute":"query-name"}' >&8
    printf '{"execute": "query-kvm", "id": 2}\r\n' >&8
    printf "{'execute': 'query-version', 'id': 'three'}\n" >&8
    printf '{"exec' >&8
    printf 'ute":\n"query-status",\n"id":\t4}' >&8
    wait_for_line "$answers" '"id": 4'
    printf '%s\n' '{"execute": "query-status", "id": 5} } { "execute" ]' \
        '{"execute": "query-kvm", "id": 6}' >&8
    wait_for_line "$answers" '"id": 6'
    printf '%s\n' '[1]' '"text"' '{"execute": 7, "id": 8}' '{"id": 9}' \
        '{"execute": "query-status", "arguments": [], "id": 10}' \
        '{"execute": "query-status", "more": 1, "id": 11}' \
        '{"exec-oob": "query-yank", "id": 12}' \
        '{"execute": "query-name", "arguments": {}, "id": "\u00e9\ud83d\ude00\n"}' \
        '{"execute": "query-name", "id": -1.5}' '{"execute": "query-name", "id": null}' \
        '{"execute": "query-name", "id": 18446744073709551615}' \
        '{"execute": "query-status", "id": 13}' >&8
    wait_for_line "$answers" '"id": 13'
    exec 8>&-
    wait_for_end "$pid"
    jq -c -S "$values" "$answers"
}

# The values; of the errors about text that is no JSON only that they are there.
values='if .error.desc // "" | test("JSON") then .error.desc = "no JSON" else . end'

raw_text() {
    same raw raw @
    expect_line "$T/raw-served.out" '"id":13'
}
