#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Fuzz what the PSP emulator reads from a file of faults, from those of faults/; see fuzz.bash.
set -u
. "$(dirname "$(readlink -f "$0")")/fuzz.bash"
fuzz fault_fuzz 4096 tests/fuzz/faults
