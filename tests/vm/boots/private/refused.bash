# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # groups are called by name
#
# Runs in the virtual SEV host for private.sh, with a PSP that refuses commands; see lib.bash.
set -u
. tests/vm/boots/private/lib.bash

refused() {
	for page in 0 3 7; do
		launch "refused-$page" --type sev --pages 8 --layout p
	done
	for page in 0 3 7; do
		launch "refused-$page-resume" --type sev --pages 8 --layout p --resume
	done
	launch refused-again --type sev --pages 8 --layout p --resume --no-check
	launch refused-shared --type sev --pages 8 --layout ps --one-call
	launch refused-shared-resume --type sev --pages 8 --layout ps --one-call --resume
}
all() { record refused; }
main "$@"
