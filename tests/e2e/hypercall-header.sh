#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# architectures: all
#
# recctrl-hypercall.h, installed and found by pkg-config, compiles as C and as C++, old and new, and
# what comes out has the marker's exact bytes, with each argument in its register.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires pkg-config pkg-config
requires make make
requires_cross "$ARCHITECTURE"
requires "${CROSS_PREFIX}objdump" binutils

# The marker as it lies in memory, and the registers of magic, action, text and token as objdump has
# them; for the variants of an architecture, more options.
variants() {
    case $ARCHITECTURE in
    x86_64) echo '0f1f840043480000 [er]ax [er]di [er]si [er]dx' ;;
    i386)
        echo '0f1f840043480000 eax edi esi edx'
        echo '0f1f840043480000 eax edi esi edx -fPIC'
        ;;
    aarch64) echo '7f0889d2 x0 x1 x2 x3' ;;
    arm)
        echo '43f85ff5 r0 r1 r2 r3 -marm'
        echo '1ff843f8 r0 r1 r2 r3 -mthumb'
        ;;
    riscv64) echo '13203084 a0 a1 a2 a3' ;;
    mips | mips64) echo '3c004843 a0 a1 a2 a3' ;;
    mipsel | mips64el) echo '4348003c a0 a1 a2 a3' ;;
    ppc | ppc64) echo '535a0166 r3 r4 r5 r6' ;;
    ppc64le) echo '66015a53 r3 r4 r5 r6' ;;
    s390x) echo 'c00400004843 r2 r3 r4 r5' ;;
    loongarch64) echo '60080914 a0 a1 a2 a3' ;;
    sparc64) echo '01084843 o0 o1 o2 o3' ;;
    esac
}

cat >"$T/caller.c" <<'END'
#include <recctrl-hypercall.h>
#ifdef __cplusplus
extern "C" {
#endif
long caller(void);
long all_of_it(const char *name);
#ifdef __cplusplus
}
#endif
long caller(void)
{
    return recctrl_hypercall_bare(HYPERCALL_PROBE, (const void *)64, 33);
}
long all_of_it(const char *name)
{
    return recctrl_hypercall_probe() < 0 ? -1 : recctrl_hypercall(HYPERCALL_START, name, 1);
}
END

MAKEFLAGS='' make -s -C "$QMPBRIDGE_BUILD" install-includeHEADERS install-nodist_pkgconfigDATA \
    DESTDIR="$T/installed" >"$T/make.out" 2>&1 || fail "the header can't be installed"
package=$(find "$T/installed" -name recctrl-hypercall.pc)
[ -n "$package" ] || fail "there is no recctrl-hypercall.pc"
read -ra flags < <(PKG_CONFIG_PATH=$(dirname "$package") PKG_CONFIG_SYSROOT_DIR=$T/installed \
    PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 pkg-config --cflags recctrl-hypercall)
flags+=(-ffreestanding -Wall -Wextra -Werror -pedantic-errors)

# shows_argument VALUE REGISTER: of the instructions in front of the marker, the last one with the
# register loads the value into it.
shows_argument() {
    local line
    line=$(grep -E "(^|[^a-z0-9])$2([^a-z0-9]|\$)" "$T/before" | tail -n 1)
    [[ $line =~ (^|[^0-9a-fx])(0x$(printf '%x' "$1")|$1)([^0-9a-f]|$) ]] ||
        fail "$1 isn't put into $2: '$line'"
}

# check_code MARKER REGISTER...
check_code() {
    local marker=$1 code at
    shift
    "${CROSS_PREFIX}objcopy" -O binary -j .text "$T/caller.o" "$T/caller.bin"
    code=$(od -An -v -tx1 "$T/caller.bin" | tr -d ' \n')
    [ "$(grep -o "$marker" <<<"$code" | wc -l)" = 3 ] ||
        fail "the marker isn't there 3 times: $code"
    at=${code%%"$marker"*}
    printf -v at '%x' $((${#at} / 2))
    "${CROSS_PREFIX}objdump" -d -j .text "$T/caller.o" >"$T/listing"
    sed -n "/<\\.*caller>:/,/^ *$at:/p" "$T/listing" | sed '$d' | cut -f 3- >"$T/before"
    grep -qE "^ *$at:" "$T/listing" || fail "the marker at $at is no instruction of its own"
    shows_argument $((0x666)) "$1"
    shows_argument 300 "$2"
    shows_argument 64 "$3"
    shows_argument 33 "$4"
}

# check_language STANDARD COMPILER OPTION...: with $row.
check_language() {
    local standard=$1
    shift
    "$@" "-std=$standard" "${flags[@]}" -O0 -c -o "$T/caller.o" "$T/caller.c" ||
        fail "$standard, not optimised"
    "$@" "-std=$standard" "${flags[@]}" -O2 -c -o "$T/caller.o" "$T/caller.c" || fail "$standard"
    # shellcheck disable=SC2086 # words
    check_code $row
    echo "$standard: $row"
}

while read -r row; do
    read -r _ _ _ _ _ option <<<"$row"
    compiler=("${CROSS[@]}" ${option:+"$option"})
    for standard in c90 c99 gnu17; do
        check_language $standard "${compiler[@]}"
    done
    if command -v "${CROSS_PREFIX}g++" >/dev/null; then
        for standard in c++98 c++20; do
            check_language $standard "${CROSS_PREFIX}g++" "${compiler[@]:1}" -x c++
        done
    else
        echo "not tried as C++: there is no ${CROSS_PREFIX}g++"
    fi
done < <(variants)
