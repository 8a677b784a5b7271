#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# Measures the table of doc/devices.md: records a guest that uses a device, again and again, while
# other processes take all the time they get, and says how many replays were exact. It fails if a
# device that isn't refused (the table below says which are) isn't always exact. Not a part of `make
# check`: a device takes some minutes.
#
#   QMPBRIDGE_DEVICE    rows, separated by blanks; all by default
#   DEVICE_RECORDINGS   of each, 20 by default
#   DEVICE_OUTPUT       a file that gets a line for each row
#   DEVICE_NICE         the load's nice value, 0 by default

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
requires python3 python3
wanted=${DEVICE_RECORDINGS:-20}

# row NAME: the device's name in the guest's image, what `run` is given, what the guest does, and
# what the host does in each recording. QEMU's own arguments stand behind --.
modules='' options=() work='' host=''
row() {
    local disk=$T/disk.img
    modules='' options=() host=''
    case $1 in
    virtio-blk) modules=blk options=(--disk "$disk") work=$(disk_work /dev/vda) ;;
    ide)
        modules=ide options=(--machine pc --disk "$disk,interface=ide") work=$(disk_work /dev/sda)
        ;;
    ahci) modules=ahci options=(--disk "$disk,interface=ide") work=$(disk_work /dev/sda) ;;
    virtio-scsi)
        modules=scsi work=$(disk_work /dev/sda)
        options=(--disk "$disk,interface=none" -- -device 'virtio-scsi-pci,id=scsi'
            -device 'scsi-hd,drive=disk,bus=scsi.0')
        ;;
    nvme)
        modules=nvme work=$(disk_work /dev/nvme0n1)
        options=(--disk "$disk,interface=none" -- -device 'nvme,drive=disk,serial=1')
        ;;
    virtio-net) modules=net options=(--net user) work=$(net_work) ;;
    e1000) modules=e1000 options=(--net user -- -device 'e1000,netdev=net0') work=$(net_work) ;;
    rtl8139)
        modules=rtl8139 options=(--net user -- -device 'rtl8139,netdev=net0') work=$(net_work)
        ;;
    none) work='head -c 200000 /dev/urandom | sha256sum' ;;
    VGA) modules=vga options=(-- -device VGA) work=$(display_work) ;;
    virtio-vga) modules=gpu options=(-- -device virtio-vga) work=$(display_work) ;;
    i8042) modules=input work=$(input_work) host=$KEY ;;
    usb-kbd)
        modules=usb options=(-- -device 'qemu-xhci,id=usb' -device usb-kbd) work=$(input_work)
        host=$KEY
        ;;
    usb-tablet)
        modules=usb options=(-- -device 'qemu-xhci,id=usb' -device usb-tablet) work=$(input_work)
        host=$POINT
        ;;
    virtio-rng)
        modules=rng options=(-- -device virtio-rng-pci)
        work='dd if=/dev/hwrng bs=1k count=16 2>/dev/null | sha256sum'
        ;;
    virtio-serial)
        modules=virtio-serial work='head -c 100000 /dev/urandom >/dev/vport0p1'
        options=(-- -device virtio-serial-pci -chardev 'null,id=port'
            -device 'virtserialport,chardev=port,name=port')
        ;;
    serial) work='head -c 10000 /dev/urandom | od -A n -t x1' ;;
    *) fail "no device is called '$1'" ;;
    esac
}
all='virtio-blk ide ahci virtio-scsi nvme virtio-net e1000 rtl8139 none VGA virtio-vga i8042 usb-kbd
    usb-tablet virtio-rng virtio-serial serial'
# Those that `run` refuses without --force.
refused=' nvme e1000 usb-kbd virtio-vga '

# --- what the guest does, and the host ------------------------------------------------------
KEY='{"execute": "send-key", "arguments": {"keys": [{"type": "qcode", "data": "a"}]}}'
POINT='{"execute": "input-send-event", "arguments": {"events": [
    {"type": "abs", "data": {"axis": "x", "value": X}},
    {"type": "abs", "data": {"axis": "y", "value": X}}]}}'

disk_work() {
    echo "until [ -b $1 ]; do idle 0.05; done
        head -c 262144 /dev/urandom | dd of=$1 bs=64k 2>/dev/null; sync
        echo 3 >/proc/sys/vm/drop_caches; head -c 262144 $1 | sha256sum"
}

# From a server on the host.
net_work() {
    echo "nc 10.0.2.2 $port </dev/null | sha256sum"
}

display_work() {
    echo 'until [ -c /dev/fb0 ]; do idle 0.05; done
        head -c 500000 /dev/urandom >/dev/fb0; head -c 4000 /dev/urandom | od >/dev/tty1'
}

# The host acts when it reads that the guest is waiting. An event is 24 bytes.
input_work() {
    # shellcheck disable=SC2016 # for the guest's shell
    echo ': >/tmp/events; readers=
        for event in /dev/input/event*; do
            cat $event >>/tmp/events & readers="$readers $!"
        done
        idle 0.1; echo "guest: waiting"
        until [ -s /tmp/events ]; do idle 0.05; done
        idle 0.3; kill $readers; od /tmp/events | head -n 4'
}

serve_bytes() {
    "${PYTHON:-python3}" -u -c 'import os, socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(); print("port", s.getsockname()[1])
while True:
    c = s.accept()[0]; c.sendall(os.urandom(200000)); c.close()' >"$T/server.out" 2>&1 &
    on_exit end_process $!
    wait_for_line "$T/server.out" '^port'
    port=$(sed -n 's/^port //p' "$T/server.out")
}

# act: does $host in each recording, when the guest waits for it.
act() {
    local i=0
    tail -n +1 -s 0.1 --pid="$BRIDGE_PID" -F "$T/console.log" 2>/dev/null |
        while read -r line; do
            [[ $line == *'guest: waiting'* ]] || continue
            i=$((i + 1))
            attach -c "$(tr -d '\n' <<<"${host//X/$((i * 1000))}")" >>"$T/acts.out" || break
        done
}

# load: until its processes are ended.
load() {
    local i
    burners=()
    for ((i = 0; i < $(nproc); i++)); do
        nice -n "${DEVICE_NICE:-0}" sha256sum /dev/zero &
        burners+=("$!")
        on_exit end_process "$!"
    done
}

# measure NAME: its line.
measure() {
    local name=$1 verdict exact=0 made=0 others='' line acting=''
    row "$name"
    rm -rf "$STORE" "$T/disk.img"
    truncate -s 32M "$T/disk.img"
    printf '%s\n' "$work" >"$T/work"
    make_guest --kernel "$GENERIC" --devices "$modules" --file "$T/work:/bin/work" <<END
idle 2 # until all devices are there
n=0
while [ \$n -lt $wanted ]; do
    recctrlu run device -- sh /bin/work
    n=\$((n + 1))
    idle 0.3
done
END
    load
    start_bridge --force "${options[@]}"
    if [ -n "$host" ]; then
        act &
        acting=$!
        on_exit end_process "$acting"
    fi
    # With some devices a guest stands still, as nvme's when it switches itself off.
    followed "$T/console.log" $((120 + 30 * wanted)) \
        grep -a -m 1 'guest: script ends' >"$T/.line" ||
        others=' not done in time;'
    kill -TERM "$BRIDGE_PID"
    wait_for_end "$BRIDGE_PID" 1800
    [ -z "$acting" ] || end_process "$acting"
    for verdict in "${burners[@]}"; do end_process "$verdict"; done
    for verdict in $(recordings); do
        made=$((made + 1))
        case $(about "$verdict" .verdict) in
        identical) exact=$((exact + 1)) ;;
        *) others+=" $(about "$verdict" '.["verdict-detail"]');" ;;
        esac
    done
    line="$name, QEMU $QEMU_LABEL: $exact of $made exact, $wanted asked for;$others"
    echo "$line"
    # What the guest saw of the device, for readers of the log.
    [ "$made" = 0 ] || tail -n 2 "$STORE/$(recordings | tail -n 1)/console.log"
    [ -z "${DEVICE_OUTPUT:-}" ] || printf '%s\n' "$line" >>"$DEVICE_OUTPUT"
    [[ $refused == *" $name "* ]] || [ "$exact" = "$wanted" ] || wrong+=" $name"
}

GENERIC=$("$LIB/guest-kernel" --generic)
KERNEL=$GENERIC/vmlinuz
port=''
wrong=''
serve_bytes
for name in ${QMPBRIDGE_DEVICE:-$all}; do
    measure "$name"
done
[ -z "$wrong" ] || fail "not always exact, and not refused:$wrong"
