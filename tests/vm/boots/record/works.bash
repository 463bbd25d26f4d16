# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Runs in the virtual SEV host for record.sh: makes the recordings. $1: where everything goes;
# $2: the kernel's selftests.
set -u
dir=$1
selftests=$2

. tests/vm/boots/record.bash

launcher=build/launcher

rec snp -- $launcher --type snp --pages 2000
rec sev -- $launcher --type sev --pages 2000
rec sev-es -- $launcher --type sev-es --pages 2000
rec guests --milestones 0xf4:1=firmware,2=kernel,0x80 -- $launcher --run --margin 40 --accept 30 --write 0xf4:2 --type snp --pages 20
# What guests do as a recording ends: one that its VMM has not run, and one that runs.
for what in waits runs; do
	rec_in_background guest-$what -a --guests
	until grep -q recording "$dir/guest-$what.err"; do sleep 0.1; done
	run=$([ $what = waits ] || echo --run)
	# shellcheck disable=SC2086 # an option or none
	$launcher $run --type snp --pages 20 --stay 60000 >"$dir/guest-$what.out" &
	vmm=$!
	until build/sevtrace report "$dir/guest-$what.data" 2>/dev/null | grep -qE 'ASID [0-9]+ .* ok$'; do sleep 0.3; done
	sleep 1
	kill -INT "$recorder"
	rec_wait guest-$what
	kill $vmm
	wait $vmm
done
rec profile --profile=199 -- $launcher --type snp --pages 20 --chunk 10 --busy 500
rec legacy -- $launcher --type sev --pages 20 --legacy-init
rec types --calls -- $launcher --run --pause 40 --type snp --normal 20 --zero 10 --unmeasured 5 --secrets 1 --cpuid 1 --vcpus 2
rec eight -- $launcher --type snp --launches 8 --pages 40
rec eight-sev -- $launcher --type sev --launches 8 --fork --pages 40

# A process that is there before the recorder.
sh -c "until [ -s $dir/pid.go ]; do sleep 0.1; done; exec $launcher --type snp --pages 20" &
rec_in_background pid -p $!
until grep -q recording "$dir/pid.err"; do sleep 0.1; done
echo go >"$dir/pid.go"
rec_wait pid

rec others -- sh -c "echo go >$dir/go; sleep 2" &
recorder=$!
until [ -s "$dir/go" ]; do sleep 0.1; done
$launcher --type snp --pages 20
wait $recorder

# Ends with a signal to the recorder, once it says that it records.
ended_by() { # ended_by SIGNAL NAME [ARG]...
	local signal=$1 name=$2
	shift 2
	rec_in_background "$name" "$@"
	until grep -q recording "$dir/$name.err"; do sleep 0.1; done
	$launcher --type snp --pages 20
	$launcher --type sev --pages 20
	sleep 1.5
	bpftool -j map dump name hists >"$dir/$name.hists"
	kill "-$signal" "$recorder"
	rec_wait "$name"
}
ended_by INT all -a

# A signal that comes as it loads its programs.
mkdir "$dir/attaching.d"
rec_in_background attaching -a -o "$dir/attaching.d/out.data"
until find "/proc/$recorder/fd" -lname '*bpf-map*' 2>/dev/null | grep -q .; do sleep 0.01; done
kill -INT "$recorder"
rec_wait attaching

ended_by KILL killed -a

# nohup has it survive the end of its terminal.
trap '' HUP
rec_in_background nohup -a
trap - HUP
until grep -q recording "$dir/nohup.err"; do sleep 0.1; done
kill -HUP "$recorder"
$launcher --type snp --pages 20
kill -INT "$recorder"
rec_wait nohup

# A launch, and then nothing for some time.
rec idle -- sh -c "$launcher --type snp --pages 20; sleep 4"

rec_in_background term -- sh -c "$launcher --type snp --pages 20; echo go >$dir/launched; exec sleep 60"
until [ -s "$dir/launched" ]; do sleep 0.1; done
kill -TERM "$recorder"
rec_wait term

# COMMAND does not heed a signal: the second one ends the recording without it.
rec_in_background stubborn -- sh -c "trap '' TERM; $launcher --type snp --pages 20
	echo go >$dir/stubborn.go; sleep 30 & wait; sleep 30"
until [ -s "$dir/stubborn.go" ]; do sleep 0.1; done
kill -TERM "$recorder"
sleep 0.3
kill -TERM "$recorder"
rec_wait stubborn

rec child -- sh -c "sh -c '$launcher --type snp --pages 20' | cat"

rec exit-0 -- true
rec exit-42 -- sh -c 'exit 42'
rec exit-signal -- sh -c 'kill -TERM $$'
echo earlier >"$dir/not-found.data"
rec not-found -- /nonexistent/command
rec not-executable -- /dev/null
rec usage --no-such-option
rec failed -- sh -c "$launcher --type snp --pages 20 --mistake missing-attribute; true"
rec mistake -- $launcher --type snp --pages 20 --mistake missing-attribute --at-page 7

# The kernel's own test of many short launches, most of which fail, with the default buffer.
rec init2 -- "$selftests/sev_init2_tests"

# Two threads initialise SEV for one VM.
rec init-race -- /usr/bin/python3 tests/vm/boots/record/init_race.py >"$dir/init-race.out"
rec init-race-functions --source functions -- /usr/bin/python3 tests/vm/boots/record/init_race.py

# A second recording keeps the first; a recorder that crashes leaves no core dump.
rec again -- true
cp "$dir/again.data" "$dir/again.first"
rec again -- true
core_pattern=$(cat /proc/sys/kernel/core_pattern)
echo core >/proc/sys/kernel/core_pattern
mkdir "$dir/core"
build/sevtrace record -a -o "$dir/crash.data" 2>"$dir/crash.err" &
recorder=$!
until grep -q recording "$dir/crash.err"; do sleep 0.1; done
(cd "$dir/core" && ulimit -c unlimited && prlimit --core=unlimited --pid $recorder && kill -SEGV $recorder)
wait $recorder
echo "0 0 $?" >"$dir/crash.range"
echo "$core_pattern" >/proc/sys/kernel/core_pattern
find . "$dir/core" -maxdepth 1 -name 'core*' -type f >"$dir/crash.cores"

# Figures without a recording, of launches that were recorded above and below.
stat stat-snp -- $launcher --type snp --pages 20
stat stat-repeat -r 3 -- sh -c "$launcher --type sev --pages 20; $launcher --type sev-es --pages 20"
stat stat-failed -t snp -- sh -c "$launcher --type snp --pages 20 --mistake missing-attribute --at-page 7
	$launcher --type sev --pages 20"
build/sevtrace stat -o "$dir/stat.txt" -r 2 -- sh -c "$launcher --type snp --pages 20 >&2; echo out; exit 42" \
	>"$dir/stat.out" 2>"$dir/stat.err"
echo "0 0 $?" >"$dir/stat-text.range"
build/sevtrace stat -j -I 0.3 -- sh -c "$launcher --type snp --pages 40; $launcher --type sev --pages 40" >"$dir/interval.jsonl" 2>"$dir/interval.err"
echo "0 0 $?" >"$dir/stat-interval.range"
build/sevtrace stat -I 0.3 -o "$dir/interval.txt" -- $launcher --type snp --pages 40 >"$dir/interval.out" 2>&1
stat stat-not-found -- /nonexistent/command

# top beside three launches at once and one that fails, to a file and on terminals.
build/sevtrace top -b -d 0.3 >"$dir/top.txt" 2>"$dir/top.err" &
top=$!
until grep -q running "$dir/top.txt"; do sleep 0.1; done
$launcher --type snp --launches 3 --pages 200
$launcher --type snp --pages 20 --mistake missing-attribute
until grep -q '3 ok, 1 failed' "$dir/top.txt"; do sleep 0.1; done
kill -TERM $top
wait $top
echo "0 0 $?" >"$dir/top.range"
tests/vm/boots/record/top_terminal.py q ctrl-c SIGTERM >"$dir/top-terminal.txt" 2>&1

# top goes on with the guest: one that accepts memory for some seconds.
build/sevtrace top -b -d 0.3 --guests >"$dir/top-guests.txt" 2>"$dir/top-guests.err" &
top=$!
until grep -q running "$dir/top-guests.txt"; do sleep 0.1; done
$launcher --run --margin 1600 --accept 1500 --type snp --pages 20
until tail -n 8 "$dir/top-guests.txt" | grep -q ' ok *$'; do sleep 0.1; done
kill -TERM $top
wait $top
echo "0 0 $?" >"$dir/top-guests.range"
TERM=dumb build/sevtrace top -n 1 >"$dir/top-dumb.txt" 2>&1
echo "0 0 $?" >"$dir/top-dumb.range"

# A small buffer that nobody empties meanwhile.
rec tiny --buffer-size 64K -- sh -c "kill -STOP \$PPID; $launcher --type snp --pages 300; kill -CONT \$PPID"

# Filters, all in the kernel. Two of three launches are left out by what they are, then by who they
# are of.
cp $launcher /run/other-vmm
three="$launcher --type sev --pages 20; $launcher --type snp --pages 20; /run/other-vmm --type sev-es --pages 20"
rec by-type -t sev,sev-es -- sh -c "$three"
rec by-comm -c other-vmm -- sh -c "$three"
rec by-comm-all -a -c other-vmm -- sh -c "$three"
mkdir -p /run/cgroup && mount -t cgroup2 none /run/cgroup && mkdir -p /run/cgroup/here/below
rec by-cgroup -G /run/cgroup/here -- sh -c "$launcher --type sev --pages 20
	sh -c 'echo \$\$ >/run/cgroup/here/below/cgroup.procs; exec $launcher --type snp --pages 20'"
rec no-cgroup -G /run -- true
rec by-ioctl -i SNP_LAUNCH_FINISH -- $launcher --type snp --pages 20
rec by-ioctl-failed -i SNP_LAUNCH_FINISH -- $launcher --type snp --pages 20 --mistake missing-attribute --at-page 7
rec failures -f -- sh -c "$launcher --type snp --pages 20; $launcher --type snp --pages 20 --mistake missing-attribute --at-page 7"
rec slow -l 400us -- $launcher --type snp --pages 20

# Overload without end: four launches at once, the smallest buffer, a recorder that hardly runs.
rec overload --buffer-size 4K -- sh -c "kill -STOP \$PPID; $launcher --type snp --launches 4 --pages 100; kill -CONT \$PPID"

# A VMM that is killed while it launches.
rec vmm-killed -- sh -c "
	before=\$(wc -l <$log)
	$launcher --type snp --pages 5000 &
	until [ \$(wc -l <$log) -gt \$((before + 20)) ]; do sleep 0.05; done
	kill -KILL \$!
	wait
	true"

# Without the rights: nobody's.
echo "0 0 $(setpriv --reuid 65534 --clear-groups build/sevtrace record -o /dev/null -- true \
	2>"$dir/rights.err" && echo 0 || echo $?)" >"$dir/rights.range"

mkdir -p /run/small
mount -t tmpfs -o size=64k small /run/small
build/sevtrace record -o /run/small/full.data -- $launcher --type snp --pages 300 --repeat 20 \
	2>"$dir/full.err"
echo "0 0 $?" >"$dir/full.range"
cp /run/small/full.data "$dir/full.data"

rec qemu-sev -- bash tests/vm/boots/record/qemu.bash "$dir/qemu-sev.out" 0x1
rec qemu-es -- bash tests/vm/boots/record/qemu.bash "$dir/qemu-es.out" 0x5
true
