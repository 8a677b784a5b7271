#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# architectures: aarch64 arm riscv64 mips mipsel mips64 mips64el
# architectures: ppc ppc64 ppc64le s390x loongarch64 sparc64
# emulators: 11.1 10.0
#
# The plugin's rows, each in its emulator: a guest without an operating system makes every kind of
# request, in the kernel and in user mode, and reads the answers. (x86 has tests of its own.)

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires python3 python3
[ -e "$PLUGIN" ] || skip "the plugin is not built"
requires_cross "$ARCHITECTURE"

options=() builds=('') machine=(-M none -m 16)
case $ARCHITECTURE in
aarch64)
    package=arm program=aarch64 options=(-mgeneral-regs-only)
    machine+=(-cpu 'cortex-a57,has_el3=off,has_el2=off')
    ;;
arm)
    package=arm program=arm options=(-mfloat-abi=soft) builds=(-mthumb -marm)
    machine=(-M none -cpu cortex-a15 -m 3100)
    ;;
riscv64) package=riscv program=riscv64 machine+=(-cpu rv64) ;;
loongarch64) package=misc program=loongarch64 machine+=(-cpu la464) ;;
mips | mipsel) package=mips program=$ARCHITECTURE machine+=(-cpu 24Kf) ;;
mips64 | mips64el) package=mips program=$ARCHITECTURE machine+=(-cpu 5KEf) ;;
ppc) package=ppc program=ppc machine=(-M none -cpu g3 -m 3100) ;;
ppc64 | ppc64le)
    package=ppc program=ppc64 options=(-mabi=elfv2 -mcpu=power8 -mno-vsx -mno-altivec)
    machine+=(-cpu power8)
    ;;
s390x)
    package=s390x program=s390x options=(-msoft-float)
    machine=(-M s390-ccw-virtio -m 128 -kernel "$T/guest")
    ;;
sparc64)
    package=sparc program=sparc64 options=(-msoft-float -mcmodel=medlow)
    machine+=(-cpu TI-UltraSparc-IIi)
    ;;
esac

root=$(dirname "$(dirname "$QEMU")")-$package
if [ ! -d "$root" ]; then
    [ "${QMPBRIDGE_FETCH:-no}" = yes ] ||
        skip "no QEMU for it here: run tests/lib/private-root qemu-$QEMU_LABEL-$package"
    "$LIB/private-root" "qemu-$QEMU_LABEL-$package" >/dev/null
fi
[[ ${machine[*]} == *-kernel* ]] || machine+=(-device "loader,file=$T/guest,cpu-num=0")

# What is asked, and what the answers are in the kernel and in user mode. -2: there is no such
# pointer without page tables; 0: the guest doesn't get into user mode without them.
wanted() {
    local kernel=3 user=-1
    case $ARCHITECTURE in
    s390x | loongarch64 | sparc64) kernel=-2 user=-2 ;;
    esac
    sed "s/KERNEL/$kernel/; s/USER/$user/" <<'END' |
probe 1212350722 1212350722
bad-name -1 -1
start,-its-name-at-a-page's-end 3 3
status 1 1
mark,-across-pages 3 3
start-while-one-is-on 0 0
stop-of-another 0 0
stop 3 3
status 2 2
start,-no-memory-there -1 -1
unknown-action -1 -1
session,-in-toggle-mode 0 0
start,-its-name-in-the-kernel KERNEL USER
END
        case $ARCHITECTURE in
        ppc64 | ppc64le) sed 's/[^ ]*$/0/' ;;
        *) cat ;;
        esac
}
wanted >"$T/wanted"
rounds=$(wc -l <"$T/wanted")

for build in "${builds[@]}"; do
    # shellcheck disable=SC2086 # no option is none
    "${CROSS[@]}" -std=gnu11 -O2 -Wall -Wextra -Werror -ffreestanding -fno-builtin -fno-pic \
        -fno-pie -fno-stack-protector -fno-asynchronous-unwind-tables "${options[@]}" $build \
        -I"$QMPBRIDGE_SOURCE" -nostdlib -static -no-pie -Wl,--build-id=none,-e,start \
        -Wl,-Ttext=0x20000 -o "$T/guest" "$QMPBRIDGE_SOURCE/tests/guest/bare-rows.c" ||
        fail "the guest can't be built"
    timeout "$PATIENCE" "$LIB/bare-guest" "$PATIENCE" "$T/guest" \
        "$root/bin/qemu-system-$program" "${machine[@]}" -plugin "file=$PLUGIN,dry=on" \
        >"$T/results" 2>"$T/said" || fail "the guest: $(cat "$T/said")"
    sed 's/ .*//' "$T/wanted" |
        paste -d ' ' - <(head -n "$rounds" "$T/results") <(tail -n +$((rounds + 1)) "$T/results") |
        head -n "$rounds" >"$T/answers"
    diff "$T/wanted" "$T/answers" || fail "other answers than expected ($build)"
    expect_line "$T/said" 'recctrl: dry run: begin edge_000'
done
