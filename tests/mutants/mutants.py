#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Do the tests notice when the library is wrong? Changes one operator or guard of a file of tools/lib/FOLDER at a time, links
what it makes with the unit tests of the folder, and runs these, and after them the golden tests that read its output. A mutant
that no test notices survives.

tests/mutants/survivors has mutants that are known to survive, each with its reason: that no test can tell them apart, or
that a test would need what is not there. Ends with 1 if less than SHARE of the others are noticed.
"""
import argparse
import atexit
import os
import pty
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

SHARE = 0.9
# A mutant that never ends is noticed, too. What a test may take, of CPU and of time: so many seconds, and so many times what it
# took before anything was changed.
LEAST, TIMES = 60, 20
# A mutant may ask for all memory that there is.
MEMORY = "hard_rss_limit_mb=2048:max_allocation_size_mb=4096"

# The golden tests that may notice a mutant of a folder, and unit tests of others that do; those of its own come before.
TESTS = {
    "tracefile": (["model/hostile", "model/pages", "report/report"], ["replay", "cli"]),
    "perfdata": ([], ["import"]),
    "model": (["report/report", "exporter/tally", "flight/flight", "top/launches"], ["replay"]),
    "diff": (["history/history"], ["diff"]),
    "history": ([], ["history"]),
    "exporter": ([], []),
    "flight": ([], []),
    "stats": (["diff/compare"], []),
    "util": (["tracefile/tracefile", "model/model"], ["replay"]),
    "process": ([], []),
    "web": ([], []),
}
ARGUMENTS = {"exporter/tally": ["a_day"]}  # what it skips: a quarter of an hour under sanitizers
ASKED = ["tracefile", "perfdata", "model", "diff", "history", "exporter"]

# A pattern, and what takes its place. Blanks tell operators from pointers, casts and templates of text.
OPERATORS = [
    (r" < ", " <= "), (r" <= ", " < "), (r" > ", " >= "), (r" >= ", " > "), (r" == ", " != "), (r" != ", " == "),
    (r" && ", " || "), (r" \|\| ", " && "), (r" \+ 1\b", ""), (r" - 1\b", ""), (r" \+= ", " -= "), (r" \+ ", " - "),
    (r"return -E[A-Z0-9]+;", "return 0;"), (r"return DAMAGED;", "return 0;"), (r"return COLUMNS_DAMAGED;", "return 0;"),
    (r"\bif \((?=[^;{]*\)( \{)?$)", "if (0 && ("), (r"\btrue\b", "false"), (r"\bfalse\b", "true"), (r" \|= ", " = "),
]


# Of two that differ, one is less or it is not: nobody can tell "<" from "<=". Nor where both are the same either way.
DIFFER, LESS = r"if \((.+) != (.+)\)$", r"return (.+) < (.+) \? -1 : 1;$"
LIMITED = r"\bif \(([^()&|]+) [<>]=? ([^()&|]+)\)$"  # and the next line makes one the other
LESSER = r"(?P<a>[\w>.\[\]-]+)(?P<operator> [<>]=? )(?P<b>[\w>.\[\]-]+|sizeof\(.+?\)) \? " \
    r"((?P=a) : (?P=b)|(?P=b) : (?P=a)|(?P=a) - (?P=b) : (?P=b) - (?P=a)|(?P=b) - (?P=a) : (?P=a) - (?P=b))(?![\w(]| [-+*])"
# What is done where memory runs out: no test makes malloc() fail.
NO_MEMORY = r"ENOMEM|no_memory|if \(!\w+(->\w+)?( \|\| !\w+(->\w+)?)*\)\s*(return (NULL|false);|goto \w+;|abort\(\);)$"


def same_if_equal(before, line, after):
    """The places of a line's "<", ">", "<=" and ">=" at which it does not matter what is done with two that are equal."""
    places = [match.start("operator") for match in re.finditer(LESSER, line)]
    differ, less = re.search(DIFFER, before), re.search(LESS, line)
    if differ and less and differ.groups() == less.groups():
        places.append(less.end(1))
    limited = re.search(LIMITED, line)
    if limited and re.fullmatch(rf"\s*({re.escape(limited[1])} = {re.escape(limited[2])}|{re.escape(limited[2])} = {re.escape(limited[1])});", after):
        places.append(limited.end(1))
    return places


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
                if new.strip() in ("<", "<=", ">", ">=") and place.start() in same_if_equal(*lines[number - 1:number + 2]):
                    continue
                changed = line[:place.start()] + new + line[place.end():]
                if new.startswith("if (0"):
                    changed = changed[:-2] + ") {" if changed.endswith(" {") else changed + ")"
                found.append((number, place.start(), changed))
    return lines, sorted(found)


def cpu_of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(command):
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode


def lines_of(terminal):
    """Yields what is written to a terminal, until nobody has it open any more."""
    try:
        yield from terminal
    except OSError:
        pass


def fails(command, objects, cpu, seconds):
    """Runs a test that speaks TAP until its first failure. It writes to a terminal, so each line comes when it is written."""
    def limit():
        resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    ours, its = pty.openpty()
    with os.fdopen(ours, "rb") as out, \
            subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=its, stderr=subprocess.DEVNULL, start_new_session=True,
                             env=dict(os.environ, O=str(objects), CMOCKA_MESSAGE_OUTPUT="TAP", ASAN_OPTIONS=MEMORY),
                             preexec_fn=limit) as running:
        os.close(its)
        late = threading.Timer(seconds, os.killpg, (running.pid, signal.SIGKILL))
        late.start()
        failed = True
        try:
            failed = any(line.startswith(b"not ok") for line in lines_of(out))
        finally:
            if failed:
                os.killpg(running.pid, signal.SIGKILL)
            status = running.wait()
            late.cancel()
    return failed or status != 0


class Build:
    def __init__(self, objects, goldens):
        self.objects = objects
        self.goldens = goldens
        self.cc = os.environ["MUTANT_CC"].split()
        self.link = os.environ["MUTANT_LINK"].split()
        self.work = Path(tempfile.mkdtemp(prefix="mutants.", dir=objects))  # golden tests want it below the repository
        atexit.register(shutil.rmtree, self.work, ignore_errors=True)
        self.lib = f"{objects}/libsevtrace.a"
        self.limits = {}
        self.units = {}
        for name in ("make_trace", "make_history"):
            Path(self.work, name).symlink_to(Path(objects, name).resolve())

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
        if run(self.cc + ["-o", program] + first + made + [self.lib, "-lcmocka"] + self.link):
            sys.exit(f"mutants.py: {name} cannot be linked: make SAN=1 unit-programs all first")
        return program

    def commands(self, folder, made):
        """The tests that may notice a mutant of a folder, linked one after the other with these objects."""
        others, goldens = TESTS[folder]
        own = sorted(f"{folder}/{path.stem}" for path in Path("tests/unit", folder).glob("*.c"))
        for name in self.units.setdefault(folder, own + others):
            first = [f"{self.objects}/tests/unit/{name}.o", f"{self.objects}/tests/unit/scenario.o"]
            yield name, [self.linked(name, first, made)] + ARGUMENTS.get(name, [])
        if goldens and self.goldens:
            self.linked("sevtrace", [str(path) for path in sorted(Path(f"{self.objects}/tools/sevtrace").rglob("*.o"))], made)
            for name in goldens:
                yield f"golden/{name}", [f"tests/golden/{name}.sh"]

    def measure(self, folder):
        """Runs the tests with the library as it is: one that fails then would notice everything. The quickest come first then."""
        used = {}
        for name, command in self.commands(folder, []):
            cpu, began = cpu_of_children(), time.monotonic()
            if fails(command, self.work, resource.RLIM_INFINITY, 3600):
                sys.exit(f"mutants.py: {name} fails without a mutant")
            used[name] = cpu_of_children() - cpu
            self.limits[name] = LEAST + int(TIMES * used[name]), LEAST + TIMES * (time.monotonic() - began)
        self.units[folder].sort(key=used.get)

    def noticed(self, folder, made):
        """The test that notices a mutant; None: none does."""
        for name, command in self.commands(folder, [made]):
            if fails(command, self.work, *self.limits[name]):
                return name
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


def chosen(folder, number, seed):
    """How many mutants a folder has, and some: evenly over its lines, or at random."""
    places = []
    for path in sorted(Path("tools/lib", folder).glob("*.c")):
        lines, found = mutants_of(path)
        places += [(path, lines, place) for place in found]
    number = min(number, len(places))
    picked = [int(i * len(places) / number) for i in range(number)]
    if seed is not None:
        picked = sorted(random.Random(seed).sample(range(len(places)), number))
    return len(places), [places[i] for i in picked]


def check_survivors(known):
    """Ends with an error if a stanza is about code that is another by now."""
    for path, old, new in known:
        lines, found = mutants_of(Path(path))
        if not any(lines[number].strip() == old and changed.strip() == new for number, _, changed in found):
            sys.exit(f"mutants.py: tests/mutants/survivors: no such mutant of {path} any more: remove it or correct it:\n    {new}")


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--number", type=int, default=25, help="of mutants of each folder")
    parser.add_argument("--seed", type=int, help="choose them at random from this number on, not evenly over the lines")
    parser.add_argument("--units", action="store_true", help="run no golden tests: faster, and more survive")
    parser.add_argument("--verbose", action="store_true", help="name the test that notices each mutant")
    parser.add_argument("objects", help="build-san, made by `make SAN=1 unit-programs all`")
    parser.add_argument("folders", nargs="*", default=ASKED, help="of tools/lib (those of which the share is asked for)")
    asked = parser.parse_args()
    for folder in asked.folders:
        if folder not in TESTS:
            parser.error(f"no tests are known of '{folder}': of {', '.join(TESTS)}")
    return asked


def say(what, path, lines, line, changed):
    print(f"{what}: {path}:{line + 1}\n    {lines[line].strip()}\n    {changed.strip()}", flush=True)


def main():
    asked, known, bad = options(), known_survivors(), 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    check_survivors(known)
    build = Build(asked.objects, not asked.units)
    for folder in asked.folders:
        total, places = chosen(folder, asked.number, asked.seed)
        build.measure(folder)
        noticed = excused = invalid = 0
        for path, lines, (line, _, changed) in places:
            made = build.compile(path, lines[:line] + [changed] + lines[line + 1:])
            if not made:
                invalid += 1
                continue
            test = build.noticed(folder, made)
            if test:
                noticed += 1
                if asked.verbose:
                    say(test, path, lines, line, changed)
            elif known.get((str(path), lines[line].strip(), changed.strip())):
                excused += 1
            else:
                say("survives", path, lines, line, changed)
        judged = len(places) - invalid - excused
        share = noticed / judged if judged else 1
        bad += share < SHARE
        print(f"{folder}: {noticed} of {judged} mutants noticed ({100 * share:.0f} %), {excused} with a reason, "
              f"{invalid} that do not compile; chosen from {total}", flush=True)
    sys.exit(bad > 0)


main()
