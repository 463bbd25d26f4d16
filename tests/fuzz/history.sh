#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Fuzz what reads a history, from one of two runs; see fuzz.bash.
set -u
. "$(dirname "$(readlink -f "$0")")/fuzz.bash"
seeds=build/fuzz/histories
mkdir -p $seeds && rm -f $seeds/* && make -s build/make_history && build/make_history $seeds/history.db 1 2 || exit 1
fuzz history_fuzz 131072 $seeds
