#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Fuzz everything that reads a trace file, from the traces of tests/golden/; see fuzz.bash.
set -u
. "$(dirname "$(readlink -f "$0")")/fuzz.bash"
fuzz reader_fuzz 32768 tests/golden
