#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The host's module is not loaded where a symbol that it needs is missing: the machine stops before
# its command, and the symbol is named. For the kernel that lacks one stands a module that wants one
# that no kernel has.
# shellcheck disable=SC2154 # host.bash sets run and scratch
. "$(dirname "$(readlink -f "$0")")/../host.bash"

packages=$(tests/vm/fetch-kernel 6.12) || exit 1
mkdir -p "$scratch/tests/vm"
cp -r tests/vm/{prepare-kernel,cache.bash,initramfs.c,host-module} "$scratch/tests/vm"
module=$scratch/tests/vm/host-module
sed -i 's/{ "cc_platform_set",/{ "cc_platform_sat",/; s/{ "max_pfn",/{ "maximum_pfn",/' "$module/platform.c"
ok "two symbols are others" same "$(cat "$module"/*.c | grep -cE '"(cc_platform_sat|maximum_pfn)"')" 2
image=$(SEVTRACE_CACHE=$scratch/cache "$scratch/tests/vm/prepare-kernel" "$packages" 2>"$scratch/err")
ok "such a module is built" same $? 0

output=$(SEVTRACE_KERNEL=$image $run --console "$scratch/console" -- echo begun 2>&1)
ok "run fails" same $? 125
ok "the command is not run" lacks "$output" '^begun'
ok "run says so" has "$output" 'the machine stopped before the command had ended'
for symbol in cc_platform_sat maximum_pfn; do
	ok "$symbol is named" has "$output" "virtual_sev_host: the kernel has no symbol $symbol "
done
ok "and the module as what failed" has "$output" 'initramfs: virtual_sev_host: No such file'
ok "nothing was changed before" lacks "$(cat "$scratch/console")" 'virtual_sev_host: SEV,|RMP table physical range|smpboot: Booting'
ok "nothing is left behind" same "$(leftovers)" ""
finish "$scratch/err"
