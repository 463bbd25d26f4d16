#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# `sevtrace modules`: what it refuses, by folders made for that; then, in the virtual SEV host on
# the distribution's kernel, modules that it built are installed, loaded and removed, launches are
# recorded by their tracepoints, and what does not work leaves all as it was.
# shellcheck disable=SC2154,SC2034 # host.bash sets scratch and run, and reads tap_details
. "$(dirname "$(readlink -f "$0")")/../host.bash"
make -s build/sevtrace build/launcher build/psp || exit 1
sevtrace=$PWD/build/sevtrace
release=$(cat "$(tests/vm/fetch-kernel 6.12)/release")
packages=$(tests/vm/fetch-kernel 6.12)
headers=$packages/root/usr/src/linux-headers-$release
export TMPDIR=$scratch
tap_details=$scratch/said

# refuses STATUS TEXT ARG...: with that exit status, and a reason that matches
refuses() {
	local status=$1 text=$2
	shift 2
	"$sevtrace" modules "$@" >"$scratch/said" 2>&1
	same $? "$status" && has "$(cat "$scratch/said")" "^sevtrace modules: .*$text"
}

build=(build --output "$scratch/out" --kernel "$release" --headers "$headers")
ok "refused: no action" refuses 2 'an action is missing: build, install, remove or status'
ok "refused: an unknown action" refuses 2 "invalid action 'update'" update
ok "refused: another action's option" refuses 2 'remove does not take --source' remove --source x
ok "refused: an empty option" refuses 2 'kernel is empty' status --kernel=
ok "refused: no folder to build into" refuses 2 'build needs --output' build --kernel "$release" --headers "$headers"
ok "refused: a key without its certificate" refuses 2 'key needs --cert' "${build[@]}" --key "$0"
ok "refused: a key that is not there" refuses 1 "/none/key' cannot be read" "${build[@]}" --key /none/key --cert "$0"
ok "refused: what is no version" refuses 1 "'../6.12' is no version" "${build[@]}" --kernel ../6.12
ok "refused: a kernel without a series" refuses 1 'no series for Linux 6.1, only for 6.12' "${build[@]}" --kernel 6.1.0-57-amd64
ok "refused: no headers" refuses 1 'headers of 6.12.1-none are missing: apt-get install linux-headers-6.12.1-none' \
	build --output "$scratch/out" --kernel 6.12.1-none
ok "refused: headers of another kernel" refuses 1 "has the headers of '.*', not of 6.12.1-amd64" "${build[@]}" --kernel 6.12.1-amd64
ok "refused: a source that is not there" refuses 1 "'/none.tar.xz' cannot be read" "${build[@]}" --source /none.tar.xz
ok "refused: a source that is none" refuses 1 'is not the source of a kernel' "${build[@]}" --source "$0"
ok "refused: a kernel that is not installed" refuses 1 'the kernel 6.12.1-none is not installed' status --kernel 6.12.1-none

# A source of another version, which ends before anything is built.
mkdir "$scratch/linux"
printf 'VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 1\n' >"$scratch/linux/Makefile"
tar -cJf "$scratch/other.tar.xz" -C "$scratch" linux
. tools/modules/series.bash
mkdir -p "${needed[@]/#/$scratch/linux/}" 2>/dev/null
tar -cJf "$scratch/other.tar.xz" -C "$scratch" linux
ok "refused: a source of another version" refuses 1 'has Linux 6.12.1, the kernel is 6.12.[0-9]+: ' "${build[@]}" --source "$scratch/other.tar.xz"
[ ! -e "$scratch/out" ]
ok "nothing was built so far" test $? -eq 0

# The headers of another package version than linux-source has, by a dpkg that says so.
mkdir "$scratch/bin"
printf '#!/bin/sh\necho 6.12.1-1\n' >"$scratch/bin/dpkg-query"
chmod +x "$scratch/bin/dpkg-query"
if [ -r /usr/src/linux-source-6.12.tar.xz ]; then
	PATH=$scratch/bin:$PATH
	ok "refused: a source package of another version" refuses 1 'is of version 6.12.1-1, the kernel of ' "${build[@]}"
	PATH=${PATH#*:}
else
	skip "refused: a source package of another version" "linux-source-6.12 is not installed"
fi

# --- symbols: the types of the source, against those of the kernel -------------------------------

checked_symbols() { # checked_symbols FILE: of check_symbols, whose headers hold FILE
	mkdir -p "$scratch/symbols"/{ccp,kvm,headers}
	printf '0x1\tkvm_a\tkvm\tE\n0x2\tsev_issue_cmd_external_user\tkvm\tE\n' >"$scratch/symbols/kvm/Module.symvers"
	printf '0x3\tsev_b\tccp\tE\n' >"$scratch/symbols/ccp/Module.symvers"
	printf '%b' "$1" >"$scratch/symbols/headers/Module.symvers"
	# shellcheck disable=SC2034 # check_symbols reads them
	(
		cd "$scratch/symbols" || exit
		. "$OLDPWD/tools/modules/series.bash"
		. "$OLDPWD/tools/modules/build.bash"
		folders=(ccp kvm) headers=headers series=$OLDPWD/kernel-patches/6.12 base=6.12 package=6.12.1-1
		check_symbols
	) >"$scratch/said" 2>&1
}
ok "the source's types are the kernel's, but for those that the patches change" \
	checked_symbols '0x1\tkvm_a\tkvm\tE\n0x9\tsev_issue_cmd_external_user\tccp\tE\n0x3\tsev_b\tccp\tE\n'
other_types() { ! checked_symbols "$1" && has "$(cat "$scratch/said")" "$2"; }
ok "other types are told" other_types '0x1\tkvm_a\tkvm\tE\n0x9\tsev_b\tccp\tE\n' 'such as sev_b;'
ok "a symbol that the kernel has not, too" other_types '0x3\tsev_b\tccp\tE\n' 'such as kvm_a;'

# --- in the virtual host -------------------------------------------------------------------------

built=$(tests/vm/boots/modules/built "$release" 2>"$scratch/said")
ok "the modules build" test -n "$built"
for name in ccp kvm kvm-amd; do
	ok "$name: signed with the key" same "$(modinfo -F signer "$built/signed/$name.ko")" 'key of a test'
	ok "$name: it has types of its own for BPF" has "$(readelf -SW "$built/signed/$name.ko")" ' \.BTF '
done
warnings=$(grep -E 'warning:' "$built/log" | grep -v 'pahole version differs')
ok "the compiler does not warn" same "$warnings" ''
sed '/^module .*ccp/s/ [0-9a-f]/ x/' "$built/unsigned/manifest" >"$scratch/manifest"
folder=$scratch/machine
mkdir "$folder"
$run --kernel "$release" --console "$folder/console" --psp-latency '*=0' --timeout 900 -- \
	bash tests/vm/boots/modules/inside.bash "$folder" "$built/unsigned" "$built/signed" >"$folder/out" 2>&1
ok "the machine ran to its end" same $? 0
tap_details=$folder/out

# said NAME STATUS TEXT: what `modules` said there
said() { has "$(cat "$folder/$1")" "$3" && same "$(tail -n 1 "$folder/$1")" "exit $2"; }
events=$(sed -n '/^# Part two/,$d; /^[^#]/p' kernel-patches/6.12/series | sed 's|^|kernel-patches/6.12/|' | xargs cat |
	grep -cE '^\+(TRACE_EVENT|DEFINE_EVENT)\(')
ok "there are events" test "$events" -ge 10
ok "before: the distribution's" said status-before 3 '^kernel .*: modules of the distribution$'
ok "before: no events" said status-before 3 "^events: 0 of $events$"
ok "before: launches are recorded by functions" same "$(cat "$folder/before-launch")" 'kernel functions ok'
ok "before: nothing to remove" said remove-nothing 1 'there is nothing to remove'
ok "a guest runs: refused, and who" said guest 1 'guests run \(launcher\[[0-9]+\]\): end them first'
ok "modules without events: put back" said fake 1 'the loaded modules lack events: '
ok "modules without events: told so" said fake 1 'all is as it was before'
ok "modules without events: nothing of them stays" same "$(cat "$folder/fake-left")" ''
ok "installed: all events are there" said install 0 "installed: $events of $events events are there"
ok "installed: status" said status-after 0 ': modules of sevtrace$'
ok "installed: where" said status-after 0 '^  kvm_amd  loaded  updates/sevtrace/kvm-amd.ko$'
ok "installed: the host is what it was" same "$(cat "$folder/after")" "$(cat "$folder/before")"
ok "installed: SEV, SEV-ES and SNP are on" same "$(cat "$folder/after")" YYY
ok "installed: launches are recorded by tracepoints" same "$(cat "$folder/after-launch")" 'kernel tracepoints ok'
ok "installed again" said again 0 "installed: $events of $events events"
ok "removed" said removed 0 "removed: 0 of $events events"
ok "removed: status" said status-removed 3 ': modules of the distribution$'
ok "removed: the host is what it was" same "$(cat "$folder/end")" YYY
ok "signatures wanted: refused without one" said unsigned 1 'takes no module that is not signed \(sig_enforce is on\)'
ok "signatures wanted: with a key that the kernel does not know" said unknown-key 1 'do not load: .*[Kk]ey'
ok "signatures wanted: put back" said unknown-key 1 'all is as it was before'
ok "signatures wanted: the distribution's are there again" said status-end 3 '^  kvm_amd  loaded  kernel/arch/x86/kvm/kvm-amd.ko'
ok "the kernel does not complain" quiet_log "$folder/dmesg"
ok "nothing is left behind" same "$(leftovers)" ''
finish
