#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Do the tests notice when the library is wrong? mutants.py OBJECTS PER_FOLDER [FOLDER]...

Changes one operator or guard of a file of tools/lib/FOLDER at a time, links what it makes with the unit tests of the folder,
and runs these, and after them the golden tests that read its output. A mutant that no test notices survives. Without
FOLDERs: those of which the share is asked for. PER_FOLDER mutants of each are chosen evenly over its lines, so a run has
a bound, and the next run has the same. OBJECTS: build-san, made by `make SAN=1 unit-programs all`.

tests/mutants/survivors has mutants that are known to survive, each with its reason: that no test can tell them apart, or
that a test would need what is not there. Ends with 1 if less than SHARE of the others are noticed.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SHARE = 0.9
TIMEOUT = 300  # s; a mutant that never ends is noticed

# The programs of tests/unit and the golden tests that may notice a mutant of a folder, the likeliest first.
TESTS = {
    "tracefile": (["tracefile/columns", "tracefile/tracefile", "model/hostile", "report/report"], ["replay", "cli"]),
    "perfdata": (["perfdata/import", "perfdata/bounds"], ["import"]),
    "model": (["model/model", "model/failure", "model/hostile", "report/report", "exporter/tally", "flight/flight", "top/launches"],
              ["replay"]),
    "diff": (["diff/judge", "diff/compare", "diff/basis", "history/history"], ["diff"]),
    "history": (["history/history"], ["history"]),
    "exporter": (["exporter/tally"], []),
    "flight": (["flight/flight"], []),
    "stats": (["stats/hist", "stats/rank_test", "stats/change_point", "diff/compare"], []),
    "util": (["util/hash_index", "util/crc32c", "tracefile/tracefile", "model/model"], ["replay"]),
    "process": (["process/hook"], []),
    "web": (["web/web"], []),
}
ASKED = ["tracefile", "perfdata", "model", "diff", "history", "exporter"]

# A pattern, and what takes its place. Blanks tell operators from pointers, casts and templates of text.
OPERATORS = [
    (r" < ", " <= "), (r" <= ", " < "), (r" > ", " >= "), (r" >= ", " > "), (r" == ", " != "), (r" != ", " == "),
    (r" && ", " || "), (r" \|\| ", " && "), (r" \+ 1\b", ""), (r" - 1\b", ""), (r" \+= ", " -= "), (r" \+ ", " - "),
    (r"return -E[A-Z0-9]+;", "return 0;"), (r"return DAMAGED;", "return 0;"), (r"return COLUMNS_DAMAGED;", "return 0;"),
    (r"\bif \((?=[^;{]*\)$)", "if (0 && ("), (r"\btrue\b", "false"), (r"\bfalse\b", "true"), (r" \|= ", " = "),
]


# What is done where memory runs out: no test makes malloc() fail.
NO_MEMORY = r"ENOMEM|no_memory|if \(!\w+(->\w+)?( \|\| !\w+(->\w+)?)*\)\s*(return (NULL|false);|goto \w+;|abort\(\);)$"


def mutants_of(path):
    """(line number, column, new line) of each place at which a pattern fits, without comments, texts and declarations."""
    found, in_comment = [], False
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        bare = re.sub(r'"(\\.|[^"\\])*"', lambda text: '"' + "." * (len(text[0]) - 2) + '"', line)
        bare = re.sub(r"/\*.*?\*/", lambda text: " " * len(text[0]), bare)
        was, in_comment = in_comment, (in_comment or "/*" in bare) and "*/" not in bare
        if was or in_comment or not line.startswith("\t") or bare.lstrip().startswith(("*", "static const", "/*", "case ")):
            continue
        if re.search(NO_MEMORY, line + (lines[number + 1] if number + 1 < len(lines) else "")):
            continue
        for pattern, new in OPERATORS:
            for place in re.finditer(pattern, bare):
                changed = line[:place.start()] + new + line[place.end():]
                if new.startswith("if (0"):
                    changed += ")"
                found.append((number, place.start(), changed))
    return lines, sorted(found)


def run(command, **more):
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=TIMEOUT, check=False, **more).returncode


class Build:
    def __init__(self, objects):
        self.objects = objects
        self.cc = os.environ["MUTANT_CC"].split()
        self.link = os.environ["MUTANT_LINK"].split()
        self.work = Path(tempfile.mkdtemp(prefix="mutants.", dir=objects))  # golden tests want it below the repository
        self.lib = f"{objects}/libsevtrace.a"

    def compile(self, path, lines):
        """The mutant's object; None: it is no C."""
        source = self.work / path.name
        source.write_text("\n".join(lines) + "\n", encoding="utf-8")
        made = self.work / "mutant.o"
        flags = [f"-I{path.parent}", "-Wno-error", "-w"]
        return made if not run(self.cc + flags + ["-c", "-o", made, source]) else None

    def linked(self, name, first, made):
        """Its symbols come first, so the library's own object is not taken."""
        program = self.work / name.replace("/", "-")
        return program if not run(self.cc + ["-o", program] + first + [made, self.lib, "-lcmocka"] + self.link) else None

    def noticed(self, folder, made):
        """The test that notices a mutant; None: none does."""
        units, goldens = TESTS[folder]
        for name in units:
            program = self.linked(name, [f"{self.objects}/tests/unit/{name}.o", f"{self.objects}/tests/unit/scenario.o"], made)
            if not program:
                return "the linker"
            try:
                if run([program]):
                    return name
            except subprocess.TimeoutExpired:
                return f"{name}, which does not end"
        if goldens:
            tool = [str(path) for path in sorted(Path(f"{self.objects}/tools/sevtrace").rglob("*.o"))]
            if not self.linked("sevtrace", tool, made):
                return "the linker"
            for name in ("make_trace", "make_history"):
                target = self.work / name
                target.unlink(missing_ok=True)
                target.symlink_to(Path(self.objects, name).resolve())
        for name in goldens:
            try:
                if run([f"tests/golden/{name}.sh"], env=dict(os.environ, O=str(self.work))):
                    return f"golden/{name}"
            except subprocess.TimeoutExpired:
                return f"golden/{name}, which does not end"
        return None


def known_survivors():
    """{(file, line without blanks around it, mutated line): reason}; a stanza of four lines each."""
    known = {}
    for stanza in Path("tests/mutants/survivors").read_text(encoding="utf-8").split("\n\n"):
        lines = [line for line in stanza.splitlines() if line and not line.startswith("#")]
        if lines:
            path, old, new, reason = lines
            known[path, old.strip(), new.strip()] = reason
    return known


def chosen(folder, number):
    places = []
    for path in sorted(Path("tools/lib", folder).glob("*.c")):
        lines, found = mutants_of(path)
        places += [(path, lines, place) for place in found]
    step = max(len(places) / number, 1)
    return len(places), [places[int(i * step)] for i in range(min(number, len(places)))]


def main():
    objects, number = sys.argv[1], int(sys.argv[2])
    build, known, bad = Build(objects), known_survivors(), 0
    for folder in sys.argv[3:] or ASKED:
        total, places = chosen(folder, number)
        noticed = excused = invalid = 0
        for path, lines, (line, _, changed) in places:
            made = build.compile(path, lines[:line] + [changed] + lines[line + 1:])
            if not made:
                invalid += 1
                continue
            test = build.noticed(folder, made)
            reason = known.get((str(path), lines[line].strip(), changed.strip()))
            if test:
                noticed += 1
            elif reason:
                excused += 1
            else:
                print(f"survives: {path}:{line + 1}\n    {lines[line].strip()}\n    {changed.strip()}", flush=True)
        judged = len(places) - invalid - excused
        share = noticed / judged if judged else 1
        bad += share < SHARE
        print(f"{folder}: {noticed} of {judged} mutants noticed ({100 * share:.0f} %), {excused} with a reason, "
              f"{invalid} that do not compile; chosen from {total}", flush=True)
    shutil.rmtree(build.work)
    sys.exit(bad > 0)


main()
