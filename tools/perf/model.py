# SPDX-License-Identifier: GPL-2.0-only
# --- records to launches ------------------------------------------------------------------------
#
# tools/lib/model/ and tools/lib/explain/explain.c do the same in C.


class Hist:
    """Log-linear histogram of ns, as include/sevtrace/hist.h describes it."""

    def __init__(self):
        self.count = self.sum = self.min = self.max = self.pages = 0
        self.buckets = {}

    @staticmethod
    def bucket(ns):
        units = ns >> HIST_UNIT_BITS
        if units < 1 << HIST_SUB_BITS:
            return units
        exp = units.bit_length() - 1
        if exp >= HIST_MAX_BITS - HIST_UNIT_BITS:
            return HIST_BUCKETS - 1
        sub = units >> (exp - HIST_SUB_BITS) & ((1 << HIST_SUB_BITS) - 1)
        return (exp - HIST_SUB_BITS + 1 << HIST_SUB_BITS) + sub

    @staticmethod
    def lower(bucket):
        row, sub = bucket >> HIST_SUB_BITS, bucket & ((1 << HIST_SUB_BITS) - 1)
        units = (1 << HIST_SUB_BITS) + sub << row - 1 if row else bucket
        return units << HIST_UNIT_BITS

    def add(self, ns, n=1, pages=0):
        self.min = ns if not self.count else min(self.min, ns)
        self.max = max(self.max, ns)
        self.count += n
        self.sum += ns * n
        self.pages += pages
        bucket = self.bucket(ns)
        self.buckets[bucket] = self.buckets.get(bucket, 0) + n

    def merge(self, other):
        if other.count:
            self.min = other.min if not self.count else min(self.min, other.min)
        self.max = max(self.max, other.max)
        self.count += other.count
        self.sum += other.sum
        self.pages += other.pages
        for bucket, n in other.buckets.items():
            self.buckets[bucket] = self.buckets.get(bucket, 0) + n

    def percentile(self, percent):
        """Interpolated inside its bucket, and never outside of what was measured."""
        rank, before, below = percent / 100.0 * sum(self.buckets.values()), 0, 0.0
        for bucket in sorted(self.buckets):
            n = self.buckets[bucket]
            if before + n >= rank:
                if bucket == HIST_BUCKETS - 1:
                    return self.in_last_bucket(n, rank - before, below)
                part = max((rank - before) / n, 0)
                ns = self.lower(bucket) + int((self.lower(bucket + 1) - self.lower(bucket)) * part)
                return min(max(ns, self.min), self.max)
            before += n
            below += n * (self.lower(bucket) + (self.lower(bucket + 1) - self.lower(bucket)) / 2)
        return self.max

    def in_last_bucket(self, n, nth, below):
        """It has no end: the longest sample is known, the mean of the others is what is left of the sum."""
        mean = (self.sum - below - self.max) / (n - 1) if n > 1 else 0
        if nth > n - 1 or mean >= self.max:
            return self.max
        return min(max(int(mean), self.lower(HIST_BUCKETS - 1), self.min), self.max)


class Psp:
    def __init__(self):
        self.recorded = self.nested = self.not_asked = self.not_answered = self.prep = self.reclaim = 0
        self.errors = {}
        self.wait, self.execution = Hist(), Hist()


class HostCommand:
    """A command outside of launches that failed; many of a kind stand for one."""

    def __init__(self, cmd, status):
        self.cmd, self.status, self.ret, self.extra = cmd, status, -errno.EIO, False


class Failure:
    """A failed ioctl, joined with what happened inside it."""

    def __init__(self, ioctl=0):
        self.ts = self.ret = self.fw_error = self.inner_ret = self.done = self.recovered_ts = 0
        self.ioctl = ioctl
        self.recovered = self.swallowed = self.psp_asked = self.psp_answered = False
        self.step = self.range = self.psp = self.stack = None
        self.gfn = self.pfn = NO_FRAME

    def cost(self):
        return max(self.recovered_ts - self.ts, 0)

    def page(self):
        r = self.range
        if not r or not r.npages:
            return 0
        if NO_FRAME not in (self.gfn, r.gfn) and 0 <= self.gfn - r.gfn < r.npages:
            return self.gfn - r.gfn + 1
        return self.done + 1 if self.done < r.npages else 0

    def explanation(self):
        """(cause, hint, how sure): the first row that matches."""
        status = self.psp.status if self.psp else self.fw_error
        if self.psp_asked and not self.psp_answered:
            return NO_ANSWER
        if self.psp_asked and status and (self.psp or self.ret):
            for row_status, ioctl, page_type, cause, hint, sure in STATUS_CAUSES:
                if row_status == status and ioctl in (None, self.ioctl) and (
                        page_type is None or self.range and self.range.page_type == page_type):
                    return cause, hint, sure
            return UNKNOWN_STATUS
        if self.psp and self.psp_asked:
            return FAILED_AFTER
        if self.psp and self.psp.ret == -errno.EBUSY:
            return GIVEN_UP
        if self.psp and self.psp.ret != -errno.ENODEV:
            return NOT_PREPARED
        if self.ioctl not in IOCTLS and self.ret == -errno.EINVAL:
            return UNKNOWN_COMMAND
        error = -(self.inner_ret or self.ret)
        for row_error, ioctl, step, cause, hint, sure in ERRNO_CAUSES:
            if row_error in (None, error) and ioctl in (None, self.ioctl) and (
                    step is None or step == (STEP_NONE if self.step is None else self.step)):
                return cause, hint, sure
        return None, None, "sure"


class Operation:
    """A thread's ioctl under way."""

    def __init__(self):
        self.entered = self.range_open = self.cleaned_up = False
        self.seen = Failure()


def psp_failed(rec):
    return rec.ret or not rec.answered or rec.status


def is_length_query(ioctl, ret, fw_error):
    return ioctl in LENGTH_QUERIES and ret == -errno.EIO and fw_error == PSP_INVALID_LEN


def inside(value, start, count):
    return 0 <= value - start < count


class Launch:
    def __init__(self, number):
        self.number = number
        self.pid = self.vm_type = self.asid = self.first = self.last = self.finish = self.teardown = 0
        self.comm = ""
        self.joined = self.finished = self.destroyed = False
        self.last_ioctl = 0
        self.pages = {}  # (private, type): pages
        self.flushes = [[0, 0, 0, 0] for _ in range(PHASE_COUNT)]  # by phase: done, skipped, their pages
        self.steps = [{} for _ in range(PHASE_COUNT)]
        self.per_page = Hist()
        self.updates = self.update_failures = self.update_pages = 0
        self.update_wait = Hist()
        self.commands = {}  # ioctl: [time, failed, length queries]
        self.psp = {}
        self.failures = []
        self.more_failures = self.more_recovered = 0
        self.length_query = None  # a length was asked for and no more since
        self.ops = {}

    def span(self, start, end):
        self.first = min(self.first or start, start)
        self.last = max(self.last, end)

    def result(self):
        if self.finished:
            return "ok"
        unregister = IOCTL_NUMBERS["KVM_MEMORY_ENCRYPT_UNREG_REGION"]
        failed = self.more_failures or any(not f.recovered and f.ioctl != unregister for f in self.failures)
        return "failed" if failed else "incomplete"

    def duration(self):
        return max((self.finish if self.finished else self.last) - self.first, 0)

    def pages_of(self, private, page_type):
        return self.pages.get((private, page_type), 0) + sum(
            op.seen.done for op in self.ops.values()
            if op.range_open and (op.seen.range.private, op.seen.range.page_type) == (private, page_type))

    def all_pages(self, private):
        return sum(self.pages_of(private, t) for t in PAGE_TYPES)

    def step(self, step):
        """Of all phases but the teardown."""
        total = Hist()
        for phase in range(PHASE_TEARDOWN):
            if step in self.steps[phase]:
                total.merge(self.steps[phase][step])
        return total

    def all_flushes(self):
        return [sum(self.flushes[p][i] for p in range(PHASE_TEARDOWN)) for i in range(4)]

    # Failures

    def op(self, tid):
        return self.ops.setdefault(tid, Operation())

    def close_range(self, op):
        if op.range_open:
            key = (op.seen.range.private, op.seen.range.page_type)
            self.pages[key] = self.pages.get(key, 0) + op.seen.done
        op.range_open = False

    def recover(self, failure, ts):
        """It stays: the launch took longer, and the firmware said no."""
        failure.recovered, failure.recovered_ts = True, ts

    def drop_recovered(self):
        for failure in self.failures:
            if failure.recovered:
                self.failures.remove(failure)
                self.more_recovered += 1
                return True
        return False

    def add_failure(self, failure):
        if len(self.failures) == MAX_FAILURES and not self.drop_recovered():
            self.more_failures += 1
        else:
            self.failures.append(failure)

    def repaired_by(self, failure, rec):
        """Has a range that is populated now the page at which this failure stopped?"""
        r = failure.range
        if not r or r.page_type != rec.page_type:
            return False
        gfn = failure.gfn if failure.gfn != NO_FRAME else r.gfn
        if NO_FRAME not in (gfn, rec.gfn):
            return inside(gfn, rec.gfn, rec.done)
        return inside(r.uaddr, rec.uaddr, rec.done << 12)

    def end_operation(self, rec):
        op = self.ops.pop(rec.tid, None) or Operation()
        self.close_range(op)
        f = op.seen
        f.ts, f.ioctl, f.ret, f.fw_error = rec.ts, rec.ioctl, rec.ret, rec.fw_error
        f.psp_asked, f.psp_answered = rec.psp_asked, rec.psp_answered
        any_psp = f.psp is not None
        if self.length_query and self.length_query.ioctl == rec.ioctl:
            self.length_query = None
        if f.psp and psp_failed(f.psp):
            f.psp_asked, f.psp_answered = f.psp.asked, f.psp.answered
        else:
            f.psp = None
            if f.step not in (None, STEP_NUMBERS["psp"]) or op.cleaned_up and not any_psp:
                f.psp_asked = f.psp_answered = False
        if not rec.ret:
            for old in list(self.failures):
                if not old.recovered and (rec.ioctl in FINISHES and not old.swallowed or
                                          old.ioctl == rec.ioctl and not old.range):
                    self.recover(old, rec.ts)
            # Stopped short, and user space was told of a success.
            f.swallowed = f.step is not None and f.range is not None and rec.ioctl not in FINISHES
            if f.swallowed:
                self.add_failure(f)
        elif is_length_query(rec.ioctl, rec.ret, rec.fw_error):
            self.length_query = f
        else:
            for old in list(self.failures):
                if old.swallowed and not old.recovered and old.ioctl == f.ioctl and old.gfn == f.gfn:
                    self.failures.remove(old)
            self.add_failure(f)

    def note_step(self, rec):
        op = self.ops.get(rec.tid)
        if rec.ioctl == NO_IOCTL:
            return
        if rec.ret >= 0:
            if op and op.range_open and rec.step == STEP_NUMBERS["psp"]:
                op.seen.done += rec.npages
            return
        seen = self.op(rec.tid).seen
        # The first one is the cause; what fails in cleaning up after it is not.
        if seen.step is None:
            seen.step, seen.inner_ret, seen.gfn, seen.pfn = rec.step, rec.ret, rec.gfn, rec.pfn

    def note_attributes(self, rec):
        op = self.ops.get(rec.tid)
        ioctl = IOCTL_NUMBERS["KVM_SET_MEMORY_ATTRIBUTES"]
        seen = op.seen if op and op.entered else Failure(ioctl)
        if rec.ret and seen.step is None:
            seen.step, seen.inner_ret, seen.gfn = STEP_NUMBERS["attributes"], rec.ret, rec.start
        if op and op.entered:
            return
        if rec.ret:
            seen.ts, seen.ret = rec.ts, rec.ret
            self.add_failure(seen)
            return
        for old in self.failures:
            if not old.recovered and old.ioctl == ioctl and inside(old.gfn, rec.start, rec.end - rec.start):
                self.recover(old, rec.ts)


class Model:
    """What pairing feeds: a method for each kind of record."""

    def __init__(self):
        self.launches = {}
        self.outside = Launch(0)

    def of(self, rec):
        if not rec.launch:
            return self.outside
        return self.launches.setdefault(rec.launch, Launch(rec.launch))

    def launch_begin(self, rec):
        launch = self.of(rec)
        launch.comm, launch.pid, launch.joined, launch.vm_type = rec.comm, rec.pid, rec.joined, rec.vm_type

    def launch_end(self, rec):
        launch = self.of(rec)
        launch.destroyed, launch.teardown = rec.destroyed, rec.duration
        launch.asid = rec.asid or launch.asid
        if launch.length_query and rec.destroyed and not launch.finished:
            launch.add_failure(launch.length_query)
        launch.length_query = None

    def ioctl_enter(self, rec):
        launch = self.of(rec)
        launch.span(rec.ts, rec.ts)
        op = launch.op(rec.tid)
        launch.close_range(op)
        op.seen = Failure(rec.ioctl)
        op.cleaned_up = False
        op.entered = True

    def ioctl_exit(self, rec):
        launch = self.of(rec)
        command = launch.commands.setdefault(rec.ioctl, [Hist(), 0, 0])
        command[0].add(rec.duration)
        command[1] += rec.ret != 0
        command[2] += is_length_query(rec.ioctl, rec.ret, rec.fw_error)
        launch.span(rec.ts - rec.duration, rec.ts)
        launch.last_ioctl = rec.ioctl
        launch.vm_type = rec.vm_type or launch.vm_type
        launch.asid = rec.asid or launch.asid
        if not rec.ret and rec.ioctl in FINISHES and not launch.finished:
            launch.finished, launch.finish = True, rec.ts
        launch.end_operation(rec)

    def range_start(self, rec):
        launch = self.of(rec)
        op = launch.op(rec.tid)
        # Keep the range that failed over those cleaned up or skipped after it.
        if op.seen.step is None:
            launch.close_range(op)
            op.range_open = True
            op.seen.range, op.seen.done = rec, 0

    def range_end(self, rec):
        launch = self.of(rec)
        key = (rec.private, rec.page_type)
        launch.pages[key] = launch.pages.get(key, 0) + rec.done
        op = launch.ops.get(rec.tid)
        if op:
            r = op.seen.range
            if r and (r.gfn, r.uaddr) == (rec.gfn, rec.uaddr):
                op.seen.done = rec.done
                op.range_open = False
            if rec.ret < 0 and op.seen.step is None and not op.seen.inner_ret:
                op.seen.inner_ret = rec.ret
        for old in list(launch.failures):
            if not old.recovered and launch.repaired_by(old, rec):
                launch.recover(old, rec.ts)

    def step(self, rec):
        launch = self.of(rec)
        phase = phase_of(rec.ioctl, rec.page_type, rec.private)
        if rec.step == STEP_NUMBERS["clflush"]:
            launch.flushes[phase][int(rec.skipped)] += 1
            launch.flushes[phase][2 + int(rec.skipped)] += rec.npages
        launch.steps[phase].setdefault(rec.step, Hist()).add(rec.duration, 1, rec.npages)
        if (rec.step == STEP_NUMBERS["psp"] and rec.ioctl == IOCTL_NUMBERS["KVM_SEV_LAUNCH_UPDATE_DATA"]
                and not rec.private and rec.npages):
            launch.per_page.add(rec.duration // rec.npages, rec.npages, rec.npages)
        if rec.ioctl != NO_IOCTL:
            launch.span(rec.ts, rec.ts)
        launch.note_step(rec)

    def psp(self, rec):
        launch = self.of(rec)
        psp = launch.psp.setdefault(rec.cmd, Psp())
        psp.recorded += 1
        psp.nested += rec.depth != 0
        psp.not_asked += not rec.asked
        psp.not_answered += rec.asked and not rec.answered
        psp.prep += rec.prep
        psp.reclaim += rec.reclaim
        if rec.wait:
            psp.wait.add(rec.wait)
        if rec.asked:
            psp.execution.add(rec.execution)
        if rec.answered and rec.status:
            psp.errors[rec.status] = psp.errors.get(rec.status, 0) + 1
        op = launch.ops.get(rec.tid)
        if op and op.entered:
            launch.span(rec.ts, rec.ts)
        if op and rec.cmd in CLEANUPS and not psp_failed(rec):
            op.cleaned_up = True
            return
        # The first to fail stays, but a nested command is not the one user space asked for.
        if op and not (op.seen.psp and psp_failed(op.seen.psp) and (not op.seen.psp.depth or rec.depth)):
            op.seen.psp = rec

    def attributes(self, rec):
        launch = self.of(rec)
        pages = max(rec.end - rec.start, 0)
        launch.updates += 1
        launch.update_failures += rec.ret != 0
        launch.update_pages += pages
        launch.update_wait.add(rec.wait)
        launch.steps[rec.phase].setdefault(STEP_NUMBERS["attributes"], Hist()).add(rec.duration, 1, pages)
        op = launch.ops.get(rec.tid)
        if not op or not op.entered:
            command = launch.commands.setdefault(IOCTL_NUMBERS["KVM_SET_MEMORY_ATTRIBUTES"], [Hist(), 0, 0])
            command[0].add(rec.duration, 1, pages)
            command[1] += rec.ret != 0
            launch.span(rec.ts - rec.duration, rec.ts)
        launch.note_attributes(rec)

    def stack(self, rec):
        seen = self.of(rec).op(rec.tid).seen
        seen.stack = seen.stack or rec.frames
