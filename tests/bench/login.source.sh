# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Subject `login` of bench.sh: how much later a user is in who is recorded, compared with an sshd
# without the hook in the same guest; and how long it takes until that guest lets anybody in,
# compared with the same QEMU that is started by hand.
requires_bridge

# login_time PORT: milliseconds from the start of ssh to the first output of the session.
login_time() {
    local begin end
    begin=${EPOCHREALTIME/./}
    coproc LOGIN { exec ssh -p "$1" "${BY_KEY[@]}" alice@127.0.0.1 'echo in; cat'; }
    read -r -t "$PATIENCE" <&"${LOGIN[0]}" || fail "no login at port $1"
    end=${EPOCHREALTIME/./}
    eval "exec ${LOGIN[1]}>&-"
    # shellcheck disable=SC2153 # coproc sets it
    wait "$LOGIN_PID" || :
    echo $(((end - begin) / 1000))
}

# by_hand RUN: QEMU with the command line of the process RUN, with images and a log of its own; its
# process is $HAND. What only the bridge can have is left out: the monitor, and the plugin's socket.
HAND=
by_hand() {
    local -a words
    local word image scratch=
    mapfile -d '' words <"/proc/$1/cmdline"
    for word in "${words[@]}"; do
        [[ $word != file,id=console,path=* ]] || scratch=${word#*path=}
    done
    scratch=${scratch%/console.log*}
    rm -rf "$T/hand"
    mkdir "$T/hand"
    for image in "$scratch"/*.qcow2; do
        "${QEMU%/*}/qemu-img" info -U --output=json "$image" >"$T/info"
        if [ -n "$(json '.["full-backing-filename"]' "$T/info")" ]; then
            "${QEMU%/*}/qemu-img" create -q -f qcow2 \
                -F "$(json '.["backing-filename-format"]' "$T/info")" \
                -b "$(json '.["full-backing-filename"]' "$T/info")" "$T/hand/${image##*/}"
        else
            "${QEMU%/*}/qemu-img" create -q -f qcow2 "$T/hand/${image##*/}" \
                "$(json '.["virtual-size"]' "$T/info")"
        fi
    done
    HAND_WORDS=()
    for word in "${words[@]}"; do
        case $word in
        socket,id=monitor,*) word=null,id=monitor ;;
        file,id=console,*) word=file,id=console,path=$T/hand/console.log ;;
        file=*recctrl.so,*) word=${word%%,*},dry=on ;;
        *hostfwd=*) word=user,id=net0,restrict=on ;;
        esac
        HAND_WORDS+=("${word//$scratch/$T/hand}")
    done
}

until_sshd() {
    wait_for_line "$1" 'guest: sshd listens' $((PATIENCE * 3))
    echo $((${EPOCHREALTIME/./} - $2)) >>"$T/$3"
}

bench_login() {
    local plain i begin pid first=$T
    # shellcheck source=tests/e2e/login.source.sh
    . "$QMPBRIDGE_SOURCE/tests/e2e/login.source.sh" # which has a folder of its own
    mv "$first/results" "$T/results"
    rm -rf "$first"
    find_guest
    plain=$(free_port)
    prepare_login_guest <<'END'
cp /etc/pam.d/sshd /etc/pam.d/sshd-plain
ln -s sshd /usr/sbin/sshd-plain
recctrlu install-pam pam_recctrl.so users=alice wait=30
/usr/sbin/sshd-plain -p 23
END
    PORT=$(free_port)
    for ((i = 0; i < ROUNDS; i++)); do
        begin=${EPOCHREALTIME/./}
        start_bridge --no-verify --recctrl session_rec=on --disk "$GUEST/disk.img" \
            --forward "tcp:$PORT:22" --forward "tcp:$plain:23"
        until_sshd "$T/console.log" "$begin" from-run
        pid=$(pgrep -P "$BRIDGE_PID")
        by_hand "$pid"
        login_time "$plain" >"$T/first" # reads from the disk what the others find in memory
        login_time "$plain" >>"$T/without"
        login_time "$PORT" >>"$T/with"
        wait_for_event RECORD_END
        about alice_session_000 '.["begin-pause-us"] / 1000' >>"$T/pause"
        rm -rf "$STORE/alice_session_000"
        by_key root 'echo over >/run/finish'
        end_of_bridge
        begin=${EPOCHREALTIME/./}
        "${HAND_WORDS[@]}" >"$T/hand.log" 2>&1 </dev/null &
        HAND=$!
        on_exit end_process "$HAND"
        until_sshd "$T/hand/console.log" "$begin" from-hand
        end_process "$HAND"
        wait "$HAND" 2>/dev/null || :
    done
    pairs "$T/with" "$T/without" | sampled 'login with the hook: time of one without' x 1
    paste "$T/with" "$T/without" "$T/pause" | awk '{ print $1 - $2 - $3 }' |
        sampled '  difference, less the pause of the begin' ms 1 lt 50
    pairs "$T/from-run" "$T/from-hand" |
        sampled 'from run to sshd: time of QEMU by hand' x 1 lt 1.1
}
