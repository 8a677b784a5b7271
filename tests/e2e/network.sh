#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# A TCP connection from the host, open before a recording begins and used while it goes on:
# what came in is in the recording, so that the replay needs no network. And a connection that the
# guest makes to the outside reaches it while it is recorded, and never again while it is replayed.
# QEMU chooses the port, and the packets are kept.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
requires python3 python3

# A server on the host that prints a line for each connection to it.
"${PYTHON:-python3}" -u -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(); print("port", s.getsockname()[1])
while True:
    c = s.accept()[0]; print("connection", c.makefile().readline().strip()); c.close()' \
    >"$T/outside.out" 2>&1 &
on_exit end_process $!
wait_for_line "$T/outside.out" '^port'
outside=$(sed -n 's/^port //p' "$T/outside.out")

make_guest --devices net <<END
mkfifo /tmp/out
serve() {
    read -r line
    echo "before: \$line"
    recctrlu start net
    echo "go on" >/tmp/out
    read -r line
    echo "during: \$line"
    echo "from the guest" | nc 10.0.2.2 $outside
    recctrlu stop
    echo "good bye" >/tmp/out
}
nc -l -p 7 <>/tmp/out | serve &
until grep -q ':0007 .* 0A ' /proc/net/tcp /proc/net/tcp6; do idle 0.05; done
echo "guest: listening"
wait
END
start_bridge --net user --forward tcp:0:7 --forward ssh --pcap
wait_for_line "$T/bridge.out" '^Log in: *ssh -p [0-9]+ root@127\.0\.0\.1$'
port=$(sed -n 's/^Forwarded: *TCP port \([0-9]*\) of 127.0.0.1 is port 7 of the guest/\1/p' \
    "$T/bridge.out")
wait_for_line "$T/console.log" 'guest: listening'

exec 4<>"/dev/tcp/127.0.0.1/$port"
echo "a first line" >&4
read -r -t "$PATIENCE" line <&4
expect_equal "$line" "go on"
echo "a second line" >&4
read -r -t "$PATIENCE" line <&4
expect_equal "$line" "good bye"
exec 4>&-
end_of_bridge
expect_line "$T/console.log" 'before: a first line'
expect_recordings net_000
expect_console net_000 'during: a second line'
expect_proven net_000

# The packets of the recording, and no earlier ones, in a file that begins as a pcap file does.
expect_equal "$(about net_000 '.files[] | select(.role == "packets").name')" packets.pcap
packets=$STORE/net_000/packets.pcap
expect_equal "$(od -An -tx4 -N4 "$packets" | tr -d ' ')" a1b2c3d4
expect_line "$packets" 'a second line'
expect_line "$packets" 'from the guest'
expect_no_line "$packets" 'a first line'

# The server takes connections in order: what a replay had sent would come before this line.
expect_verified net_000
echo "the last" >"/dev/tcp/127.0.0.1/$outside"
wait_for_line "$T/outside.out" '^connection the last'
expect_equal "$(grep -c '^connection' "$T/outside.out")" 2 "connections, the last one included"

# A port that is in use.
mapfile -t options < <(bridge_options)
expect_status 9 "$BRIDGE" run "${options[@]}" --forward "tcp:$outside:7"
one_clear_line "$T/last.err" "TCP port $outside of 127.0.0.1 can't be forwarded.*port 0"
