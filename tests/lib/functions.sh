# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the test scripts share: a folder and a cleanup stack, skipping, waiting for
# lines with a deadline, and the rigs around `qmpbridge run`. Nothing here sleeps: what
# is waited for is an event, a line of output or the end of a process.

set -Eeuo pipefail

QMPBRIDGE_SOURCE=${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
QMPBRIDGE_BUILD=${QMPBRIDGE_BUILD:-$QMPBRIDGE_SOURCE/build}
LIB=$QMPBRIDGE_SOURCE/tests/lib
BRIDGE=$QMPBRIDGE_BUILD/qmpbridge/qmpbridge
PLUGIN=$QMPBRIDGE_BUILD/plugin/.libs/recctrl.so
RECCTRLU=$QMPBRIDGE_BUILD/guest-agent/recctrlu
# Everything is slower under the sanitizers and on a busy machine.
PATIENCE=${QMPBRIDGE_PATIENCE:-60}

T=$(mktemp -d "${TMPDIR:-/tmp}/qmpbridge-test.XXXXXX")
export XDG_DATA_HOME=$T/data XDG_RUNTIME_DIR=$T/runtime XDG_CONFIG_HOME=$T/config
export LC_ALL=C.UTF-8 TERM=dumb
mkdir -m 700 "$XDG_RUNTIME_DIR"
unset NO_COLOR CDPATH

# --- the end of a script ---------------------------------------------------------
cleanups=()

# on_exit COMMAND...: run at the end, the latest first.
on_exit() {
    cleanups+=("$(printf '%q ' "$@")")
}

run_cleanups() {
    local status=$? i
    trap - EXIT ERR
    set +e
    [ $status = 0 ] || [ $status = 77 ] || show_evidence
    for ((i = ${#cleanups[@]} - 1; i >= 0; i--)); do
        eval "${cleanups[i]}"
    done
    [ -z "${QMPBRIDGE_VERDICTS:-}" ] || note_verdicts "$QMPBRIDGE_VERDICTS"
    if [ -n "${QMPBRIDGE_KEEP:-}" ]; then
        echo "kept: $T"
    else
        rm -rf "$T"
    fi
    exit $status
}
trap run_cleanups EXIT
trap 'echo "failed in line $LINENO of ${BASH_SOURCE[0]##*/}: $BASH_COMMAND" >&2' ERR

# note_verdicts FILE: a line for each recording; those whose replay isn't exact are kept beside it.
note_verdicts() {
    local name verdict
    for name in $(recordings) $(incomplete); do
        verdict=$(about "$name" .verdict)
        printf '%s %s %s %s shift %s skip %s: %s\n' "${QEMU_LABEL:-}" "$(basename "$0" .sh)" \
            "${verdict:-none}" "$name" "$(about "$name" '.machine["icount-shift"]')" \
            "$(about "$name" '.["log-skip"]')" "$(about "$name" '.["verdict-detail"]')" >>"$1"
        [ "$verdict" = identical ] ||
            cp -a "$T" "$1.$QEMU_LABEL-$(basename "$0" .sh)-$name.$$" # with initrd and disk
    done
}

# The ends of the small text files of the run, for readers of the log of a failure.
show_evidence() {
    local file
    for file in "$T"/*.out "$T"/*.log; do
        [ -s "$file" ] || continue
        echo "--- ${file##*/}"
        tail -n 40 "$file" | cut -c1-300
    done
    find "$T" -name recording.json -print -exec head -c 3000 {} \; 2>/dev/null
}

fail() {
    echo "FAIL: $*"
    exit 1
}

# skip REASON: the whole script is skipped; run-script shows the reason.
skip() {
    echo "$*"
    exit 77
}

# requires COMMAND PACKAGE
requires() {
    command -v "$1" >/dev/null 2>&1 || skip "$1 is missing; on Debian: apt-get install $2"
}

# requires_cross ARCHITECTURE: the compiler for it, a command and its options, is in the array
# CROSS, and CROSS_PREFIX stands in front of the names of its other tools.
# shellcheck disable=SC2034 # for the scripts
requires_cross() {
    local package compiler options
    read -r package compiler options < <(sed -n "s/^$1  *//p" \
        "$QMPBRIDGE_SOURCE/guest-agent/architectures")
    requires "$compiler" "$package"
    read -ra CROSS <<<"$compiler $options"
    CROSS_PREFIX=${compiler%gcc}
}

# requires_pty: what opens a terminal needs devpts. script's status says whether it could.
requires_pty() {
    requires script bsdutils
    script -qec true /dev/null >/dev/null 2>&1 </dev/null ||
        skip "no pseudo-terminal can be opened: mount devpts on /dev/pts"
}

# --- waiting ---------------------------------------------------------------------
# followed FILE SECONDS COMMAND...: COMMAND reads FILE, which may not exist yet, as it grows.
# tail wakes when there is more, and is ended as soon as COMMAND has seen enough.
# shellcheck disable=SC2016 # the inner shell expands them
followed() {
    timeout "$2" bash -c '
        exec 3< <(exec tail -n +1 -s 0.1 -F -- "$0" 2>/dev/null)
        follower=$!
        "$@" <&3
        found=$?
        kill "$follower"
        exit $found' "$1" "${@:3}"
}

# wait_for_line FILE REGEX [SECONDS]: until FILE has a line that matches.
wait_for_line() {
    local seconds=${3:-$PATIENCE}
    followed "$1" "$seconds" grep -a -m 1 -E -- "$2" >"$T/.line" ||
        fail "no line like /$2/ in ${1##*/} within $seconds s"
}

# wait_for_end PID [SECONDS]: waits for a child of this script; its status is in $STATUS.
STATUS=
wait_for_end() {
    local pid=$1 seconds=${2:-$PATIENCE}
    timeout "$seconds" tail --pid="$pid" -f /dev/null ||
        fail "process $pid still runs after $seconds s"
    STATUS=0
    wait "$pid" || STATUS=$?
}

# free_port: one that nobody has; the kernel picks it for a moment.
free_port() {
    "${PYTHON:-python3}" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

# --- comparing ---------------------------------------------------------------------
# expect_status WANTED COMMAND...: output goes to $T/last.out, errors to $T/last.err.
expect_status() {
    local wanted=$1 status=0
    shift
    timeout "$PATIENCE" "$@" >"$T/last.out" 2>"$T/last.err" </dev/null || status=$?
    [ "$status" = "$wanted" ] || {
        cat "$T/last.out" "$T/last.err"
        fail "status $status instead of $wanted from: $*"
    }
}

# expect_line FILE REGEX
expect_line() {
    grep -qaE -- "$2" "$1" || {
        head -n 40 "$1"
        fail "no line like /$2/ in ${1##*/}"
    }
}

expect_no_line() {
    ! grep -aE -- "$2" "$1" || fail "a line like /$2/ in ${1##*/}"
}

expect_equal() {
    [ "$1" = "$2" ] || fail "'$1' is not '$2'${3:+ ($3)}"
}

# one_clear_line FILE REGEX: what a person sees of an error is one line that says what to do.
one_clear_line() {
    expect_line "$1" "$2"
    expect_equal "$(grep -c . "$1")" 1 "lines in ${1##*/}: $(cat "$1")"
}

# json FILTER FILE: jq, with missing values as empty text.
json() {
    jq -r "$1 // empty" "$2"
}

# --- the rigs ------------------------------------------------------------------------
# What nearly every end-to-end test needs.
requires_bridge() {
    requires jq jq
    requires cpio cpio
    [ -x "$BRIDGE" ] || skip "qmpbridge is not built"
    [ -e "$PLUGIN" ] || skip "the plugin is not built"
    [ -x "$RECCTRLU" ] || skip "recctrlu is not built"
    [ -d "$(kernel_dir)" ] || [ "${QMPBRIDGE_FETCH:-no}" = yes ] ||
        skip "no guest kernel here: run tests/lib/guest-kernel"
    KERNEL=$("$LIB/guest-kernel")/vmlinuz
}

kernel_dir() {
    printf '%s\n' "${QMPBRIDGE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/qmpbridge}/kernel"
}

# make_guest [guest-image's options]: the guest's script is on standard input.
make_guest() {
    cat >"$T/guest-script"
    "$LIB/guest-image" "$T/initrd" --script "$T/guest-script" \
        --file "$RECCTRLU:/bin/recctrlu" "$@"
}

# requires_target ARCHITECTURE: an emulator and a Linux of the table `targets`: $QEMU, $KERNEL,
# $CONSOLE are for it, make_target_guest makes its guests, with the agent for them.
requires_target() {
    local target kind root
    requires_cross "$1"
    read -r target kind _ _ CONSOLE < <(sed -n "s/^$1  *//p" "$LIB/targets")
    root=$(dirname "$(dirname "$QEMU")")-$kind
    TARGET_GUEST=${QMPBRIDGE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/qmpbridge}/targets/$1
    if [ ! -d "$root" ] || [ ! -d "$TARGET_GUEST" ]; then
        [ "${QMPBRIDGE_FETCH:-no}" = yes ] || skip "no emulator or no kernel for it here: run" \
            "tests/lib/private-root qemu-$QEMU_LABEL-$kind and tests/lib/target-guest $1"
        "$LIB/private-root" "qemu-$QEMU_LABEL-$kind" >/dev/null
    fi
    TARGET_GUEST=$("$LIB/target-guest" "$1")
    QEMU=$root/bin/qemu-system-$target
    KERNEL=$TARGET_GUEST/vmlinuz
    "$QMPBRIDGE_SOURCE/guest-agent/build-guest-agent" "$1" "$T/recctrlu-$1" ||
        fail "the agent can't be built"
    TARGET_RECCTRLU=$T/recctrlu-$1
}

# make_target_guest [guest-image's options]: as make_guest.
make_target_guest() {
    RECCTRLU=$TARGET_RECCTRLU make_guest --kernel "$TARGET_GUEST" \
        --busybox "$TARGET_GUEST/busybox" "$@"
}

STORE=$T/store
SOCKET=$T/control.sock
EVENTS=$T/events.log
# A command on the store, which needs no VM: "${IN_STORE[@]}" list
IN_STORE=("$BRIDGE" --store "$STORE" --plugin "$PLUGIN" ${QEMU:+--qemu "$QEMU"})
BRIDGE_PID=

# bridge_options: what every `run` here has in common, one word a line.
bridge_options() {
    printf '%s\n' --qemu "$QEMU" --plugin "$PLUGIN" --kernel "$KERNEL" --initrd "$T/initrd" \
        --append "console=${CONSOLE:-ttyS0} quiet panic=-1" \
        --store "$STORE" --socket "$SOCKET" --log "$EVENTS"
    # shellcheck disable=SC2086 # words
    [ -z "${QMPBRIDGE_RUN_OPTIONS:-}" ] || printf '%s\n' $QMPBRIDGE_RUN_OPTIONS
}

# start_bridge [options of run]: in the background until the VM ends, which is with the
# script at the latest. The guest's console is $T/console.log, also after the end.
start_bridge() {
    local -a options
    local console
    mapfile -t options < <(bridge_options)
    rm -f "$T/bridge.out" "$T/console.log" "$EVENTS"
    "$BRIDGE" run "${options[@]}" "$@" >"$T/bridge.out" 2>&1 </dev/null &
    BRIDGE_PID=$!
    on_exit end_process "$BRIDGE_PID"
    wait_for_line "$T/bridge.out" '^Guest console: '
    console=$(sed -n 's/^Guest console: *//p' "$T/bridge.out")
    wait_for_line "$EVENTS" '"capabilities"' # of the greeting: QEMU has made its files by now
    # A store on another file system can't be linked to: then its console is copied as it grows.
    ln "$console" "$T/console.log" 2>/dev/null || {
        tail -c +1 -s 0.1 --pid="$BRIDGE_PID" -f "$console" >"$T/console.log" &
    }
}

# start_serve MONITOR [options of serve]: `qmpbridge serve` at $SOCKET, in the background. What it
# says is in $T/serve.out and $T/serve.err, and in $EVENTS.
SERVE_PID=
start_serve() {
    rm -f "$EVENTS"
    start_serve_unlogged "$@" --log "$EVENTS"
}

# The same without a log, which costs a line for each command.
start_serve_unlogged() {
    "$BRIDGE" serve --socket "$SOCKET" "$@" >"$T/serve.out" 2>"$T/serve.err" </dev/null &
    SERVE_PID=$!
    on_exit end_process "$SERVE_PID"
    wait_for_line "$T/serve.out" '^Control socket: '
}

end_process() {
    kill -TERM "$1" 2>/dev/null || return 0
    timeout 20 tail --pid="$1" -f /dev/null || kill -KILL "$1"
}

# start_monitor NAME [options of QEMU]: a QEMU without a machine, whose only QMP monitor is
# $T/NAME.sock. Its process is $MONITOR_PID, its messages are in $T/NAME.log.
MONITOR_PID=
start_monitor() {
    local name=$1
    shift
    # With -daemonize QEMU returns once its monitor listens. Without -nodefaults it looks for
    # sound, also among the modules of another QEMU that is installed on the host.
    "$QEMU" -nodefaults -M none -display none \
        -qmp "unix:$T/$name.sock,server=on,wait=off" -daemonize -pidfile "$T/$name.pid" "$@" \
        >"$T/$name.log" 2>&1 || fail "QEMU $name does not start"
    MONITOR_PID=$(cat "$T/$name.pid")
    on_exit end_process "$MONITOR_PID"
}

# monitor_ended PID: it has quit.
monitor_ended() {
    timeout "$PATIENCE" tail --pid="$1" -f /dev/null || fail "QEMU did not quit"
}

# wait_for_event NAME [SECONDS] [REGEX]: an event of QMP in the event log.
wait_for_event() {
    wait_for_line "$EVENTS" "\"event\" *: *\"$1\".*${3:-}" "${2:-$PATIENCE}"
}

# end_of_bridge [STATUS]: the VM has switched itself off, and the bridge ends with STATUS.
end_of_bridge() {
    wait_for_end "$BRIDGE_PID" $((PATIENCE * 3))
    expect_equal "$STATUS" "${1:-0}" "exit status of qmpbridge run"
}

# attach WORDS...: `qmpbridge SOCKET WORDS`, as another client of the control socket.
attach() {
    timeout "$PATIENCE" "$BRIDGE" "$SOCKET" "$@" </dev/null
}

# recordings: the names of the whole ones.
recordings() {
    [ -d "$STORE" ] || return 0
    find "$STORE" -mindepth 2 -maxdepth 2 -name recording.json -not -path '*/.*' \
        -printf '%h\n' | sed 's|.*/||' | sort
}

# incomplete: the names of those that are being made or were left behind.
incomplete() {
    [ -d "$STORE" ] || return 0
    find "$STORE" -mindepth 1 -maxdepth 1 -name '.*.incomplete' -printf '%f\n' |
        sed -e 's/^\.//' -e 's/\.incomplete$//' | sort
}

# expect_recordings [NAME...]: exactly these are whole, and nothing else is in the store.
expect_recordings() {
    [ -d "$STORE" ] || return 0
    expect_equal "$(recordings | tr '\n' ' ')" "$(printf '%s\n' "$@" | sort | tr '\n' ' ')" \
        "recordings in the store"
    expect_equal "$(incomplete)" "" "incomplete recordings"
}

# about NAME FILTER: of a recording's description.
about() {
    local directory=$STORE/$1
    [ -d "$directory" ] || directory=$STORE/.$1.incomplete
    json "$2" "$directory/recording.json"
}

# expect_proven NAME: the proof that follows a recording found its replay identical.
expect_proven() {
    expect_equal "$(about "$1" .verdict)" identical "verdict on $1"
}

# expect_console NAME REGEX: what the guest wrote to its console while it was recorded.
expect_console() {
    expect_line "$STORE/$1/console.log" "$2"
}

# expect_verified NAME: replays it, now, and compares.
expect_verified() {
    expect_status 0 "${IN_STORE[@]}" verify "$1"
    expect_line "$T/last.out" identical
}

expect_reason() {
    expect_equal "$(about "$1" .reason)" "$2" "reason of the end of $1"
}
