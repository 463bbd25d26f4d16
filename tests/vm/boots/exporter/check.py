#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""What the exporter served in the virtual SEV host: check.py WHAT FOLDER

WHAT is report, prometheus, strict, documented, queries, or log RANGE-AND-TEXT [EARLIER]; or, in there, ask: the answers to every
query of the dashboard, with its variables as they are at first.
"""
import json
import re
import sys
import urllib.parse
import urllib.request
from collections import Counter

WHAT, FOLDER = sys.argv[1:3]


def exemplars_of(path):
    """[(name, labels, value of the bucket's bound, launch, vmm, seconds)] of those that buckets have."""
    with open(f"{FOLDER}/{path}", encoding="utf-8") as served:
        return re.findall(r'^(\w+)_bucket\{(.*),le="([0-9.e+-]+|\+Inf)"\} \d+ # \{launch="(\d+)",vmm="([^"]+)"\} ([0-9.]+)$',
                          served.read(), re.M)


def samples_of(path):
    """{(name, labels as a frozenset of pairs): value}, {family: type}"""
    samples, types = {}, {}
    with open(f"{FOLDER}/{path}", encoding="utf-8") as served:
        for line in served.read().splitlines():
            kind = re.fullmatch(r"# TYPE (\w+) (\w+)", line)
            if kind:
                types[kind[1]] = kind[2]
            if line.startswith("#"):
                continue
            name, labels, value = re.fullmatch(r"(\w+)(?:\{(.*)\})? ([0-9.e+-]+)", line.split(" # ")[0]).groups()
            key = name, frozenset(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels or ""))
            assert key not in samples, f"twice: {line}"
            samples[key] = float(value)
    return samples, types


def load(name):
    with open(f"{FOLDER}/{name}", encoding="utf-8") as file:
        return json.load(file)


def by(samples, name, *labels):
    """Counter of a metric by some of its labels; zeros are left out."""
    sums = Counter()
    for (metric, pairs), value in samples.items():
        if metric == name:
            sums[tuple(dict(pairs)[label] for label in labels)] += value
    return +sums


def same(name, got, want):
    assert got == want, f"{name}: {dict(got - want)} too many, {dict(want - got)} missing"


LATENCY = 200e-6  # of each command, as exporter.sh sets it


def near(name, got, want, commands):
    """
    Two tracers measured the same: each has the other's work in some of its times, and on a busy machine the processor
    may be taken away between one's look at the clock and the other's, for tens of milliseconds. That only adds. The
    PSP answers early by the time that it believes its answer to be under way; so a tenth of what its commands take is
    the least, which a figure in a wrong unit does not reach.
    """
    assert got and set(got) == set(want), f"{name}: {set(got) ^ set(want)}"
    for key, value in want.items():
        least = LATENCY / 10 * commands[key]
        assert least > 0 and got[key] >= least, f"{name} {key}: {got[key]}, at least {least}"
        assert value >= least, f"{name} {key}: {value} in the report, at least {least}"
        assert abs(got[key] - value) <= 0.25 * value + 0.1, f"{name} {key}: {got[key]}, not {value}"


def report():
    samples, _ = samples_of("text.prom")
    launches, ioctls, failures, commands, errors, pages = Counter(), Counter(), Counter(), Counter(), Counter(), Counter()
    steps, waits, execs, exec_sums, durations = Counter(), Counter(), Counter(), Counter(), Counter()
    in_launches = Counter()  # commands that a launch cannot be finished without
    data = load("report.json")
    for launch in data["launches"]:
        kind = launch["vm_type"]
        launches[kind, launch["result"]] += 1
        if launch["result"] == "ok":
            durations[kind] += launch["duration_ns"] / 1e9
            in_launches[kind] += sum(launch["psp"][name]["exec"]["count"] for name in launch["psp"] if "LAUNCH_UPDATE" in name)
        for name, ioctl in launch["commands"].items():
            ioctls[kind, name] += ioctl["count"]
            # The launcher asks for the measurement's length first, which fails by design.
            failures[kind, name] += ioctl["failed"] if name != "KVM_SEV_LAUNCH_MEASURE" else 0
        for memory in ("shared", "private"):
            pages[kind, memory] += launch["pages"][memory]
        for phase, population in list(launch["population"].items()) + [("teardown", launch["teardown"])]:
            for step, times in population["steps"].items():
                steps[kind, phase, step] += times["count"]
    for kind, psp_of in [(launch["vm_type"], launch["psp"]) for launch in data["launches"]] + [("none", data["host_psp"])]:
        for command, psp in psp_of.items():
            commands[kind, command] += psp["count"]
            waits[kind, command] += psp["wait"]["count"]
            execs[kind, command] += psp["exec"]["count"]
            exec_sums[kind, command] += psp["exec"]["sum_ns"] / 1e9
            for status, number in psp["errors"].items():
                errors[kind, command, status] += number
    assert data["dropped"] == 0 and len(data["launches"]) == 12, data["dropped"]
    same("launches", by(samples, "sevtrace_launches_total", "vm_type", "result"), +launches)
    same("ioctls", by(samples, "sevtrace_ioctl_duration_seconds_count", "vm_type", "ioctl"), +ioctls)
    same("failures", by(samples, "sevtrace_ioctl_failures_total", "vm_type", "ioctl"), +failures)
    same("pages", by(samples, "sevtrace_pages_total", "vm_type", "memory"), +pages)
    served = by(samples, "sevtrace_step_duration_seconds_count", "vm_type", "phase", "step")
    same("steps", Counter({key: n for key, n in served.items() if key[1] != "other"}), +steps)
    same("PSP errors", by(samples, "sevtrace_psp_errors_total", "vm_type", "command", "status"), +errors)
    for name, metric, want in (("PSP commands", "sevtrace_psp_commands_total", commands),
                               ("PSP waits", "sevtrace_psp_wait_seconds_count", waits),
                               ("PSP executions", "sevtrace_psp_exec_seconds_count", execs)):
        got = by(samples, metric, "vm_type", "command")
        # What the recorder itself asks the PSP before it records is the exporter's alone.
        same(name, Counter({key: n for key, n in got.items() if key[0] != "none"}),
             Counter({key: n for key, n in want.items() if n and key[0] != "none"}))
    got = by(samples, "sevtrace_psp_exec_seconds_sum", "vm_type", "command")
    near("PSP time", {key: n for key, n in got.items() if key[0] != "none"},
         {key: n for key, n in exec_sums.items() if n and key[0] != "none"}, execs)
    near("durations", {key[0]: n for key, n in by(samples, "sevtrace_launch_duration_seconds_sum", "vm_type", "result").items()
                       if key[1] == "ok"}, durations, in_launches)
    flushed = by(samples, "sevtrace_clflush_pages_total", "vm_type")
    assert sum(flushed.values()) == sum(launch["clflush"]["pages"] for launch in data["launches"]), flushed


def prometheus():
    """What Prometheus answers is what the exporter served, and the hosts' figures are the same."""
    samples, _ = samples_of("text.prom")
    changing = re.compile(r"sevtrace_exporter_|sevtrace_attached|process_|sevtrace_psp_command_age")
    stored = {}
    for result in load("prometheus.json")["data"]["result"]:
        labels = result["metric"]
        name = labels.pop("__name__")
        del labels["job"], labels["instance"]
        stored[name, frozenset(labels.items())] = float(result["value"][1])
    for (name, labels), value in samples.items():
        if changing.match(name):
            continue
        # To Prometheus a label without a value is none.
        labels = frozenset((key, text) for key, text in labels if text)
        normal = frozenset((key, "%g" % float(text) if key == "le" and text != "+Inf" else text.replace('\\"', '"')) for key, text in labels)
        matches = [v for (n, found), v in stored.items() if n == name and
                   frozenset((k, "%g" % float(t) if k == "le" and t != "+Inf" else t) for k, t in found) == normal]
        assert matches == [value], f"{name} {dict(labels)}: {matches}, not {value}"
    assert stored["up", frozenset()] == 1


def strict():
    """Both formats have the same samples; which of their values change is left out."""
    plain, _ = samples_of("text.prom")
    openmetrics, types = samples_of("strict.prom")
    assert len(plain) > 100 and set(plain) == set(openmetrics), set(plain) ^ set(openmetrics)
    assert not [family for family in types if family.endswith("_total")], types
    slowest = exemplars_of("strict.prom")
    assert len(slowest) > 10 and not exemplars_of("text.prom"), slowest
    assert len({(name, labels) for name, labels, *_ in slowest}) == len(slowest), "a histogram has two slowest samples"
    assert all(float(seconds) <= float(bound) and re.fullmatch(r".+\[\d+\]", vmm) for *_, bound, _, vmm, seconds in slowest), slowest
    assert all((name.endswith("_total") and types.get(name[:-6]) == "counter") or types.get(name) == "gauge" or
               types.get(re.sub("_(bucket|sum|count)$", "", name)) == "histogram" for name, _ in openmetrics)


def documented():
    """docs/exporter.md lists what is served, with type and labels, and nothing else."""
    samples, types = samples_of("text.prom")
    samples.update(samples_of("during.prom")[0])  # launches by name are there while they go on
    rows = {}
    with open("docs/exporter.md", encoding="utf-8") as text:
        for line in text:
            row = re.match(r"\| `(\w+)` \| (\w+) \| ([^|]*)\|", line)
            if row:
                rows[row[1]] = row[2], set(re.findall(r"`(\w+)`", row[3]))
    assert len(rows) > 20 and set(rows) == set(types), set(rows) ^ set(types)
    for name, (kind, labels) in rows.items():
        assert types[name] == kind, name
        served = {key for (metric, pairs) in samples for key, _ in pairs
                  if metric == name or re.sub("_(bucket|sum|count)$", "", metric) == name} - {"le"}
        # Of launches under way nothing is served where they were quicker than the scrape.
        assert served == labels or (name == "sevtrace_launch_seconds" and not served), \
            f"{name}: {served}, documented {labels}"


# No guest deviates from itself, nothing was lost: what has no answer here.
EMPTY = re.compile(r"sevtrace_losses_total.* > 0$")


def queries():
    """Every query of the rules and of the dashboard is answered, with data where there is some."""
    number = 0
    for group in load("rules.json")["data"]["groups"]:
        for rule in group["rules"]:
            number += 1
            assert rule["health"] == "ok", f"{rule['name']}: {rule.get('lastError')}"
            if rule["type"] == "recording":
                assert rule["name"], rule
    with open(f"{FOLDER}/dashboard.json", encoding="utf-8") as lines:
        for line in lines:
            number += 1
            asked = json.loads(line)
            assert asked["answer"]["status"] == "success", asked
            results = asked["answer"]["data"]["result"]
            assert results or EMPTY.search(asked["query"]), f"no data: {asked['query']}"
            assert all(result["value"][1] != "NaN" for result in results), asked
    assert number > 50, number


def log():
    """Firmware commands that the emulator logged since a moment, against those that were counted since then."""
    name = sys.argv[3]
    earlier = samples_of(sys.argv[4])[0] if len(sys.argv) > 4 else {}
    with open(f"{FOLDER}/{name}.range", encoding="utf-8") as text:
        first, last, _ = map(int, text.read().split())
    counted = by(samples_of(f"{name}.prom")[0], "sevtrace_psp_commands_total", "command") - \
        by(earlier, "sevtrace_psp_commands_total", "command")
    logged = Counter()
    with open(f"{FOLDER}/psp.log", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if first <= number < last:
                logged[json.loads(line)["cmd"],] += 1
    assert logged, "nothing was logged"
    same("commands", counted, logged)


def ask():
    with open("tools/lib/exporter/deploy/sevtrace.grafana.json", encoding="utf-8") as dashboard:
        panels = json.load(dashboard)["panels"]
    for query in [target["expr"] for panel in panels for target in panel.get("targets", [])]:
        query = query.replace("$window", "1h").replace("$command", "SNP_LAUNCH_UPDATE")
        query = re.sub(r"\$[a-z]+", ".*", query)
        url = "http://127.0.0.1:9090/api/v1/query?" + urllib.parse.urlencode({"query": query})
        with urllib.request.urlopen(url, timeout=60) as answer:
            print(json.dumps({"query": query, "answer": json.load(answer)}))


globals()[WHAT]()
