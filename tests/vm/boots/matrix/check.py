#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""What inside.bash left in FOLDER, against the tables beside this file: TAP."""
import collections
import json
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
FOLDER = Path(sys.argv[1])
PLACES = HERE.parents[3] / "docs/return-points.md"
NO_CODE = "-"


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def ok(self, name, problems):
        """problems: what is wrong; nothing, and the test passes."""
        self.count += 1
        problems = list(problems)
        self.failed += bool(problems)
        print(f"{'not ok' if problems else 'ok'} {self.count} - {name}")
        for problem in problems[:20]:
            print(f"#   {problem}")
        if len(problems) > 20:
            print(f"#   and {len(problems) - 20} more")

    def equal(self, name, got, wanted):
        self.ok(name, [] if got == wanted else [f"got {got}, wanted {wanted}"])


def rows(name):
    """Lines of a table; one that begins with a tab goes on with the one before."""
    text = (HERE / name).read_text().replace("\n\t", " ")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def statuses():
    table = {}
    for line in rows("statuses"):
        code, name, cause = line.split(None, 2)
        table[int(code, 16)] = (name, cause)
    return table


def commands():
    for line in rows("commands"):
        words = line.split()
        name, fault, expected = words[0], words[1], words[-5:]
        yield name, re.search("cmd=([A-Z_]+)", fault).group(1), expected


def mistakes():
    for line in rows("mistakes"):
        guests, name, ioctl, errno, status, step, gfn, inner, result, cause = line.split(None, 9)
        kinds = {"legacy": ("sev",), "every": ("sev", "snp")}.get(guests, (guests,))
        for kind in kinds:
            yield kind, name, status, [ioctl, errno, step, gfn, inner], result, cause


def seen(failure):
    """A failure in the tables' words."""
    return [NO_CODE if failure[key] is None else failure[key]
            for key in ("ioctl", "errno", "step", "gfn", "inner_errno")]


def differs(got, wanted):
    return any(w not in ("*", g) for g, w in zip(got, wanted))


def why(failure, cause):
    """What is wrong with the failure's cause and hint."""
    if not failure["cause"] or not failure["hint"]:
        yield "no cause" if not failure["cause"] else "no hint"
    elif not re.search(cause, failure["cause"]):
        yield f"cause '{failure['cause']}' does not speak of /{cause}/"


def answered(failure, command, code, name):
    """What is wrong with the firmware's part, if it answered command with this status."""
    psp = failure["psp"] or {}
    if not failure["psp_asked"] or not failure["psp_answered"]:
        yield "not asked and answered"
    if command not in (None, psp.get("command")):
        yield f"command {psp.get('command')}, not {command}"
    name = f"{code:#x}" if name == NO_CODE else name
    if (psp.get("status"), psp.get("status_name")) != (code, name):
        yield f"status {psp.get('status')} {psp.get('status_name')}, not {code} {name}"
    if failure["errno"] in ("EIO", "ENOTTY") and failure["fw_error"] != code:
        yield f"fw_error {failure['fw_error']}, not {code}"


def only_failure(launch):
    """The failure of a launch that has one."""
    if len(launch["failures"]) != 1:
        return None, [f"{len(launch['failures'])} failures"]
    return launch["failures"][0], []


def places():
    """Rows of docs/return-points.md: those that a case provokes, with its name, and reasons with their number."""
    provoked, reasons = [], collections.Counter()
    for line in PLACES.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) != 7 or cells[0] == "function" or cells[0].startswith("---"):
            continue
        if cells[6].startswith("- "):
            reasons[cells[6][2:]] += 1
        else:
            provoked.append(cells)
    return provoked, reasons


def contradicts(failure, place):
    """What of the failure is not as the row of docs/return-points.md has it."""
    _, ioctl, errno, step, inner = place[:5]
    if ioctl not in ("any", failure["ioctl"]) and not (ioctl.isdigit() and failure["ioctl"] == f"{int(ioctl):#x}"):
        yield f"ioctl {failure['ioctl']}"
    if failure["errno"] != errno:
        yield f"errno {failure['errno']}"
    if ioctl != "any" and failure["step"] != (None if step == NO_CODE else step):
        yield f"step {failure['step']}"
    psp = (failure["psp_asked"], failure["psp_answered"])
    expected = {"status": (True, True), "not asked": (False, False), "no answer": (True, False)}
    if inner in expected:
        if psp != expected[inner] or inner == "status" and not (failure["psp"] or {}).get("status"):
            yield f"asked, answered {psp}"
    elif inner != NO_CODE and failure["inner_errno"] != inner:
        yield f"inner errno {failure['inner_errno']}"


class Matrix:
    def __init__(self):
        self.report = json.loads((FOLDER / "report.json").read_text())
        self.tap = Tap()
        self.provoked = {}  # name of a case -> its failure

    def launches(self, group):
        pid = int((FOLDER / f"{group}.pid").read_text())
        return [launch for launch in self.report["launches"] if launch["pid"] == pid]

    def check_status(self, launch, command, code, expected, table):
        name, cause = table[code]
        failure, problems = only_failure(launch)
        if failure:
            problems += answered(failure, command, code, name)
            problems += why(failure, cause)
            if differs(seen(failure), expected):
                problems.append(f"{seen(failure)}, not {expected}")
        if launch["result"] != "failed":
            problems.append(f"the launch is {launch['result']}")
        return [f"{code:#x} {name}: {problem}" for problem in problems]

    def check_command(self, group, command, expected, table):
        launches = self.launches(group)
        failed = [launch for launch in launches if launch["failures"]]
        codes = list(table)
        problems = []
        if len(failed) != len(codes):
            problems.append(f"{len(failed)} of {len(launches)} launches failed, not {len(codes)}")
        for launch, code in zip(failed, codes):
            problems += self.check_status(launch, command, code, expected, table)
            if launch["failures"]:
                self.provoked.setdefault(group, launch["failures"][0])
        self.tap.ok(f"{group}: {len(codes)} statuses of {command}", problems)
        last = launches[-1] if launches else {"result": "missing", "failures": []}
        self.tap.ok(f"{group}: the launch after them is good",
                    [] if last["result"] == "ok" and not last["failures"] else [last["result"]])

    def check_mistake(self, group, made, expected):
        kind, name, status, want, result, cause = expected
        by_tid = {f["tid"]: (launch, f) for launch in self.launches(group) for f in launch["failures"]}
        launch, failure = by_tid.get(made["tid"], (None, None))
        if not failure:
            return ["no launch with a failure is reported"]
        problems = list(why(failure, cause))
        if differs(seen(failure), want):
            problems.append(f"{seen(failure)}, not {want}")
        if launch["result"] != result:
            problems.append(f"the launch is {launch['result']}, not {result}")
        if len(launch["failures"]) != 1:
            problems.append(f"{len(launch['failures'])} failures")
        if status in ("SUCCESS", "silence"):
            if (failure["psp_asked"], failure["psp_answered"]) != (True, status == "SUCCESS"):
                problems.append(f"asked {failure['psp_asked']}, answered {failure['psp_answered']}")
        elif status != NO_CODE:
            code = next(code for code, (text, _) in self.statuses.items() if text == status)
            problems += answered(failure, None, code, status)
        elif failure["psp_asked"] or failure["psp_answered"] or failure["fw_error"]:
            problems.append("the PSP was not asked, and is said to have been")
        self.provoked[f"{kind} {name}"] = failure
        return problems

    def check_mistakes(self):
        expected = {(kind, name): row for kind, name, *_ in mistakes() for row in [(kind, name, *_)]}
        for kind in ("sev", "snp"):
            group = f"mistakes-{kind}"
            made = json.loads((FOLDER / f"{group}.json").read_text())["launches"]
            for launch in made:
                row = expected.pop((kind, launch["mistake"]), None)
                if row:
                    self.tap.ok(f"{kind}: {launch['mistake']}", self.check_mistake(group, launch, row))
                elif launch["result"] == "refused":
                    self.tap.ok(f"{kind}: {launch['mistake']}", ["refused, and in no row of mistakes"])
        for kind, name in list(expected):
            group = name if kind == "other" else f"{kind}-{name}"
            path = FOLDER / f"{group}.json"
            if not path.exists():
                continue
            made = json.loads(path.read_text())["launches"]
            row = expected.pop((kind, name))
            problems = []
            for launch in [launch for launch in made if launch["result"] == "refused"] or made[:1]:
                problems += self.check_mistake(group, launch, row)
            self.tap.ok(f"{kind}: {name}", problems)
        self.tap.ok("every mistake of the table was made", [" ".join(key) for key in expected])

    def check_endings(self):
        launches = self.launches("killed")
        ending = launches[0]["ending"] if launches else {}
        self.tap.equal("killed: by which signal, and after which ioctl",
                       [(launch["result"], launch["failures"]) for launch in launches]
                       + [ending.get(key) for key in ("how", "signal", "status", "after")],
                       [("incomplete", []), "killed", 9, None, "KVM_SEV_SNP_LAUNCH_START"])
        exhausted = self.launches("asids")
        self.tap.equal("asids: as many launches as there are ASIDs",
                       sorted(launch["result"] for launch in exhausted), ["failed"] * 2 + ["ok"] * 3)
        for kind in ("sev", "sev-es", "snp"):
            launches = self.launches(f"good-{kind}")
            self.tap.equal(f"good-{kind}: the launch after all of them",
                           [(launch["result"], launch["vm_type"], launch["failures"],
                             launch["pages"]["shared"] + launch["pages"]["private"]) for launch in launches],
                           [("ok", kind, [], 20 if kind == "sev" else 21)])
        for status, words in (("0", "launched no confidential guest"), ("7", "before it asked KVM")):
            name = f"none-{status}"
            self.tap.equal(f"{name}: status of record", (FOLDER / f"{name}.status").read_text(), f"{status}\n")
            said = (FOLDER / f"{name}.err").read_text()
            self.tap.ok(f"{name}: record says what became of the command",
                        [] if f"sh ended with status {status}. " in said and words in said else [said])
            told = (FOLDER / f"{name}.txt").read_text()
            self.tap.ok(f"{name}: the report says so", [] if words in " ".join(told.split()) else [told])

    def check_places(self):
        provoked, reasons = places()
        for place in provoked:
            failure = self.provoked.get(place[6])
            problems = list(contradicts(failure, place)) if failure else ["no such case failed"]
            self.tap.ok(f"return point {place[0]}: {place[5]}: {place[6]}", problems)
        total = len(provoked) + sum(reasons.values())
        text = " ".join(PLACES.read_text().split())
        listed = dict(re.findall(r"^\| ([a-z-]+) \| (\d+) \|", PLACES.read_text(), re.M))
        wrong = [words for words in (f"That makes {total} places.", f"{len(provoked)} are provoked",
                                     f"{sum(reasons.values())} are not") if words not in text]
        wrong += [f"reason {r}: {n}" for r, n in reasons.items() if listed.get(r) != str(n)]
        self.tap.ok("return points: the numbers that docs/return-points.md states", wrong)

    def counts(self):
        """PSP commands by the report and by the emulator's log."""
        told, logged = collections.Counter(), collections.Counter()
        for psp in [launch["psp"] for launch in self.report["launches"]] + [self.report["host_psp"]]:
            told.update({command: of["count"] - of["errors"].get("not_asked", 0)
                         for command, of in psp.items()})
        begin, end = map(int, (FOLDER / "range").read_text().split())
        for line in (FOLDER / "psp.log").read_text().splitlines()[begin:end]:
            logged[json.loads(line)["cmd"]] += 1
        return dict(told), dict(logged)

    def check_recording(self):
        report = self.report
        # A launcher that ends at once may be gone before anybody has read what it had mapped.
        report["losses"].pop("copies of stacks not unwound", None)
        self.tap.equal("the recording is complete, with nothing dropped or lost",
                       [report["complete"], report["dropped"], report["losses"],
                        report["events"] - report["recorded"]], [True, 0, {}, 0])
        told, logged = self.counts()
        self.tap.equal("PSP commands as in the log, one by one", told, logged)
        self.tap.equal("status of record: 3, as launches failed", (FOLDER / "record.status").read_text(), "3\n")
        self.tap.equal("status of report: 3", (FOLDER / "report.status").read_text(), "3\n")

    def run(self):
        self.statuses = statuses()
        self.tap.equal("the machine ran it", (FOLDER / "run.status").read_text(), "0\n")
        for group, command, expected in commands():
            self.check_command(group, command, expected, self.statuses)
        self.check_mistakes()
        self.check_endings()
        self.check_places()
        self.check_recording()
        print(f"1..{self.tap.count}")
        return 1 if self.tap.failed else 0


sys.exit(Matrix().run())
