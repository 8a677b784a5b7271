#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Limits have one home, qmpbridge/core/limits.h, and the documents say the same numbers:
# doc/limits.md has them all, and where prose has one of them a rule below finds it there. A limit
# in prose without a rule is a fault too.

# shellcheck source=tests/lint/source.sh
. "$(dirname "${BASH_SOURCE[0]}")/source.sh"

limits=qmpbridge/core/limits.h
table=doc/limits.md
document='^([A-Z]+\.md|doc/.*\.(md|[1-9]|[1-9]\.in))$'

# The names of the limits, each a variable of this script with its value.
names=()
# shellcheck disable=SC2034 # limits are made of it
G_USEC_PER_SEC=1000000
# set_limit NAME EXPRESSION: C's suffix of unsigned numbers is none of bash's.
set_limit() {
    local expression
    expression=$(sed -E 's/([0-9])u/\1/g' <<<"$2")
    [[ $expression =~ ^[A-Z_0-9\ ()*/\<]+$ ]] || fail "no value of a limit: $1 $2"
    names+=("$1")
    printf -v "$1" %d "$((expression))"
}
while read -r _ name expression; do
    set_limit "$name" "$expression"
done < <(grep -hE '^#define [A-Z]' $limits)
[ "${#names[@]}" -gt 30 ] || fail "no limits in $limits"
set_limit HYPERCALL_TEXT_MAX \
    "$(sed -n 's/^#define HYPERCALL_TEXT_MAX //p' guest-agent/recctrl-hypercall.h)"

# readable NUMBER: as a table has it.
readable() {
    if [ "$1" -ge $((1 << 20)) ] && [ $(($1 % (1 << 20))) = 0 ]; then
        echo "$(($1 >> 20)) Mi"
    elif [ "$1" -ge 16384 ] && [ $(($1 % 1024)) = 0 ]; then
        echo "$(($1 >> 10)) Ki"
    else
        echo "$1"
    fi
}

# rows: the tables of the limits, from sections, comments and values.
rows() {
    local text='' line name
    while IFS= read -r line; do
        case $line in
        '/* == '*' == */')
            line=${line#/\* == }
            printf '\n## %s\n\n| limit | value | of what |\n|---|---|---|\n' "${line% == \*/}"
            ;;
        '/** '*) text=${line#/\*\* } ;;
        ' * '*) text+=" ${line# \* }" ;;
        '#define '*)
            read -r _ name _ <<<"$line"
            [ -n "$text" ] || complain "$limits: $name has no comment of its own"
            printf '| %s | %s | %s |\n' "$name" "$(readable "${!name}")" "${text% \*/}"
            text=''
            ;;
        esac
    done <"$1"
}
rows $limits >"$T/rows"
sed -n '/^## /,$p' $table | sed '1s/^/\n/' >"$T/table"
diff -u "$T/table" "$T/rows" ||
    complain "$table isn't what $limits says (+): that is what it should have"

# A second home.
for name in "${names[@]}"; do
    while read -r file; do
        complain "$file defines $name, whose place is $limits"
    done < <(c_sources | grep -vxE "$limits|guest-agent/recctrl-hypercall.h" |
        xargs grep -lE "^ *# *define +$name\\b" || :)
done

# Each document as one line of plain words.
plain() {
    sed -E 's/\\f[A-Z]//g; s/\\-/-/g; s/\\&//g; s/^\.[A-Z]+ //' "$1" | tr -s '\n ' '  '
}
mkdir "$T/text"
while read -r file; do
    [ "$file" = $table ] || plain "$file" >"$T/text/${file//\//,}"
done < <(sources "$document")

# says FILE EXPRESSION TEXT: the document has TEXT, a regular expression, in which # stands for a
# number: EXPRESSION's. What was found is taken out.
says() {
    local file=$T/text/${1//\//,} pattern=${3//\#/([0-9][0-9,]*)} text number
    if ! [ -e "$file" ]; then # no document, but a program whose words reach users
        file=$T/code
        plain "$1" >"$file"
    fi
    text=$(<"$file")
    if ! [[ $text =~ $pattern ]]; then
        complain "$1 has no '$3', which would be $(($2))"
        return
    fi
    number=${BASH_REMATCH[1]//,/}
    [ "$number" = "$(($2))" ] ||
        complain "$1: '${BASH_REMATCH[0]}', but $2 is $(($2)) in $limits"
    printf '%s' "${text/"${BASH_REMATCH[0]}"/ }" >"$file"
}

says doc/qmp-extension.md QMP_SERVER_MAX_CLIENTS 'number of clients \(# at most\)'
says doc/qmp-extension.md 'PEER_MAX_OUTPUT >> 20' 'dropped once # MiB wait for it'
says doc/qmp-extension.md PEER_MAX_OUTSTANDING 'at most # commands unanswered'
says doc/qmp-extension.md 'PEER_MAX_INPUT >> 20' 'once these have # MiB'
says doc/qmp-extension.md 'MESSAGE_MAX_BYTES >> 20' 'A command has at most # MiB'
says doc/qmp-extension.md MESSAGE_MAX_TOKENS ', # tokens of JSON'
says doc/qmp-extension.md JSON_MAX_DEPTH 'and # levels of brackets'
says doc/qmp-extension.md MARKS_MAX_TEXT 'at most # bytes; a recording has'
says doc/qmp-extension.md MARKS_MAX '# marks at most'
says doc/qmp-extension.md LINE_READER_MAX_LINE 'no control characters and at most # bytes'
says doc/qmp-extension.md LINE_READER_BURST 'of more than # lines at once'
says doc/qmp-extension.md LINE_READER_RATE 'and then # a second'
says doc/qmp-extension.md REPLAY_SERVICE_MAX 'at most # replays run at a time'
says doc/qmp-extension.md CONSOLE_MAX_WRITE 'what is typed; at most # bytes'
says doc/recording-format.md NAME_MAX_BYTES 'at most # bytes, no leading dot'
says doc/recording-format.md 'RECORDING_MAX_JSON >> 20' 'one object, at most # MiB'
says doc/recording-format.md RECORDING_MAX_FILES 'at most # `\{name'
says doc/recording-format.md MARKS_MAX_TEXT 'text. \(string, at most # bytes\)'
says doc/recording-format.md MARKS_MAX 'At most # lines'
says doc/archive-format.md 'ARCHIVE_MAX_MANIFEST >> 20' 'one object, at most # MiB'
says doc/archive-format.md 'WORKSPACE_MAX_HOLES >> 20' 'more than # MiB of holes'
says doc/hypercall-abi.md HYPERCALL_TEXT_MAX 'at most # bytes with its NUL'
says doc/hypercall-abi.md POLICY_INTENTS_MAX 'in order \(# of them; then -1\)'
says doc/hypercall-abi.md POLICY_SESSIONS_MAX '# sessions at a time'
says doc/hypercall-abi.md POLICY_START_BURST '# starts at once'
says doc/hypercall-abi.md 'POLICY_START_EVERY / G_USEC_PER_SEC' 'then one every # seconds'
says doc/hypercall-abi.md POLICY_MARK_BURST '# marks at once'
says doc/hypercall-abi.md 'G_USEC_PER_SEC / POLICY_MARK_EVERY' 'and then # a second'
says doc/journal-format.md JOURNAL_PENDING_MAX 'pending answers, at most #'
says doc/journal-format.md 'JOURNAL_BYTES_MAX >> 20' 'journal at # MiB'
says doc/journal-format.md JOURNAL_RING_RUNS 'when # runs wait in memory'
says doc/qmpbridge.1 'OPTIONS_KEEP_FREE >> 10' 'system of the store. Default: #G; 0 for no bound'
says doc/qmpbridge.1 'BACKOFF_MAX_MS / 1000' 'from a quarter of a second to #'
says doc/qmpbridge.1 'CONSOLE_BACKLOG >> 10' 'The last # KiB that the guest'
says doc/qmpbridge.1 HISTORY_MAX 'The last # lines typed'
says doc/qmpbridge-shell.1.in 'BACKOFF_MAX_MS / 1000' 'every # seconds at last'
says doc/qmpbridge-scripts.5 'SCRIPT_MAX_LINE >> 20' 'A line has at most # MiB'
says doc/recctrlu.1 NAME_MAX_BYTES 'at most #, and'
says qmpbridge/program/options-table.c 'OPTIONS_KEEP_FREE >> 10' 'stays free on the disk \(#G\)'
says qmpbridge/store/recording.c 'RECORDING_MAX_JSON >> 20' '"it is over # MiB"'
says qmpbridge/store/recording.c 'RECORDING_MAX_JSON >> 20' 'would be over # MiB'
says qmpbridge/vm/machine.c MACHINE_MAX_TEXT 'is longer than # bytes'

# Such a number that is left in a document has no rule.
before='([Aa]t most|more than) \**[0-9][0-9,]*[^.;:|]{0,20}'
after='[0-9][0-9,]* ?[A-Za-z ]{0,20} at most'
while IFS=: read -r file text; do
    file=${file##*/}
    complain "${file//,//} has a limit that no rule of this lint compares: '$text'"
done < <(grep -oE "$before|$after" "$T/text"/* || :)
verdict
