# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The modules that the product's kernel series changes, built outside of a kernel's tree against its
# headers; sourced after cache.bash.
#
#   series_setup PACKAGES ROOT     PACKAGES is what fetch-kernel left, ROOT the repository: sets
#                                  release, version, base, headers, series, patches, compiler
#   series_sources TARBALL FOLDER  unpacks what these modules and the selftests need
#   series_ccache FOLDER           the compiler's cache, for a build below FOLDER
#   series_make FOLDER ARG...      builds the modules of the sources in FOLDER; $series_run, a
#                                  function if there is one, runs make
#
# shellcheck disable=SC2034,SC2154 # who sources this reads them; cache.bash sets cache

# Modules: folders, in the order in which they are built, and products; and options of theirs that
# would build others beside them.
series_folders=(drivers/crypto/ccp arch/x86/kvm)
series_modules=(drivers/crypto/ccp/ccp.ko arch/x86/kvm/kvm.ko arch/x86/kvm/kvm-amd.ko)
series_without=(CONFIG_CRYPTO_DEV_CCP_CRYPTO= CONFIG_KVM_INTEL=)
# Distributions leave it off; it has selftests of private memory that need no SEV.
series_flags=-DCONFIG_KVM_SW_PROTECTED_VM=1

series_needed=(Makefile Kbuild MAINTAINERS arch/x86 virt include usr scripts drivers/crypto/ccp drivers/dma/dmaengine.h
	Documentation/{trace,virt/kvm} tools/{include,arch/x86,lib,scripts,build} tools/testing/selftests/{kvm,rseq,lib.mk,'*.h'})

series_setup() {
	local major folder=$1 root=$2
	release=$(<"$folder/release")
	version=$(<"$folder/version")
	base=$(grep -oE '^[0-9]+\.[0-9]+' <<<"$release")
	headers=$folder/root/usr/src/linux-headers-$release
	series=$root/kernel-patches/$base
	[ -r "$series/series" ] ||
		die "there is no series for Linux $base; there is: $(cd "$root/kernel-patches" && echo [0-9]*)"
	mapfile -t patches < <(sed 's/[[:space:]]*#.*//; /^[[:space:]]*$/d' "$series/series")
	for name in "${patches[@]}"; do
		[ -r "$series/$name" ] || die "$series/series names '$name', which is not there"
	done
	compiler=gcc
	major=$(sed -n 's/^CONFIG_GCC_VERSION=\([0-9]*\)[0-9]\{4\}$/\1/p' "$headers/.config")
	! command -v "gcc-$major" >/dev/null || compiler=gcc-$major
}

# Of the rest of the kernel these modules take the headers, and what makes and tests need.
series_sources() {
	mkdir -p "$2"
	tar -xJf "$1" -C "$2" --strip-components=1 --wildcards --no-wildcards-match-slash "${series_needed[@]/#/*/}" ||
		die "$1 cannot be unpacked"
}

series_ccache() {
	command -v ccache >/dev/null || return 0
	compiler="ccache $compiler"
	export CCACHE_DIR=$cache/ccache CCACHE_BASEDIR=$1 CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE=2G
	# It tells the headers by what the compiler read, instead of running the preprocessor first.
	export CCACHE_SLOPPINESS=time_macros CCACHE_DEPEND=1
}

# The headers package is the build tree, the patched source the source tree: nothing of either is
# changed.
series_make() {
	local src=$1 folder symbols=
	shift
	for folder in "${series_folders[@]}"; do
		# Else a second build of kvm keeps the versions of ccp's symbols from the first.
		rm -f "$src/$folder/Module.symvers"
		${series_run:-} make -C "$src" O="$headers" M="$src/$folder" CC="$compiler" KCFLAGS="$series_flags" "${series_without[@]}" \
			KBUILD_EXTRA_SYMBOLS="$symbols" -j "$(nproc)" "$@" modules || return
		symbols=$src/$folder/Module.symvers
	done
}
