#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The cache of kernels: half a build is never left or used, what is wrong is named, what is there is
# used.
# shellcheck disable=SC2154 # host.bash sets scratch
. "$(dirname "$(readlink -f "$0")")/../host.bash"

# --- what the cache holds ------------------------------------------------------------------------

image=$(tests/vm/build-kernel --path 2>"$scratch/err")
ok "build-kernel --path succeeds" same $? 0
again=$(tests/vm/build-kernel --path 2>"$scratch/err")
ok "a built kernel is found again" same "$again" "$image"
ok "it is found in silence, so nothing was built" test ! -s "$scratch/err"
for file in bzImage vmlinux System.map config inputs selftests/sev_init2_tests selftests/sev_migrate_tests; do
	ok "it has $file" test -s "$image/$file"
done
for module in kvm kvm-amd ccp; do
	file=$(find "$image/lib/modules" -name "$module.ko")
	ok "$module.ko has BTF" sh -c "readelf -SW '$file' | grep -q ' .BTF '"
done
ok "the compiler had nothing to say" same "$(cat "$image/warnings")" ""

# --- wrong arguments -----------------------------------------------------------------------------

output=$(tests/vm/build-kernel --kernel 1.0 2>&1)
ok "an unknown version fails" same $? 1
ok "an unknown version is told which there are" has "$output" "no kernel '1.0'; there is: .*6\.12"
output=$(tests/vm/build-kernel --fast 2>&1)
ok "an unknown argument fails" same $? 1
ok "an unknown argument is named" has "$output" "'--fast'"

# --- builds that do not get to their end, in a cache and a repository of their own ---------------

export SEVTRACE_CACHE=$scratch/cache
series=$scratch/kernel-patches/6.12/series
mkdir -p "$scratch/tests/vm" "$(dirname "$series")" "$SEVTRACE_CACHE/build.stale0"
cp -r tests/vm/build-kernel tests/vm/kernel "$scratch/tests/vm"
build=$scratch/tests/vm/build-kernel
in_cache() { find "$SEVTRACE_CACHE" -maxdepth 1 \( -name 'kernel-*' -o -name 'build.??????' \); }

echo missing.patch >"$series"
output=$("$build" 2>&1)
ok "a patch that is not there fails" same $? 1
ok "a patch that is not there is named" has "$output" "'missing.patch', which is not there"

output=$("$build" --kernel 6.12-debug 2>&1)
ok "a variant has its base's patches" has "$output" "kernel-patches/6.12/series names 'missing.patch'"

# As Ctrl-C does it: the signal goes to all processes of the group.
: >"$series"
setsid env --default-signal=INT "$build" >"$scratch/out" 2>&1 &
pid=$!
ok "a build says what it does" wait_until 30 grep -q 'building Linux 6.12' "$scratch/out"
wait_until 30 sh -c "ls -d '$SEVTRACE_CACHE'/build.*/linux/*"
ok "what an earlier build left is cleared away" test ! -e "$SEVTRACE_CACHE/build.stale0"
kill -INT -- -$pid
wait $pid
ok "an interrupted build fails" test $? -ne 0
ok "an interrupted build leaves nothing" same "$(in_cache)" ""
ok "an interrupted build leaves no process" lacks "$(pgrep -af "$SEVTRACE_CACHE")" .

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
output=$("$build" 2>&1)
ok "a patch that does not apply fails" same $? 1
ok "a patch that does not apply is named" has "$output" 'wrong.patch does not apply to linux-source-6.12'
ok "a failed build leaves nothing" same "$(in_cache)" ""
finish
