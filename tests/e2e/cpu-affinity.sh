#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# --cpu-affinity: by default a QEMU that records or replays is executed on one CPU, which is one
# that this process may use. A dry run is left to the kernel unless CPUs are listed.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
requires_bridge
requires taskset util-linux

make_guest <<'END'
recctrlu run cpus -- echo "hello"
END

# An emulator that notes how it is started: "record 1".
mkdir "$T/bin"
ln -s "$(dirname "$QEMU")/qemu-img" "$T/bin/qemu-img"
cat >"$T/bin/qemu" <<END
#!/bin/sh
case \$* in
*'-M none'* | --version) ;; # a trial
*rr=record*) mode=record ;;
*rr=replay*) mode=replay ;;
*) mode=plain ;;
esac
[ -z "\$mode" ] ||
    sed -n "s/^Cpus_allowed_list:[[:space:]]*/\$mode /p" /proc/self/status >>"$T/cpus"
exec "$QEMU" "\$@"
END
chmod 755 "$T/bin/qemu"

# run_vm [options of run]: to its end, and that of the proof; $T/cpus is then what was started.
run_vm() {
    rm -rf "$STORE" "$T/cpus"
    start_bridge --qemu "$T/bin/qemu" "$@"
    end_of_bridge
}

all=$(sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' /proc/self/status)
first=${all%%[-,]*}
last=${all##*[-,]}

# pinned: QEMU recorded and replayed, each time on one CPU.
pinned() {
    expect_line "$T/cpus" '^record [0-9]+$'
    expect_line "$T/cpus" '^replay [0-9]+$'
    expect_no_line "$T/cpus" '[-,]|plain'
}

run_vm
expect_proven cpus_000
pinned
expect_status 0 "${IN_STORE[@]}" --qemu "$T/bin/qemu" verify cpus_000
pinned
run_vm --cpu-affinity auto
pinned
run_vm --cpu-affinity none
expect_equal "$(sort -u "$T/cpus")" "record $all
replay $all" 'CPUs with none'
run_vm --cpu-affinity "$last"
expect_equal "$(sort -u "$T/cpus")" "record $last
replay $last" 'the CPU that was listed'

rm "$T/cpus"
for command in verify replay; do
    expect_status 0 "${IN_STORE[@]}" --qemu "$T/bin/qemu" --cpu-affinity "$first" $command cpus_000
done
expect_equal "$(sort -u "$T/cpus")" "replay $first" 'the CPU that was listed for verify and replay'

run_vm --dry-run
expect_equal "$(cat "$T/cpus")" "plain $all" 'CPUs of a dry run'
run_vm --dry-run --cpu-affinity "$first"
expect_equal "$(cat "$T/cpus")" "plain $first" 'the CPU listed for a dry run'

# What this process may use is what there is.
[ "$first" != "$last" ] || skip "the rest of it needs two CPUs"
taskset -pc "$last" $$ >/dev/null
run_vm
expect_equal "$(sort -u "$T/cpus")" "record $last
replay $last" 'CPU within a mask'
expect_status 2 "$BRIDGE" run --cpu-affinity "$first"
expect_line "$T/last.err" "CPU $first can't be used: this process may run on $last"
