#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Compares two recordings of the same launches, one by tracepoints and one by functions of the
kernel, record by record: compare.py TRACEPOINTS FUNCTIONS.

Times differ, and so do launch numbers and what a stack begins with. Of everything else, each
difference has to be in DIFFERENCES, whose texts docs/functions.md has to have. Prints how often
each was seen, and what is in none."""

import collections
import difflib
import json
import pathlib
import subprocess
import sys

# Not compared: times, and numbers that each recorder counts for itself.
TIMES = {"ts", "duration", "wait", "prep", "exec", "reclaim", "cpu", "launch"}

DOCUMENT = pathlib.Path("docs/functions.md")

# What makes a difference legitimate: a text of docs/functions.md, and a test of the two records, of
# which either may be missing.
DIFFERENCES = [
    ("PFN of vmsa_sync", lambda t, f: alike(t, f, "pfn") and t["step"] == "vmsa_sync" and f["pfn"] is None),
    ("PFN of unpin for registered regions and debugging",
     lambda t, f: alike(t, f, "pfn") and t["step"] == "unpin" and f["pfn"] is None),
    ("a command that KVM cannot give to ccp (EBADF)",
     lambda t, f: alike(t, f, "pfn", "gfn", "npages") and t["step"] == "psp" and t["ret"] == f["ret"] == -9),
    ("a command that KVM cannot give to ccp (EBADF)",
     lambda t, f: one_of(t, f)["event"] == "step" and one_of(t, f)["step"] in ("psp", "unpin")
     and one_of(t, f)["ret"] in (0, -9) and one_of(t, f)["ioctl"] == "KVM_SEV_LAUNCH_SECRET"),
    ("refused attribute updates", lambda t, f: t is None and f["event"] == "attributes" and f["ret"] < 0),
    ("additional error words", lambda t, f: alike(t, f, "extra", "err_lo", "err_hi") and t["event"] == "psp"),
    ("LAUNCH_UPDATE_VMSA refused because a debugger is attached",
     lambda t, f: f is None and t["event"] in ("range_start", "range_end") and t["page_type"] == "vmsa"),
]


def one_of(left, right):
    return left if left is not None else right


def alike(left, right, *but):
    """Are the records of the same event, with the same fields, apart from some?"""
    if left is None or right is None or left["event"] != right["event"]:
        return False
    return all(left.get(key) == right.get(key) for key in left.keys() | right.keys() if key not in but)


def shape(record):
    """What two records have to have in common to be compared at all."""
    return json.dumps([record["event"]] + [record.get(key) for key in ("ioctl", "step", "cmd", "depth")])


def records(path):
    """The records of each thread, in order, without what is not compared. Stacks stand by themselves:
    their place depends on how long unwinding takes, and so do the frames behind the innermost one,
    as a process may be gone before anybody has read what it had mapped."""
    threads = collections.OrderedDict()
    out = subprocess.run(["build/sevtrace", "script", "-j", path], check=False, stdout=subprocess.PIPE).stdout
    for line in out.splitlines():
        record = {key: value for key, value in json.loads(line).items() if key not in TIMES}
        if record["event"] == "stack":
            # The innermost frames are those of the traced function, not of the tracepoint in it.
            record.pop("kernel")
            record["user"] = record["user"].split(",")[0]
        threads.setdefault((record.pop("tid"), record["event"] == "stack"), []).append(record)
    return threads


def pairs(left, right):
    """Pairs the records of a thread, None beside one that has no other."""
    matcher = difflib.SequenceMatcher(None, [shape(r) for r in left], [shape(r) for r in right], autojunk=False)
    for _, i1, i2, j1, j2 in matcher.get_opcodes():
        for n in range(max(i2 - i1, j2 - j1)):
            a = left[i1 + n] if i1 + n < i2 else None
            b = right[j1 + n] if j1 + n < j2 else None
            if a is not None and b is not None and shape(a) != shape(b):
                yield a, None
                yield None, b
            else:
                yield a, b


def compare(tracepoints, functions):
    seen = collections.Counter()
    unknown = []
    total = 0
    for tid in tracepoints.keys() | functions.keys():
        for t, f in pairs(tracepoints.get(tid, []), functions.get(tid, [])):
            total += 1
            if t == f:
                continue
            for text, legitimate in DIFFERENCES:
                try:
                    found = legitimate(t, f)
                except (KeyError, TypeError):
                    found = False
                if found:
                    seen[text] += 1
                    break
            else:
                unknown.append((t, f))
    return total, seen, unknown


def main():
    total, seen, unknown = compare(records(sys.argv[1]), records(sys.argv[2]))
    same = total - sum(seen.values()) - len(unknown)
    print(f"{total} records, {same} the same, {sum(seen.values())} different as documented, {len(unknown)} otherwise")
    for text, count in seen.items():
        print(f"  {count} x {text}")
    for t, f in unknown[:40]:
        print(f"  tracepoint: {json.dumps(t)}\n  function:   {json.dumps(f)}")
    document = " ".join(DOCUMENT.read_text().split())
    lacking = {text for text, _ in DIFFERENCES if text not in document}
    for text in lacking:
        print(f"  {DOCUMENT} does not have: {text}")
    return 1 if unknown or lacking or same < 1000 else 0


if __name__ == "__main__":
    sys.exit(main())
