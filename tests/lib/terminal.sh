# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# For tests of the prompt: programs on terminals whose screens the script can look at. To be
# sourced after functions.sh; see terminal.py for the requests.

# requires_terminal: a Python that has the model of the screen is $TERMINAL_PYTHON.
requires_terminal() {
    requires_pty
    for TERMINAL_PYTHON in python3 /usr/bin/python3; do
        ! "$TERMINAL_PYTHON" -c 'import pyte' 2>/dev/null || return 0
    done
    skip "the Python module pyte is missing; on Debian: apt-get install python3-pyte"
}

declare -A terminal_in=() terminal_out=() terminal_pid=()

# open_terminal NAME COLUMNS ROWS COMMAND...
open_terminal() {
    local name=$1 in out
    shift
    mkfifo "$T/$name.requests" "$T/$name.answers"
    PATIENCE=$PATIENCE TERM=xterm "$TERMINAL_PYTHON" "$LIB/terminal.py" "$@" \
        <"$T/$name.requests" >"$T/$name.answers" 2>"$T/$name.screen.log" &
    terminal_pid[$name]=$!
    exec {in}>"$T/$name.requests" {out}<"$T/$name.answers"
    terminal_in[$name]=$in
    terminal_out[$name]=$out
    on_exit end_process "${terminal_pid[$name]}"
}

# tty NAME REQUEST: fails the test unless it is answered with ok.
tty() {
    local name=$1 answer
    shift
    printf '%s\n' "$*" >&"${terminal_in[$name]}"
    read -r -t $((PATIENCE * 2)) answer <&"${terminal_out[$name]}" || answer='no: no answer'
    [ "$answer" = ok ] || {
        tail -n 40 "$T/$name.screen.log"
        fail "$name: $*: $answer"
    }
}

# close_terminal NAME: its program has ended, or gets a hang-up.
close_terminal() {
    local in=${terminal_in[$1]} out=${terminal_out[$1]}
    printf 'bye\n' >&"$in" # others that were started meanwhile may hold the pipe open
    exec {in}>&- {out}<&-
    wait_for_end "${terminal_pid[$1]}"
    rm -f "$T/$1.requests" "$T/$1.answers"
}
