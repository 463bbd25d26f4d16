#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Fuzz what reads perf.data, from the samples of tests/golden/perf/; see fuzz.bash.
set -u
. "$(dirname "$(readlink -f "$0")")/fuzz.bash"
fuzz perf_fuzz 131072 tests/golden/perf
