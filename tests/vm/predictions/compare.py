#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""compare.py FOLDER TYPE PAGES: predictions from launches one at a time against launches at once.

Prints a line a figure: number at once, name, measured and predicted ns, and by which share the prediction is off. What
counts is the mailbox: where the PSP itself took longer for the same commands than it did one at a time, because the
machine was busy, what was measured in that turn is reduced by that, the last column on average.
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


def measured(launches, count, usual):
    """The figures of launches that were made so many at a time, and by how much the PSP was slower than usual."""
    durations, lasts, slower = [], [], []
    for i in range(0, len(launches), count):
        turn = launches[i:i + count]
        slower.append(held(turn) / usual if count > 1 else 1)
        durations += [launch["duration_ns"] / slower[-1] for launch in turn]
        lasts.append((max(one["start_ns"] + one["duration_ns"] for one in turn) - turn[0]["start_ns"]) / slower[-1])
    figures = {"p50_ns": statistics.median(durations), "p99_ns": rank(durations, 99), "last_ns": statistics.median(lasts)}
    return figures, statistics.mean(slower)


alone = recorded(1)
predictions = sevtrace("predict", "-j", "-C", "1,4,16,32", f"{folder}/{kind}-{pages}-1.data")["predictions"]
for prediction in predictions:
    at_once = prediction["launches"]
    figures, slow = measured(recorded(at_once), at_once, held(alone))
    for name, value in figures.items():
        predicted = prediction[name]["value"]
        print(at_once, name, round(value), predicted, f"{predicted / value - 1:.3f}", f"{slow:.3f}")
