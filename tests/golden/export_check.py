# SPDX-License-Identifier: GPL-2.0-only
"""export_check.py FORMAT EXPORTED REPORT SCRIPT: read what sevtrace export wrote, as others would, and hold it against
what report -j and script say of the same recording. What is wrong is an exception."""
import csv
import json
import os
import re
import subprocess
import sys
from collections import Counter
from decimal import Decimal

HEAD = ("ts", "event", "launch", "comm", "tid", "cpu")


def script_lines(path):
    """A dict a line of sevtrace script. What follows comm is fixed, so that comm may hold anything."""
    lines = []
    with open(path, encoding="utf-8") as script:
        for line in script:
            match = re.match(r" *(.*?) +(\d+) \[(\d+)\] +(\d+)\.(\d{9}): (\w+): launch=(\d+)", line)
            comm, tid, cpu, seconds, ns, event, launch = match.groups()
            values = dict(re.findall(r" (\w+)=(\S*)", line[match.end():]))
            if event == "launch_begin":
                del values["comm"]
            lines.append({"comm": comm, "tid": tid, "cpu": str(int(cpu)), "ts": str(int(seconds + ns)), "event": event,
                          "launch": launch, **values})
    return lines


def as_script(value):
    """A JSON value as script prints it."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(int(value))
    return str(value)


def check_gone(*command):
    """The reader of the command's output is gone before it starts."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1 and done.stderr.endswith("cannot write: Broken pipe\n"), done


def check_csv(path, _report, script):
    with open(path, newline="", encoding="utf-8") as exported:
        rows = list(csv.DictReader(exported, strict=True))
    lines = script_lines(script)
    assert len(rows) == len(lines), f"{len(rows)} rows, {len(lines)} lines"
    for row, line in zip(rows, lines):
        assert None not in row and None not in row.values(), f"not as wide as the header: {row}"
        got = {name: value for name, value in row.items() if value or name == "comm"}
        want = {name: value for name, value in line.items() if name in HEAD or value not in ("none", "")
                or name == "page_type" and value == "none"}
        assert got == want, f"{got}\n{want}"


def check_json(path, _report, script):
    import jsonschema

    with open("docs/schema/record.schema.json", encoding="utf-8") as schema:
        validator = jsonschema.Draft202012Validator(json.load(schema))
    with open(path, encoding="utf-8") as exported:
        records = [json.loads(line) for line in exported]
    lines = script_lines(script)
    assert len(records) == len(lines), f"{len(records)} objects, {len(lines)} lines"
    for record, line in zip(records, lines):
        validator.validate(record)
        got = {name: as_script(value) for name, value in record.items()}
        assert got == line, f"{got}\n{line}"


# What each phase of the Trace Event Format has to have besides ph, pid and tid.
PHASES = {"X": {"ts", "dur", "name", "cat", "args"}, "i": {"ts", "s", "name", "cat", "args"}, "M": {"name", "args"}}
METADATA = {"process_name": "name", "process_labels": "labels", "process_sort_index": "sort_index",
            "thread_name": "name", "thread_sort_index": "sort_index"}


def check_nesting(events):
    """In a lane, two events lie apart or one in the other."""
    open_until = []
    for start, end in sorted(events, key=lambda event: (event[0], -event[1])):
        while open_until and open_until[-1] <= start:
            open_until.pop()
        assert not open_until or end <= open_until[-1], f"[{start}, {end}] overlaps what ends at {open_until[-1]}"
        if end > start:
            open_until.append(end)


def check_shape(event):
    """The keys and types that the format asks for."""
    keys = PHASES[event["ph"]] | {"ph", "pid", "tid"}
    assert set(event) == keys, event
    assert isinstance(event["pid"], int) and isinstance(event["tid"], int), event
    assert isinstance(event["args"], dict) and isinstance(event["name"], str), event
    if event["ph"] == "i":
        assert event["s"] in ("t", "p", "g"), event
    if event["ph"] == "M":
        assert list(event["args"]) == [METADATA[event["name"]]], event
    else:
        assert event["ts"] >= 0 and event.get("dur", 0) >= 0 and event["name"], event


def check_chrome(path, report, script):
    with open(path, encoding="utf-8") as exported:
        trace = json.load(exported, parse_float=Decimal)
    events = trace["traceEvents"]
    lanes = {}
    counts = Counter()
    for event in events:
        check_shape(event)
        counts[event["ph"], event.get("cat")] += 1
        if event["ph"] == "X":
            lanes.setdefault((event["pid"], event["tid"]), []).append((event["ts"], event["ts"] + event["dur"]))
        if "duration" in event["args"] and event["ph"] == "X" and "clamped" not in event["args"]:
            assert event["dur"] * 1000 == event["args"]["duration"] or event["ts"] == 0, event
        if os.path.basename(path).startswith("vm-"):
            assert not {"clamped", "late"} & set(event["args"]), event
    for lane in lanes.values():
        check_nesting(lane)

    named = {(e["pid"], e["tid"]) for e in events if e["name"] == "thread_name"}
    processes = {e["pid"]: e["args"]["name"] for e in events if e["name"] == "process_name"}
    used = {(e["pid"], e["tid"]) for e in events if e["ph"] != "M"}
    assert used <= named, f"lanes without a name: {used - named}"
    assert {pid for pid, _ in used} <= set(processes), processes

    with open(report, encoding="utf-8") as summary:
        launches = json.load(summary)["launches"]
    for launch in launches:
        name = f"launch {launch['launch']}: {launch['comm']}[{launch['pid']}] {launch['vm_type']}"
        assert processes[launch["launch"]] == name, f"{processes} {name}"
        drawn = Counter(e.get("cat") for e in events if e["pid"] == launch["launch"] and e["name"] != "teardown")
        assert drawn["launch"] == (launch["start_ns"] > 0) and drawn["failure"] == len(launch["failures"]), drawn

    # Every record that takes time is there; what is made up may have become an instant.
    records = Counter(line["event"] for line in script_lines(script))
    drawn = Counter(e["cat"] for e in events if e["ph"] == "X" and "unfinished" not in e["args"])
    drawn.update(e["cat"] for e in events if "late" in e["args"])
    assert drawn["psp"] == records["psp"] and drawn["range"] == records["range_end"], drawn
    assert drawn["step"] + drawn["ioctl"] == records["step"] + records["attributes"] + records["ioctl_exit"], drawn
    failed = [line for line in script_lines(script) if line["event"] in ("step", "attributes") and int(line["ret"]) < 0
              or line["event"] == "psp" and line.get("status") != "SUCCESS"]
    assert counts["i", "error"] == len(failed), f"{counts} {len(failed)}"


if __name__ == "__main__":
    globals()["check_" + sys.argv[1]](*sys.argv[2:])
