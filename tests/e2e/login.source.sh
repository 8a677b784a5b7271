# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A guest of Debian's packages, with sshd, the agent and the PAM module, and ssh clients of this
# host. Sourced by the scripts about logins.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
requires ssh openssh-client
requires python3 python3
MODULE=$QMPBRIDGE_BUILD/guest-agent/.libs/pam_recctrl.so

# Only the first line of what a session does: it shows on the console, and so in the recording.
SHOWN='>/dev/ttyS0'

# find_guest [RELEASE]: its folder is $GUEST. The PAM module fits a guest of this host's release, or
# of a later one.
find_guest() {
    local release folder
    release=${1:-$(bash -c '. "$0" && host_release' "$LIB/rig.sh")}
    folder=${QMPBRIDGE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/qmpbridge}/guests/$release
    [ -e "$MODULE" ] || skip "the PAM module is not built; on Debian: apt-get install libpam0g-dev"
    [ -d "$folder" ] || [ "${QMPBRIDGE_FETCH:-no}" = yes ] ||
        skip "no guest of Debian $release here: run tests/lib/debian-guest $release as root"
    GUEST=$("$LIB/debian-guest" "$release" 2>"$T/guest.log") ||
        skip "no guest of Debian $release here:" \
            "$(grep -v 'failed in line' "$T/guest.log" | tail -n 1)"
    KERNEL=$GUEST/vmlinuz
}

# make_keys: what clients need: a key, a password, options.
make_keys() {
    printf '#!/bin/sh\necho secret\n' >"$T/askpass"
    chmod 755 "$T/askpass"
    [ -e "$T/key" ] || ssh-keygen -q -t ed25519 -N '' -C login -f "$T/key"
    SSH_OPTIONS=(-F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null
        -o LogLevel=ERROR -o KexAlgorithms=curve25519-sha256 -o "ConnectTimeout=$PATIENCE"
        -o IdentitiesOnly=yes)
    BY_KEY=("${SSH_OPTIONS[@]}" -i "$T/key" -o PreferredAuthentications=publickey)
    BY_PASSWORD=("${SSH_OPTIONS[@]}" -o PreferredAuthentications=password)
    export SSH_ASKPASS=$T/askpass SSH_ASKPASS_REQUIRE=force
    unset SSH_AUTH_SOCK
}

# prepare_login_guest: makes its initramfs, and what clients need. What prepares the guest is on
# standard input; it runs in the guest's root.
prepare_login_guest() {
    cat >"$T/prepare"
    make_keys
    "$LIB/guest-image" "$T/initrd" --kernel "$GUEST" --devices net,root \
        --script "$LIB/guest-login" --file "$T/prepare:/etc/guest-prepare" \
        --file "$T/key.pub:/etc/authorized_keys" --file "$RECCTRLU:/bin/recctrlu" \
        --file "$QMPBRIDGE_SOURCE/guest-agent/recctrlu.sh:/bin/recctrlu.sh" \
        --file "$MODULE:/bin/pam_recctrl.so"
}

# start_login_guest [options of run]: the same, and then the guest, until sshd listens.
start_login_guest() {
    prepare_login_guest
    PORT=$(free_port)
    start_bridge --disk "$GUEST/disk.img" --net user --forward "tcp:$PORT:22" "$@"
    wait_for_line "$T/console.log" 'guest: sshd listens' $((PATIENCE * 3))
}

# by_key USER COMMAND..., by_password USER COMMAND...: one session, to its end.
by_key() {
    timeout "$PATIENCE" ssh -p "$PORT" "${BY_KEY[@]}" "$1@127.0.0.1" "${@:2}"
}

by_password() {
    timeout "$PATIENCE" ssh -p "$PORT" "${BY_PASSWORD[@]}" "$1@127.0.0.1" "${@:2}"
}

# open_session USER WORD: a session by key that lasts until `close_session WORD`; its client is
# $SESSION. It has begun when this returns, and has said '$USER is in (WORD)' on the console.
SESSION=
declare -A OPEN=() # by WORD: the descriptor that its client reads from the other end of
open_session() {
    local fd
    rm -f "$T/$2"
    mkfifo "$T/$2"
    (
        for fd in "${OPEN[@]}"; do # an end that another client held would keep a session open
            exec {fd}>&-
        done
        exec ssh -p "$PORT" "${BY_KEY[@]}" "$1@127.0.0.1" \
            "echo '$1 is in ($2)' $SHOWN; cat" <"$T/$2" >"$T/$2.out" 2>&1
    ) &
    SESSION=$!
    on_exit end_process "$SESSION"
    exec {fd}>"$T/$2"
    OPEN[$2]=$fd
    wait_for_line "$T/console.log" "^$1 is in \($2\)"
}

close_session() {
    local fd=${OPEN[$1]}
    exec {fd}>&-
    unset "OPEN[$1]"
}

# ended NAME: its recording is whole.
ended() {
    wait_for_event RECORD_END "$PATIENCE" "\"$1\""
}

# end_of_logins NAME...: the guest switches itself off; exactly these were recorded, and each one's
# replay is identical.
end_of_logins() {
    local name
    by_key root 'echo over >/run/finish'
    end_of_bridge
    expect_recordings "$@"
    for name in "$@"; do
        expect_proven "$name"
    done
}
