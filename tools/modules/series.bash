# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The kernel series and the kernel that it is wanted for; sourced by `modules`.
#
# shellcheck disable=SC2034,SC2154 # who sources this reads them, and sets kernel, here, option

# Modules: where the source has them, and their names.
folders=(drivers/crypto/ccp arch/x86/kvm)
products=(drivers/crypto/ccp/ccp.ko arch/x86/kvm/kvm.ko arch/x86/kvm/kvm-amd.ko)
# Options that would build others beside them.
without=(CONFIG_CRYPTO_DEV_CCP_CRYPTO= CONFIG_KVM_INTEL=)
# What they are made of, besides the headers package.
needed=(Makefile Kbuild MAINTAINERS arch/x86 virt include scripts drivers/crypto/ccp drivers/dma/dmaengine.h Documentation/trace tools/include
	tools/arch/x86)

die() {
	printf 'sevtrace modules: %s\n' "$@" >&2
	exit 1
}

say() { printf 'sevtrace modules: %s\n' "$*" >&2; }

need() {
	local tool
	for tool in "$@"; do
		command -v "$tool" >/dev/null || die "'$tool' is missing: install the package that has it"
	done
}

# Sets all_series, the folder with a folder for each kernel: in a DKMS source, in an installation or
# in the repository.
find_all_series() {
	local folder
	for folder in "$here/kernel-patches" "$here/../../../share/sevtrace/kernel-patches" "$here/../../kernel-patches"; do
		[ ! -d "$folder" ] || { all_series=$(readlink -f "$folder") && return; }
	done
	die "the kernel series is missing: no kernel-patches in $here, and none in share/sevtrace of this installation"
}

# Sets base (6.12), series, patches: tracing alone, which is what stands before "# Part two".
find_series() {
	local known name
	find_all_series
	base=$(grep -oE '^[0-9]+\.[0-9]+' <<<"$kernel") || die "'$kernel' is no version of a kernel: 'uname -r' prints one"
	series=$all_series/$base
	known=$(cd "$all_series" && for name in */series; do echo "${name%/series}"; done | paste -sd ' ')
	[ -r "$series/series" ] || die "there is no series for Linux $base, only for $known: a kernel as it is can be recorded" \
		"without it, by its functions; 'sevtrace doctor' tells what that leaves out"
	mapfile -t patches < <(sed '/^# Part two/,$d; s/[[:space:]]*#.*//; /^[[:space:]]*$/d' "$series/series")
	for name in "${patches[@]}"; do
		[ -r "$series/$name" ] || die "$series/series names '$name', which is not there"
	done
}

# The events that the patches add, SYSTEM/NAME, as tracefs has them.
series_events() {
	sed 's/\r$//' "${patches[@]/#/$series/}" | awk '
		/^\+\+\+ b\// { file = $2 }
		/^\+#define TRACE_SYSTEM / { system_of[file] = $3 }
		/^\+(TRACE_EVENT|DEFINE_EVENT)\(/ {
			name = $0
			sub(/^[^(]*\(/, "", name)
			if (/DEFINE_EVENT/)
				sub(/^[^,]*, */, "", name)
			sub(/[,)].*/, "", name)
			events[++n] = file " " name
		}
		END {
			for (i = 1; i <= n; i++) {
				split(events[i], e, " ")
				# a file that was there before: include/trace/events/kvm.h is of kvm
				if (!system_of[e[1]]) {
					sub(/.*\//, "", e[1])
					sub(/\.h$/, "", e[1])
					print e[1] "/" e[2]
				} else
					print system_of[e[1]] "/" e[2]
			}
		}'
}

# Sets headers, the build tree that the headers package has, and package, the version of the kernel
# as it is packaged.
find_headers() {
	local folder
	headers=
	for folder in ${option[headers]:+"${option[headers]}"} "/lib/modules/$kernel/build" "/usr/src/linux-headers-$kernel"; do
		[ ! -e "$folder/Module.symvers" ] || { headers=$(readlink -f "$folder") && break; }
		[ -z "${option[headers]:-}" ] || die "'$folder' has no Module.symvers: --headers wants what is in linux-headers-$kernel"
	done
	[ -n "$headers" ] || die "the headers of $kernel are missing: apt-get install linux-headers-$kernel"
	folder=$(cat "$headers/include/config/kernel.release" 2>/dev/null ||
		sed -n 's/^#define UTS_RELEASE "\(.*\)"/\1/p' "$headers/include/generated/utsrelease.h" 2>/dev/null)
	[ "$folder" = "$kernel" ] || die "$headers has the headers of '$folder', not of $kernel: apt-get install linux-headers-$kernel"
	package=$(sed -n 's/^#define LINUX_PACKAGE_ID " Debian \(.*\)"/\1/p' "$headers/include/generated/package.h" 2>/dev/null)
	[ -n "$package" ] || die "$headers is not from Debian's packages: the source of such a kernel is not known;" \
		"patch and build it as $series/README.md says"
	! is_running || [[ $(uname -v) == *"Debian $package "* ]] ||
		die "the kernel that runs is '$(uname -v)', the headers are of $package: boot the installed kernel first"
}

is_running() { [ "$kernel" = "$(uname -r)" ]; }

# Sets tarball, the source of that kernel.
find_source() {
	local name=linux-source-$base version
	tarball=${option[source]:-}
	if [ -n "$tarball" ]; then
		[ -r "$tarball" ] || die "'$tarball' cannot be read: --source wants the tarball that $name has in /usr/src"
		return
	fi
	tarball=/usr/src/$name.tar.xz
	version=$(dpkg-query -W -f '${Version}' "$name" 2>/dev/null || true)
	[ -r "$tarball" ] || version=
	[ "$version" != "$package" ] || return 0
	if [ -n "${option[fetch]:-}" ]; then
		fetch_source "$name"
	elif [ -n "$version" ]; then
		die "$name is of version $version, the kernel of $package: apt-get install $name=$package"
	else
		die "the source of $kernel is missing: apt-get install $name=$package, or --fetch"
	fi
}

fetch_source() {
	need apt-get dpkg-deb
	say "fetching $1 $package"
	mkdir "$work/fetched"
	(cd "$work/fetched" && apt-get -q -o APT::Sandbox::User=root download "$1=$package" && dpkg-deb -x ./*.deb .) >"$work/log" 2>&1 ||
		die "$1 $package cannot be fetched; apt-get says: $(tail -n 1 "$work/log")"
	tarball=$work/fetched/usr/src/$1.tar.xz
}
