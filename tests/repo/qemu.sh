#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The tables of messages against QEMU's binaries: the package's of this machine, and those of other
# suites of Debian that the tests have in their cache. Each message of theirs about a failure of SEV
# is known to `sevtrace explain --log`; each row of the table of QEMU's messages is of a text that
# the binary has, or of versions that it is not of. TAP.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
O=${O:-build}
export LC_ALL=C.UTF-8
cache=${SEVTRACE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/sevtrace}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# shellcheck source=tests/tap.bash
. tests/tap.bash
tap_details=$work/out

version_of() { LC_ALL=C grep -aoE -m 1 '[0-9]+\.[0-9]+\.[0-9]+ \(Debian ' "$1" | grep -oE -m 1 '^[0-9]+\.[0-9]+'; }

shopt -s nullglob
binaries=("$(command -v qemu-system-x86_64)" "$cache"/qemu-*/root/usr/bin/qemu-system-x86_64)
[ -n "${binaries[0]}" ] || binaries=("${binaries[@]:1}")
if [ ${#binaries[@]} -eq 0 ]; then
	echo "1..0 # SKIP no package of QEMU"
	exit 0
fi

cat >"$work/look.py" <<'PY'
"""look.py BINARY VERSION MESSAGES: writes what the binary may say of failures, prints rows that it has not."""
import re, sys

binary, version, to = sys.argv[1], tuple(map(int, sys.argv[2].split("."))), sys.argv[3]
strings = sorted({s.decode() for s in re.findall(rb"[\x20-\x7e]{6,}", open(binary, "rb").read())})

ABOUT = re.compile(r"\bSEV\b|SEV[-_](ES|SNP)|\bSNP|fw_err|guest_memfd|LAUNCH_|VMSA|CPUID (page|validation)|hashes table|secret area")
# Descriptions, traces, assertions, and what is no failure of a guest with SEV.
LEAVE = re.compile(
    r"^%d@|^(kvm|qmp|sev)_\w+ |SEV device to use|show SEV info|kernel_hashes_offset|new_block->|with CPR|"
    r"SEV-ES termination$|^SEV (type|termination)|^SEV is not enabled$|^SEV not enabled for guest$|SEV: Failed to calculate|"
    r"mnonce must be|pflash devices cannot|%s: %s")
with open(to, "w") as out:
    for text in strings:
        if not ABOUT.search(text) or " " not in text.strip() or LEAVE.search(text):
            continue
        text = text.replace("Failed to open %s", "Failed to open /dev/sev: No such file or directory")
        text = re.sub(r"%-?0?\d*l*z?[xX]", "1f", text)
        text = re.sub(r"%l*z?[ud]", "1", text)
        print("qemu-system-x86_64: " + text.replace("%p", "0x1f").replace("%s", "name"), file=out)

# Texts by the first version that has them, and the first that no longer has.
EVER, GONE = (0, 0), (99, 0)
SNP, IGVM = (9, 1), (10, 1)
WHEN = {
    (9, 0): ["SEV feature is not available"],
    SNP: ["CPUID validation failed", "failed update CPUID page", "SEV-SNP:", "KVM_SET_USER_MEMORY_REGION2 failed",
          "expected update of GPA range", "SNP_LAUNCH_UPDATE called", "guest_memfd", "error creating kvm guest",
          "host kernel does not support", "kernel_hashes_data", "SEV metadata", "get HVA for GPA", "SEV-SNP does not",
          "parameter length", "put registers after", "add metadata page"],
    IGVM: ["sev_features", "The VMSA", "unable to set CPU context", "required memory", "attempt to configure", "Invalid SEV-SNP ID",
           "ID block/ID auth block has", "Invalid guest policy type", "invalid VMSA length"],
}
UNTIL = {"encrypt pflash rom": (11, 0), ": using": (9, 1), "SEV feature is not available": (11, 0)}
# Of AMD's trees, of GLib, or put together while QEMU runs.
ELSEWHERE = ["KVM doesn't support guest", "Restricted memory", "qemu version:", "Parameter 'qom-type'", "initialize kvm", "Code=<"]
RUN_TIME = re.compile(r"(kvm run failed) .*")

def has_to_be_there(text):
    since = next((since for since, texts in WHEN.items() if any(t in text for t in texts)), EVER)
    until = next((until for t, until in UNTIL.items() if t in text), GONE)
    return since <= version < until and not any(t in text for t in ELSEWHERE)

def longest_literal(regex):
    """The longest part of a regular expression that stands for itself, outside of groups."""
    parts, depth = [""], 0
    for token in re.findall(r"\\.|.", regex.replace("\\\\", "\\")):
        if token[0] == "\\" and not token[1].isalnum() and not depth:
            parts[-1] += token[1]
        elif token in "([":
            depth += 1
            parts.append("")
        elif token in ")]":
            depth -= 1
        elif not depth and token in "?*":
            parts[-1:] = [parts[-1][:-1], ""]
        elif not depth and token in ".+^$|{}" or token[0] == "\\":
            parts.append("")
        elif not depth:
            parts[-1] += token
    return max(parts, key=lambda part: len(part.strip())).strip()

source = open("tools/lib/logs/patterns_qemu.c", encoding="utf-8").read()
rows = re.findall(r'^\tROW\("((?:[^"\\]|\\.)*)", (?:"((?:[^"\\]|\\.)*)")?', source, re.M)
everything = "\n".join(strings).lower()
for needle, regex in rows:
    text = longest_literal(regex) if len(longest_literal(regex)) >= 4 else needle
    text = RUN_TIME.sub(r"\1", text)
    if has_to_be_there(text) and text.lower() not in everything:
        print(f"{binary} has no '{text}'")
print(f"{len(rows)} rows", file=sys.stderr)
PY

look_at() {
	[ -n "$version" ] || { echo "$1 has no version" >"$work/out" && return 1; }
	/usr/bin/python3 "$work/look.py" "$1" "$version" "$work/messages" >"$work/out" 2>"$work/err" || { cat "$work/err" >>"$work/out" && return 1; }
	[ ! -s "$work/out" ] && [ "$(wc -l <"$work/messages")" -gt 20 ] && [ "$(cut -d ' ' -f 1 "$work/err")" -gt 50 ]
}
# At once; one by one where not all of them are known.
all_known() {
	: >"$work/out"
	"$O/sevtrace" explain -j --log "$work/messages" | jq -e ".explained == $(wc -l <"$work/messages")" >/dev/null && return
	while IFS= read -r message; do
		printf '%s\n' "$message" | "$O/sevtrace" explain -j --log - | jq -e '.explained == 1' >/dev/null ||
			printf '%s\n' "$message" >>"$work/out"
	done <"$work/messages"
	[ ! -s "$work/out" ]
}
for binary in "${binaries[@]}"; do
	version=$(version_of "$binary")
	ok "QEMU $version: every row of its versions is in the binary" look_at "$binary"
	ok "QEMU $version: every message of a failure is known" all_known
done
finish
