# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # groups are called by name
#
# Runs in the virtual SEV host for private.sh, with a PSP that answers no more; see lib.bash.
set -u
. tests/vm/boots/private/lib.bash

silent() { launch silent --type sev --pages 8 --layout p; }
all() {
	modprobe kvm_amd
	record silent
}
main "$@"
