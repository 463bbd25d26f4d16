#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Kernels that are fetched and prepared: what is there is used, without the network; what is not is
# named; half a result is never left behind; and the distribution's files stay what they are.
# shellcheck disable=SC2154 # host.bash sets scratch
. "$(dirname "$(readlink -f "$0")")/../host.bash"
PATH=$PATH:/usr/sbin:/sbin

# fails REGEX COMMAND...: exit status 1, and the message
fails() {
	local wanted=$1 output
	shift
	output=$("$@" 2>&1)
	ok "fails: $*" same $? 1
	ok "the reason is named: $wanted" has "$output" "$wanted"
}

# --- what the cache holds ------------------------------------------------------------------------

image=$(tests/vm/kernel-image 6.12 2>"$scratch/err")
ok "the distribution's 6.12 is there" same $? 0
packages=$(tests/vm/fetch-kernel 6.12)
release=$(cat "$packages/release")

# An apt-get that says where packages come from, and reaches nothing.
mkdir "$scratch/bin"
cat >"$scratch/bin/apt-get" <<END
#!/bin/sh
[ "\$1" != indextargets ] || exec $(command -v apt-get) "\$@"
echo "E: Failed to fetch: no such host"
exit 100
END
chmod +x "$scratch/bin/apt-get"
offline() { PATH=$scratch/bin:$PATH "$@"; }

again=$(offline tests/vm/kernel-image 6.12 2>"$scratch/err")
ok "it is found again without the network" same "$again" "$image"
ok "it is found in silence, so nothing was made" same "$(cat "$scratch/err")" ''
ok "it is found by its release, too" same "$(offline tests/vm/fetch-kernel "$release")" "$packages"
ok "and by the beginning of it" same "$(offline tests/vm/fetch-kernel "${release%%+*}")" "$packages"
ok "its packages are found as a folder, too" test -d "$(offline tests/vm/kernel-image "$packages/")"
for file in bzImage initrd config inputs "lib/modules/$release/modules.dep"; do
	ok "it has $file" test -s "$image/$file"
done

# modinfo reads compressed files, cmp does not.
for module in kvm kvm-amd ccp; do
	file=$(modinfo -b "$image" -k "$release" -F filename "$module")
	ok "$module is the distribution's: signed" same "$(modinfo -F sig_id "$file")" 'PKCS#7'
	find "$packages/root" -name "$module.ko.xz" -exec xz -dc {} + >"$scratch/module"
	ok "$module is the distribution's: the same file" cmp -s "$file" "$scratch/module"
done

# --- what is wrong is named ----------------------------------------------------------------------

fails "'../6.12' is no version" tests/vm/fetch-kernel ../6.12
fails "unknown option '--fast'" tests/vm/fetch-kernel --fast
fails 'which version' tests/vm/fetch-kernel
fails "'/no/such/' is no folder" tests/vm/kernel-image /no/such/
mkdir "$scratch/other"
echo 6.1.0-57-amd64 >"$scratch/other/release"
echo 6.1.192-1 >"$scratch/other/version"
fails "there is no series for Linux 6.1; there is: 6.12" tests/vm/series-modules "$scratch/other"

mkdir -p "$scratch/empty" "$scratch/tree/include/config"
fails 'neither unpacked packages .* nor a built tree' tests/vm/prepare-kernel "$scratch/empty"
echo 6.99.0 >"$scratch/tree/include/config/kernel.release"
fails 'no arch/x86/boot/bzImage: make bzImage modules' tests/vm/prepare-kernel "$scratch/tree"

export SEVTRACE_CACHE=$scratch/cache
fails 'archive cannot be reached' offline tests/vm/fetch-kernel 6.12
output=$(offline tests/vm/fetch-kernel 6.12 2>&1)
ok "apt-get's own words are shown" has "$output" 'E: Failed to fetch: no such host'
ok "what works all the same is named" has "$output" 'run --kernel FOLDER'

# --- half a result is never left -----------------------------------------------------------------

# in_cache: what a script made or left in its cache
in_cache() { find "$SEVTRACE_CACHE" -maxdepth 1 \( -name '*-*' -o -name '*.??????' \) -printf '%f\n' | sort; }

# Links of the real packages, and one thing missing.
cp -al "$packages" "$scratch/packages" 2>/dev/null || cp -a "$packages" "$scratch/packages"
headers=$scratch/packages/root/usr/src/linux-headers-$release
cp "$headers/.config" "$scratch/config"
rm "$headers/.config"
grep -v '^CONFIG_KPROBES=' "$scratch/config" >"$headers/.config"
fails 'CONFIG_KPROBES  *the host.s module' tests/vm/prepare-kernel "$scratch/packages"
cp "$scratch/config" "$headers/.config"

setsid env --default-signal=INT tests/vm/prepare-kernel "$scratch/packages" >"$scratch/out" 2>&1 &
pid=$!
ok "a preparation says what it does" wait_until 600 grep -q "preparing $release" "$scratch/out"
wait_until 600 sh -c "ls '$SEVTRACE_CACHE'/prepare.??????/module"
kill -INT -- -$pid
wait $pid
ok "an interrupted preparation fails" test $? -ne 0
ok "an interrupted preparation leaves nothing" same "$(in_cache)" ''
ok "an interrupted preparation leaves no process" lacks "$(pgrep -af "$SEVTRACE_CACHE")" .

mkdir "$SEVTRACE_CACHE/prepare.stale0"
find "$scratch/packages/root" -name 'vmlinuz*' -delete
fails "has no boot/vmlinuz-${release//+/.}: the package with the image" tests/vm/prepare-kernel "$scratch/packages"
mv "$headers/vmlinux" "$scratch"
cp "$scratch/config" "$scratch/packages/root/boot/vmlinuz-$release"
: >"$headers/vmlinux"
# The image is asked for its BTF then.
fails 'is no bzImage' tests/vm/prepare-kernel "$scratch/packages"
ok "what an earlier preparation left is cleared away" same "$(in_cache)" ''
finish
