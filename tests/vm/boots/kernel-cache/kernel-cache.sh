#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The cache of what is built, the series' modules and the debug kernel: half a build is never left
# or used, what is wrong is named, what is there is used.
# shellcheck disable=SC2154 # host.bash sets scratch
. "$(dirname "$(readlink -f "$0")")/../host.bash"

# --- what the cache holds ------------------------------------------------------------------------

image=$(tests/vm/kernel-image 6.12+series 2>"$scratch/err")
ok "the kernel with the series' modules is there" same $? 0
again=$(tests/vm/kernel-image 2>"$scratch/err")
ok "it is found again, and is the default" same "$again" "$image"
ok "it is found in silence, so nothing was built" same "$(cat "$scratch/err")" ''
for file in bzImage initrd config inputs selftests/sev_init2_tests selftests/sev_migrate_tests; do
	ok "it has $file" test -s "$image/$file"
done
for module in kvm kvm-amd ccp; do
	file=$(find "$image/lib/modules" -path '*/updates/*' -name "$module.ko")
	ok "$module.ko is the series'" sh -c "modinfo -F vermagic '$file' && ! modinfo -F sig_id '$file' | grep ."
	ok "$module.ko has BTF" sh -c "readelf -SW '$file' | grep -q ' .BTF '"
done
ok "the compiler had nothing to say" same "$(cat "$image/warnings")" ""
packages=$(tests/vm/fetch-kernel 6.12)

# --- wrong arguments -----------------------------------------------------------------------------

output=$(tests/vm/build-kernel --kernel 1.0 2>&1)
ok "an unknown version fails" same $? 1
ok "an unknown version is told which there are" has "$output" "no kernel '1.0'; there is: .*6\.12"
output=$(tests/vm/build-kernel --fast 2>&1)
ok "an unknown argument fails" same $? 1
ok "an unknown argument is named" has "$output" "'--fast'"

# --- builds that do not get to their end, in a cache and a repository of their own ---------------

real_cache=$(dirname "$packages")
export SEVTRACE_CACHE=$scratch/cache
series=$scratch/kernel-patches/6.12/series
mkdir -p "$scratch/tests/vm" "$(dirname "$series")" "$SEVTRACE_CACHE"
cp -r tests/vm/{build-kernel,series-modules,modules.bash,fetch-kernel,suite.bash,cache.bash,kernel} "$scratch/tests/vm"
ln -s "$packages" "$real_cache"/apt "$SEVTRACE_CACHE"
series_modules=("$scratch/tests/vm/series-modules" "$packages")
debug_kernel=("$scratch/tests/vm/build-kernel" --kernel 6.12-debug)
in_cache() { find "$SEVTRACE_CACHE" -maxdepth 1 -type d \( -name 'kernel-*' -o -name 'series-*' -o -name '*.??????' \); }

echo missing.patch >"$series"
for build in series_modules debug_kernel; do
	declare -n command=$build
	output=$("${command[@]}" 2>&1)
	ok "$build: a patch that is not there fails" same $? 1
	ok "$build: a patch that is not there is named" has "$output" "series names 'missing.patch', which is not there"
done

# interrupted NAME SAYS WORK COMMAND...: as Ctrl-C does it, the signal goes to all processes of the
# group.
interrupted() {
	local name=$1 says=$2 work=$3 pid
	shift 3
	mkdir "$SEVTRACE_CACHE/$work.stale0"
	setsid env --default-signal=INT "$@" >"$scratch/out" 2>&1 &
	pid=$!
	ok "$name: a build says what it does" wait_until 600 grep -q "$says" "$scratch/out"
	wait_until 600 sh -c "ls -d '$SEVTRACE_CACHE'/$work.*/linux/*"
	ok "$name: what an earlier build left is cleared away" test ! -e "$SEVTRACE_CACHE/$work.stale0"
	kill -INT -- -$pid
	wait $pid
	ok "$name: an interrupted build fails" test $? -ne 0
	ok "$name: an interrupted build leaves nothing" same "$(in_cache)" ""
	ok "$name: an interrupted build leaves no process" lacks "$(pgrep -af "$SEVTRACE_CACHE")" .
}
: >"$series"
interrupted series_modules "building the series' modules" series "${series_modules[@]}"
interrupted debug_kernel 'building Linux 6.12' build "${debug_kernel[@]}"

cat >"$scratch/kernel-patches/6.12/wrong.patch" <<'END'
--- a/Makefile
+++ b/Makefile
@@ -1,3 +1,3 @@
 there is no
-such line
+in this file
 at all
END
echo 'wrong.patch # does not fit' >"$series"
for build in series_modules debug_kernel; do
	declare -n command=$build
	output=$("${command[@]}" 2>&1)
	ok "$build: a patch that does not apply fails" same $? 1
	ok "$build: a patch that does not apply is named" has "$output" 'wrong.patch does not apply to linux-source-6.12'
	ok "$build: a failed build leaves nothing" same "$(in_cache)" ""
done
finish
