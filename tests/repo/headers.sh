#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The tables of names against the headers of the newest kernel that the distribution has: each SEV
# command of KVM, each page type of an SNP launch and each status of the firmware has its name and
# number, and a text. TAP.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
O=${O:-build}
export LC_ALL=C.UTF-8
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# shellcheck source=tests/tap.bash
. tests/tap.bash
tap_details=$work/out

packages=$(tests/vm/fetch-kernel newest 2>"$work/err") || { cat "$work/err" >&2 && exit 1; }
kvm=$(find "$packages" -path '*/arch/x86/include/uapi/asm/kvm.h' | head -n 1)
psp=$(find "$packages" -path '*/include/uapi/linux/psp-sev.h' | head -n 1)
echo "# ${packages##*/}"
ok "headers of the newest kernel" test -s "$kvm" -a -s "$psp"

# The headers' names with their numbers, as a compiler counts enumerators.
/usr/bin/python3 - "$kvm" "$psp" >"$work/names" <<'PYTHON'
import re
import sys

def enumerators(path, enum):
    text = re.sub(r"/\*.*?\*/", "", open(path, encoding="utf-8").read(), flags=re.S)
    body = re.search(r"enum " + enum + r" \{(.*?)\}" if enum else r"typedef enum \{(.*?)\} sev_ret_code", text, re.S)[1]
    number, known = -1, {}
    for item in filter(None, (item.strip() for item in body.split(","))):
        name, _, value = item.partition("=")
        value, name = value.strip(), name.strip()
        number = known[value] if value in known else int(value, 0) if value else number + 1
        known[name] = number
        yield name, number

for name, number in enumerators(sys.argv[1], "sev_cmd_id"):
    if not name.endswith("_MAX"):
        print("ioctl", name, number)
for name, number in re.findall(r"#define (KVM_SEV_SNP_PAGE_TYPE_\w+)\s+(0x[0-9a-f]+|\d+)", open(sys.argv[1], encoding="utf-8").read()):
    if name != "KVM_SEV_SNP_PAGE_TYPE_INVALID":
        print("page-type", name, int(number, 0))
for name, number in enumerators(sys.argv[2], ""):
    if not name.endswith("_MAX"):
        print("status", name, number & 0xffffffff)
PYTHON
ok "they have names" test "$(cut -d ' ' -f 1 "$work/names" | sort | uniq -c | awk '$1 > 4' | wc -l)" -eq 3

# Every name means its number, and says something. The firmware's names may have SEV_STATUS_ inside.
: >"$work/out"
while read -r kind name number; do
	"$O/sevtrace" explain -j "${name/SEV_STATUS_/}" 2>/dev/null |
		jq -e --arg kind "$kind" --argjson number "$number" \
			'[.answers[].meanings[] | select(.kind == $kind and .number == $number and (.text | length > 0))] | length == 1' >/dev/null ||
		echo "$kind $name $number" >>"$work/out"
done <"$work/names"
ok "each of them is known" test ! -s "$work/out"
finish
