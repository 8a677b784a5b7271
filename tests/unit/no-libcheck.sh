#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What make check runs instead of the unit tests where configure found no libcheck.

echo "no unit tests: configure found no libcheck; on Debian: apt-get install check, and" \
    "configure again"
exit 77
