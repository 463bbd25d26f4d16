# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The modules of this host: which are installed, which are loaded, and how they are exchanged;
# sourced by `modules` after series.bash.
#
# shellcheck disable=SC2154 # series.bash sets what is read here

# As they depend on each other, last first; their files have a '-'.
loadable=(kvm_amd kvm ccp)

find_installed() { # sets at, the kernel's modules, and ours, the folder that `install` makes in it
	at=/lib/modules/$kernel
	[ -d "$at" ] || die "the kernel $kernel is not installed: there is no $at"
	ours=$at/updates/sevtrace
}

file_of() { modinfo -k "$kernel" -F filename "${1/_/-}" 2>/dev/null; }
is_loaded() { [ -d "/sys/module/$1" ]; }
# What has it loaded, but for modules of the series.
other_users() {
	local holder
	for holder in "/sys/module/$1/holders"/*; do
		case ${holder##*/} in kvm_amd | kvm | ccp | ccp_crypto) ;; *) echo "${holder##*/}" ;; esac
	done
}

# Sets tracing, where the events are; empty if tracefs cannot be looked into.
find_tracing() {
	tracing=
	for tracing in /sys/kernel/tracing /sys/kernel/debug/tracing; do
		[ ! -d "$tracing/events" ] || return 0
	done
	tracing=
}

# The events of the series that this kernel has now; missing_events: those that it has not.
present_events() { series_events | while read -r event; do [ ! -d "$tracing/events/$event" ] || echo "$event"; done; }
missing_events() { series_events | while read -r event; do [ -d "$tracing/events/$event" ] || echo "$event"; done; }

# --- may they be exchanged? ----------------------------------------------------------------------

must_sign() { # prints why this kernel wants modules to be signed; nothing: it does not
	local file
	[ "$(cat /sys/module/module/parameters/sig_enforce 2>/dev/null)" != Y ] || { echo "sig_enforce is on" && return; }
	file=$(grep -o '\[[a-z]*\]' /sys/kernel/security/lockdown 2>/dev/null || true)
	case $file in
	'' | '[none]') ;;
	*) echo "lockdown is '${file//[][]/}'" ;;
	esac
}

check_signatures() { # check_signatures [FILE]...: those that are there already
	local why file
	is_running || return 0
	why=$(must_sign)
	[ -n "$why" ] && [ -z "${option[key]:-}" ] || return 0
	for file in "${@:-/none}"; do
		[ -n "$(modinfo -F signer "$file" 2>/dev/null)" ] || break
		file=
	done
	[ -z "$file" ] || die "this kernel takes no module that is not signed ($why): give a key that it knows by --key and --cert;" \
		"'mokutil --import CERT' and a restart make one known"
}

# The processes that have a VM, by name and number.
guests() {
	local process link
	for process in /proc/[0-9]*; do
		for link in "$process"/fd/*; do
			[[ $(readlink "$link" 2>/dev/null) == anon_inode:kvm-vm ]] || continue
			echo "$(cat "$process/comm" 2>/dev/null)[${process#/proc/}]"
			break
		done
	done
}

# Refuses where the loaded modules cannot be exchanged, before anything is changed.
check_unused() {
	local name users
	is_running && [ -z "${option[no-reload]:-}" ] || return 0
	if [ "$(cat /sys/module/kvm_amd/refcnt 2>/dev/null || echo 0)" != 0 ]; then
		users=$(guests | paste -sd ' ')
		die "guests run (${users:-kvm_amd is in use}): end them first, or --no-reload has the change wait for the next boot"
	fi
	for name in kvm ccp; do
		users=$(other_users $name | paste -sd ' ')
		[ -z "$users" ] || die "$name is in use by $users: unload that first, or --no-reload has the change wait for the next boot"
	done
}

# --- exchange ------------------------------------------------------------------------------------

find_loaded() { # sets was: those of the modules that are loaded, in the order in which they load
	local name
	was=()
	for name in ccp_crypto "${loadable[@]}"; do
		! is_loaded $name || was=("$name" "${was[@]}")
	done
}

reload() { # exchanges what was loaded for what is installed; returns 1 with $work/log
	local name
	for name in ccp_crypto "${loadable[@]}"; do
		! is_loaded $name || modprobe -r $name >>"$work/log" 2>&1 || break
	done
	for name in "${was[@]}"; do
		modprobe "$name" >>"$work/log" 2>&1 || return
	done
	for name in "${loadable[@]}"; do
		[[ " ${was[*]} " != *" $name "* ]] || is_loaded $name || return
	done
}

# An early user space that has one of the modules would load the other kind beside ours: kvm_amd and
# ccp go together.
update_early() {
	local image=/boot/initrd.img-$kernel
	[ -e "$image" ] && command -v lsinitramfs >/dev/null || return 0
	[ -n "$(lsinitramfs "$image" 2>/dev/null | grep -E '/(ccp|kvm|kvm-amd)\.ko')" ] || return 0
	say "writing $image anew, as it has one of these modules"
	update-initramfs -u -k "$kernel" >>"$work/log" 2>&1 || die "update-initramfs failed: $(tail -n 1 "$work/log")"
}

# place [FOLDER]: what is in FOLDER becomes what is installed; none: nothing is.
place() {
	rm -rf "$ours" || return
	if [ -n "${1:-}" ]; then
		mkdir -p "$at/updates" && cp -r "$1" "$ours.new" && mv -T "$ours.new" "$ours" || return
	else
		rmdir "$at/updates" 2>/dev/null || true
	fi
	depmod "$kernel"
}

# exchange FOLDER: as place, for the loaded modules too; all is as before if that fails.
exchange() {
	local before='' was
	find_loaded
	if [ -d "$ours" ]; then
		before=$work/before
		cp -r "$ours" "$before" || die "'$ours' cannot be copied"
	fi
	place "$1" 2>>"$work/log" || { place "$before" && die "$at cannot be changed: $(tail -n 1 "$work/log")"; }
	checked "$1" || { place "$before" && die "$problem"; }
	is_running && [ -z "${option[no-reload]:-}" ] || { update_early && return; }
	reload && proven "$1" || {
		problem=${problem:-the modules do not load: $(tail -n 1 "$work/log"); $(dmesg 2>/dev/null | tail -n 1)}
		place "$before"
		reload || die "$problem" "and those from before do not load either: $(tail -n 1 "$work/log"); see 'dmesg'"
		die "$problem" "all is as it was before"
	}
	update_early
}

# checked FOLDER: modprobe will take the modules of FOLDER, if one is given; else sets problem
checked() {
	local name
	problem=
	[ -n "$1" ] || return 0
	for name in "${loadable[@]}"; do
		[[ $(file_of $name) == "$ours/"* ]] || {
			problem="modprobe takes $(file_of $name) before ours: remove that first"
			return 1
		}
	done
}

# proven FOLDER: the events are there, of the modules that are loaded; without a FOLDER there is
# nothing to prove. Else sets problem.
proven() {
	local missing system
	[ -n "$1" ] || return 0
	find_tracing
	[ -n "$tracing" ] || { say "tracefs cannot be looked into here, so the events are not proven to be there" && return; }
	missing=$(missing_events | while read -r event; do
		system=${event%%/*}
		# of modules that are not loaded they cannot be there
		case $system in ccp) is_loaded ccp ;; *) is_loaded kvm_amd ;; esac && echo "$event" || true
	done)
	[ -z "$missing" ] || { problem="the loaded modules lack events: $(paste -sd ' ' <<<"$missing")" && return 1; }
}
