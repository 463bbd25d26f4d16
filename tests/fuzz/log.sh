#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Fuzz what reads logs of kernels and VMMs, from those of tests/golden/logs/; see fuzz.bash.
set -u
. "$(dirname "$(readlink -f "$0")")/fuzz.bash"
fuzz log_fuzz 16384 tests/golden/logs
