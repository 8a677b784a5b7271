#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# A guest with a screen, which a VNC viewer sees and types at: the recording has a picture of its
# begin and one of its end, and replays identically without a viewer.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
requires python3 python3
make_guest <<'END'
echo "A guest's screen" >/dev/tty1
echo "guest: draws"
recctrlu run screen -- sh -c 'read -r line </dev/tty1; echo "guest: typed $line."'
echo "guest: done"
END
start_bridge --display "vnc=unix:$T/screen"
expect_line "$T/bridge.out" "^Guest display:  *VNC at unix:$T/screen\$"
wait_for_event RECORD_BEGIN

# RFB 3.8 (RFC 6143): no authentication, the whole screen once, then a key.
timeout "$PATIENCE" python3 - "$T/screen" <<'END' >"$T/viewer.out"
import socket, struct, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
def take(n):
    data = b''
    while len(data) < n:
        more = s.recv(n - len(data))
        if not more:
            raise EOFError
        data += more
    return data
take(12); s.sendall(b'RFB 003.008\n')
take(take(1)[0]); s.sendall(b'\x01')
assert take(4) == bytes(4)
s.sendall(b'\x01')
width, height = struct.unpack('>HH', take(4))
depth = take(16)[0] // 8
take(struct.unpack('>I', take(4))[0])
s.sendall(struct.pack('>BxHi', 2, 1, 0))                    # raw pixels
s.sendall(struct.pack('>BBHHHH', 3, 0, 0, 0, width, height))
assert take(1) == b'\0'
take(1)
pixels = b''
for _ in range(struct.unpack('>H', take(2))[0]):
    x, y, w, h, encoding = struct.unpack('>HHHHi', take(12))
    assert encoding == 0
    pixels += take(w * h * depth)
print(width, height, len(set(pixels)))
for key in ord('a'), ord('b'), 0xff0d:
    for down in 1, 0:
        s.sendall(struct.pack('>BBxxI', 4, down, key))
s.sendall(struct.pack('>BBHHHH', 3, 0, 0, 0, 1, 1))
take(1)
END
expect_line "$T/viewer.out" '^720 400 '
wait_for_line "$T/console.log" 'guest: typed ab.'
wait_for_event RECORD_END
wait_for_event RECORD_VERIFIED "$PATIENCE" '"result": "identical"'
wait_for_line "$T/console.log" 'guest: done'

for when in begin end; do
    expect_equal "$(head -c 8 "$STORE/screen_000/screen-$when.png" | od -An -tx1)" \
        ' 89 50 4e 47 0d 0a 1a 0a' "the screen at the $when"
    expect_line "$STORE/screen_000/recording.json" "\"name\" : \"screen-$when.png\""
done
! cmp -s "$STORE/screen_000/screen-begin.png" "$STORE/screen_000/screen-end.png" ||
    fail "the screen shows what was typed, its picture doesn't"
