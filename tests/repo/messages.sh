#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The tables of messages against the kernel's source, where its package is installed: each message
# of the SEV code that is a warning or an error is known to `sevtrace explain --log`. TAP.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
O=${O:-build}
export LC_ALL=C.UTF-8
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# shellcheck source=tests/tap.bash
. tests/tap.bash
tap_details=$work/out

source=$(find /usr/src -maxdepth 1 -name 'linux-source-*.tar.xz' 2>/dev/null | sort -V | tail -n 1)
if [ -z "$source" ]; then
	echo "1..0 # SKIP no package with the kernel's source"
	exit 0
fi
files=(drivers/crypto/ccp/sev-dev.c drivers/crypto/ccp/psp-dev.c arch/x86/kvm/svm/sev.c arch/x86/virt/svm/sev.c
	drivers/virt/coco/sev-guest/sev-guest.c)
tar -xJf "$source" -C "$work" --strip-components=1 --wildcards "${files[@]/#/*/}" || exit 1

# Messages with values in place of conversions, one a line.
python3 - "$work" "${files[@]}" >"$work/messages" <<'PY'
import re, sys
PREFIX = {"sev-dev.c": "ccp 0000:42:00.1: ", "psp-dev.c": "ccp 0000:42:00.1: ", "sev-guest.c": "sev-guest sev-guest: ",
          "arch/x86/kvm/svm/sev.c": "kvm_amd: ", "arch/x86/virt/svm/sev.c": "SEV-SNP: "}
CALL = (r'\b((?:pr|dev)_(?:err|warn|alert|crit|emerg)\w*|vcpu_unimpl|WARN\w*)\s*'
        r'\(((?:[^()"]|"(?:[^"\\]|\\.)*"|\((?:[^()]|\([^()]*\))*\))*)\)')
# Dumps of state, which follow a message, and what is no failure of SEV.
LEAVE = ("%-20s", "GHCB (GPA=", "set kvm_amd.dump_invalid_vmcb", "SEV_GET_ID command is deprecated", "missing driver data",
         "failed to set authsize", "failed to restore encryption mask", "failed to mark page shared",
         "certificate slots conveyed", "certificate data truncated")
for path in sys.argv[2:]:
    text = open(f"{sys.argv[1]}/{path}", encoding="utf-8").read()
    prefix = next(p for name, p in PREFIX.items() if path.endswith(name))
    for match in re.finditer(CALL, text):
        strings = re.findall(r'"((?:[^"\\]|\\.)*)"', match[2])
        parts = re.match(r'[^"]*((?:"(?:[^"\\]|\\.)*"\s*)+)', match[2])
        if not parts:
            continue
        message = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', parts[1])).replace("\\n", "")
        if any(x in message for x in LEAVE) or "%s" in message[:12] and len(strings) < 2:
            continue
        message = re.sub(r"%s failed", "INIT failed" if "SEV: " in message else "SNP_INIT failed", message)
        message = message.replace("SEV%s: ", "SEV-SNP: ")
        message = re.sub(r"%#?0?\d*l*x", lambda m: "0x1" if "#" in m[0] else "1", message)
        message = re.sub(r"%l*[ud]", "1", message)
        print(prefix + message.replace("%s", "name"))
PY
sort -u -o "$work/messages" "$work/messages"
[ "$(wc -l <"$work/messages")" -gt 60 ]
ok "the source has messages" test $? -eq 0
: >"$work/out"
while IFS= read -r message; do
	printf '%s\n' "$message" | "$O/sevtrace" explain -j --log - | jq -e '.explained == 1' >/dev/null ||
		printf '%s\n' "$message" >>"$work/out"
done <"$work/messages"
ok "each of them is known" test ! -s "$work/out"
finish
