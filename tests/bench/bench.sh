#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Measures what was promised, prints a table and writes bench.json. Whatever is compared
# is measured alternately in this one run, and the medians are taken, since machines are
# noisy. Not a part of `make check`: numbers are judged by people.
#
#   BENCH_ONLY     subjects to measure, by default all of them:
#                  emulator hypercall recording schema throughput client clients memory
#   BENCH_ROUNDS   measurements of each kind, 5 by default
#   BENCH_OUTPUT   where bench.json goes

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
subjects=${BENCH_ONLY:-emulator hypercall recording schema throughput client clients memory}
output=${BENCH_OUTPUT:-bench.json}
export ROUNDS=${BENCH_ROUNDS:-5} # for the files of the subjects, and so are the next
export HERE=$QMPBRIDGE_SOURCE/tests/bench TOOLS=$QMPBRIDGE_BUILD/tests/bench
QEMU=${QEMU:-$("$LIB/private-root" qemu-11.1)/bin/qemu-system-x86_64}
requires jq jq
requires python3 python3
PATIENCE=240

printf '%s\n' '[]' >"$T/results"
printf '%-44s %12s %12s  %s\n' WHAT MEASURED TARGET ''

# result WHAT VALUE UNIT [COMPARISON TARGET]: one row; COMPARISON is lt or ge.
result() {
    local what=$1 value=$2 unit=$3 comparison=${4:-} target=${5:-} reached=''
    case $comparison in
    lt) reached=$(awk "BEGIN { print ($value < $target) ? \"reached\" : \"NOT REACHED\" }") ;;
    ge) reached=$(awk "BEGIN { print ($value >= $target) ? \"reached\" : \"NOT REACHED\" }") ;;
    esac
    printf '%-44s %9s %-4s %s%-10s %s\n' "$what" "$value" "$unit" \
        "$(case $comparison in lt) echo '< ' ;; ge) echo '>=' ;; *) echo '  ' ;; esac)" \
        "$target" "$reached"
    jq --arg what "$what" --argjson value "$value" --arg unit "$unit" \
        --arg target "$comparison $target" --arg reached "$reached" \
        '. + [{what: $what, value: $value, unit: $unit, target: $target, verdict: $reached}]' \
        "$T/results" >"$T/results.new"
    mv "$T/results.new" "$T/results"
}

median() {
    sort -n | awk '{ v[NR] = $1 }
        END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

ratio() {
    awk "BEGIN { printf \"%.3f\", $1 / $2 }"
}

# column NUMBER FILE: median of a column of numbers.
column() {
    awk -v n="$1" '{ print $n }' "$2" | median
}

for subject in $subjects; do
    case $subject in
    emulator | hypercall | recording) file=machine ;;
    schema | throughput | client | clients | memory) file=qmp ;;
    *) fail "no such subject: $subject" ;;
    esac
    # shellcheck disable=SC1090 # one of the two files here
    declare -F "bench_$subject" >/dev/null || . "$HERE/$file.source.sh"
    "bench_$subject"
done

jq --arg qemu "$("$QEMU" --version | head -n 1)" --arg host "$(uname -mr), $(nproc) CPUs" \
    '{emulator: $qemu, host: $host, results: .}' "$T/results" >"$output"
echo "written to $output"
