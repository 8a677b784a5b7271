# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Archives against what people have: `pack` beside tar with zstd and tar with xz, of one recording,
# alternated. Sourced by bench.sh.

requires_bridge
requires xz xz-utils
requires zstd zstd

# timed FILE COMMAND...: appends the seconds that it takes, and those of CPU.
timed() {
    local file=$1 TIMEFORMAT='%R %U %S'
    shift
    { time "$@" >/dev/null 2>"$T/timed.err"; } 2>"$T/timed" || fail "$(cat "$T/timed.err")"
    awk '{ print $1, $2 + $3 }' "$T/timed" >>"$file"
}

by_tar() {
    tar -C "$STORE" -I "$2" -cf "$1" "$3"
}

by_pack() {
    rm -f "$1"
    "${IN_STORE[@]}" pack "$2" --output "$1"
}

# of COLUMN FILE
of() {
    awk -v n="$1" '{ print $n }' "$2"
}

bench_archive() {
    local name i
    make_guest <<'END'
recctrlu run bench -- sh -c 'head -c 4000000 /dev/urandom | sha256sum; i=0
    while [ $i -lt 300 ]; do ls -l / >/dev/null; i=$((i + 1)); done'
END
    start_bridge --no-verify
    end_of_bridge
    name=$(recordings)
    for ((i = 0; i < ROUNDS; i++)); do
        timed "$T/zstd" by_tar "$T/by.tar.zst" 'zstd -T0' "$name"
        timed "$T/pack" by_pack "$T/by.qrec" "$name"
    done
    timed "$T/xz" by_tar "$T/by.tar.xz" xz "$name"
    timed "$T/again" by_pack "$T/by.qrec" "$name"
    pairs <(of 1 "$T/zstd") <(of 1 "$T/pack") |
        sampled 'pack: speed / tar --zstd -T0' x 1 ge 0.95
    pairs <(of 2 "$T/pack") <(of 2 "$T/zstd") | sampled 'pack: CPU time / tar --zstd -T0' x 1
    result 'pack: speed / tar cJ' "$(ratio "$(of 1 "$T/xz")" "$(of 1 "$T/again")")" x ge 20
    result 'pack: size / tar cJ' \
        "$(ratio "$(stat -c %s "$T/by.qrec")" "$(stat -c %s "$T/by.tar.xz")")" x lt 1.1
    result 'pack: size / tar --zstd -T0' \
        "$(ratio "$(stat -c %s "$T/by.qrec")" "$(stat -c %s "$T/by.tar.zst")")" x
    for ((i = 0; i < ROUNDS; i++)); do
        timed "$T/verify" "$BRIDGE" --no-config verify "$T/by.qrec"
    done
    of 1 "$T/verify" | sampled 'archive: verify' s 1
}
