#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Runs for bench.py in a virtual SEV host whose time counts instructions: prints one JSON object.

A process's time there, in ns, is how many instructions it took, in user space and in the kernel. So
figures are the same on any machine, and however busy it is.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

LAUNCHER = "build/launcher"
SEVTRACE = "build/sevtrace"
EVENTS = "kvm_sev:*,ccp:*,kvm:kvm_gmem_populate*,kvm:kvm_vm_set_mem_attributes*"
ROUNDS = 9
IDLE = 5e6  # a second: less than 500 pages take of any tracer
FEW, MANY = 100, 1100  # pages: what a launch takes apart from its pages is in both


def launch(pages):
    """Instructions of a launch's process."""
    with open(os.devnull, "w", encoding="ascii") as null:
        child = subprocess.Popen([LAUNCHER, "--type", "snp", "--normal", str(pages), "--no-check"], stdout=null)
        _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"a launch ended with {status}")
    return (usage.ru_utime + usage.ru_stime) * 1e9


def spent(pid):
    """Instructions of a process and its threads so far."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="ascii") as f:
            total += int(f.read().split()[0])
    return total


def page():
    """Instructions that a page takes of its launch."""
    few = min(launch(FEW) for _ in range(ROUNDS))
    return (min(launch(MANY) for _ in range(ROUNDS)) - few) / (MANY - FEW)


class Tracer:
    """One that is attached: how long until it was, what it takes of its own for pages of launches."""

    def __init__(self, folder, args, said):
        start = time.monotonic()
        self.errors = open(os.path.join(folder, "err"), "w+", encoding="utf-8")
        self.process = subprocess.Popen(args, stdout=self.errors, stderr=self.errors)
        while not re.search(said, self.said()):
            if self.process.poll() is not None:
                raise SystemExit(f"{args[0]} ended: {self.said()}")
            time.sleep(0.01)
        self.attached = (time.monotonic() - start) * 1e9
        self.attaching = spent(self.process.pid)

    def said(self):
        with open(self.errors.name, encoding="utf-8") as f:
            return f.read()

    def idle(self):
        """Waits until the tracer only looks whether there is something to do."""
        before = 0
        while spent(self.process.pid) - before > IDLE:
            before = spent(self.process.pid)
            time.sleep(1)

    def pages(self):
        """Of FEW and MANY pages, what the tracer's own process takes for each."""
        took = []
        for pages in (FEW, MANY):
            self.idle()
            before = spent(self.process.pid)
            launch(pages)
            self.idle()
            took.append(spent(self.process.pid) - before)
        return (took[1] - took[0]) / (MANY - FEW)

    def end(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()
        self.errors.close()


def hooked():
    """The functions that a recorder is attached to now."""
    with open("/sys/kernel/tracing/enabled_functions", encoding="ascii") as f:
        return sorted({line.split()[0] for line in f if not line[0].isspace()})


def bpftrace(functions):
    enter = ",".join("kprobe:" + name for name in functions)
    leave = ",".join("kretprobe:" + name for name in functions)
    return ["bpftrace", "-e", 'BEGIN { printf("on\\n") } ' + enter + " { @at[tid, func] = nsecs } " + leave +
            " /@at[tid, func]/ { @took[func] = hist(nsecs - @at[tid, func]); delete(@at[tid, func]) }"]


def measure(folder):
    figures = {"nothing": {"page": page()}}
    functions = []
    for name in "tracepoints", "functions", "perf", "bpftrace":
        if name == "perf":
            args, said = ["perf", "record", "-vv", "-a", "-e", EVENTS, "-o", os.path.join(folder, "perf")], "perf_event_open|mmap"
        elif name == "bpftrace":
            args, said = bpftrace(functions), "^on|\non"
        else:
            args, said = [SEVTRACE, "record", "-a", "--source", name, "-o", os.path.join(folder, "data")], "recording"
        tracer = Tracer(folder, args, said)
        if name == "functions":
            functions = hooked()
        tracer.idle()
        figures[name] = {"page": page(), "own": tracer.pages(), "attached": tracer.attached, "attaching": tracer.attaching}
        tracer.end()
    figures["functions"]["hooks"] = len(functions)
    json.dump(figures, sys.stdout)


with tempfile.TemporaryDirectory(prefix="sevtrace-bench.", dir="/tmp") as work:
    measure(work)
