#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Compares two recordings of the same launches, one by tracepoints and one by functions of the
kernel, record by record: compare.py TRACEPOINTS FUNCTIONS. Pages are compared twice: as their steps
and commands, and as the records that they are.

Times differ, and so do launch numbers and what a stack begins with. Of everything else, each
difference has to be in DIFFERENCES, whose texts docs/functions.md has to have. Prints how often
each was seen, and what is in none."""

import bisect
import collections
import difflib
import json
import pathlib
import subprocess
import sys

# Not compared: times, faults that tracing itself causes, and numbers that each recorder counts for itself.
TIMES = {"ts", "ns", "started", "duration", "wait", "prep", "exec", "reclaim", "ran", "ready", "minor_faults", "major_faults", "cpu", "launch"}

# What is noted of a record here, and is not in it.
NOTES = {"of", "empty"}

DOCUMENT = pathlib.Path("docs/functions.md")

# A record of a step has "inferred", one of a page the bits of which that is one.
MARKS = ("inferred", "marks")
INFERRED = 2

EBADF = -9
EINVAL = -22

# What makes a difference legitimate: a text of docs/functions.md, and a test of the two records, of
# which either may be missing. A record's "of" is the result of the ioctl that it is of.
DIFFERENCES = [
    ("PFN of vmsa_sync", lambda t, f: alike(t, f, "pfn") and f["pfn"] is None and steps(t) in (["vmsa_sync"], ["vmsa_sync", "clflush"])),
    ("PFN of unpin for registered regions and debugging",
     lambda t, f: alike(t, f, "pfn") and t["event"] == "step" and t["step"] == "unpin" and f["pfn"] is None),
    ("a command that KVM cannot give to ccp (EBADF)",
     lambda t, f: alike(t, f, "pfn", "gfn", "npages", *MARKS) and t["of"] == f["of"] == EBADF
     and (steps(t)[-1] == "psp" and t["ret"] == EBADF or steps(t) == ["unpin"])),
    ("a command that KVM cannot give to ccp (EBADF)",
     lambda t, f: (t is None or f is None) and one_of(t, f)["of"] == EBADF
     and one_of(t, f)["ioctl"] == "KVM_SEV_LAUNCH_SECRET" and steps(one_of(t, f))[-1] in ("psp", "unpin")),
    ("a command that KVM cannot give to ccp (EBADF)",
     lambda t, f: alike(t, f, *MARKS) and steps(t)[-1:] == ["psp"] and t["ret"] == EBADF and inferred(f) and not inferred(t)),
    ("a signal between two pages is inferred",
     lambda t, f: alike(t, f, *MARKS) and steps(f)[-1:] == ["get_page"] and inferred(f) and not inferred(t)),
    ("additional error words",
     lambda t, f: alike(t, f, "extra", "err_lo", "err_hi") and t["event"] in ("psp", "page") and not f["extra"]),
    ("LAUNCH_UPDATE_VMSA refused because a debugger is attached",
     lambda t, f: f is None and t["event"] in ("range_start", "range_end") and t["page_type"] == "vmsa"
     and t["of"] == EINVAL and t.get("empty")),
]


def steps(record):
    """The steps that a record is of: one, or those of a page."""
    return {"page": lambda: record["steps"], "step": lambda: [record["step"]]}.get(record["event"], lambda: [None])()


def inferred(record):
    return bool(record.get("inferred") or record.get("marks", 0) & INFERRED)


def one_of(left, right):
    return left if left is not None else right


def alike(left, right, *but):
    """Are the records of the same event, with the same fields, apart from some?"""
    if left is None or right is None or left["event"] != right["event"]:
        return False
    return all(left.get(key) == right.get(key) for key in left.keys() | right.keys() if key not in NOTES | set(but))


def shape(record):
    """What two records have to have in common to be compared at all."""
    return json.dumps([record["event"]] + [record.get(key) for key in ("ioctl", "step", "steps", "cmd", "depth")])


def lines(*command):
    p = subprocess.run(command, check=False, stdout=subprocess.PIPE)
    if p.returncode not in (0, 3):  # 3: a launch failed
        sys.exit(f"{' '.join(command)}: status {p.returncode}")
    return [json.loads(line) for line in p.stdout.splitlines()]


def note_results(events, exits):
    """Gives each record of a thread the result of its ioctl: of the first one that ends behind it."""
    ends = [record["ts"] for record in exits]
    for record in events:
        at = bisect.bisect_left(ends, record["ts"])
        record["of"] = exits[at]["ret"] if at < len(exits) else None


def note_empty(events):
    """Marks the ranges of a thread in which nothing happened."""
    for first, second in zip(events, events[1:]):
        if first["event"] == "range_start" and second["event"] == "range_end":
            first["empty"] = second["empty"] = True


def records(path):
    """The records of each thread, in order, without what is not compared; pages apart, and stacks."""
    threads = collections.OrderedDict()
    for record in lines("build/sevtrace", "script", "-j", path):
        if record["event"] == "stack":
            # The innermost frames are those of the traced function, not of the tracepoint in it. The
            # rest of the user's stack is copied so often a second at most, and comes when it will.
            record.pop("kernel")
            record["user"] = record["user"].split(",")[0]
            threads.setdefault((record["tid"], "stacks"), []).append(record)
            continue
        threads.setdefault(record["tid"], []).append(record)
    for tid, events in threads.copy().items():
        if isinstance(tid, tuple):
            events.sort(key=lambda record: record["ts"])
            continue
        exits = [record for record in events if record["event"] == "ioctl_exit"]
        note_results(events, exits)
        note_empty(events)
        threads[tid, "pages"] = []
    for record in lines("build/list_pages", path):
        threads[record["tid"], "pages"].append(record)
    for tid, events in threads.items():
        if isinstance(tid, tuple):
            note_results(events, [record for record in threads[tid[0]] if record["event"] == "ioctl_exit"])
    return {tid: [{key: value for key, value in record.items() if key not in TIMES and key != "tid"}
                  for record in events] for tid, events in threads.items()}


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
            if alike(t, f):
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
