#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# emulators: 11.1 10.0
#
# See disk.source.sh: an IDE disk of the older PC, whose controller the kernel of the tests knows.

# shellcheck source=tests/e2e/disk.source.sh
. "$(dirname "${BASH_SOURCE[0]}")/disk.source.sh"

disk_test ide /dev/sda --disk-interface ide --machine pc
