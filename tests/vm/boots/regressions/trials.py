#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""False alarms of sevtrace among runs of which nothing changed, for regressions.sh.

trials.py diff|dashboard TRIALS FOLDER RUNS...: FOLDER has run-N.data and history.db with the same numbers. RUNS, as 1-20,
are alike; trials take them in turn. diff compares random halves; dashboard looks at histories in random order.
Prints what was found, and at last how many trials raised an alarm and how probable as many are.

diff and dashboard ask for an alarm in a hundred trials at most, whatever the noise of the machine: the order of the runs
is random. Status 1: so many alarms have a probability below one in a million at that rate.
"""
import json
import math
import os
import random
import subprocess
import sys

SEVTRACE = "build/sevtrace"
LEVEL = 0.01  # COMPARE_LEVEL
IMPROBABLE = 1e-6


def result(*command):
    done = subprocess.run([SEVTRACE, *command], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def by_diff(folder, runs):
    half = len(runs) // 2
    sides = [",".join(map(str, side)) for side in (runs[:half], runs[half:])]
    found = result("history", "diff", "-j", "--db", f"{folder}/history.db", *sides)
    assert [found["launches"][0][side]["ok"] for side in "ab"] == [half, len(runs) - half]
    return [row for row in found["rows"] if row["verdict"] in ("slower", "faster")]


def by_dashboard(folder, runs):
    db = f"{folder}/trial.db"
    subprocess.run([SEVTRACE, "history", "add", "--db", db, *(f"{folder}/run-{n}.data" for n in runs)],
                   stdout=subprocess.DEVNULL, check=True)
    found = result("dashboard", "-j", "--db", db)
    os.unlink(db)
    assert found["runs"] == len(runs)
    return found["changes"]


def as_many(alarms, trials):
    """The probability of that many alarms or more, if each trial raises one with the probability LEVEL."""
    return sum(math.comb(trials, k) * LEVEL**k * (1 - LEVEL)**(trials - k) for k in range(alarms, trials + 1))


def main():
    judge = {"diff": by_diff, "dashboard": by_dashboard}[sys.argv[1]]
    trials, folder = int(sys.argv[2]), sys.argv[3]
    alike = [range(int(first), int(last) + 1) for first, last in (runs.split("-") for runs in sys.argv[4:])]
    alarms = 0
    for trial in range(trials):
        runs = list(alike[trial % len(alike)])
        random.Random(trial).shuffle(runs)
        rows = judge(folder, runs)
        alarms += bool(rows)
        for row in rows:
            print(f'{row["name"]} {row["verdict"]} by {row["change"]:.1%}, p {row["p"]:.2g}: {runs}')
    p = as_many(alarms, trials)
    print(f"{alarms} of {trials} trials raised an alarm: probability {p:.2g}")
    return 1 if p < IMPROBABLE else 0


if __name__ == "__main__":
    sys.exit(main())
