# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the rigs share: where the cache is, how they talk, which mirror the host
# uses. Sourced by the other scripts of this folder and by quickstart; it never
# changes the host outside the cache.

rig_cache() {
    printf '%s\n' "${QMPBRIDGE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/qmpbridge}"
}

say() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
}

die() {
    say "$@"
    exit 1
}

# A command that fails where no failure is expected names itself.
trap 'say "failed in line $LINENO: $BASH_COMMAND"' ERR

# need COMMAND PACKAGE: stops with the package to install where COMMAND is missing.
need() {
    command -v "$1" >/dev/null 2>&1 || die "$1 is missing; on Debian: apt-get install $2"
}

# The mirror of Debian's main archive that this host's apt is configured for. apt
# itself reads its sources here, so that both of their formats are understood.
# shellcheck disable=SC2016 # the $(...) are apt's own
rig_mirror() {
    local uri
    if [ -n "${QMPBRIDGE_MIRROR:-}" ]; then
        printf '%s\n' "$QMPBRIDGE_MIRROR"
        return
    fi
    uri=$(apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' \
        2>/dev/null | sed -n 's/^Debian|Debian|//p' | head -n 1)
    if [ -z "$uri" ]; then # no lists fetched yet: the archive's path is the next best sign
        uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
            grep -E '/debian/?$' | head -n 1)
    fi
    [ -n "$uri" ] || die "apt knows no mirror of Debian here: name one in QMPBRIDGE_MIRROR"
    printf '%s\n' "$uri"
}

# host_release: the release of Debian whose guests run what is built here (debian-guest).
host_release() {
    if grep -qs '^VERSION_CODENAME=bookworm' /etc/os-release; then
        echo bookworm
    else
        echo trixie
    fi
}

# with_lock FILE COMMAND...: one holder at a time; the others wait and then see its work.
with_lock() {
    local lock=$1
    shift
    mkdir -p "$(dirname "$lock")"
    (
        flock 9
        "$@"
    ) 9>"$lock"
}

# major_minor TEXT: the first number of the form N.N in TEXT.
major_minor() {
    printf '%s\n' "$1" | sed -n 's/^[^0-9]*\([0-9][0-9]*\.[0-9][0-9]*\).*/\1/p' | head -n 1
}

# at_least VERSION MINIMUM: true when VERSION is not older.
at_least() {
    [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}
