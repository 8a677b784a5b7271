#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What has one place has one place: a type's name in a program, readline in one file, the
# emulator's plugin API in plugin/host-tcg/, the numbers of the hypercall in one header, the words
# of the recording protocol in another, an error's domain where it is made. The plugin, which is
# loaded into a GPL-2.0-only emulator, links nothing that this doesn't allow, and exports only what
# the emulator asks for.

# shellcheck source=tests/lint/source.sh
. "$(dirname "${BASH_SOURCE[0]}")/source.sh"

# only_in WHERE REGEX: no file outside WHERE, an extended regex of paths, has the text.
only_in() {
    local file
    while read -r file; do
        complain "$file has '$2', whose place is $1"
    done < <(c_sources | grep -vE "$1" | xargs grep -lE -- "$2" || :)
}

users=$(c_sources | xargs grep -lE '^ *# *include <readline/' || :)
[ "$(printf '%s\n' "$users" | grep -c .)" -le 1 ] ||
    complain "several files include readline: $users"
only_in '^(plugin/host-tcg|tests/unit|tests/guest)/|^tests/bench/empty-plugin' \
    '\bqemu_plugin_[a-z]+ *\('
only_in '^plugin/' '^ *# *include .*qemu-plugin'
# An architecture is a row, of the plugin, of the targets and of the agent: nothing else names one,
# its instructions, registers or machines. (An option of the agent is called --cpuid.)
only_in '^(plugin/arch/|qmpbridge/vm/target\.|guest-agent/(recctrl-hypercall\.h|bare/)|tests/)' \
    'x86|i[3-6]86|amd64|(^|[^-_[:alnum:]])(cpuid|CPUID|[re][abcd]x|cr3)\b'
only_in '^(qmpbridge/vm/target\.|tests/)' \
    '\b(q35|i440fx|hpet|HPET|qemu(32|64)|ttyS[0-9]|pc-[a-z0-9]|isa-|virtio-[a-z]*-pci)'
# GLib lays an error of ours out as it makes it: another one can't be turned into it.
only_in '^nowhere$' '->domain = '

# The words of the recording protocol, which bridge, plugin and shell speak with each other. (Tests
# write them out: they are what a client sees.)
only_in '^(tests/|qmpbridge/core/record-protocol\.h)' '"((RECORD|REPLAY)_[A-Z]*|EMULATOR_MESSAGE)"'
only_in '^(tests/|qmpbridge/core/record-protocol\.h)' \
    '"((begin|end)_(record|replay)|replay-seek|query-(record|console)|record-(mark|agent|journal))"'
only_in '^(tests/|qmpbridge/core/record-protocol\.h)' '"(console-(write|room)|CONSOLE_ROOM)"'
only_in '^(tests/|qmpbridge/core/record-protocol\.h)' \
    '"(file_name|discard|backlog|serial|log-size|pause-us|two-way|begin-(icount|wall-us))"'

# What QEMU is asked for a recording and its proof.
only_in '^(tests/|qmpbridge/engine/qemu/questions\.)' \
    '"(query-replay|info registers -a|gpa2hva [^"]*)"'
# How stock QEMU records and replays its engine alone knows: another engine does it otherwise. (What
# people are advised to type, and the names of a recording's files, stand elsewhere.)
only_in '^(tests/|plugin/|qmpbridge/engine/qemu/|qmpbridge/vm/arguments\.h)' \
    'replay[-_]break|replay[-_]delete|query-replay|gpa2hva|rrsnapshot|rr=re|blkreplay|filter-replay'
only_in '^(tests/|plugin/|guest-agent/|qmpbridge/engine/qemu/)' 'rrlog|host-signal|due timer|savevm'
only_in '^(tests|plugin|qmpbridge/(engine/qemu|vm|shell|ui|commands|store/recording\.h))' \
    'qcow2|vmstate'

# A type's name means one thing in a program, also where it is a file's own. (The bridge and the
# plugin share qmpbridge/core: they count as one program. A line `typedef struct X X;` defines
# nothing.)
while read -r name files; do
    complain "the type $name is defined in several files:$files"
done < <(for program in '^(qmpbridge|plugin)/' '^guest-agent/'; do
    # shellcheck disable=SC2016 # Perl's variables
    c_sources | grep -E "$program" | xargs perl -0ne '
        print "$1 $ARGV\n" while /^\}\s*([A-Z]\w*);/mg;
        print "$1 $ARGV\n" while /^typedef\b[^;{]*\(\*(\w+)\)\(/mg;
        print "$1 $ARGV\n" while /^struct ([A-Z]\w*) \{/mg;
        print "$2 $ARGV\n" while /^typedef (?!struct (\w+) \1;)[^;{(]*\b([A-Z]\w*);/mg' | sort -u |
        awk '{ n[$1]++; f[$1] = f[$1] " " $2 }
            END { for (name in n) if (n[name] > 1) print name f[name] }'
done)

# A row of a table names the error that it means.
only_in '^nowhere$' '"ERROR: ?"\}'

# A unit test that can't run is skipped by temp_skip(): one that prints and returns has passed.
only_in '^nowhere$' 'printf\("skipp'

# A test runs the code that is installed: what it needs otherwise it passes as an argument.
only_in '^(guest-agent|tests)/' '^ *# *ifndef '
while read -r line; do
    complain "$line: product code isn't compiled differently for tests"
done < <(grep -nE '(^|[ =])-[DU]' tests/unit/*.am || :)

if [ -e "$PLUGIN" ]; then
    requires readelf binutils
    readelf -d "$PLUGIN" | grep NEEDED >"$T/needed.out"
    expect_no_line "$T/needed.out" 'readline|libcheck|libarchive'
    readelf -W --dyn-syms "$PLUGIN" | awk '$7 != "UND" && $5 == "GLOBAL" { print $8 }' |
        sort -u >"$T/exports.out"
    sed -i -E '/^(qemu_plugin_(version|install)|(un)?init_plugin)$/d' "$T/exports.out"
    expect_no_line "$T/exports.out" .
fi
verdict
