#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What run says to wrong options: status 125, one line that names the option, and no machine is
# started.
# shellcheck disable=SC2154 # host.bash sets run and scratch
. "$(dirname "$(readlink -f "$0")")/../host.bash"

# refuses PATTERN OPTION...
refuses() {
	local pattern=$1 output status
	shift
	output=$(timeout 60 $run "$@" 2>&1 </dev/null)
	status=$?
	ok "'$*' ends with 125" same $status 125
	ok "'$*' is told why" has "$output" "$pattern"
}

refuses 'no command' 
refuses 'no command' --memory 2G --
refuses "unknown option '--bogus'" --bogus -- true
refuses "'true' is not an option" true
refuses "unknown option '-x'" -x -- true
refuses '--timeout wants a value' --timeout
refuses "--memory wants .* not '1T'" --memory 1T -- true
refuses "--memory wants 512M to 64G" --memory 100M -- true
refuses "--cpus wants a number from 1 to 16, not '0'" --cpus 0 -- true
refuses "--cpus wants a number" --cpus=two -- true
refuses "--timeout wants a number" --timeout 1.5 -- true
refuses "--platform does not know 'color=red'" --platform color=red -- true
refuses "snp wants on or off, not 'maybe'" --platform snp=maybe -- true
refuses "fw-api wants MAJOR.MINOR" --platform fw-api=2 -- true
refuses "max-asid wants a number from 1 to 1023" --platform min-sev-asid=1,max-asid=5000 -- true
SEVTRACE_KERNEL='' refuses "no kernel '9.99-debug'" --kernel 9.99-debug -- true
SEVTRACE_KERNEL='' refuses "'/no/such/' is no folder" --kernel /no/such/ -- true
refuses 'PSP emulator did not start' --psp-latency NO_SUCH_COMMAND=1ms -- true
refuses 'PSP emulator did not start' --psp-fault cmd=LAUNCH_START,status=banana -- true
printf '%s\n' '# one' 'cmd=INIT,hang' cmd=LAUNCH_START,status=banana >"$scratch/faults"
refuses "faults, line 3: fault: status" --psp-fault-file "$scratch/faults" -- true
refuses 'PSP emulator did not start' --psp-log /no/such/folder/log -- true

SEVTRACE_PSP=/no/such/psp refuses "SEVTRACE_PSP names '/no/such/psp'" -- true
SEVTRACE_KERNEL=/no/such/kernel refuses "'/no/such/kernel' holds no kernel" -- true

help=$($run --help)
ok "--help succeeds" same $? 0
for option in --kernel --memory --cpus --timeout --no-modules --module-args --psp-latency --psp-fault --psp-fault-file --psp-log \
	--platform --instruction-clock --console; do
	ok "--help has $option" has "$help" "^ *$option"
done
ok "nothing is left behind" same "$(leftovers)" ""
finish
