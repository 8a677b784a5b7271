#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes ./configure from configure.ac. Needed once after a git clone.
set -eu
cd "$(dirname "$0")"
missing=
for pair in autoreconf:autoconf automake:automake libtoolize:libtool pkg-config:pkg-config; do
    command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair##*:}"
done
if [ -n "$missing" ]; then
    echo "autogen.sh: missing tools; on Debian: apt-get install$missing" >&2
    exit 1
fi
mkdir -p m4 build-aux
autoreconf --install --force "$@"
echo "autogen.sh: now run ./configure, best from a folder of its own:"
echo "    mkdir build; cd build; ../configure; make"
