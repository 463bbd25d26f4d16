# SPDX-License-Identifier: GPL-2.0-only
"""export_check.py FORMAT EXPORTED REPORT SCRIPT: read what sevtrace export wrote, as others would, and hold it against
what report -j and script say of the same recording. What is wrong is an exception."""
import csv
import json
import os
import re
import subprocess
import sys

HEAD = ("ts", "event", "launch", "comm", "tid", "cpu")


def script_lines(path):
    """A dict a line of sevtrace script. What follows comm is fixed, so that comm may hold anything."""
    lines = []
    with open(path, encoding="utf-8") as script:
        for line in script:
            match = re.match(r" *(.*?) +(\d+) \[(\d+)\] +(\d+)\.(\d{9}): (\w+): launch=(\d+)", line)
            comm, tid, cpu, seconds, ns, event, launch = match.groups()
            values = dict(re.findall(r" (\w+)=(\S*)", line[match.end():]))
            if event == "launch_begin":
                del values["comm"]
            lines.append({"comm": comm, "tid": tid, "cpu": str(int(cpu)), "ts": str(int(seconds + ns)), "event": event,
                          "launch": launch, **values})
    return lines


def as_script(value):
    """A JSON value as script prints it."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(int(value))
    return str(value)


def check_gone(*command):
    """The reader of the command's output is gone before it starts."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1 and done.stderr.endswith("cannot write: Broken pipe\n"), done


def check_csv(path, _report, script):
    with open(path, newline="", encoding="utf-8") as exported:
        rows = list(csv.DictReader(exported, strict=True))
    lines = script_lines(script)
    assert len(rows) == len(lines), f"{len(rows)} rows, {len(lines)} lines"
    for row, line in zip(rows, lines):
        assert None not in row and None not in row.values(), f"not as wide as the header: {row}"
        got = {name: value for name, value in row.items() if value or name == "comm"}
        want = {name: value for name, value in line.items() if name in HEAD or value not in ("none", "")
                or name == "page_type" and value == "none"}
        assert got == want, f"{got}\n{want}"


def check_json(path, _report, script):
    import jsonschema

    with open("docs/schema/record.schema.json", encoding="utf-8") as schema:
        validator = jsonschema.Draft202012Validator(json.load(schema))
    with open(path, encoding="utf-8") as exported:
        records = [json.loads(line) for line in exported]
    lines = script_lines(script)
    assert len(records) == len(lines), f"{len(records)} objects, {len(lines)} lines"
    for record, line in zip(records, lines):
        validator.validate(record)
        got = {name: as_script(value) for name, value in record.items()}
        assert got == line, f"{got}\n{line}"


if __name__ == "__main__":
    globals()["check_" + sys.argv[1]](*sys.argv[2:])
