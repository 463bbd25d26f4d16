#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make install and uninstall into a folder, and completion of the three shells against the tool's
# help. TAP.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
work=$(mktemp -d /tmp/sevtrace-install.XXXXXX) || exit 1
trap 'rm -rf "$work"' EXIT
export LC_ALL=C.UTF-8

. tests/tap.bash

root=$work/root
perf_home=/usr/lib/perf-core
installing=(DESTDIR="$root" PREFIX=/usr PERF_EXEC_PATH="$perf_home")
make -s "${installing[@]}" install >"$work/log" 2>&1
ok "make install" test $? -eq 0
sevtrace=$root/usr/bin/sevtrace

mapfile -t commands < <("$sevtrace" --help | sed -nE '/^Commands:/,/^$/s/^  ([a-z]+) .*/\1/p')
ok "the installed tool runs and has commands" test ${#commands[@]} -ge 4
# words COMMAND: its options as its help has them
words() { "$sevtrace" "$1" --help | grep -oE '^ +(-., )? *--[a-z-]+' | grep -oE -- '-{1,2}[A-Za-z][a-z-]*'; }

for command in "${commands[@]}"; do
	ok "sevtrace-$command(1) is installed and readable" \
		sh -c "man -M '$root/usr/share/man' -P cat sevtrace-$command 2>/dev/null | grep -q '^NAME'"
done
ok "sevtrace.data(5) is installed" test -s "$root/usr/share/man/man5/sevtrace.data.5"
ok "documents are installed" test -s "$root/usr/share/doc/sevtrace/docs/one-liners.md"
reads() { "$sevtrace" report tests/golden/vm/snp.data | grep -q '^launch 1: '; }
ok "the installed tool reads a recording" reads

finds_series() { "$sevtrace" modules status --kernel 6.12.1-none 2>&1 | grep -q 'the kernel 6.12.1-none is not installed'; }
ok "sevtrace modules finds its scripts and the series" finds_series
ok "make install-dkms" make -s DESTDIR="$work/dkms" PREFIX=/usr DKMS_VERSION=7 install-dkms
ok "DKMS is told the version" grep -qx 'PACKAGE_VERSION="7"' "$work/dkms/usr/src/sevtrace-7/dkms.conf"
dkms_finds_series() { "$work/dkms/usr/src/sevtrace-7/modules" status --kernel=6.12.1-none 2>&1 | grep -q '6.12.1-none is not installed'; }
ok "its source has the scripts and the series" dkms_finds_series

# What it is made of, as SPDX.
sbom=build/sevtrace.spdx.json
make -s sbom >>"$work/log" 2>&1
ok "make sbom" test $? -eq 0
ok "the SBOM describes this file" test "$(jq -r '.packages[] | select(.name == "sevtrace") | .checksums[0].checksumValue' $sbom)" = \
	"$(sha256sum <build/sevtrace | sed 's/ .*//')"
linked() { jq -e --arg name "$1" '[.packages[] | select(.name == $name) | .SPDXID] as [$id] |
	any(.relationships[]; .relatedSpdxElement == $id and .relationshipType == $ARGS.positional[0])' $sbom --args "$2" >/dev/null; }
ok "the SBOM has a library that is linked" linked libbpf1 DYNAMIC_LINK
ok "the SBOM has what the source contains" linked uPlot CONTAINS
complete_sbom() { jq -e '.spdxVersion == "SPDX-2.3" and ([.packages[] | select(.versionInfo and .downloadLocation and .licenseConcluded)] | length)
	== (.packages | length) and (.packages | map(.SPDXID) | unique | length) == (.packages | length)' $sbom >/dev/null; }
ok "each of its packages has an identifier and a version" complete_sbom

# perf, with the folder of its own where install put the scripts.
export PERF_EXEC_PATH=$root$perf_home
ok "perf script -l lists it" sh -c "perf script -l 2>&1 | grep -q '^ *sevtrace .*launches of SEV guests'"
perf_report() {
	cp tests/golden/perf/packed.perf "$work/perf.data" &&
		(cd "$work" && perf script report sevtrace -i perf.data 2>"$work/perf.err") |
		grep -q '^launch 1: vmm\[[0-9]*\]  SEV-ES .* ok$'
}
ok "perf script report sevtrace prints the report" perf_report
unset PERF_EXEC_PATH

# --- completion ----------------------------------------------------------------------------------

complete_bash() { # WORD...: what bash offers for the last one
	(
		. "$root/usr/share/bash-completion/completions/sevtrace"
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
		_sevtrace
		printf '%s\n' "${COMPREPLY[@]}"
	)
}
complete_fish() { fish --no-config -c "source $root/usr/share/fish/vendor_completions.d/sevtrace.fish; complete -C '$*'" | cut -f 1; }
# zsh has nothing to ask from outside of a terminal: what its function hands to _arguments.
complete_zsh() {
	zsh -f -c '
		_arguments() {
			if [[ $1 == -C ]]; then state=$wanted; else print -rl -- "${@:3}"; fi
			return 0
		}
		_describe() { print -rl -- ${commands%%:*}; }
		wanted=$1; shift; words=("$@")
		. '"$root/usr/share/zsh/site-functions/_sevtrace" zsh "$@" |
		grep -oE "^(\([^)]*\))?-{1,2}[A-Za-z][a-z-]*|^[a-z]+$" | sed -E 's/^\(.*\)//'
}
same() { [ "$(sort -u <<<"$1")" = "$(sort -u <<<"$2")" ] || { diff <(sort -u <<<"$1") <(sort -u <<<"$2") | sed 's/^/# /' && false; }; }
all=$(printf '%s\n' "${commands[@]}")
ok "bash: offers every command" same "$(complete_bash sevtrace '' | grep -v ^-)" "$all"
ok "fish: offers every command" same "$(complete_fish 'sevtrace ' | grep -xF "$all")" "$all"
ok "zsh: offers every command" same "$(complete_zsh command | grep -v ^-)" "$all"
for command in "${commands[@]}"; do
	long=$(words "$command" | grep ^--)
	ok "bash: every option of $command" same "$(complete_bash sevtrace "$command" -)" "$(words "$command")"
	ok "fish: every option of $command" same "$(complete_fish "sevtrace $command --" | grep ^--)" "$long"
	ok "zsh: every option of $command" same "$(complete_zsh argument "$command")" "$(words "$command")"
done
ok "bash: the types of guests" same "$(complete_bash sevtrace record --vm-type = se)" "$(printf 'sev\nsev-es')"
ok "bash: another type behind a comma" same "$(complete_bash sevtrace record --vm-type = snp,se)" "$(printf 'snp,sev\nsnp,sev-es')"
ok "bash: an ioctl behind a comma" same "$(complete_bash sevtrace stat -i KVM_SEV_INIT,KVM_SEV_SNP_LAUNCH_S)" KVM_SEV_INIT,KVM_SEV_SNP_LAUNCH_START
ok "fish: a type, and another one behind a comma" same "$(complete_fish 'sevtrace record --vm-type snp,sev-')" snp,sev-es
ok "zsh: several types" sh -c "grep -q '_values -s , TYPES sev sev-es snp' '$root/usr/share/zsh/site-functions/_sevtrace'"
ok "bash: the sources of events" same "$(complete_bash sevtrace record --source '')" "$(printf 'auto\nfunctions\ntracepoints')"
formats=$("$sevtrace" export --help | sed -n '/^Formats:/,$s/^  \([a-z]*\) .*/\1/p')
ok "there are formats to export to" test "$(wc -w <<<"$formats")" -ge 2
ok "bash: the formats" same "$(complete_bash sevtrace export --format = '')" "$formats"
ok "fish: the formats" same "$(complete_fish 'sevtrace export --format ')" "$formats"
names=$("$sevtrace" explain --list | awk '/^0x/ { print $2; next } NF > 1 && !/:$/ { print $1 }' | grep '^SNP_L')
ok "there are names to explain" test "$(wc -l <<<"$names")" -ge 3
ok "bash: the names that explain knows" same "$(complete_bash sevtrace explain SNP_L)" "$names"
ok "fish: the names that explain knows" same "$(complete_fish 'sevtrace explain SNP_L' | grep '^SNP_L')" "$names"
ok "bash: the actions of history" same "$(complete_bash sevtrace history '' | head -n 2)" "$(printf 'add\nlist')"
ok "bash: the actions of modules" same "$(complete_bash sevtrace modules '')" "$(printf 'build\ninstall\nremove\nstatus')"
ok "bash: a command to record" sh -c "printf '%s\n' '$(complete_bash sevtrace record tru)' | grep -qx true"

# --- uninstall -----------------------------------------------------------------------------------

echo mine >"$root/usr/share/man/man1/other.1"
make -s "${installing[@]}" uninstall >>"$work/log" 2>&1
ok "make uninstall" test $? -eq 0
ok "nothing of sevtrace is left, and what is another's stays" \
	same "$(find "$root" ! -type d -printf '%P\n')" usr/share/man/man1/other.1
ok "its folder of documents is gone" test ! -e "$root/usr/share/doc/sevtrace"
finish "$work/log" "$work/perf.err"
