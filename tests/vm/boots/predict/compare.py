#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""compare.py FOLDER TYPE PAGES: predictions from launches one at a time against launches at once.

Prints a line a figure: number at once, name, measured and predicted ns, and by which share the prediction is off. What
counts is the mailbox: where the PSP itself took longer for the same commands than it did one at a time, because the
machine was busy, what was measured is reduced by that.
"""

import json
import os
import statistics
import subprocess
import sys

O = os.environ.get("O", "build")
folder, kind, pages = sys.argv[1:4]


def sevtrace(*args):
    """The JSON that a subcommand prints."""
    return json.loads(subprocess.run([f"{O}/sevtrace", *args], check=True, stdout=subprocess.PIPE).stdout)


def rank(values, part):
    """A percentile, by nearest rank."""
    values = sorted(values)
    return values[max(0, -(-len(values) * part // 100) - 1)]


def recorded(count):
    """The launches of a recording, by their start."""
    launches = sevtrace("report", "-j", f"{folder}/{kind}-{pages}-{count}.data")["launches"]
    assert all(launch["result"] == "ok" for launch in launches), f"{kind} {pages} {count}: a launch failed"
    return sorted(launches, key=lambda launch: launch["start_ns"])


def held(launches):
    """How long the PSP worked for a launch, without its teardown."""
    ends = {"SNP_DECOMMISSION", "SNP_PAGE_RECLAIM", "DEACTIVATE", "DECOMMISSION"}
    return statistics.mean(sum(psp["exec"]["sum_ns"] + psp["prepare_sum_ns"] + psp["reclaim_sum_ns"]
                               for name, psp in launch["psp"].items() if name not in ends) for launch in launches)


def measured(launches, count):
    """The figures of launches that were made so many at a time."""
    durations = [launch["duration_ns"] for launch in launches]
    lasts = []
    for i in range(0, len(launches), count):
        group = launches[i:i + count]
        lasts.append(max(one["start_ns"] + one["duration_ns"] for one in group) - group[0]["start_ns"])
    return {"p50_ns": rank(durations, 50), "p99_ns": rank(durations, 99), "last_ns": statistics.median(lasts)}


alone = recorded(1)
predictions = sevtrace("predict", "-j", "-C", "1,4,16,32", f"{folder}/{kind}-{pages}-1.data")["predictions"]
for prediction in predictions:
    at_once = prediction["launches"]
    those = recorded(at_once)
    slower = held(those) / held(alone)
    for name, value in measured(those, at_once).items():
        predicted = prediction[name]["value"]
        print(at_once, name, value, predicted, f"{predicted / (value / slower) - 1:.3f}", f"{slower:.3f}")
