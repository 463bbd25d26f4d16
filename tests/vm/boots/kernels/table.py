#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What a kernel calls of the programs on its functions.

  table.py check FOLDER             fails if a needed function is not called, or one stays silent
  table.py write DOCUMENT FOLDER... writes the table into DOCUMENT, a column a folder"""

import json
import pathlib
import re
import sys

EVENTS = pathlib.Path("tools/lib/host/events.h")
LACKS = pathlib.Path("tools/lib/sev/lacks.h")
ROW = re.compile(r'X\(FUNCTIONS, (?!GUESTS)\w+, (\w+), "(\w+)", [^,]*, (NEEDED|OPTIONAL|SNP), (\w+)\)')
LACK = re.compile(r'X\(([A-Z_]+), [^"]*?"([^"]*)"\)')
BEGIN, END = "<!-- functions by kernel -->", "<!-- end -->"
WORDS = {"silent": "not called"}
# Called only where something goes wrong that the launches here do not cause on every kernel, or on
# hosts without SEV-SNP.
SELDOM = {"get_user_pages_fast", "sev_guest_df_flush"}


def functions():
    lacks = dict(LACK.findall(LACKS.read_text()))
    return [(name, module, need, lacks[lack]) for name, module, need, lack in ROW.findall(EVENTS.read_text())]


def states(folder):
    """For each function: how it is hooked, and whether the kernel called it."""
    calls = {}
    for program in json.loads((folder / "progs.json").read_text()):
        calls[program.get("name", "")] = program.get("run_cnt", 0)
    found = {}
    for name, *_ in functions():
        traced = [calls[f"{kind}_{name}"] for kind in ("enter", "exit") if f"{kind}_{name}" in calls]
        probed = [calls[f"{kind}_{name}"] for kind in ("probe", "return") if f"{kind}_{name}" in calls]
        if any(traced):
            found[name] = "+"
        elif any(probed):
            found[name] = "kprobe"
        elif traced or probed:
            found[name] = "silent"
        else:
            found[name] = "–"
    return found


def check(folder):
    found = states(folder)
    bad = [name for name, _, need, _ in functions()
           if (need == "NEEDED" and found[name] not in ("+", "kprobe"))
           or (found[name] == "silent" and name not in SELDOM)]
    for name in bad:
        print(f"# {name}: {found[name]}")
    for name, _, _, lost in functions():
        if found[name] == "–":
            print(f"# not there: {name}; without it: {lost}")
    return 1 if bad else 0


def write(document, folders):
    columns = [(folder / "release").read_text().strip().split("+")[0] for folder in folders]
    found = [states(folder) for folder in folders]
    lines = [BEGIN, "", "| function | without it | " + " | ".join(columns) + " |",
             "|---|---|" + "---|" * len(columns)]
    for name, _, need, lost in functions():
        lines.append(f"| `{name}`{' (needed)' if need == 'NEEDED' else ''} | {lost} | "
                     + " | ".join(WORDS.get(of[name], of[name]) for of in found) + " |")
    text = document.read_text()
    before, rest = text.split(BEGIN, 1)
    document.write_text(before + "\n".join(lines + ["", END]) + rest.split(END, 1)[1])
    return 0


if __name__ == "__main__":
    if sys.argv[1] == "check":
        sys.exit(check(pathlib.Path(sys.argv[2])))
    sys.exit(write(pathlib.Path(sys.argv[2]), [pathlib.Path(name) for name in sys.argv[3:]]))
