# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Builds the modules; sourced by `modules` after series.bash.
#
# shellcheck disable=SC2154 # series.bash sets what is read here

# The headers package is the build tree, the patched source the source tree: nothing of either is
# changed. The compiler is the kernel's own, of the same major version.
find_compiler() {
	local major
	major=$(sed -n 's/^CONFIG_GCC_VERSION=\([0-9]*\)[0-9]\{4\}$/\1/p' "$headers/.config")
	[ -n "$major" ] || die "$headers/.config names no GCC: kernels that another compiler built are not supported"
	compiler=gcc-$major
	command -v "$compiler" >/dev/null || die "'$compiler', which built the kernel, is missing: apt-get install $compiler"
}

failed() { # failed WHY: with the errors in the log, which is kept
	local kept
	kept=$(mktemp "${TMPDIR:-/tmp}/sevtrace-modules-log.XXXXXX")
	cp "$work/log" "$kept"
	grep -E '(error|Error|undefined|FAILED|\*\*\*)' "$work/log" | head -n 10 >&2
	die "$1; the whole log is $kept"
}

unpack_source() {
	local name version
	mkdir "$work/linux"
	tar -xJf "$tarball" -C "$work/linux" --strip-components=1 --wildcards --no-wildcards-match-slash "${needed[@]/#/*/}" \
		>"$work/log" 2>&1 || die "'$tarball' is not the source of a kernel: $(tail -n 1 "$work/log")"
	version=$(awk '/^(VERSION|PATCHLEVEL|SUBLEVEL) = / { printf "%s%s", dot, $3; dot = "." }' "$work/linux/Makefile")
	[ "$version" = "${package%%-*}" ] ||
		die "'$tarball' has Linux $version, the kernel is ${package%%-*}: apt-get install linux-source-$base=$package"
	for name in "${patches[@]}"; do
		patch -d "$work/linux" -p1 -f -s --no-backup-if-mismatch -i "$series/$name" >>"$work/log" 2>&1 ||
			failed "$name does not apply to Linux $package: the series is not made for it"
	done
}

make_modules() {
	local folder symbols=
	for folder in "${folders[@]}"; do
		make -C "$work/linux" O="$headers" M="$work/linux/$folder" CC="$compiler" "${without[@]}" \
			KBUILD_EXTRA_SYMBOLS="$symbols" -j "$(nproc)" modules >>"$work/log" 2>&1 </dev/null ||
			failed "the modules do not build for $kernel"
		symbols=$work/linux/$folder/Module.symvers
	done
}

# The version of each symbol that the modules export is a checksum of all types that it is made of.
# A source of other content gives others. The kernel's own are in the headers; the patches change
# those that the series lists.
check_symbols() {
	local found
	found=$(cat "${folders[@]/%//Module.symvers}" | awk -v changed=" $(sed 's/#.*//' "$series/changed-symbols" | paste -sd ' ') " '
		FILENAME != "-" { kernel[$2] = $1; next }
		index(changed, " " $2 " ") { next }
		$1 == "0x00000000" { next }
		{ compared++ }
		kernel[$2] != $1 { print $2 }
		END { if (!compared) print "(none could be compared)" }' "$headers/Module.symvers" -)
	[ -z "$found" ] || die "the source is not that of $kernel $package: $(wc -l <<<"$found") of its symbols differ," \
		"such as $(head -n 3 <<<"$found" | paste -sd ' '); take linux-source-$base of that version"
}

# Loads it into this kernel? The whole string is the distribution's, where its modules are here.
check_vermagic() { # check_vermagic FILE
	local magic own
	magic=$(modinfo -F vermagic "$1")
	own=$(modinfo -b "${option[root]:-/}" -k "$kernel" -F vermagic kvm 2>/dev/null || true)
	[ "$magic" = "${own:-$magic}" ] && [ "${magic%% *}" = "$kernel" ] ||
		die "${1##*/} was built as '$magic', the modules of $kernel as '${own:-$kernel}': the headers are not its own"
}

sign() { # sign FILE...
	local file hash program=$headers/scripts/sign-file
	[ -x "$program" ] || die "$headers has no scripts/sign-file: modules of this kernel cannot be signed here"
	hash=$(sed -n 's/^CONFIG_MODULE_SIG_HASH="\(.*\)"/\1/p' "$headers/.config")
	for file in "$@"; do
		"$program" "${hash:-sha256}" "${option[key]}" "${option[cert]}" "$file" >"$work/log" 2>&1 ||
			die "${file##*/} cannot be signed with '${option[key]}': $(tail -n 1 "$work/log")"
	done
}

# build_into FOLDER: leaves ccp.ko, kvm.ko, kvm-amd.ko and manifest in it
build_into() {
	local module file
	find_compiler
	need make patch tar xz strip modinfo
	[ ! -s "$headers/vmlinux" ] || need pahole
	say "building ccp, kvm and kvm-amd of Linux $package for $kernel: a minute or a few"
	unpack_source
	make_modules
	(cd "$work/linux" && check_symbols) || exit
	for module in "${products[@]}"; do
		file=$1/${module##*/}
		strip --strip-debug -o "$file" "$work/linux/$module"
		check_vermagic "$file"
	done
	[ -z "${option[key]:-}" ] || sign "$1"/*.ko
	write_manifest "$1"
}

# What the modules were made for and of, and what they are.
write_manifest() {
	{
		echo "kernel $kernel"
		echo "package $package"
		echo "compiler $($compiler -dumpfullversion)"
		(cd "$series" && sha256sum "${patches[@]}") | sed 's/^/patch /'
		(cd "$1" && sha256sum ./*.ko) | sed 's/^/module /'
	} >"$1/manifest"
}
