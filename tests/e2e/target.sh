#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# architectures: aarch64
# emulators: 11.1 10.0
#
# Recordings of Linux on one of the other targets.

# shellcheck source=tests/e2e/targets.source.sh
. "$(dirname "${BASH_SOURCE[0]}")/targets.source.sh"
