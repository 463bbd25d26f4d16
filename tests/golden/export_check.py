# SPDX-License-Identifier: GPL-2.0-only
"""export_check.py FORMAT EXPORTED REPORT SCRIPT: read what sevtrace export wrote, as others would, and hold it against
what report -j and script say of the same recording. What is wrong is an exception."""
import csv
import json
import os
import re
import resource
import signal
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
            values = dict(re.findall(r' (\w+)=("(?:[^"\\]|\\.)*"|\S*)', line[match.end():]))
            if event == "name":
                values["text"] = json.loads(values["text"])
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
    """The reader of the command's output is gone before it starts: it ends as others in a pipe do, without a word."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == -signal.SIGPIPE and not done.stderr, done


def check_memory(*command):
    """The peak of the memory is less than the records alone would take, on any number of processors."""
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert peak < 64 * 1024, f"{peak} KiB"


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
        if "/vm/" in path:
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
        names = launch["names"]
        called = names["name"] or names["domain"] or names["pod"] or launch["comm"]
        called = called if len(called) <= 20 else called[:17] + "..."
        name = f"launch {launch['launch']}: {called}[{launch['pid']}] {launch['vm_type']}"
        assert processes[launch["launch"]] == name, f"{processes} {name}"
        drawn = Counter(e.get("cat") for e in events if e["pid"] == launch["launch"] and e["name"] != "teardown")
        assert drawn["launch"] == (launch["start_ns"] > 0) and drawn["failure"] == len(launch["failures"]), drawn

    # Every record that takes time is there; what is made up may have become an instant.
    records = Counter(line["event"] for line in script_lines(script))
    drawn = Counter(e["cat"] for e in events if e["ph"] == "X" and "unfinished" not in e["args"])
    drawn.update(e["cat"] for e in events if "late" in e["args"])
    assert drawn["psp"] == records["psp"] and drawn["range"] == records["range_end"], drawn
    assert drawn["vmm"] == records["meanwhile"], drawn
    assert drawn["step"] + drawn["ioctl"] == records["step"] + records["attributes"] + records["ioctl_exit"], drawn
    failed = [line for line in script_lines(script) if line["event"] in ("step", "attributes") and int(line["ret"]) < 0
              or line["event"] == "psp" and line.get("status") != "SUCCESS"]
    assert counts["i", "error"] == len(failed), f"{counts} {len(failed)}"
    assert counts["i", "guest"] == records["run"] + records["milestone"], f"{counts} {records}"


def metrics(path):
    """{name: {labels as a frozenset of pairs: value}}; what is no line of the format is an error."""
    samples = {}
    types = {}
    with open(path, encoding="utf-8") as exported:
        lines = exported.read().split("\n")
    assert lines[-2:] == ["# EOF", ""], lines[-2:]
    for line in lines[:-2]:
        kind = re.fullmatch(r"# TYPE (\w+) (gauge|counter|histogram)", line)
        if kind:
            assert kind[1] not in types, line
            types[kind[1]] = kind[2]
        if line.startswith("#"):
            continue
        name, labels, value = re.fullmatch(r"(sevtrace_\w+)(?:\{(.*)\})? ([0-9.]+)", line).groups()
        pairs = re.findall(r'(\w+)="((?:[^"\\]|\\["\\])*)"', labels or "")
        assert ",".join(f'{key}="{text}"' for key, text in pairs) == (labels or ""), line
        assert {key for key, _ in pairs}.isdisjoint({"pid", "comm", "launch", "asid", "tid"}), line
        family = re.sub("_(bucket|sum|count)$", "", name) if name not in types else name
        assert types[family] != "counter" or name.endswith("_total"), line
        assert frozenset(pairs) not in samples.setdefault(name, {}), f"twice: {line}"
        samples[name][frozenset(pairs)] = Decimal(value)
    return samples


# Where the last bucket of <sevtrace/hist.h> begins, which takes everything longer.
LAST_BUCKET = 31 << 31


def merge(histograms, key, times):
    """Adds what report says of one launch's times."""
    if not times["count"]:
        return
    merged = histograms.setdefault(frozenset(key.items()), {"count": 0, "sum_ns": 0, "buckets": []})
    merged["count"] += times["count"]
    merged["sum_ns"] += times["sum_ns"]
    merged["buckets"] += [(times["max_ns"] if low >= LAST_BUCKET else high - 1, n) for low, high, n in times["buckets"]]


BOUNDS = [Decimal(step) * 10**decade for decade in range(9) for step in (1000, 2500, 5000)][:25]


def check_histograms(samples, name, histograms):
    """What is exported of a metric are these, in the buckets that the man page promises."""
    sums = samples.get(name + "_sum", {})
    assert set(sums) == set(histograms), f"{name}: {set(sums) ^ set(histograms)}"
    for labels, times in histograms.items():
        assert sums[labels] * 10**9 == times["sum_ns"], f"{name} {labels}"
        assert samples[name + "_count"][labels] == times["count"], f"{name} {labels}"
        buckets = {dict(key)["le"]: n for key, n in samples[name + "_bucket"].items()
                   if key - {("le", dict(key)["le"])} == labels}
        assert len(buckets) == 26 and buckets.pop("+Inf") == times["count"], buckets
        for bound in BOUNDS:
            want = sum(n for longest, n in times["buckets"] if longest <= bound)
            got = [n for le, n in buckets.items() if Decimal(le) * 10**9 == bound]
            assert got == [want], f"{name} {labels} {bound}: {got}, not {want}"


def psp_of(report):
    """(VM type, command, what report says of it) of every launch, and of the host."""
    for launch in report["launches"] + [{"vm_type": "none", "psp": report["host_psp"]}]:
        for command, psp in launch["psp"].items():
            vm_type = "unknown" if launch["vm_type"].startswith("0x") else launch["vm_type"]
            yield vm_type, "unknown" if command.startswith("0x") else command, psp


def check_times(samples, report):
    """Each part of the launches' time, and with them all of it."""
    times = Counter()
    for launch in report["launches"]:
        vm_type = "unknown" if launch["vm_type"].startswith("0x") else launch["vm_type"]
        vmm = launch["time"]["vmm"] or {"unknown_ns": launch["time"]["outside_ns"]}
        for part in ("running", "ready", "asleep", "unknown"):
            times[vm_type, "", part] += vmm.get(part + "_ns", 0)
        for ioctl, parts in launch["time"]["ioctls"].items():
            for part, ns in parts.items():
                times[vm_type, "unknown" if ioctl.startswith("0x") else ioctl, part] += ns
    for key, seconds in samples.get("sevtrace_launch_time_seconds_total", {}).items():
        key = dict(key)
        ns = times.pop((key["vm_type"], key["ioctl"], key["part"]))
        assert abs(float(seconds) - ns / 1e9) < 2e-9, f"{key}: {seconds} s, {ns} ns"
    assert not +times, times


def check_openmetrics(path, report, _script):
    samples = metrics(path)
    with open(report, encoding="utf-8") as summary:
        report = json.load(summary)
    # What people would have to quote is no label's value.
    slugs = [value for name, label in (("sevtrace_source_lacks", "what"), ("sevtrace_losses_total", "kind"))
             for labels in samples.get(name, {}) for key, value in labels if key == label]
    assert slugs and all(re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", slug) for slug in slugs), slugs
    lacks = {slug for labels in samples["sevtrace_source_lacks"] for _, slug in labels}
    assert (lacks == {"nothing"}) == (not report["host"].get("lacks")), lacks
    assert "error_words" in lacks or "additional error words" not in report["host"].get("lacks", ""), lacks
    launches, commands, errors = Counter(), Counter(), Counter()
    steps, waits, execs = {}, {}, {}
    for launch in report["launches"]:
        vm_type = "unknown" if launch["vm_type"].startswith("0x") else launch["vm_type"]
        launches[vm_type, launch["result"]] += 1
        for phase, population in list(launch["population"].items()) + [("teardown", launch["teardown"])]:
            for step, times in population["steps"].items():
                merge(steps, {"vm_type": vm_type, "phase": phase, "step": step}, times)
    for vm_type, command, psp in psp_of(report):
        merge(waits, {"vm_type": vm_type, "command": command}, psp["wait"])
        merge(execs, {"vm_type": vm_type, "command": command}, psp["exec"])
        commands[vm_type, command] += psp["count"]
        for status, n in psp["errors"].items():
            errors[vm_type, command, status] += n

    def counted(name, *labels):
        return Counter({tuple(dict(key)[label] for label in labels): n for key, n in samples.get(name, {}).items()})

    assert +counted("sevtrace_launches_total", "vm_type", "result") == launches, launches
    assert counted("sevtrace_psp_commands_total", "vm_type", "command") == commands, commands
    assert counted("sevtrace_psp_errors_total", "vm_type", "command", "status") == errors, errors
    check_times(samples, report)
    check_histograms(samples, "sevtrace_psp_wait_seconds", waits)
    check_histograms(samples, "sevtrace_psp_exec_seconds", execs)
    for name in ("_bucket", "_sum", "_count"):  # report has no steps of this phase alone
        name = "sevtrace_step_duration_seconds" + name
        samples[name] = {key: n for key, n in samples.get(name, {}).items() if ("phase", "other") not in key}
    check_histograms(samples, "sevtrace_step_duration_seconds", steps)
    dropped = samples.get("sevtrace_events_dropped_total", {}).get(frozenset())
    assert dropped == report["dropped"], dropped
    pages = Counter()
    for key, n in samples.get("sevtrace_pages_total", {}).items():
        pages[dict(key)["memory"]] += n
    for memory in ("shared", "private"):
        assert pages[memory] == sum(seen(launch, memory) for launch in report["launches"]), pages


def seen(launch, memory):
    """Pages of a launch; null leaves out what the recording lacks, and the metrics have the others."""
    pages = launch["pages"][memory]
    return pages if pages is not None else sum(n for n in launch["pages"]["by_type"].values() if n)


def check_folded(path, report, _script):
    with open(path, encoding="utf-8") as exported:
        lines = exported.read().splitlines()
    with open(report, encoding="utf-8") as summary:
        report = json.load(summary)
    spent, total = Counter(), Counter(vmm=sum(launch["time"]["outside_ns"] for launch in report["launches"]))
    stacks = set()
    for line in lines:
        stack, ns = re.fullmatch(r"([^; ]+(?:;[^; ]+){1,6}) ([1-9][0-9]*)", line).groups()
        assert stack not in stacks, f"twice: {line}"
        stacks.add(stack)
        spent[stack.split(";")[1]] += int(ns)
    for launch in report["launches"]:
        for ioctl, command in launch["commands"].items():
            total[ioctl] += command["sum_ns"]
    if report["dropped"] or "filter" in report["host"]:
        assert all(spent[ioctl] <= ns for ioctl, ns in total.items()), f"{spent} {total}"
    elif report["complete"]:
        assert spent == +total, f"{spent} {total}"


def check_stacks(path, report, _script):
    """Every stack of the report's profiles, from the outermost frame on, and its time."""
    with open(path, encoding="utf-8") as exported:
        lines = exported.read().splitlines()
    with open(report, encoding="utf-8") as summary:
        launches = json.load(summary)["launches"]
    expected = []
    for launch in launches:
        for stack in (launch["profile"] or {"stacks": []})["stacks"]:
            frames = [launch["comm"], *reversed(stack["frames"])]
            frames += ["[SEV ioctl]"] * stack["in_ioctl"] + ["[kernel]"] * stack["in_kernel"]
            expected.append(";".join(frame.replace(";", ":") for frame in frames) + f" {stack['ns']}")
    assert lines == expected


if __name__ == "__main__":
    globals()["check_" + sys.argv[1]](*sys.argv[2:])
