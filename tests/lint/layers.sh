#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Folders are layers: an include never points upward. An engine's folder is known to itself and
# to the table of engines. The guest agent includes nothing of the bridge, and the plugin only its
# core and the hypercall ABI.

# shellcheck source=tests/lint/source.sh
. "$(dirname "${BASH_SOURCE[0]}")/source.sh"

# rank PATH: how high it is; what may be included is not higher.
rank() {
    case $1 in
    qmpbridge/core/*) echo 1 ;;
    qmpbridge/io/*) echo 2 ;;
    qmpbridge/vm/*) echo 3 ;;
    qmpbridge/store/*) echo 4 ;;
    qmpbridge/engine/*) echo 5 ;;
    qmpbridge/record/*) echo 6 ;;
    qmpbridge/replay/*) echo 7 ;;
    qmpbridge/shell/language/*) echo 8 ;;
    qmpbridge/shell/events/*) echo 9 ;;
    qmpbridge/shell/*) echo 10 ;;
    qmpbridge/ui/output/*) echo 11 ;;
    qmpbridge/ui/prompt/*) echo 12 ;;
    qmpbridge/ui/console/*) echo 12 ;;
    qmpbridge/ui/*) echo 13 ;;
    qmpbridge/commands/*) echo 14 ;;
    qmpbridge/program/*) echo 15 ;;
    esac
}

# in_plugin FILE HEADER: the plugin knows no host, a host knows no other one, and the
# architectures know neither.
in_plugin() {
    local host
    case $2 in
    qmpbridge/core/*) [[ $1 != plugin/arch/* ]] ;;
    guest-agent/recctrl-hypercall.h | plugin/arch/*) true ;;
    plugin/host-*/*)
        host=${2#plugin/}
        [[ $1 == "plugin/${host%%/*}/"* ]]
        ;;
    plugin/*) [[ $1 != plugin/arch/* ]] ;;
    *) false ;;
    esac
}

# in_bridge FILE HEADER: an engine's folder is closed, but for the table.
in_bridge() {
    local engine
    case $2 in
    qmpbridge/engine/*/*)
        engine=${2#qmpbridge/engine/}
        [[ $1 == "qmpbridge/engine/${engine%%/*}/"* || $1 == qmpbridge/engine/table.c ]]
        ;;
    qmpbridge/*) [ "$(rank "$2")" -le "$(rank "$1")" ] ;;
    *) false ;;
    esac
}

# may_include FILE HEADER
may_include() {
    case $1 in
    guest-agent/*) [[ $2 == guest-agent/* ]] ;;
    plugin/*) in_plugin "$1" "$2" ;;
    qmpbridge/*) in_bridge "$1" "$2" ;;
    *) true ;;
    esac
}

while IFS=: read -r file header; do
    [ "$header" != config.h ] || continue
    [ -e "$header" ] || complain "$file includes $header, which isn't there from the top"
    may_include "$file" "$header" || complain "$file must not include $header"
done < <(c_sources | xargs grep -HoE '^ *# *include "[^"]+"' |
    sed -E 's/: *# *include "([^"]+)"/:\1/')
verdict
