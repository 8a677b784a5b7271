#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# Machines without a kernel of their own: firmware boots from a disk, and from a CD-ROM. What they
# run is a boot sector that reads a sector of some drive over and over, and writes it to the serial
# port. The second disk is read-only, and a qcow2 image on top of a raw one. The machine with the
# CD-ROM comes from a machine file, and has a device that only QEMU knows.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
requires qemu-img qemu-utils
requires as binutils

bridge_options() {
    printf '%s\n' --qemu "$QEMU" --plugin "$PLUGIN" --memory 64 \
        --store "$STORE" --socket "$SOCKET" --log "$EVENTS"
}

# boot_sector FILE DRIVE SECTOR: DRIVE 0 is the one that it was booted from.
boot_sector() {
    cat >"$T/boot.s" <<'ASM'
    .code16
    .globl _start
_start:
    ljmp $0, $begin
begin:
    xor %ax, %ax
    mov %ax, %ds
    mov %ax, %ss
    mov $0x7c00, %sp
    sti
    mov %dl, booted
again:
    mov $packet, %si
    mov $drive, %dl
    test %dl, %dl
    jnz read
    mov booted, %dl
read:
    mov $0x42, %ah              # extended read
    int $0x13
    mov $error, %si
    jc print
    mov $0x8000, %si
print:
    lodsb
    test %al, %al
    jz wait
    mov %al, %bl
    mov $0x3fd, %dx
full:
    in %dx, %al
    test $0x20, %al
    jz full
    mov %bl, %al
    mov $0x3f8, %dx
    out %al, %dx
    jmp print
wait:
    hlt                         # until the next tick of the clock
    jmp again
booted: .byte 0
error:  .asciz "can't read\r\n"
packet: .byte 16, 0, 1, 0
    .word 0x8000, 0             # to 0:8000
    .quad sector
    .org 510
    .word 0xaa55
ASM
    as --32 --defsym drive="$2" --defsym sector="$3" -o "$T/boot.o" "$T/boot.s"
    ld -m elf_i386 -Ttext 0x7c00 --oformat binary -o "$T/boot.bin" "$T/boot.o"
    dd if="$T/boot.bin" of="$1" conv=notrunc status=none
}

# put FILE OFFSET: standard input goes there.
put() {
    dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# record NAME REGEX [options of run]: a stretch in which lines of REGEX come.
record() {
    local name=$1 regex=$2 before
    shift 2
    start_bridge "$@"
    wait_for_line "$T/console.log" "$regex"
    attach -c "begin_record $name" >"$T/begin.out"
    before=$(wc -l <"$T/console.log")
    followed "$T/console.log" "$PATIENCE" head -n $((before + 5)) >"$T/lines" ||
        fail 'the guest stands still'
    attach -c end_record >"$T/end.out"
    kill -TERM "$BRIDGE_PID"
    end_of_bridge
    expect_console "$name" "$regex"
    expect_proven "$name"
}

# The second disk: 64 KiB of the base are seen through an image that has none of its own.
truncate -s 1M "$T/boot.img" "$T/base.raw"
boot_sector "$T/boot.img" 0x81 3
printf 'from the backing file\r\n\0' | put "$T/base.raw" 1536
qemu-img create -q -f qcow2 -b base.raw -F raw "$T/second.qcow2"
record disk '^from the backing file' --disk "$T/boot.img" --disk "$T/second.qcow2,read-only"
expect_equal "$(about disk '.bases[].name' | tr '\n' ' ')" 'disk disk1 disk1-backing1 ' bases
expect_equal "$(about disk '.files[].name' | grep -c '^disk')" 2 overlays

# An El Torito CD-ROM: boot record in sector 17, catalog in 18, the program in 19.
truncate -s 1M "$T/cd.iso"
boot_sector "$T/cd.boot" 0 20
printf '\0CD001\1EL TORITO SPECIFICATION' | put "$T/cd.iso" $((17 * 2048))
printf '\22' | put "$T/cd.iso" $((17 * 2048 + 0x47))
printf '\1' | put "$T/cd.iso" $((18 * 2048))
printf '\x55\xaa\x88' | put "$T/cd.iso" $((18 * 2048 + 0x1e))
printf '\1\0\23' | put "$T/cd.iso" $((18 * 2048 + 0x26))
put "$T/cd.iso" $((19 * 2048)) <"$T/cd.boot"
printf 'from the CD-ROM\r\n\0' | put "$T/cd.iso" $((20 * 2048))
(cd "$T" && "$BRIDGE" run --cdrom cd.iso --disk base.raw,interface=ide --print-machine) >"$T/cd.vm"
record cd '^from the CD-ROM' --machine-file "$T/cd.vm" --force -- -smp 1 -device virtio-rng-pci
arguments=$(about cd '.machine.arguments | join(" ")')
expect_equal "$arguments" '-smp 1 -device virtio-rng-pci' "arguments for QEMU"
expect_equal "$(about cd '.machine.disks[].interface' | tr '\n' ' ')" 'cdrom ide ' disks

# What has changed, is ambiguous, isn't a disk's format, or is in use: one line each.
refused() {
    local regex=$1
    shift
    mapfile -t options < <(bridge_options)
    expect_status 2 "$BRIDGE" run "${options[@]}" "$@"
    one_clear_line "$T/last.err" "$regex"
}
printf changed | put "$T/base.raw" 1600
expect_status 1 "${IN_STORE[@]}" verify disk
expect_line "$T/last.out" "disk1-backing1 $T/base.raw isn't the one that was recorded with"
cp "$T/second.qcow2" "$T/second.img"
refused "QEMU's -smp can't be recorded: .*--force" --disk "$T/boot.img" -- -smp 1
refused ',format=qcow2. or .,format=raw' --disk "$T/second.img"
refused "boot.img isn't a qcow2 image" --disk "$T/boot.img,format=qcow2"
start_monitor holder -M pc -drive "file=$T/boot.img,format=raw,if=none,id=held" \
    -device virtio-blk-pci,drive=held
refused "boot.img is in use" --disk "$T/boot.img"
refused "none.img can.t be read: No such file" --disk "$T/none.img"
