# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Runs in the virtual SEV host for flight.sh. $1: where everything goes.
set -u
dir=$1
launcher=build/launcher

# flight NAME ARG...: a flight recorder of the whole host in the background, that writes to the
# folder NAME
flight() {
	local name=$1
	shift
	mkdir -p "$dir/$name"
	build/sevtrace record -a --on-failure -o "$dir/$name" "$@" 2>"$dir/$name.err" &
	recorder=$!
	until grep -q 'Ctrl-C' "$dir/$name.err"; do sleep 0.1; done
}

flight_end() { # NAME [SIGNAL]
	grep VmHWM "/proc/$recorder/status" >"$dir/$1.memory"
	kill "-${2:-INT}" "$recorder"
	wait "$recorder"
	echo $? >"$dir/$1.status"
}

many() { $launcher --type sev --pages 1 --launches 10 --repeat "$1" --no-check --no-session --no-verify-memory >"$dir/$2.out"; }

log_lines() { wc -l <"$dir/psp.log"; }

# Armed before the modules are there. The first SNP_INIT_EX fails, the second does not.
build/sevtrace record -a -w -o "$dir/armed.data" 2>"$dir/armed.err" &
armed=$!
until grep -q Ctrl-C "$dir/armed.err"; do sleep 0.1; done
flight armed-flight --wait-modules
modprobe kvm_amd
until grep -q 'kvm_amd is loaded' "$dir/armed.err" && grep -q wrote "$dir/armed-flight.err"; do sleep 0.1; done
echo "0 $(log_lines) 0" >"$dir/armed.range"
flight_end armed-flight
kill -INT $armed
wait $armed
echo $? >"$dir/armed.status"
rmmod kvm_amd ccp || exit 1

# What a command loads, and launches.
first=$(log_lines)
build/sevtrace record --wait-modules -o "$dir/loads.data" -- sh -c "modprobe kvm_amd
	until grep -q 'kvm_amd is loaded' $dir/loads.err; do sleep 0.1; done
	$launcher --type snp --pages 4" >"$dir/loads.out" 2>"$dir/loads.err"
echo "$first $(log_lines) $?" >"$dir/loads.range"
rmmod kvm_amd ccp || exit 1
timeout 20 build/sevtrace record -w -o "$dir/never.data" -- true 2>"$dir/never.err"
echo $? >"$dir/never.status"

modprobe ccp && modprobe kvm_amd || exit 1

# shellcheck disable=SC2016 # for the command's own shell
flight thousand --exec 'echo "$SEVTRACE_FILE $SEVTRACE_PID $SEVTRACE_IOCTL $SEVTRACE_ERRNO $SEVTRACE_CAUSE" >>'"$dir/exec.log"
many 50 before
$launcher --type snp --pages 4 --mistake missing-attribute --at-page 2 >"$dir/bad.out"
$launcher --type snp --pages 4 --launches 5 --no-check >"$dir/good.out"
many 50 after
flight_end thousand

# Slow ones: of three launches, one whose VMM pauses.
mkdir "$dir/slow"
build/sevtrace record -a --on-slow 4s --on-slow-psp 1000s -o "$dir/slow" --exec 'echo "$SEVTRACE_WHY $SEVTRACE_SLOW_NS" >>'"$dir/slow.log" 2>"$dir/slow.err" &
recorder=$!
until grep -q 'Ctrl-C' "$dir/slow.err"; do sleep 0.1; done
$launcher --type snp --pages 4 >"$dir/slow.out"
$launcher --type snp --pages 4 --chunk 1 --pause 2000 >>"$dir/slow.out"
$launcher --type snp --pages 4 --mistake missing-attribute >>"$dir/slow.out"
flight_end slow

# More failures than files, of which the commands fail. A launch is judged when its stack is
# unwound, which takes more or less time: the first two are to have the files.
told() { until [ "$(grep -c 'launch failed: ' "$dir/many.err")" -ge "$1" ]; do sleep 0.1; done; }
flight many --max-files 2 --keep 3 --exec 'exit 7'
$launcher --type snp --pages 40 --mistake missing-attribute --at-page 30
told 1
$launcher --type sev --pages 4 --mistake vcpu-before-init
told 2
$launcher --type snp --pages 4 --mistake finish-first
$launcher --type snp --pages 4 --mistake finish-first
flight_end many TERM

# A launch that has failed and whose VMM is still there when the recording ends.
flight waiting
$launcher --type snp --pages 5000 --chunk 1 --mistake missing-attribute --at-page 3000 >"$dir/waiting.out" &
vmm=$!
sleep 1
kill -STOP $vmm
flight_end waiting
kill -KILL $vmm

# A VMM that is killed, and a COMMAND that runs all of it.
mkdir -p "$dir/command"
build/sevtrace record --on-failure -o "$dir/command" -- sh -c "$launcher --type snp --pages 4
	$launcher --type snp --pages 4 --mistake missing-attribute; true" >"$dir/command.out" 2>"$dir/command.err"
echo $? >"$dir/command.status"

# No room, from a moment on.
mkdir -p /run/full && mount -t tmpfs -o size=8k full /run/full
build/sevtrace record -a --on-failure -o /run/full 2>"$dir/full.err" -- sh -c "
	$launcher --type snp --pages 4 --mistake missing-attribute
	until grep -q wrote $dir/full.err; do sleep 0.1; done
	cat /dev/zero >/run/full/zeros 2>/dev/null
	$launcher --type snp --pages 4 --mistake missing-attribute
	until grep -q 'No space' $dir/full.err; do sleep 0.1; done
	rm /run/full/zeros
	$launcher --type snp --pages 4 --mistake missing-attribute; true" >"$dir/full.out"
echo $? >"$dir/full.status"
ls /run/full >"$dir/full.files"
mount -o remount,ro /run/full
build/sevtrace record -a --on-failure -o /run/full -- true 2>"$dir/readonly.err"
echo $? >"$dir/readonly.status"
true
