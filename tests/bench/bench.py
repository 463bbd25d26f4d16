#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The benchmarks of docs/benchmarks.md: a table on stdout, JSON in build/bench.json.

bench.py [ROW...]: all rows, or those named. Everything that is compared is measured in turn, in the same run on the
same machine, and compared by medians.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time

O = os.environ.get("O", "build")
RECORDS = int(float(os.environ.get("BENCH_RECORDS", "1e8")))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
LAUNCH = "tests/bench/snp-8000-pages.data"

PAGE = "a page of twelve events, one record, added"

results = []


def row(name, what, value, unit, limit=None, against=None, note=""):
    """One line of the table. limit: what value must not exceed, or must reach if it is ('>=', number)."""
    reached = None
    if isinstance(limit, tuple):
        reached = value >= limit[1]
    elif limit is not None:
        reached = value <= limit
    results.append({"row": name, "what": what, "value": value, "unit": unit, "against": against,
                    "limit": limit[1] if isinstance(limit, tuple) else limit, "reached": reached, "note": note})
    shown = "" if limit is None else ("≥ " if isinstance(limit, tuple) else "≤ ") + f"{results[-1]['limit']:,.4g}"
    mark = {None: "", True: "yes", False: "NO"}[reached]
    print(f"{name:<10} {what:<50} {value:>12,.4g} {unit:<12} {shown:>10} {mark:<4} {note}", flush=True)


class Peak(threading.Thread):
    """Greatest resident memory of a process in KiB. What wait4() says begins with that of its parent."""

    def __init__(self, pid):
        super().__init__()
        self.path = f"/proc/{pid}/status"
        self.kib = 0
        self.over = threading.Event()
        self.start()

    def run(self):
        while not self.over.wait(0.002):
            try:
                with open(self.path, encoding="utf-8") as f:
                    text = f.read()
            except OSError:
                return
            match = re.search(r"VmHWM:\s*(\d+)", text)
            if match and "python" not in text.split("\n", 1)[0]:
                self.kib = max(self.kib, int(match[1]))


def run(args):
    """Output, wall time, processor time and greatest resident memory (KiB) of a command."""
    before = time.monotonic()
    with subprocess.Popen(args, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as p:
        peak = Peak(p.pid)
        out = p.stdout.read()
        peak.over.set()
        peak.join()
        _, status, usage = os.wait4(p.pid, 0)
        p.returncode = os.waitstatus_to_exitcode(status)
    if p.returncode not in (0, 3):
        raise RuntimeError(f"{' '.join(args)}: status {p.returncode}")
    return out.decode(), time.monotonic() - before, usage.ru_utime + usage.ru_stime, peak.kib


def mib(kib):
    return f"{kib / 1024:.1f} MiB" if kib else "too short for its memory"


def repeat(work, name, nr, one_launch):
    path = os.path.join(work, name)
    if not os.path.exists(path):
        run([f"{O}/tests/bench/repeat_trace"] + (["-s"] if one_launch else []) + [LAUNCH, path, str(nr)])
    return path


def row_event(work):
    """What an event costs the thread it happens in, against perf record, bpftrace and an empty program."""
    tool = f"{O}/tests/bench/event_cost"
    loop = [tool, "-l"]
    tracepoint = "syscalls:sys_enter_getpgid"
    cases = {"perf": ["perf", "record", "-q", "-m", "16M", "-o", f"{work}/perf.data", "-e", tracepoint, "--"] + loop,
             "bpftrace": ["bpftrace", "-e", "tracepoint:%s { @ = hist(nsecs %% 100000); }" % tracepoint, "-c",
                          " ".join(loop)]}
    figures = {}
    for _ in range(ROUNDS):
        for key, value in json.loads(run([tool])[0]).items():
            figures.setdefault(key, []).append(value)
        for key, args in cases.items():
            plain = json.loads(run(loop)[0])["call"]
            try:
                line = [x for x in run(args)[0].splitlines() if x.startswith('{"call"')][0]
            except (OSError, RuntimeError, IndexError):
                continue
            figures.setdefault(key, []).append(json.loads(line)["call"] - plain)
    m = {key: statistics.median(values) for key, values in figures.items()}
    added = {key: m[key] - m["off"] for key in ("empty", "untraced", "hist", "step", "two_empty", "page")}
    for key, what in (("empty", "a program that returns at once"), ("untraced", "an event that is not traced"),
                      ("perf", "perf record"), ("bpftrace", "bpftrace @ = hist()")):
        if key in m or key in added:
            row("event", what + ", added", added.get(key, m.get(key)), "ns")
    limits = [2 * added["empty"] + 60] + ([0.4 * m["perf"]] if "perf" in m else [])
    row("event", "step: histogram and record, added", added["step"], "ns", min(limits))
    row("event", "histogram only, added", added["hist"], "ns", 0.7 * m["bpftrace"] if "bpftrace" in m else None)
    # Two events a system call, twelve a page of an SNP launch.
    row("event", "twelve events of programs that return at once", 6 * added["two_empty"] / 1000, "us")
    row("event", PAGE, 6 * added["page"] / 1000, "us", 2.0)
    # Where a machine has no fentry, only what its programs do can be measured.
    row("event", "a page by functions, without calling its programs", 8 * (m["functions"] - m["two_empty"]) / 1000, "us", 2.0)


def sustained(work, rates):
    """The highest rate at which the recorder's way to the disk drops nothing."""
    best = {"rate": 0}
    for rate in rates:
        figures = json.loads(run([f"{O}/tests/bench/recorder", f"{work}/rec.data", str(rate), "3"])[0])
        figures["rate"] = figures["recorded"] / figures["seconds"]
        if not figures["dropped"] and figures["rate"] > best["rate"]:
            best = figures
    return best


def perf_rate(work):
    """Events a second that perf record takes to the disk, and whether it lost some."""
    path = f"{work}/perf.data"
    p = subprocess.run(["perf", "record", "-m", "16M", "-o", path, "-e", "syscalls:sys_enter_getpgid", "--",
                        f"{O}/tests/bench/event_cost", "-l"], capture_output=True, text=True, check=True)
    call = json.loads([x for x in p.stdout.splitlines() if x.startswith('{"call"')][0])
    return call["calls"] / call["seconds"], "lost" in p.stderr.lower(), os.path.getsize(path) / call["calls"]


def row_recorder(work):
    ours, perfs, sizes, lost = [], [], [], False
    for _ in range(ROUNDS):
        ours.append(sustained(work, (3e5, 5e5, 1e6, 2e6)))
        rate, some, size = perf_rate(work)
        perfs.append(rate)
        sizes.append(size)
        lost |= some
    best = statistics.median(x["rate"] for x in ours)
    perf = statistics.median(perfs)
    # A page was eight records once, of which 3 M/s were to reach.
    row("recorder", "pages/s to disk without a drop", best / 1e6, "M/s", (">=", 3 / 8))
    row("recorder", "perf record, events/s to disk" + (", some lost" if lost else ""), perf / 1e6, "M/s")
    row("recorder", "events of pages, twelve each, times perf record", 12 * best / perf, "x", (">=", 5))
    row("bytes", "perf.data of a system call's event", statistics.median(sizes), "bytes/event")


def row_bytes(work):
    report = json.loads(run([f"{O}/sevtrace", "report", "-j", LAUNCH])[0])
    pages = report["launches"][0]["pages"]["private"]
    row("bytes", "SNP launch of 8,000 pages, whole file", os.path.getsize(LAUNCH) / pages, "bytes/page", 16)


def row_report(work):
    path = repeat(work, "long.data", RECORDS, True)
    perf_path = f"{work}/perf.data"
    _, _, _ = perf_rate(work)
    wall, cpu, rss, perf = [], [], 0, []
    for _ in range(ROUNDS):
        _, w, c, r = run([f"{O}/sevtrace", "report", path])
        wall.append(w)
        cpu.append(c)
        rss = max(rss, r)
        lines, _, c, _ = run(["sh", "-c", f"perf script -i {perf_path} | wc -l"])
        perf.append(int(lines) / c)
    row("report", f"{RECORDS:,} pages, a second and core", RECORDS / statistics.median(cpu) / 1e6, "M/s", (">=", 8))
    row("report", f"{RECORDS:,} pages, a second on {os.cpu_count()} cores", RECORDS / statistics.median(wall) / 1e6,
        "M/s")
    row("report", "resident memory", rss / 1024, "MiB", 64)
    row("report", "perf script, events a second and core", statistics.median(perf) / 1e6, "M/s")


def row_growth(work):
    nr = 1000
    while nr <= RECORDS:
        path = os.path.join(work, "growth.data")
        _, _, write_cpu, write_rss = run([f"{O}/tests/bench/repeat_trace", "-s", LAUNCH, path, str(nr)])
        _, _, cpu, rss = run([f"{O}/sevtrace", "report", path])
        row("growth", f"{nr:,} records: written", write_cpu / nr * 1e9, "ns/record", note=mib(write_rss))
        row("growth", f"{nr:,} records: reported", cpu / nr * 1e9, "ns/record", note=mib(rss))
        os.unlink(path)
        nr *= 10


def row_predict(_):
    walls, rss = [], 0
    for _ in range(ROUNDS):
        _, wall, _, kib = run([f"{O}/sevtrace", "predict", "-j", "-C", "1000", "--pages", "100000", LAUNCH])
        walls.append(wall)
        rss = max(rss, kib)
    row("predict", "1,000 launches of 100,000 pages", statistics.median(walls), "s", 10)
    row("predict", "resident memory", rss / 1024, "MiB", 256)


def in_host(script):
    """Medians of the lines "bench NAME VALUE" of a script in the virtual host, one boot."""
    # Its output, and what it leaves: the machine sees /tmp.
    host = tempfile.mkdtemp(prefix="sevtrace-bench.", dir="/tmp")
    p = subprocess.run(["tests/vm/run", "--timeout", "3600", "--psp-latency", "SNP_LAUNCH_UPDATE=1ms", "--", "bash",
                        script, host], capture_output=True, text=True, check=False)
    values = {}
    for line in p.stdout.splitlines():
        match = re.fullmatch(r"bench (\S+) (\S+)", line)
        if match:
            values.setdefault(match[1], []).append(float(match[2]))
    errors = [f"{x}: {open(os.path.join(host, x), encoding='utf-8').read()[-300:]}" for x in os.listdir(host)
              if x.endswith(".err")]
    subprocess.run(["rm", "-rf", host], check=True)
    m = {key: statistics.median(v) for key, v in values.items()}
    missing = {"ours_bytes", "perf_bytes", "ours_rss", "perf_rss", "ours_attach", "at_once_64_records"} - m.keys()
    if p.returncode or missing:
        raise RuntimeError(f"the virtual host, without {', '.join(missing)}: {p.stderr[-500:]} {errors}")
    return m


def row_host(_):
    """What needs launches. The virtual host's processor is emulated: only ratios and sizes mean something."""
    m = in_host("tests/bench/host.bash")
    row("host", "sevtrace.data of an SNP launch of 1,000 pages", m["ours_bytes"] / 1000, "bytes/page")
    row("host", "perf.data of the same events", m["perf_bytes"] / m["perf_records"], "bytes/event")
    row("host", "recorder's resident memory", m["ours_rss"] / 1024, "MiB", 24)
    row("host", "perf record's resident memory", m["perf_rss"] / 1024, "MiB")
    row("host", "time to attached", m["ours_attach"], "s", 0.3 * m["bpftrace_attach"] if "bpftrace_attach" in m else None)
    if "bpftrace_attach" in m:
        row("host", "bpftrace with as many events: time to attached", m["bpftrace_attach"], "s")
    for n in (1, 4, 16, 64):
        with_all = m[f"at_once_{n}_launches"] == n and not m[f"at_once_{n}_dropped"]
        row("host", f"{n} launches at once: recorder, a record", m[f"at_once_{n}_cpu"] / m[f"at_once_{n}_records"] * 1e6,
            "us/record", note=mib(m[f"at_once_{n}_rss"]) + ("" if with_all else
                                                           f", {m[f'at_once_{n}_dropped']:,.0f} records dropped"))
    row("host", "tracepoint events a page", m["perf_records"] / 1000, "events")
    row("host", "records a page", m["ours_records"] / 1000, "records")


def row_instructions(_):
    """What tracers take of a launch's process and of their own, in a machine whose time counts instructions."""
    p = subprocess.run(["tests/vm/run", "--instruction-clock", "--cpus", "1", "--timeout", "3600", "--psp-latency", "*=0", "--",
                        "/usr/bin/python3", "tests/bench/instructions.py"], capture_output=True, text=True, check=False)
    if p.returncode:
        raise RuntimeError(f"the virtual host: {(p.stdout + p.stderr)[-500:]}")
    m = json.loads(p.stdout)
    launch = m["nothing"]["page"]
    added = {name: m[name]["page"] - launch for name in m if name != "nothing"}
    hooks = f"{m['functions']['hooks']} functions"
    row("count", "a page's launch, nothing attached", launch, "instr./page")
    row("count", "perf record adds, of the tracepoints", added["perf"], "instr./page")
    row("count", "bpftrace adds, by functions", added["bpftrace"], "instr./page", note=hooks)
    row("count", "sevtrace record adds, by tracepoints", added["tracepoints"], "instr./page", 0.4 * added["perf"])
    row("count", "sevtrace record adds, by functions", added["functions"], "instr./page", added["bpftrace"], note=hooks)
    row("count", "perf record itself", m["perf"]["own"], "instr./page")
    row("count", "sevtrace record itself, by tracepoints", m["tracepoints"]["own"], "instr./page", 0.4 * m["perf"]["own"])
    row("count", "sevtrace record itself, by functions", m["functions"]["own"], "instr./page", 0.4 * m["perf"]["own"])
    for name in "tracepoints", "functions", "bpftrace":
        row("count", f"until attached: {'sevtrace, by ' if name != 'bpftrace' else ''}{name}", m[name]["attaching"] / 1e6,
            "M instr.", note=f"{m[name]['attached'] / 1e9:.2f} s at 1 a ns")


def figure(what):
    return next(x["value"] for x in results if x["what"] == what)


def row_slow_down(work):
    """Time added to a page that takes 1 ms, by what its events cost here."""
    if not any(x["row"] == "event" for x in results):
        ROWS["event"](work)
    row("slow-down", "of a page that takes 1 ms", figure(PAGE) / 1e3 * 100, "%", 0.1)


LOG_BYTES = 100_000_000


def write_log(path, line):
    """A log of LOG_BYTES, of what line(number) makes."""
    with open(path, "w", encoding="utf-8") as f:
        size = number = 0
        while size < LOG_BYTES:
            size += f.write(line(number))
            number += 1


def row_logs(work):
    logs = {
        "lines without a word of SEV": lambda n: f"Nov 28 19:10:{n % 60:02} host prog[{n % 30000}]: request {n} took {n % 97} ms, "
                                                  "of which most was spent waiting\n",
        "journalctl -o json": lambda n: '{"__REALTIME_TIMESTAMP": "1764357000000000", "_HOSTNAME": "h", "PRIORITY": "3", '
                                        f'"SYSLOG_IDENTIFIER": "kernel", "MESSAGE": "usb 1-1: new device number {n}"}}\n',
        "every line a failure of QEMU": lambda n: f"2025-11-28T19:00:{n % 60:02}Z qemu-system-x86_64[{n % 7}]: sev_snp_launch_update: "
                                                  "SNP_LAUNCH_UPDATE ret=-5 fw_error=22 'Invalid parameter'\n",
    }
    for what, line in logs.items():
        path = f"{work}/log"
        write_log(path, line)
        cpu = [run([f"{O}/sevtrace", "explain", "--log", path])[2] for _ in range(ROUNDS)]
        row("logs", f"100 MB, {what}", LOG_BYTES / statistics.median(cpu) / 1e6, "MB/s", (">=", 50))


ROWS = {"event": row_event, "recorder": row_recorder, "bytes": row_bytes, "report": row_report, "growth": row_growth,
        "predict": row_predict, "host": row_host, "instructions": row_instructions, "slow-down": row_slow_down,
        "logs": row_logs}


def main():
    chosen = sys.argv[1:] or list(ROWS)
    unknown = [x for x in chosen if x not in ROWS]
    if unknown:
        sys.exit(f"bench: no row {unknown[0]}; there are {', '.join(ROWS)}")
    status = 0
    print(f"{'row':<10} {'what':<50} {'value':>12} {'unit':<12} {'limit':>10} met")
    with tempfile.TemporaryDirectory(prefix="sevtrace-bench.") as work:
        for name in chosen:
            try:
                ROWS[name](work)
            except (OSError, RuntimeError, subprocess.SubprocessError) as e:
                print(f"{name:<10} cannot be measured here: {e}", flush=True)
                results.append({"row": name, "what": "cannot be measured", "note": str(e)})
                status = 1
    host = os.uname()
    with open(f"{O}/bench.json", "w", encoding="utf-8") as f:
        json.dump({"kernel": host.release, "machine": host.machine, "cpus": os.cpu_count(), "rounds": ROUNDS,
                   "load": os.getloadavg()[0], "results": results}, f, indent=1)
        f.write("\n")
    print(f"JSON: {O}/bench.json")
    return status


if __name__ == "__main__":
    sys.exit(main())
