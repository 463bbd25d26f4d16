#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run behaves like the command it runs, and leaves nothing behind however it ends.
# shellcheck disable=SC2154 # host.bash sets run and scratch
. "$(dirname "$(readlink -f "$0")")/../host.bash"

# --- one boot that looks at everything -----------------------------------------------------------

inside=$scratch/inside
cat >"$scratch/look" <<'END'
echo "uid $(id -u)"
echo "cwd $PWD"
echo "variable $SEVTRACE_TEST_VARIABLE"
echo "other ${OTHER_VARIABLE:-unset}"
echo "home $HOME"
echo "arguments $# <$1> <$2>"
echo "memlock $(ulimit -l)"
echo "host-file $(cat /etc/debian_version)"
touch /usr/forbidden 2>/dev/null && echo "root writable"
echo from-inside >build/run-test-file && echo "repository writable"
echo from-inside >"$3/file" && echo "tmp writable"
for path in /proc/1 /sys/kernel/debug/kvm /sys/kernel/tracing/events /sys/fs/bpf /sys/fs/cgroup/cgroup.procs /dev/shm /run \
	/dev/sev /dev/kvm /dev/null /dev/stdin /dev/pts/ptmx /sys/kernel/btf/kvm_amd /sys/kernel/btf/ccp; do
	[ -e $path ] || echo "missing $path"
done
grep -q '^ *lo:' /proc/net/dev && echo "loopback there"
cat /sys/module/kvm_amd/parameters/sev_snp | sed 's/^/snp /'
modinfo -F filename kvm_amd | sed 's/^/module /'
dmesg | grep -q 'Linux version' && echo "dmesg there"
echo "uptime $(cut -d ' ' -f 1 /proc/uptime)"
echo 'to stderr' >&2
sleep 100000 &
exit 7
END
mkdir -p build
echo 'from an earlier run' >"$scratch/psp.log"
SEVTRACE_TEST_VARIABLE='a b"c' OTHER_VARIABLE=x $run --psp-log "$scratch/psp.log" --console "$scratch/console" -- \
	bash "$scratch/look" '' 'two words' "$scratch" >"$inside" 2>"$scratch/err"
status=$?
out=$(cat "$inside")

ok "exit status is the command's" same $status 7
ok "errors come apart from output" same "$(cat "$scratch/err")" 'to stderr'
for line in 'uid 0' "cwd $PWD" 'variable a b"c' 'other unset' "home $HOME" 'memlock unlimited' 'repository writable' \
	'tmp writable' 'loopback there' 'snp Y' 'dmesg there' "host-file $(cat /etc/debian_version)"; do
	ok "inside: $line" grep -qxF -- "$line" "$inside"
done
ok "arguments arrive as they are" has "$out" '^arguments 3 <> <two words>$'
ok "the root is read-only" lacks "$out" 'root writable'
ok "file systems and devices are there" lacks "$out" '^missing'
ok "modinfo finds the modules" has "$out" '^module .*kvm-amd.ko$'
ok "what was written to the repository stays" grep -qx from-inside build/run-test-file
ok "what was written to /tmp stays" grep -qx from-inside "$scratch/file"
ok "the PSP's log begins empty" lacks "$(cat "$scratch/psp.log")" 'earlier run'
ok "the PSP's log holds its commands" grep -q '"cmd":"SNP_INIT' "$scratch/psp.log"
ok "--console has the log up to power-off" grep -q 'reboot: Power down' "$scratch/console"
# Its timeout would have ended run else, with a status of its own.
ok "a command left running holds nothing up" same $status 7
rm -f build/run-test-file
ok "nothing is left behind" same "$(leftovers)" ""

# The contract is 10 s from start to command. A clock would measure what else the machine does, so
# what is checked is the processor time of a whole run, which two processors have to spend in 10 s.
start=$(date +%s%N)
now=$($run -- date +%s%N)
echo "# from start to command: $(((now - start) / 1000000)) ms"
TIMEFORMAT='%U %S'
spent=$({ time $run -- true; } 2>&1)
echo "# processor time of a run, user and system: $spent s"
ok "starting a command takes less than 2 x 10 s of processor time" awk '{ exit $1 + $2 >= 20 }' <<<"$spent"

# --- output, byte for byte; two at once ----------------------------------------------------------

head -c 3000000 /dev/urandom >"$scratch/bytes"
$run --no-modules --cpus 1 --memory 512M -- sh -c "lsmod >&2; nproc >&2; cat '$scratch/bytes'" \
	>"$scratch/bytes.out" 2>"$scratch/first.err" &
first=$!
$run --module-args 'kvm_amd sev_snp=0' --platform 'min-sev-asid=5,max-asid=8,coherent=on' --memory 3G -- sh -c '
	cat /sys/module/kvm_amd/parameters/sev_snp
	dmesg | grep ASIDs
	grep MemTotal /proc/meminfo
	modprobe -r kvm_amd && modprobe kvm_amd && cat /sys/module/kvm_amd/parameters/sev_snp
	kill -TERM $$' >"$scratch/second.out" 2>&1
ok "a command that a signal ends" same $? 143
wait $first
ok "two at once: the first succeeds" same $? 0
ok "3 MB of output arrive byte for byte" cmp "$scratch/bytes" "$scratch/bytes.out"
first=$(cat "$scratch/first.err")
ok "--no-modules loads none" lacks "$first" 'kvm|ccp'
ok "--cpus 1 has one CPU" has "$first" '^1$'
second=$(cat "$scratch/second.out")
ok "--module-args hold when loaded and when loaded again" same "$(grep -c '^N$' "$scratch/second.out")" 2
ok "--platform min-sev-asid, max-asid" has "$second" 'SEV enabled \(ASIDs 5 - 8\)'
ok "--memory 3G, part of it above 4 GiB" has "$second" 'MemTotal: +(29|30)[0-9]{5} kB'

# --- how it ends ---------------------------------------------------------------------------------

$run -- /no/such/command 2>/dev/null
ok "a command that is not there" same $? 127

# Three times what a machine took to begin with its command, so that it gets there.
limit=$(((now - start) / 1000000000 * 3 + 5))
begin=$SECONDS
output=$(SEVTRACE_PATIENCE=1 $run --timeout $limit -- sh -c 'echo begun; sleep 10000' 2>"$scratch/err")
ok "a timeout ends with 124" same $? 124
ok "what came before the timeout is there" same "$output" begun
ok "the timeout is said" grep -q "still running after $limit s" "$scratch/err"
ok "where each CPU was is said" test "$(grep -cE '^CPU [01], [a-z]+.*: [a-z_]+' "$scratch/err")" = 2
ok "a timeout does not come early" test $((SECONDS - begin)) -ge $limit

output=$($run -- sh -c 'echo c >/proc/sysrq-trigger || perl -e "syscall(169,0xfee1dead,0x28121969,0x1234567,0)"' 2>&1)
ok "a machine that dies ends with 125" same $? 125
ok "a machine that dies is told about" has "$output" 'stopped before the command had ended'

ok "a reader that goes away stops nothing" test \
	"$($run -- sh -c "yes | head -c 4000000; echo done >$scratch/reader" | head -c 4 | wc -c; cat "$scratch/reader")" = "4
done"

# interrupted SIGNAL STATUS WHEN WAIT-COMMAND...: run in the background gets SIGNAL when
# WAIT-COMMAND holds
interrupted() {
	local signal=$1 wanted=$2 when=$3 pid status
	shift 3
	rm -f "$scratch/begun"
	env --default-signal=INT,HUP,TERM $run -- sh -c "touch $scratch/begun; sleep 1000" >/dev/null 2>&1 &
	pid=$!
	wait_until 900 "$@" || echo "# never came: $*"
	kill -"$signal" $pid
	wait $pid
	status=$?
	ok "SIG$signal $when: status" same $status "$wanted"
	ok "SIG$signal $when: nothing is left behind" wait_until 300 eval '[ -z "$(leftovers)" ]'
}
mine() { grep -lx "$pid" /tmp/sevtrace-run.*/owner; }
booting() { pgrep -f "qemu-system.*$(dirname "$(mine)")"; }
interrupted INT 130 "as it starts" mine
interrupted INT 130 "during boot" booting
interrupted TERM 143 "while the command runs" test -e "$scratch/begun"
interrupted HUP 129 "while the command runs" test -e "$scratch/begun"

# Interrupted just before the memory's name goes: the first rm of it sends the signal.
mkdir "$scratch/bin"
cat >"$scratch/bin/rm" <<END
#!/bin/sh
case "\$*" in
*.memory) [ -e $scratch/sent ] || { touch $scratch/sent; kill -INT \$PPID; exit 1; } ;;
esac
exec $(command -v rm) "\$@"
END
chmod +x "$scratch/bin/rm"
PATH=$scratch/bin:$PATH env --default-signal=INT $run -- true >/dev/null 2>&1
ok "SIGINT while the memory has a name: status" same $? 130
ok "SIGINT while the memory has a name: it was so" test -e "$scratch/sent"
ok "SIGINT while the memory has a name: nothing is left behind" same "$(leftovers)" ""

# Killed, run cannot tidy up its folder; but no process survives, and no memory is held.
env --default-signal=INT,HUP,TERM $run -- sh -c "touch $scratch/killed; sleep 1000" >/dev/null 2>&1 &
pid=$!
wait_until 900 test -e "$scratch/killed"
folder=$(dirname "$(mine)")
kill -KILL $pid
wait $pid 2>/dev/null
ok "SIGKILL: no process survives" wait_until 300 eval "! pgrep -f '$folder'"
rm -rf "$folder"

# A kernel that panics but hangs before it restarts: what run looks for is in the log.
output=$($run --no-modules -- sh -c 'echo "<1>Kernel panic - not syncing: for a test" >/dev/kmsg; sleep 1000' 2>&1)
ok "a kernel that panicked ends with 125" same $? 125
ok "a kernel that panicked: its last words are shown" has "$output" 'not syncing: for a test'

# A PSP that dies takes the machine down, and is named.
cat >"$scratch/psp" <<END
#!/bin/bash
build/psp "\$@" & psp=\$!
until [ -e $scratch/die ]; do sleep 0.1; done
kill -KILL \$psp
echo "psp: I was told to die" >&2
exit 1
END
chmod +x "$scratch/psp"
output=$(SEVTRACE_PSP=$scratch/psp $run -- sh -c "touch $scratch/die; sleep 100" 2>&1)
ok "a PSP that dies ends with 125" same $? 125
ok "a PSP that dies is named" has "$output" 'told to die'
# Time that counts instructions: a program takes as much of it every time, however busy this
# machine is.
cat >"$scratch/count" <<'END'
TIMEFORMAT='%3U %3S'
for round in 1 2 3 4 5; do
	time (for ((i = 0; i < 20000; i++)); do :; done)
done
END
output=$($run --instruction-clock --cpus 1 --no-modules -- bash "$scratch/count" 2>&1)
ok "--instruction-clock: the same work takes the same time, to 5 %" awk '
	{ took = $1 + $2 } NR == 1 { min = max = took } { if (took < min) min = took; if (took > max) max = took }
	END { exit !(NR == 5 && min > 0 && max <= min * 1.05) }' <<<"$output"
echo "# user and system: $(paste -sd ',' <<<"$output") s"
ok "nothing is left behind at the end" same "$(leftovers)" ""
finish
