#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Measures what was promised, prints a table and writes bench.json. Whatever is compared
# is measured alternately in this one run, and the medians are taken, since machines are
# noisy. Not a part of `make check`: numbers are judged by people.
#
#   BENCH_ONLY     subjects to measure, by default all of them:
#                  emulator hypercall recording pauses record schema throughput client
#                  clients memory archive; and login, which wants a guest of debian-guest
#   BENCH_ROUNDS   measurements of each kind, 5 by default; 15 and more for ratios near 1
#   BENCH_CONFIGS  how the subject `emulator` runs QEMU beside plain: empty (a plugin that does
#                  nothing), plugin, record; by default all
#   BENCH_WORK     how much the guest of the subject `record` does in one recording: 1, a few
#                  seconds, by default; 20 is about a minute
#   BENCH_CPUS     'pinned free' (the default), or one of them: QEMU on one CPU, or on all
#   BENCH_OUTPUT   where bench.json goes

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
subjects=${BENCH_ONLY:-emulator hypercall recording pauses record schema throughput client \
clients memory archive}
output=${BENCH_OUTPUT:-bench.json}
export ROUNDS=${BENCH_ROUNDS:-5} # for the files of the subjects, and so are the next
export HERE=$QMPBRIDGE_SOURCE/tests/bench TOOLS=$QMPBRIDGE_BUILD/tests/bench
QEMU=${QEMU:-$("$LIB/private-root" qemu-11.1)/bin/qemu-system-x86_64}
requires jq jq
requires python3 python3
PATIENCE=240

printf '%s\n' '[]' >"$T/results"
printf '%-44s %12s %12s  %s\n' WHAT MEASURED TARGET ''

# result WHAT VALUE UNIT [COMPARISON TARGET [SPREAD]]: one row; COMPARISON is lt or ge. SPREAD:
# least, quartiles and greatest of what VALUE is the median of.
result() {
    local what=$1 value=$2 unit=$3 comparison=${4:-} target=${5:-} spread=${6:-} reached=''
    case $comparison in
    lt) reached=$(awk "BEGIN { print ($value < $target) ? \"reached\" : \"NOT REACHED\" }") ;;
    ge) reached=$(awk "BEGIN { print ($value >= $target) ? \"reached\" : \"NOT REACHED\" }") ;;
    esac
    printf '%-44s %9s %-4s %s%-10s %s%s\n' "$what" "$value" "$unit" \
        "$(case $comparison in lt) echo '< ' ;; ge) echo '>=' ;; *) echo '  ' ;; esac)" \
        "$target" "$reached" "${spread:+  [$spread]}"
    jq --arg what "$what" --argjson value "$value" --arg unit "$unit" \
        --arg target "$comparison $target" --arg reached "$reached" --arg spread "$spread" \
        '. + [{what: $what, value: $value, unit: $unit, target: $target, verdict: $reached,
               spread: ($spread / " " | map(tonumber? // empty))}]' \
        "$T/results" >"$T/results.new"
    mv "$T/results.new" "$T/results"
}

median() {
    sort -n | awk '{ v[NR] = $1 }
        END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

# spread: least, quartiles and greatest of the numbers on standard input.
spread() {
    sort -n | awk '
        function quantile(q, at, low) {
            at = 1 + (NR - 1) * q
            low = int(at)
            return v[low] + (at - low) * (v[low < NR ? low + 1 : NR] - v[low])
        }
        { v[NR] = $1 }
        END {
            printf "%.4g %.4g %.4g %.4g %.4g", v[1], quantile(0.25), quantile(0.5),
                quantile(0.75), v[NR]
        }'
}

# sampled WHAT UNIT SCALE [COMPARISON TARGET]: a row of the numbers on standard input, times SCALE.
sampled() {
    local numbers=$T/sampled
    awk -v scale="$3" '{ printf "%.6g\n", $1 * scale }' >"$numbers"
    result "$1" "$(median <"$numbers")" "$2" "${4:-}" "${5:-}" "$(spread <"$numbers")"
}

# pairs DIVIDEND DIVISOR: the ratio of each line of the one file to that of the other.
pairs() {
    paste "$1" "$2" | awk '{ printf "%.4f\n", $1 / $2 }'
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
    emulator | hypercall | recording | pauses) file=machine ;;
    record | archive | login) file=$subject ;;
    schema | throughput | client | clients | memory) file=qmp ;;
    *) fail "no such subject: $subject" ;;
    esac
    # shellcheck disable=SC1090 # one of the files here
    declare -F "bench_$subject" >/dev/null || . "$HERE/$file.source.sh"
    "bench_$subject"
done

jq --arg qemu "$("$QEMU" --version | head -n 1)" --arg host "$(uname -mr), $(nproc) CPUs" \
    '{emulator: $qemu, host: $host, results: .}' "$T/results" >"$output"
echo "written to $output"
