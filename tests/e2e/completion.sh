#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The completions of bash and zsh, loaded by these shells and asked as they ask: what the program
# says can stand at a place is what is offered there.

# shellcheck source=tests/lib/functions.sh
. "${QMPBRIDGE_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}/tests/lib/functions.sh"
[ -x "$BRIDGE" ] || skip "qmpbridge is not built"
mkdir -p "$T/bin" "$T/files/inner dir" "$XDG_RUNTIME_DIR/qmpbridge/run-vm-abcdef" "$STORE"
ln -s "$BRIDGE" "$T/bin/qmpbridge"
touch "$T/files/a kernel" "$XDG_RUNTIME_DIR/qmpbridge/run-vm-abcdef/control.sock"
for name in login_001 login_002; do # as a bridge that was killed leaves them
    mkdir "$STORE/.$name.incomplete"
done
export PATH=$T/bin:$PATH
cd "$T/files"

# of_bash WORD...: what is offered for the last word, sorted, in one line. Words are split as
# readline splits them, at '=' and ':'.
of_bash() {
    bash --norc -c '
        . "$0"
        compopt() { :; } # there is no line that is edited
        COMP_WORDS=(qmpbridge "$@")
        COMP_CWORD=$#
        _qmpbridge
        [ ${#COMPREPLY[@]} = 0 ] || printf "%s\n" "${COMPREPLY[@]}"' \
        "$QMPBRIDGE_SOURCE/completions/qmpbridge" "$@" | sort | tr '\n' '|'
}

expect_equal "$(of_bash re)" 'replay|'
expect_equal "$(of_bash run --dis)" '--disk|--disk-interface|--display|'
expect_equal "$(of_bash run --net '')" 'none|restricted|user|'
expect_equal "$(of_bash run --net = u)" 'user|'
expect_equal "$(of_bash run --kernel a)" 'a kernel|'
expect_equal "$(of_bash run --kernel = a)" 'a kernel|'
expect_equal "$(of_bash list --store i)" 'inner dir|'
expect_equal "$(of_bash --store "$STORE" show log)" 'login_001|login_002|'
expect_equal "$(of_bash --store = "$STORE" verify login_002)" 'login_002|'
expect_equal "$(of_bash help wa)" 'wait|'
expect_equal "$(of_bash "$XDG_RUNTIME_DIR/q")" \
    "$XDG_RUNTIME_DIR/qmpbridge|$XDG_RUNTIME_DIR/qmpbridge/run-vm-abcdef/control.sock|"
expect_equal "$(of_bash list --kernel-no)" ''
expect_equal "$(of_bash list --ker)" '' # an option of run

# zsh finds its file by the first line; a stub in zsh's place shows what the file hands to zsh.
requires zsh zsh
cat >"$T/ask" <<'END'
fpath=($1 $fpath)
autoload -U compinit
compinit -u -D
[[ ${_comps[qmpbridge]} == _qmpbridge ]] || exit 1
compadd() { [[ $1 == -S ]] && shift 2; print -rl -- ${(P)2}; }
compset() { PREFIX=${PREFIX#${~2}}; }
_files() { print -rl -- "files of $PREFIX${1:+ $1}"; }
words=(qmpbridge "${@[2,-1]}")
CURRENT=$#words
PREFIX=${words[-1]}
_qmpbridge
END

of_zsh() {
    zsh -f "$T/ask" "$QMPBRIDGE_SOURCE/completions" "$@" 2>&1 | grep . | sort | tr '\n' '|'
}

expect_equal "$(of_zsh rep)" 'files of rep|replay|'
expect_equal "$(of_zsh run --net=u)" '--net=user|'
expect_equal "$(of_zsh run --recctrl n)" 'nrec=|'
expect_equal "$(of_zsh run --kernel=/b)" 'files of /b|'
expect_equal "$(of_zsh list --store /b)" 'files of /b -/|'
expect_equal "$(of_zsh --store "$STORE" show log)" 'login_001|login_002|'
