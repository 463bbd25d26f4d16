# SPDX-License-Identifier: GPL-2.0-only
# --- perf's side --------------------------------------------------------------------------------

SIGNED = ("ret", "slot")  # perf hands 32-bit fields over without their sign


class Event:
    """An event's fields by name, and ts (ns), pid, tid, comm and stack (of a failure)."""

    def __init__(self, fields, sample):
        self.__dict__.update(fields)
        for name in SIGNED:
            value = fields.get(name, 0)
            self.__dict__[name] = value - (1 << 32) if value >> 31 == 1 else value
        self.ts = sample["sample"]["time"]
        self.pid = sample["sample"]["pid"]
        self.tid = sample["sample"]["tid"]
        self.comm = sample["comm"]
        self.stack = stack_of(sample["callchain"]) if fields.get("ret") else None


def stack_of(chain):
    """(label, names) of the kernel's frames and of the VMM's."""
    kernel, user = [], []
    for frame in chain:
        name = frame["sym"]["name"] if "sym" in frame else "0x%x" % frame["ip"]
        (kernel if frame["ip"] >> 63 else user).append(name)
    return (("kernel", kernel[:STACK_DEPTH]), ("VMM", user[:STACK_DEPTH])) if chain else None


def trace_begin():
    global model, pairing
    model = Model()
    pairing = Pairing(model)


def trace_unhandled(event_name, context, fields, sample):
    """perf calls this for each event that has no function of its own: for all."""
    pairing.feed(event_name.split("__", 1)[1], Event(fields, sample))


def trace_end():
    global BLOCKS
    locale = os.environ.get("LC_ALL") or os.environ.get("LC_CTYPE") or os.environ.get("LANG") or ""
    utf8 = "utf-8" in locale.lower().replace("utf8", "utf-8")
    columns = os.environ.get("COLUMNS", "")
    if sys.stdout.isatty():
        width = shutil.get_terminal_size().columns
    else:
        width = int(columns) if columns.isdigit() and int(columns) else NARROW
    if not utf8:
        BLOCKS = ASCII_BLOCKS
    text = Report(width).text(model, pairing.records, pairing.unknown_steps)
    sys.stdout.flush()
    sys.stdout.buffer.write((text if utf8 else text.replace("µ", "u")).encode())
    sys.stdout.buffer.flush()
