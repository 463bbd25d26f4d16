#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Private memory of SEV and SEV-ES guests: launches of every layout, and failures at the first, a
# middle and the last page at each step. The launcher checks what came of every page (measurement,
# memory as the PSP's log says it is encrypted, source, attributes); here it is checked that it did,
# and what sevtrace says of it.
set -u
cd "$(dirname "$(readlink -f "$0")")/../../../.." || exit 1
make -s all || exit 1

here=tests/vm/boots/private
dir=$(mktemp -d /tmp/sevtrace-private.XXXXXX)
[ -n "${SEVTRACE_KEEP:-}" ] || trap 'rm -rf "$dir"' EXIT

. tests/tap.bash
# shellcheck source=tests/vm/boots/log.bash
. tests/vm/boots/log.bash

# --- the launches, made in the machines -----------------------------------------------------------

# machine NAME SCRIPT [OPTION]...: boots and runs private-SCRIPT.bash, with a folder of its own
machine() {
	local name=$1 script=$2
	shift 2
	mkdir -p "$dir/$name"
	tests/vm/run --timeout 900 --psp-log "$dir/$name/psp.log" "$@" -- \
		bash "$here/$script.bash" "$dir/$name" >"$dir/$name/out" 2>&1
	ok "$name: the machine ran its launches" test $? -eq 0
	ok "$name: the kernel does not complain" quiet "$name"
}

# Complaints in the machine's log. What a PSP that hangs makes ccp say is asked for.
quiet() { ! grep -E 'WARNING|BUG|Call Trace|Leaking|Oops|refcount|kvm_amd:.*[Ff]ail' "$dir/$1/dmesg"; }

machine works works --psp-latency '*=0'
machine coherent coherent --psp-latency '*=0' --platform 'coherent=1,snp=off'
# Launches of eight pages each: the first command, the fourth of the second launch, the eighth of
# the third. Each is then retried by the launcher, which goes on where the kernel says; one more is
# refused twice at the same page. Of the last two, half private and half shared, the first command
# for shared pages.
machine refused refused --psp-latency '*=0' \
	--psp-fault 'cmd=LAUNCH_UPDATE_DATA,nth=1,status=0x10' \
	--psp-fault 'cmd=LAUNCH_UPDATE_DATA,nth=5,status=0x10' \
	--psp-fault 'cmd=LAUNCH_UPDATE_DATA,nth=13,status=0x10' \
	--psp-fault 'cmd=LAUNCH_UPDATE_DATA,nth=14,status=0x10' \
	--psp-fault 'cmd=LAUNCH_UPDATE_DATA,nth=26,status=0x10' \
	--psp-fault 'cmd=LAUNCH_UPDATE_DATA,nth=39,status=0x10' \
	--psp-fault 'cmd=LAUNCH_UPDATE_DATA,nth=44,status=0x10' \
	--psp-fault 'cmd=LAUNCH_UPDATE_DATA,nth=45,status=0x10' \
	--psp-fault 'cmd=LAUNCH_UPDATE_DATA,nth=50,status=0x10' \
	--psp-fault 'cmd=LAUNCH_UPDATE_DATA,nth=55,status=0x10'
machine pages pages --psp-latency '*=0' --psp-fault 'cmd=LAUNCH_UPDATE_DATA,every=11,status=0x10'
for page in 1 4 8; do
	machine silent-$page silent --psp-latency '*=0' --platform snp=off --no-modules \
		--module-args 'ccp psp_cmd_timeout=2' --psp-fault "cmd=LAUNCH_UPDATE_DATA,nth=$page,hang"
done

# --- what came of them ----------------------------------------------------------------------------

# said MACHINE LAUNCH PATTERN: the launcher's line
said() { grep -qE -- "$3" "$dir/$1/$2.out" || { sed 's/^/# /' "$dir/$1/$2.out" && false; }; }

# report MACHINE GROUP
report() { build/sevtrace report -j "$dir/$1/$2.data" 2>/dev/null; }
group_holds() { report "$1" "$2" | jq -e "$3" >/dev/null; }

# group_of MACHINE LAUNCH: the group whose recording has it; number_of: which of its launches it is
group_of() { basename "$(grep -lx -- "$2" "$dir/$1"/*.names)" .names; }
number_of() { echo $(($(grep -nx -- "$2" "$dir/$1/$(group_of "$1" "$2").names" | cut -d : -f 1) - 1)); }

# holds MACHINE LAUNCH FILTER: of the report of that launch
holds() {
	local of
	of=$(report "$1" "$(group_of "$1" "$2")" | jq -c ".launches[$(number_of "$1" "$2")]")
	jq -e "$3" <<<"$of" >/dev/null && return
	jq -c '{result, pages, attributes, failures: .failures[:1]}' <<<"$of" | cut -c 1-1000 | sed 's/^/# /'
	return 1
}

# log MACHINE GROUP: the PSP's log during the recording
log() { log_of "$dir/$1/$2.range" "$dir/$1/psp.log"; }

counts_equal() {
	[ "$(report "$1" "$2" | jq -S "$in_report")" = \
		"$(log "$1" "$2" | jq -sS "$in_log")" ]
}

# Every page that guest_memfd gave was encrypted by the PSP, and in place there.
frames_in_log() {
	[ -z "$(comm -23 <(build/sevtrace script -j "$dir/$1/$2.data" 2>/dev/null |
		jq -r 'select(.event == "step" and .step == "get_page" and .ret == 0).pfn' | sort -u) \
		<(log "$1" "$2" | jq -r 'select(.cmd == "LAUNCH_UPDATE_DATA").paddr | .[:-3]' | sort -u))" ]
}

# recorded MACHINE GROUP: what holds of every recording
recorded() {
	ok "$1, $2: PSP commands as in the log" counts_equal "$1" "$2"
	ok "$1, $2: nothing dropped" group_holds "$1" "$2" '.dropped == 0 and .complete'
}

# launched MACHINE LAUNCH SHARED PRIVATE: everything that holds of a launch that succeeds
launched() {
	ok "$1, $2: launched, every page as it should be" said "$1" "$2" \
		": sev(-es)? ok: .* measurement ok, memory ok \\($(($3 + $4)) pages decrypted\\)$"
	ok "$1, $2: $3 shared and $4 private pages" holds "$1" "$2" \
		".result == \"ok\" and .pages.shared - (.pages.by_type.vmsa // 0) == $3 and .pages.private == $4"
}

for group in sev sev_es again four large unmapped interrupted no_page wrong hole; do
	recorded works $group
done
recorded coherent mixed
recorded coherent functions
recorded refused refused

# --- launches that succeed ------------------------------------------------------------------------

for type in sev sev-es; do
	launched works shared-$type 24 0
	launched works private-$type 0 24
	launched works mixed-$type 12 12
	launched works inside-$type 0 8
	launched works adjacent-$type 0 24
	launched works one-$type 0 1
	launched coherent mixed-$type 12 12
	ok "works, large-$type: 64 MiB" holds works large-$type \
		'.result == "ok" and .pages.private == 16384 and .attributes.pages == 16384'
	ok "works, $type: the pages of guest_memfd are what the PSP encrypted" frames_in_log works ${type/-/_}
	ok "works, mixed-$type: both ways of populating are told apart" holds works mixed-$type '.population |
		.shared.steps.pin.count == 2 and .shared.steps.unpin.count == 2 and
		(.shared.steps | has("get_page") | not) and .private.ranges == 2 and .private.pages == 12 and
		(.private.steps | .pin.count == 12 and .get_page.count == 12 and .check_attrs.count == 12 and
			.copy.count == 12 and .clflush.count == 12 and .psp.count == 12 and .release.count == 12)'
	ok "works, mixed-$type: attributes of the private pages alone" holds works mixed-$type \
		'.attributes | .updates == 2 and .pages == 12 and .failed == 0'
	ok "works, mixed-$type: each private page was flushed" holds works mixed-$type \
		'.population.private.clflush == {"pages": 12, "skipped": 0, "flushes": 12}'
	ok "coherent, mixed-$type: each flush was skipped" holds coherent mixed-$type \
		'.population.private.clflush == {"pages": 0, "skipped": 12, "flushes": 0} and
		.population.shared.clflush.skipped == 12 and .clflush.pages == (.pages.by_type.vmsa // 0)'
	ok "coherent, $type by functions: each flush but that of the VMSA was skipped" holds coherent functions-$type \
		'.population.shared.clflush.skipped == 24 and .clflush.pages == (.pages.by_type.vmsa // 0)'
	ok "works, $type: the text has a table for each" test "$(build/sevtrace report \
		"$dir/works/${type/-/_}.data" | grep -cE '^  (shared|private) pages +count')" -ge 2
done
launched works rom-sev 16 8
ok "works: 64 MiB, every page as it should be" said works verified 'memory ok \(16384 pages decrypted\)'
ok "works: three launches, one after the other, in the same process" \
	test "$(grep -c ' ok: ' "$dir/works/again.out")" = 3
ok "works: four at once" test "$(grep -c ' ok: ' "$dir/works/four.out")" = 4
ok "works, four: each launch has its own pages" group_holds works four \
	'[.launches[].pages | [.shared, .private]] == [[8, 8], [8, 8], [8, 8], [8, 8]]'

# --- launches that fail ---------------------------------------------------------------------------

# stopped MACHINE LAUNCH PAGE ERRNO STEP: refused at a page, of eight
stopped() {
	local page=$3 errno=$4 step=$5 with="$1, $2"
	ok "$with: $errno, pages before it private, others shared" said "$1" "$2" \
		"refused: $page pages .* errno=$errno .* gfn=(0x)?$page"
	ok "$with: sevtrace names step, GFN and errno" holds "$1" "$2" ".failures[0] |
		.ioctl == \"KVM_SEV_LAUNCH_UPDATE_DATA\" and .step == \"$step\" and .gfn == \"0x$page\" and
		.inner_errno == \"$errno\" and .range.private and .range.done == $page"
	ok "$with: what was done is told" holds "$1" "$2" ".result == \"failed\" and .pages.private == $page"
	ok "$with: the rest is shared again" holds "$1" "$2" \
		".attributes | .updates == 2 and .pages == 16 - $page and .failed == 0"
}

# resumed MACHINE LAUNCH: the same, then repaired and continued
resumed() {
	ok "$1, $2: continued, every page as it should be" said "$1" "$2" 'ok: [89] pages .* measurement ok, memory ok'
	ok "$1, $2: the report has it as recovered" holds "$1" "$2" \
		'.result == "ok" and .pages.private == 8 and .failures[0].recovered'
}
for page in 0 3 7; do
	stopped works unmapped-$page $page EFAULT pin
	resumed works unmapped-$page-resume
	stopped works interrupted-$page $page EINTR get_page
	resumed works interrupted-$page-resume
	stopped works no_page-$page $page ENOMEM get_page
	resumed works no_page-$page-resume
	stopped refused refused-$page $page EIO psp
	resumed refused refused-$page-resume
	ok "refused, $page: the status is named" holds refused refused-$page \
		'.failures[0] | .psp_asked and .psp_answered and .status == "INVALID_GUEST"'
	stopped silent-$((page + 1)) silent $page ETIMEDOUT psp
	ok "silent, $page: asked, not answered" holds silent-$((page + 1)) silent \
		'.failures[0] | .psp_asked and (.psp_answered | not)'
done
ok "refused again: the launcher gives up" said refused refused-again 'refused: 3 pages .* errno=EIO .* gfn=(0x)?3'
ok "refused again: both are told" holds refused refused-again \
	'[.failures[] | .step, .gfn] == ["psp", "0x3", "psp", "0x3"] and .pages.private == 3'
ok "refused, shared: private pages before it done, shared ones not" said refused refused-shared \
	'refused: 4 pages .* errno=EIO .* gfn=(0x)?400'
ok "refused, shared: sevtrace names step, GFN, range and status" holds refused refused-shared \
	'.pages.private == 4 and .pages.shared == 0 and (.failures[0] | .step == "psp" and .gfn == "0x400" and
	 (.range.private | not) and .range.done == 0 and .status == "INVALID_GUEST")'
ok "refused, shared: continued" said refused refused-shared-resume \
	'ok: [89] pages .* measurement ok, memory ok'
ok "works: a page twice" said works twice 'refused: 1 pages .* errno=EEXIST .*as expected'
ok "works: part of a page" said works unaligned 'refused: 0 pages .* errno=EINVAL .*as expected'
ok "works: a hole, nothing is encrypted before it" said works hole 'refused: 0 pages .* errno=EFAULT'
ok "works: the PSP has seen nothing of the hole" test "$(log works hole | grep -c LAUNCH_UPDATE_DATA)" = 0
ok "works: a hole is reported" holds works hole \
	'.failures[0] | .ret == -14 and .range.done == 0 and (.psp_asked | not)'

# --- what the guest gets --------------------------------------------------------------------------

# encrypted LAUNCH: guest frame and frame of every page that the PSP encrypted, as LAUNCH.mapped has
# them
encrypted() {
	build/sevtrace script -j "$dir/works/$1.data" 2>/dev/null |
		jq -r 'select(.event == "step" and .step == "psp" and .ret == 0 and .page_type != "vmsa") |
			"\(.gfn) \(.pfn) \(.npages)"' |
		perl -ne '/^(\w+) (\w+) (\d+)$/ or next; printf "%x %x\n", hex($1) + $_, hex($2) + $_ for 0 .. $3 - 1' |
		sort
}

# maps_encrypted LAUNCH PAGES OTHERS: the guest gets the pages that were encrypted and, for other
# guest frames, none of them
maps_encrypted() {
	local mapped=$dir/works/$1.mapped

	encrypted "$1" >"$dir/encrypted"
	cut -d ' ' -f 2 "$dir/encrypted" | sort >"$dir/frames"
	comm -13 "$dir/encrypted" "$mapped" >"$dir/others"
	echo "# $1: $(wc -l <"$dir/encrypted") encrypted pages, $(wc -l <"$dir/others") others"
	[ "$(wc -l <"$dir/encrypted")" = "$2" ] && [ -z "$(comm -23 "$dir/encrypted" "$mapped")" ] &&
		[ "$(wc -l <"$dir/others")" = "$3" ] &&
		[ -z "$(cut -d ' ' -f 2 "$dir/others" | sort | comm -12 - "$dir/frames")" ]
}
for type in sev es; do
	ok "works, mapped_$type: launched" said works mapped_$type ': sev(-es)? ok: 2[45] pages'
	ok "works, mapped_$type: the guest gets what was encrypted" maps_encrypted mapped_$type 24 5
	ok "works, stopped_$type: stopped" said works stopped_$type 'refused: 5 pages .* errno=EINTR'
	ok "works, stopped_$type: the guest gets what was encrypted" maps_encrypted stopped_$type 5 8
done
ok "works, mapped_rom: launched" said works mapped_rom ': sev ok: 9 pages'
ok "works, mapped_rom: the guest gets what was encrypted" maps_encrypted mapped_rom 9 1
ok "works, resumed_sev: launched" said works resumed_sev ': sev .*ok: 8 pages'
ok "works, resumed_sev: the guest gets what was encrypted" maps_encrypted resumed_sev 8 5

# --- pages ----------------------------------------------------------------------------------------

# freed KIND STATUS: of 20 launches; what is less than half a page for each is not theirs
freed() {
	local status peak left pins

	read -r status peak left pins <"$dir/pages/$1.pages"
	echo "# $1: of $peak pages $left left, $pins pinned"
	[ "$status" = "$2" ] && [ "$peak" -gt 500 ] && [ "$left" -lt 10 ] && [ "$pins" -eq 0 ]
}
for type in sev sev-es; do
	ok "pages, $type: those of launches with private memory are freed" freed private-$type 0
	ok "pages, $type: and with both kinds" freed mixed-$type 0
done
ok "pages: and with shared memory, refused" freed shared 3
for name in refused unmapped interrupted no-page; do
	ok "pages: and of launches that fail, $name" freed $name 3
done
left_behind() { read -r _ _ left _ <"$dir/pages/lost.pages" && [ "$left" -ge 20 ]; }
ok "pages: one left by each launch would be seen" left_behind
finish "$dir"/*/out
