# SPDX-License-Identifier: GPL-2.0-only
# --- the report ---------------------------------------------------------------------------------
#
# tools/lib/report/ does the same in C.

STEP_NAME, PSP_NAME, IOCTL_NAME, COUNT, TIME, SHARE, NARROW, WIDE, MAX_BARS = 14, 20, 30, 10, 9, 7, 80, 100, 28
BLOCKS, ASCII_BLOCKS = " ▁▂▃▄▅▆▇█", " .:-=+*#@"


class Axis:
    """Shared by the little histograms of one table: bar i is from 2^(low + i * step) ns on."""

    def __init__(self, hists, room):
        hists = [h for h in hists if h.count]
        self.bars, self.step = 0, 1
        if room < 4 or not hists:
            return
        self.low = min(self.log_of(h.min) for h in hists)
        high = max(self.log_of(h.max) for h in hists)
        most = min(room, MAX_BARS)
        while (high - self.low) // self.step + 1 > most:
            self.step += 1
        self.bars = (high - self.low) // self.step + 1
        while self.bars < most and self.bars < len(self.label(self.low)) + 1 + len(self.label(self.end())):
            self.bars += 1
        self.low = min(self.low, HIST_MAX_BITS - self.bars * self.step)

    def end(self):
        return self.low + self.bars * self.step

    @staticmethod
    def log_of(ns):
        return min((ns | 1 << HIST_UNIT_BITS).bit_length() - 1, HIST_MAX_BITS - 1)

    @staticmethod
    def label(log):
        log = min(log, HIST_MAX_BITS)
        unit = min(log // 10, 3)
        return "%u%s" % (1 << log - 10 * unit, ("ns", "µs", "ms", "s")[unit])

    def head(self):
        if not self.bars:
            return ""
        gap = self.bars - len(self.label(self.low)) - len(self.label(self.end()))
        if gap < 1:
            return "  %s.." % self.label(self.low)
        return "  %s%s%s" % (self.label(self.low), " " * gap, self.label(self.end()))

    def draw(self, hist):
        counts = [0] * self.bars
        for bucket, n in hist.buckets.items():
            if self.bars:
                log = self.log_of(Hist.lower(bucket))
                bar = (log - self.low) // self.step if log > self.low else 0
                counts[min(bar, self.bars - 1)] += n
        while counts and not counts[-1]:
            counts.pop()
        most = max(counts, default=0)
        return "".join(BLOCKS[(n * 8 + most - 1) // most] for n in counts)


def count_text(n):
    return "{:,}".format(n)


def plural(n, one, many):
    return "%s %s" % (count_text(n), one if n == 1 else many)


def time_text(ns):
    for unit, name in ((10**9, "s"), (10**6, "ms"), (10**3, "µs")):
        value = ns / unit
        if value >= 0.9995 or ns >= unit:
            return "%.*f %s" % (2 if value < 9.995 else 1 if value < 99.95 else 0, value, name)
    return "%u ns" % ns


def named(names, number):
    return names.get(number, "0x%x" % number)


def errno_text(ret):
    name = ERRNOS.get(abs(ret))
    return "%d (%s)" % (ret, name) if name else "%d" % ret


def clean(text):
    return "".join(c if c.isprintable() else "?" for c in text)


def left(text, width):
    return text.ljust(width)


def right(text, width):
    return " " * max(width - len(text), 1) + text


class Report:
    def __init__(self, width):
        self.width = max(width, 80)
        self.wide = self.width >= WIDE
        self.lines = []

    def line(self, text=""):
        self.lines.append(text)

    def wrapped(self, before, text, indent):
        line, at = before, indent
        for word in text.split():
            if at > indent and at + 1 + len(word) > self.width:
                self.line(line)
                line, at = " " * indent, indent
            elif at > indent:
                line += " "
                at += 1
            line += word
            at += len(word)
        self.line(line)

    def labelled(self, label, text):
        self.wrapped("  " + left(label, 9), text, 11)

    # A launch

    def launch(self, l):
        self.line()
        self.line("launch %u: %s[%u]  %s%s  %s  %s  %s" % (
            l.number, clean(l.comm) or "?", l.pid,
            VM_TYPE_TEXTS.get(l.vm_type, VM_TYPE_TEXTS[0]),
            "  ASID %u" % l.asid if l.asid else "",
            plural(l.all_pages(False) + l.all_pages(True), "page", "pages"), time_text(l.duration()), l.result()))
        self.pages(l, True)
        self.pages(l, False)
        self.notes(l)
        for failure in l.failures:
            if failure.swallowed and failure.recovered:
                continue
            self.line()
            self.failure(l, failure)
        if l.more_failures:
            self.line()
            self.line("  and " + plural(l.more_failures, "more failure", "more failures"))
        if l.destroyed and l.result() == "incomplete":
            self.line()
            self.line("  GIVEN UP  the VM was destroyed after %s had returned" % named(IOCTLS, l.last_ioctl))
            self.labelled("why", "%s (%s)" % (ABANDONED[0], ABANDONED[2]))
            self.labelled("do", ABANDONED[1])
        self.steps(l)
        self.psp(l)
        self.ioctls(l)

    def pages(self, l, private):
        if l.all_pages(private):
            kind = "private page" if private else "shared page"
            of_type = ["%s %s" % (count_text(l.pages_of(private, t)), PAGE_TYPES[t])
                       for t in sorted(PAGE_TYPES) if l.pages_of(private, t)]
            self.line("  %s%s: %s" % (plural(l.all_pages(private), kind, kind + "s"),
                                      "" if private else " encrypted in place", ", ".join(of_type)))

    def notes(self, l):
        if l.updates:
            failed = ", %s failed" % count_text(l.update_failures) if l.update_failures else ""
            self.line("  attributes of %s set in %s, %s of it waiting for slots_lock%s" % (
                plural(l.update_pages, "page", "pages"), plural(l.updates, "update", "updates"),
                time_text(l.update_wait.sum), failed))
        if l.joined:
            self.line("  began before the recording: what came first is missing")
        if l.destroyed:
            self.line("  torn down later in %s (not part of the launch)" % time_text(l.teardown))
        for f in l.failures:
            if f.swallowed and f.recovered:
                self.retried(f)
        if l.more_recovered:
            self.line("  and %s more that were made good" % count_text(l.more_recovered))
        for op in l.ops.values():
            if op.entered:
                self.line("  ended inside " + named(IOCTLS, op.seen.ioctl))

    # A failure

    def retried(self, f):
        """An error that the VMM never saw and made good."""
        text = named(IOCTLS, f.ioctl) + " stopped short"
        if f.gfn != NO_FRAME:
            text += " at GFN 0x%x" % f.gfn
        status = PSP_STATUSES.get(f.psp.status, ("0x%x" % f.psp.status,))[0] if f.psp and f.psp.answered else errno_text(f.inner_ret)
        self.labelled("retried", "%s: step %s, %s; made good %s later" % (text, STEPS[f.step], status, time_text(f.cost())))

    def failure(self, l, f):
        title = "recovered" if f.recovered else "FAILED"
        if f.swallowed:
            title = "STOPPED SHORT"
        elif l.finished and f.ts > l.finish:
            title = "FAILED LATER"
        after = " at +%s" % time_text(f.ts - l.first) if f.ts > l.first else ""
        returned = "0, pages left" if f.swallowed else errno_text(f.ret)
        self.line("  %s  %s returned %s%s" % (title, named(IOCTLS, f.ioctl), returned, after))
        self.where(f)
        self.firmware(f)
        self.why(f)
        if f.recovered:
            self.labelled("cost", "made good %s later" % time_text(f.cost()))
        for label, frames in f.stack or ():
            if frames:
                self.labelled(label, " < ".join(frames))

    def why(self, f):
        cause, hint, sure = f.explanation()
        self.labelled("why", (cause or "not known to sevtrace") + ("" if sure == "sure" else " (%s)" % sure))
        if hint:
            self.labelled("do", hint)

    def host_failures(self, launch):
        for cmd, psp in launch.psp.items():
            ways = [(status, n) for status, n in psp.errors.items() if status != PSP_INVALID_LEN]
            for status, n in ways + ([(None, psp.not_answered)] if psp.not_answered else []):
                f = Failure(None)
                f.psp_asked, f.psp_answered, f.psp = True, status is not None, HostCommand(cmd, status or 0)
                self.line()
                self.line("  FAILED  %s%s" % (named(PSP_COMMANDS, cmd), ", %s times" % count_text(n) if n > 1 else ""))
                self.firmware(f)
                self.why(f)

    def where(self, f):
        text = "" if f.step is None else "step %s (%s)" % (STEPS[f.step], STEP_TEXTS[f.step])
        if f.inner_ret:
            text += (": " if text else "stopped with ") + errno_text(f.inner_ret)
        if text:
            self.labelled("where", text)
        parts = []
        if f.gfn != NO_FRAME:
            parts.append("GFN 0x%x" % f.gfn)
        if f.pfn != NO_FRAME:
            parts.append("PFN 0x%x" % f.pfn)
        if f.range:
            if f.page():
                parts.append("page %s of %s" % (count_text(f.page()), count_text(f.range.npages)))
            parts.append(named(PAGE_TYPES, f.range.page_type))
            parts.append("private" if f.range.private else "shared")
            if f.range.slot != NO_SLOT:
                parts.append("memory slot %d" % f.range.slot)
        if parts:
            self.labelled("page", ", ".join(parts))

    def firmware(self, f):
        status = f.psp.status if f.psp else f.fw_error
        text = "%s: " % named(PSP_COMMANDS, f.psp.cmd) if f.psp else ""
        if not f.psp_asked:
            text += "not asked"
        elif not f.psp_answered:
            text += "asked, no answer"
        else:
            name, meaning = PSP_STATUSES.get(status, ("0x%x" % status, ""))
            text += "answered 0x%x %s%s%s" % (status, name, ": " if meaning else "", meaning)
        if f.psp and f.psp.extra:
            text += "; additional error words 0x%08x 0x%08x" % (f.psp.err_lo, f.psp.err_hi)
        self.labelled("firmware", text)

    # Tables

    def step_row(self, name, h, whole, axis):
        cells = [right(count_text(h.count), COUNT)]
        if self.wide:
            cells.append(right(count_text(h.pages), COUNT))
        cells.append(right(time_text(h.sum), TIME))
        cells.append(right("%.1f%%" % (100.0 * h.sum / whole) if whole else "", SHARE))
        cells += [right(time_text(t), TIME) for t in (h.percentile(50), h.percentile(99), h.max)]
        self.line("  " + left(name, STEP_NAME) + "".join(cells) + ("  " if axis.bars else "") + axis.draw(h))

    def steps(self, l):
        taken = 2 + STEP_NAME + COUNT + 4 * TIME + SHARE + 2 + (COUNT if self.wide else 0)
        flushes = l.all_flushes()
        no_flush = flushes[1] and not flushes[0]
        shown = [l.step(s) for s in STEPS if s != STEP_NUMBERS["clflush"] or not no_flush]
        axis = Axis(shown + [l.per_page], self.width - taken)
        if l.steps[PHASE_SHARED] and l.steps[PHASE_PRIVATE]:
            for title, phase in (("shared pages", PHASE_SHARED), ("private pages", PHASE_PRIVATE),
                                 ("other steps", PHASE_OTHER)):
                self.step_table(l, title, lambda s, p=phase: l.steps[p].get(s, Hist()), l.flushes[phase],
                                phase == PHASE_SHARED, axis)
        elif not self.step_table(l, "step", l.step, flushes, True, axis):
            return
        if l.per_page.count:
            self.wrapped("  * ", "derived: one LAUNCH_UPDATE_DATA command covers a contiguous run of pages; "
                         "its time is spread evenly over them.", 4)

    def step_table(self, l, title, step_of, flushes, per_page, axis):
        done, skipped, _, skipped_pages = flushes
        first = True
        for step in STEPS:
            h = step_of(step)
            if not h.count:
                continue
            if first:
                self.line()
                self.line("  " + left(title, STEP_NAME) + right("count", COUNT) +
                          (right("pages", COUNT) if self.wide else "") + right("total", TIME) +
                          right("share", SHARE) + "".join(right(t, TIME) for t in ("p50", "p99", "max")) +
                          axis.head())
            first = False
            if step != STEP_NUMBERS["clflush"] or done or not skipped:
                self.step_row(STEPS[step], h, l.duration(), axis)
            if step == STEP_NUMBERS["clflush"] and skipped:
                self.line("  %s%s  for %s, as the processor is coherent" % (
                    left("clflush", STEP_NAME), right("skipped", COUNT), plural(skipped_pages, "page", "pages")))
            if step == STEP_NUMBERS["psp"] and per_page and l.per_page.count:
                self.step_row("psp per page*", l.per_page, l.duration(), axis)
        return not first

    def psp(self, l):
        if not l.psp:
            return
        taken = 2 + PSP_NAME + COUNT + (6 if self.wide else 4) * TIME + 2
        axis = Axis([p.execution for p in l.psp.values()], self.width - taken)
        heads = ("total", "p99", "total", "p50", "p99", "max") if self.wide else ("waiting", "total", "p50", "max")
        self.line()
        self.line("  " + " " * (PSP_NAME + COUNT) + left("  waiting" if self.wide else "",
                                                         (2 if self.wide else 1) * TIME) + "  executing")
        self.line("  " + left("PSP command", PSP_NAME) + right("count", COUNT) +
                  "".join(right(h, TIME) for h in heads) + axis.head())
        for cmd, psp in l.psp.items():
            self.psp_row(cmd, psp, axis)

    def psp_row(self, cmd, psp, axis):
        wait, run = psp.wait, psp.execution
        waits = [wait.sum, wait.percentile(99)] if self.wide else [wait.sum]
        runs = [run.sum, run.percentile(50)] + ([run.percentile(99)] if self.wide else []) + [run.max]
        count = max(run.count + psp.not_asked, psp.recorded)
        self.line("  " + left(named(PSP_COMMANDS, cmd), PSP_NAME) + right(count_text(count), COUNT) +
                  "".join(right(time_text(t) if wait.count else "-", TIME) for t in waits) +
                  "".join(right(time_text(t) if run.count else "-", TIME) for t in runs) +
                  ("  " if axis.bars and run.count else "") + axis.draw(run))
        for status, n in psp.errors.items():
            self.line("    %s answered %s" % (count_text(n), PSP_STATUSES.get(status, ("0x%x" % status,))[0]))
        if psp.not_answered:
            self.line("    %s never answered" % count_text(psp.not_answered))
        if psp.not_asked:
            self.line("    %s not passed to the PSP by the driver" % count_text(psp.not_asked))
        if psp.nested:
            self.line("    %s inside another command" % count_text(psp.nested))
        if psp.prep + psp.reclaim > run.sum // 4:
            self.line("    plus %s preparing buffers and %s taking them back" % (
                time_text(psp.prep), time_text(psp.reclaim)))

    def ioctls(self, l):
        if not l.commands:
            return
        self.line()
        self.line("  " + left("ioctl", IOCTL_NAME) + right("count", 9) + right("total", 10) + right("failed", 8))
        for ioctl, (h, failed, length_queries) in l.commands.items():
            queries = "  + %s length %s" % (count_text(length_queries), "query" if length_queries == 1 else "queries")
            self.line("  " + left(named(IOCTLS, ioctl), IOCTL_NAME) + right(count_text(h.count), 9) +
                      right(time_text(h.sum), 10) + right(count_text(failed - length_queries), 8) +
                      (queries if length_queries else ""))

    def text(self, model, records, unknown_steps):
        self.line("%s, %s; whether perf lost any, it says itself" % (
            plural(len(model.launches), "launch", "launches"), plural(records, "event", "events")))
        if unknown_steps:
            self.line("  lost: %s steps of a kind unknown to us" % count_text(unknown_steps))
        if not model.launches:
            self.line("No launch of a confidential guest was recorded.")
        for launch in model.launches.values():
            self.launch(launch)
        if model.outside.psp:
            self.line()
            self.line("PSP commands outside launches")
            self.host_failures(model.outside)
            self.psp(model.outside)
        return "\n".join(self.lines) + "\n"
