# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Recordings of Linux on another target, $ARCHITECTURE, with proof: begun by a hypercall and by a
# command, with a guest that has nothing to do and in the middle of its work with disk and network.
# TARGET_ROUNDS (2) is how many by command of a guest at work, and of one that rests.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
requires python3 python3
requires_target "$ARCHITECTURE"
rounds=${TARGET_ROUNDS:-2}

# A server on the host that sends back what it gets.
"${PYTHON:-python3}" -u -c 'import socket, threading
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(); print("port", s.getsockname()[1])
def echo(c):
    with c:
        while data := c.recv(65536): c.sendall(data)
while True: threading.Thread(target=echo, args=(s.accept()[0],), daemon=True).start()' \
    >"$T/outside.out" 2>&1 &
on_exit end_process $!
wait_for_line "$T/outside.out" '^port'
outside=$(sed -n 's/^port //p' "$T/outside.out")

truncate -s 32M "$T/base.img"
make_target_guest --devices blk,net <<END
until [ -b /dev/vda ]; do idle 0.05; done
recctrlu probe && echo "guest: recorder found"
disk() {
    dd if=/dev/urandom of=/dev/vda bs=64k seek=16 count=8 conv=fsync 2>/dev/null
    echo 3 >/proc/sys/vm/drop_caches
    dd if=/dev/vda bs=64k skip=16 count=8 2>/dev/null | sha256sum
}
network() {
    head -c 100000 /dev/urandom | nc 10.0.2.2 $outside | head -c 100000 | sha256sum
}
recctrlu run idle -- idle 0.3
recctrlu run work -- sh -c 'head -c 300000 /dev/urandom | sha256sum'
echo "guest: resting"
nc -l -p 7 </dev/null
while :; do disk; done &
while :; do network; done &
idle 0.2
recctrlu run loaded -- idle 0.3
echo "guest: working"
wait
END

# record NAME: as many as there are rounds, by command.
record() {
    local i
    for ((i = 0; i < rounds; i++)); do
        attach -c "begin_record file_name=$1" -c end_record
    done
}
start_bridge --disk "$T/base.img" --forward tcp:0:7
wait_for_line "$T/console.log" 'guest: resting' $((PATIENCE * 2))
record resting
port=$(sed -n 's/^Forwarded: *TCP port \([0-9]*\) of .*/\1/p' "$T/bridge.out")
echo >"/dev/tcp/127.0.0.1/$port"
wait_for_line "$T/console.log" 'guest: working' $((PATIENCE * 2))
record working
attach -c 'qmp quit' || :
wait_for_end "$BRIDGE_PID" $((PATIENCE * (rounds + 3)))

exact=0 all=0
for name in $(recordings); do
    all=$((all + 1))
    if [ "$(about "$name" .verdict)" = identical ]; then
        exact=$((exact + 1))
    else
        echo "$name: $(about "$name" '.verdict, .["verdict-detail"]')"
    fi
done
for name in $(recordings); do
    [[ $(about "$name" '.["emulator-version"]') == "$QEMU_LABEL."* ]] || fail "another emulator"
done
echo "$ARCHITECTURE, QEMU $QEMU_LABEL: $exact of $all replay exactly"
expect_equal "$all" $((2 * rounds + 3)) 'recordings'
expect_equal "$exact" "$all" 'recordings that replay exactly'
expect_equal "$STATUS" 0 'exit status of qmpbridge run'
expect_line "$T/console.log" 'guest: recorder found'
