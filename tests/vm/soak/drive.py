#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Runs in the virtual SEV host for soak: drive.py FOLDER SECONDS. FOLDER/result.json is what became of it."""
import http.client
import json
import mmap
import os
import re
import signal
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

LAUNCHER, SEVTRACE, PORT = "build/launcher", "build/sevtrace", 9877
RECORDING = 20  # s, of each
RECORDINGS = 4  # at least, however slow the machine is
ATTACHING = 2  # s, after which one is interrupted
CALIBRATION = 5  # s
TRIES = 1000  # to get an answer
METRIC = re.compile(r"^(sevtrace_\w+)(\{[^}]*\})? ([0-9.e+-]+)$", re.MULTILINE)

# Each runs without end; each in a process group of its own. The pauses and `nice` leave something of the machine's two slow CPUs to
# the recorders: a host has CPUs to spare.
LOADS = [
    "exec /usr/bin/python3 tests/vm/soak/hostile_vmm.py {dir}",
    "while :; do for m in missing-attribute start-before-init second-init wrong-order; do for t in sev snp; do"
    " {launcher} --type $t --pages 20 --mistake $m; sleep 0.5; done; done; done",
    "while :; do {dir}/vmm --type snp --pages 20 --mistake missing-attribute --at-page 7; sleep 2; done",
    "while :; do for t in snp sev sev-es; do {launcher} --type $t --pages 40 --no-check --no-verify-memory; sleep 0.5; done; done",
    "while :; do tests/exporter/hostile.py {port} 200; sleep 5; done",
    "exec tests/vm/soak/client.py {port}",
]


class Counter:
    """A process that counts as fast as it gets a CPU."""

    def __enter__(self):
        self.page = mmap.mmap(-1, 4096)
        self.child = os.fork()
        if not self.child:
            count = 0
            while True:
                count += 1
                self.page[:8] = count.to_bytes(8, "little")
        return self

    def count(self):
        return int.from_bytes(self.page[:8], "little")

    def __exit__(self, *_):
        os.kill(self.child, signal.SIGKILL)
        os.waitpid(self.child, 0)


def a_second():
    with Counter() as counter:
        began = time.monotonic()
        time.sleep(CALIBRATION)
        return counter.count() / (time.monotonic() - began)


def is_pending(pid, number):
    """Is the signal still to be taken? One that is blocked is pending until signalfd hands it out."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return False
    masks = re.findall(r"^(?:SigPnd|ShdPnd):\s*([0-9a-f]+)", status, re.MULTILINE)
    return any(int(mask, 16) >> (number - 1) & 1 for mask in masks)


def send(process, number, to):
    with Counter() as counter:
        process.send_signal(number)
        while process.poll() is None and is_pending(process.pid, number):
            time.sleep(0.01)
        to.append({"signal": signal.Signals(number).name, "counted": counter.count()})


def descendants(pid):
    """The children of a process and theirs, without those that have ended meanwhile."""
    found = []
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text(encoding="ascii").split():
                found += [int(child)] + descendants(int(child))
    except (FileNotFoundError, ProcessLookupError):
        pass
    return found


def anonymous(pids):
    """Bytes of memory that belong to no file."""
    sum_of = 0
    for pid in pids:
        try:
            status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        found = re.search(r"^RssAnon:\s*(\d+) kB", status, re.MULTILINE)
        sum_of += 1024 * int(found[1]) if found else 0
    return sum_of


def ask():
    with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/metrics", timeout=300) as answer:
        return METRIC.findall(answer.read().decode())


def metrics():
    """Asks until there is an answer: hostile clients take connections away from others, and none may last long."""
    for _ in range(TRIES):
        try:
            return {name + labels: float(value) for name, labels, value in ask()}
        except (OSError, http.client.HTTPException):
            time.sleep(0.5)
    raise TimeoutError("the exporter does not answer")


class Soak:
    def __init__(self, folder, seconds):
        self.dir, self.seconds = folder, seconds
        self.signals, self.recordings, self.loads = [], [], []
        self.samples = {}
        self.recording, self.said = folder / "recording.data", None

    def start(self):
        self.second = a_second()
        print(f"counts {self.second:.0f} a second without load", flush=True)
        self.dir.chmod(0o711)  # the exporter reads its configuration as nobody
        (self.dir / "web.yml").write_text("{}\n", encoding="ascii")
        (self.dir / "flight").mkdir()
        with open(self.dir / "exporter.err", "wb") as err:
            self.exporter = subprocess.Popen([SEVTRACE, "exporter", "--listen", f"127.0.0.1:{PORT}", "--per-launch", "8",
                                              "--web-config", self.dir / "web.yml"], stderr=err)
        with open(self.dir / "flight.err", "wb") as err:
            self.flight = subprocess.Popen([SEVTRACE, "record", "-a", "--on-failure", "--max-files", "20", "-o",
                                            self.dir / "flight"], stderr=err)
        while not metrics()["sevtrace_attached"]:
            time.sleep(0.5)
        self.answers = open(self.dir / "answers", "wb")
        for load in LOADS:
            command = load.format(dir=self.dir, launcher=LAUNCHER, port=PORT)
            out = self.answers if "client" in load else subprocess.DEVNULL
            self.loads.append(subprocess.Popen(["nice", "-n", "10", "sh", "-c", command], stdout=out, stderr=subprocess.DEVNULL,
                                               start_new_session=True))

    def sample(self):
        figures = {
            "exporter": anonymous([self.exporter.pid]),
            "exporter's web server and keeper": anonymous(descendants(self.exporter.pid)),
            "exporter's maps": metrics()["sevtrace_exporter_kernel_map_bytes"],
            "flight recorder": anonymous([self.flight.pid]),
            "its helper": anonymous(descendants(self.flight.pid)[:1]),
        }
        for name, value in figures.items():
            self.samples.setdefault(name, []).append(value)

    def recorder(self, number):
        self.said = self.dir / f"recording-{number}.err"
        with open(self.said, "wb") as err:
            return subprocess.Popen([SEVTRACE, "record", "-a", "-o", self.recording], stderr=err)

    def interrupt(self, number):
        """A signal while it attaches."""
        recorder = self.recorder(number)
        time.sleep(ATTACHING)
        send(recorder, signal.SIGINT, self.signals)
        recorder.wait()

    def record(self, number):
        self.interrupt(number)
        recorder = self.recorder(number)
        while b"Ctrl-C" not in self.said.read_bytes():
            assert recorder.poll() is None, self.said.read_text(errors="replace")
            self.sample()
            time.sleep(1)
        until = time.monotonic() + RECORDING
        while time.monotonic() < until:
            self.sample()
            time.sleep(RECORDING / 8)
        send(recorder, signal.SIGINT, self.signals)
        try:
            recorder.wait(30)
        except subprocess.TimeoutExpired:
            # It waits for a stack that the VMM keeps it from unwinding, which it says.
            send(recorder, signal.SIGINT, self.signals)
            recorder.wait()
        report = json.loads(subprocess.run([SEVTRACE, "report", "-j", self.recording], stdout=subprocess.PIPE, check=False).stdout)
        found = {key: sum(cpu[key] for cpu in report["cpus"]) for key in ("emitted", "recorded", "dropped")}
        found.update({key: report[key] for key in ("complete", "events", "losses")}, launches=len(report["launches"]))
        self.recordings.append(found)
        print(f"recording {number}: {json.dumps(found)}", flush=True)

    def run(self):
        began, number = time.monotonic(), 0
        while time.monotonic() - began < self.seconds or number < RECORDINGS:
            number += 1
            self.record(number)
            send(self.exporter, signal.SIGHUP, self.signals)
            for process in (self.exporter, self.flight):
                assert process.poll() is None, "a recorder has ended"

    def stop_load(self):
        for load in self.loads:
            os.killpg(load.pid, signal.SIGKILL)
            load.wait()
        self.loads = []

    def end(self):
        self.stop_load()
        time.sleep(10)  # teardowns
        last = metrics()
        for process in (self.exporter, self.flight):
            send(process, signal.SIGTERM, self.signals)
            process.wait()
        by_result = {}
        answers = (self.dir / "answers").read_bytes().split()
        for name, value in last.items():
            result = re.match(r'sevtrace_launches_total\{.*result="(\w+)"', name)
            if result:
                by_result[result[1]] = by_result.get(result[1], 0) + value
        return {
            "second": self.second,
            "signals": self.signals,
            "recordings": self.recordings,
            "answers": sum(answer.isdigit() and int(answer) > 1000 for answer in answers),
            "refused": sum(not answer.isdigit() for answer in answers),
            "launches": by_result,
            "exporter": {key: last[f"sevtrace_events_{key}_total"] for key in ("emitted", "recorded", "dropped")},
            "losses": {name: value for name, value in last.items() if name.startswith("sevtrace_losses") and value},
            "memory": {name: self.thirds(values) for name, values in self.samples.items()},
        }

    @staticmethod
    def thirds(values):
        third = len(values) // 3
        first, middle, last = values[:third], values[third:-third], values[-third:]
        return {name: statistics.median(part) for name, part in (("first", first), ("middle", middle), ("last", last))}


def main():
    soak = Soak(Path(sys.argv[1]), float(sys.argv[2]))
    try:
        soak.start()
        soak.run()
        result = soak.end()
    finally:
        soak.stop_load()
    (soak.dir / "result.json").write_text(json.dumps(result, indent=1), encoding="ascii")
    print(json.dumps({key: value for key, value in result.items() if key != "recordings"}))


main()
