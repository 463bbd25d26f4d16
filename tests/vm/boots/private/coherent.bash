# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # groups are called by name
#
# Runs in the virtual SEV host for private.sh, on a processor that needs no flushes; see lib.bash.
set -u
. tests/vm/boots/private/lib.bash

mixed() {
	launch mixed-sev --type sev --pages 24 --layout spsp --one-call --margin 2
	launch mixed-sev-es --type sev-es --pages 24 --layout spsp --one-call --margin 2
}
functions() {
	launch functions-sev --type sev --pages 24 --layout s
	launch functions-sev-es --type sev-es --pages 24 --layout s
}
all() {
	record mixed
	rec functions --source functions -- bash "$0" "$dir" functions
}
main "$@"
