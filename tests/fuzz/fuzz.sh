#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fuzz.sh TARGET...: each target under libFuzzer, one after the other, with the checked-in corpus
# as seeds. What it finds goes to fuzz/ of the build: corpus/TARGET, and crash-* in TARGET, which
# belong into tests/fuzz/corpus once they are small. `make fuzz` calls it.
#
#   FUZZ_SECONDS   time for all targets together, 600 by default
#   FUZZ_ONLY      name of the only target to run

set -euo pipefail
seconds=${FUZZ_SECONDS:-600}
here=$QMPBRIDGE_SOURCE/tests/fuzz
found=$QMPBRIDGE_BUILD/fuzz
failed=()
targets=("$@")
[ -z "${FUZZ_ONLY:-}" ] || targets=("$FUZZ_ONLY")
# libFuzzer looks at allocations itself, and json-glib's types live for ever.
export G_SLICE=always-malloc G_DEBUG=fatal-criticals
export ASAN_OPTIONS=detect_leaks=1:${ASAN_OPTIONS:-}

for target in "${targets[@]}"; do
    mkdir -p "$found/corpus/$target" "$found/$target"
    log=$found/$target/log
    if ! "$QMPBRIDGE_BUILD/tests/fuzz/fuzz-$target" -dict="$here/qmp.dict" -timeout=20 \
        -rss_limit_mb=1024 -max_total_time=$((seconds / ${#targets[@]})) \
        -artifact_prefix="$found/$target/" -print_final_stats=1 \
        "$found/corpus/$target" "$here/corpus/$target" >"$log" 2>&1 </dev/null; then
        failed+=("$target")
        grep -aE 'ERROR|SUMMARY|runtime error|Test unit written' "$log" | head -n 6 ||
            tail -n 5 "$log"
    fi
    printf '%-8s %10s runs, coverage %s\n' "$target" \
        "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" \
        "$(grep -aoE 'cov: [0-9]+' "$log" | tail -n 1 | cut -d ' ' -f 2)"
done
[ ${#failed[@]} = 0 ] || {
    echo "crashed: ${failed[*]}; inputs and logs are in $found"
    exit 1
}
