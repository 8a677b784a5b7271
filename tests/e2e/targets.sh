#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# architectures: arm riscv64
# emulators: 11.1 10.0
#
# Recordings of Linux on the targets for which the suite has no time (make check-targets).

# shellcheck source=tests/e2e/targets.source.sh
. "$(dirname "${BASH_SOURCE[0]}")/targets.source.sh"
