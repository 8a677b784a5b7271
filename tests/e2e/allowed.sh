#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# A restricted network with --allow: the guest reaches what is allowed, and nothing else, by TCP,
# UDP, or ping; a connection to it works all the same. What it can reach is printed and kept; its
# recording replays identically, and reaches nothing.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
requires python3 python3

# Four servers on the host that print a line for each connection or datagram to them: TCP, another
# one by TCP, and two by UDP. A connection is answered; the name in a request by TFTP, which is what
# the guest has for UDP, is printed once.
cat >"$T/servers.py" <<'END_OF_SERVERS'
import select, socket
tcp = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
udp = [socket.socket(type=socket.SOCK_DGRAM) for _ in range(2)]
for s in udp: s.bind(("127.0.0.1", 0))
print("ports", *(s.getsockname()[1] for s in tcp + udp))
names = set()
while True:
    for s in select.select(tcp + udp, [], [])[0]:
        n = (tcp + udp).index(s)
        if s in udp:
            name = s.recv(100)[2:].split(b"\0")[0].decode()
            if name not in names: print("server", n, name)
            names.add(name)
        else:
            c = s.accept()[0]
            print("server", n, c.makefile().readline().strip())
            c.sendall(b"answer " * 20000 + b"\n")
            c.close()
END_OF_SERVERS
"${PYTHON:-python3}" -u "$T/servers.py" >"$T/outside.out" 2>&1 &
on_exit end_process $!
wait_for_line "$T/outside.out" '^ports'
read -r _ web other names datagrams <"$T/outside.out"

# What must not arrive is sent first.
make_guest --devices net <<END
# The address of DHCP is the user network's own matter.
udhcpc -n -q -f -i eth0 -s /bin/true 2>&1 | grep -o 'lease of 10.0.2.15 obtained'
nc -l -p 7 </dev/null >/tmp/in &
until grep -q ':0007 .* 0A ' /proc/net/tcp /proc/net/tcp6; do idle 0.05; done
echo "guest: listening"
wait
recctrlu start net
cat /tmp/in
ping -c 1 -W 1 10.0.2.2 >/dev/null || echo "no ping"
echo refused | nc -w 2 10.0.2.2 $other || echo "no other server"
timeout 1 tftp -g -r refused 10.0.2.2 $datagrams 2>/dev/null
echo refused | nc -w 2 10.0.2.2 $datagrams
timeout 1 tftp -g -r allowed 10.0.2.2 $names 2>/dev/null
echo allowed | nc -w 30 10.0.2.2 $web | tr -cd '\n ' | wc -c
echo "guest: has its answer"
recctrlu stop
END
start_bridge --allow "tcp:10.0.2.2:$web" --allow "udp:10.0.2.0/24:$names" --forward tcp:0:7
wait_for_line "$T/bridge.out" \
    "^Guest reaches:  only tcp:10.0.2.2:$web, udp:10.0.2.0/24:$names; QEMU is in (a|no) sandbox$"
wait_for_line "$T/bridge.out" '^Forwarded:'
port=$(sed -n 's/^Forwarded: *TCP port \([0-9]*\) .*/\1/p' "$T/bridge.out")
wait_for_line "$T/console.log" 'guest: listening'
echo "from the host" >"/dev/tcp/127.0.0.1/$port"
end_of_bridge
expect_line "$T/console.log" 'lease of 10.0.2.15 obtained'
expect_recordings net_000
for line in 'from the host' 'no ping' 'no other server' '^20001' 'guest: has its answer'; do
    expect_console net_000 "$line"
done
expect_proven net_000
expect_equal "$(about net_000 '.machine | [.network, .restricted, .allowed] | tojson')" \
    "[true,true,[\"tcp:10.0.2.2:$web\",\"udp:10.0.2.0/24:$names\"]]" "what the recording says"

# Again, and what the replay would send comes before this last line.
expect_verified net_000
echo "the last" >"/dev/tcp/127.0.0.1/$web"
wait_for_line "$T/outside.out" '^server 0 the last'
expect_equal "$(grep '^server' "$T/outside.out")" \
    "$(printf '%s\n' 'server 2 allowed' 'server 0 allowed' 'server 0 the last')" 'what arrived'

# By default a guest with a network reaches nothing outside.
mapfile -t options < <(bridge_options)
expect_status 0 "$BRIDGE" run "${options[@]}" --forward ssh --print-machine
expect_line "$T/last.out" '^net=restricted$'
