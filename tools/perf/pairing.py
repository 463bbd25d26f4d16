# SPDX-License-Identifier: GPL-2.0-only
# --- events to records --------------------------------------------------------------------------
#
# What lies between the two events of a pair in one thread belongs to the pair, and a step's time is
# the distance to the event before it in its thread. An event does not name its VM: an ioctl is of
# the VM that its process has with the event's ASID; an update of memory attributes is of the launch
# that its thread worked on last, else of its process's only one. include/sevtrace/pairing.h and
# tools/lib/perfdata/pairing.c do the same in C.


class Record:
    """Whatever belongs to it, by keyword: as struct sevtrace_rec_* in include/sevtrace/record.h."""

    def __init__(self, **fields):
        self.__dict__.update(fields)


class Command:
    """A firmware command under way; its times in ns."""

    def __init__(self):
        self.mark = self.wait = self.prep = self.execution = 0
        self.cmd = self.err_lo = self.err_hi = 0
        self.waiting = self.active = self.completed = self.extra = False


class Thread:
    def __init__(self):
        self.mark = self.ioctl_start = self.range_start = self.attr_start = self.attr_wait = 0
        self.destroy_start = self.launch = self.last_launch = self.outer = 0
        self.ioctl = NO_IOCTL
        self.page_type = 0
        self.private = self.in_ioctl = self.in_range = self.in_attr = self.in_destroy = False
        self.stack_sent = self.psp_asked = self.psp_answered = self.psp_failed = False
        self.psp = [Command() for _ in range(PSP_DEPTHS)]


class Pairing:
    """Feed it events in order of time; it feeds the sink: sink.NAME(record)."""

    def __init__(self, sink):
        self.sink = sink
        self.threads = {}
        self.comms = {}
        self.live = {}  # number: [pid, asid]
        self.launches = 0
        self.unknown_steps = 0
        self.records = 0

    def send(self, kind, event, launch, **fields):
        self.records += 1
        getattr(self.sink, kind)(Record(ts=event.ts, tid=event.tid, pid=event.pid, launch=launch, **fields))

    def feed(self, name, event):
        if event.pid == event.tid or event.pid not in self.comms:
            self.comms[event.pid] = event.comm
        handler = getattr(self, name, None)
        if handler:
            handler(event)

    def thread(self, event):
        return self.threads.setdefault(event.tid, Thread())

    def in_launch(self, event):
        thread = self.threads.get(event.tid)
        return thread if thread and thread.launch else None

    def by_asid(self, pid, asid):
        return next((n for n, l in self.live.items() if asid and l == [pid, asid]), 0)

    # Ioctls and teardown

    def ioctl_enter(self, e, ioctl):
        launch = self.by_asid(e.pid, e.asid)
        thread = self.thread(e)
        if not launch:
            self.launches += 1
            launch = self.launches
            self.live[launch] = [e.pid, e.asid]
            self.send("launch_begin", e, launch, comm=self.comms[e.pid], joined=e.asid != 0,
                      vm_type=vm_type_of(e.vm_type, ioctl))
        thread.launch = thread.last_launch = launch
        thread.ioctl = ioctl
        thread.in_ioctl = True
        thread.stack_sent = thread.psp_asked = thread.psp_answered = thread.psp_failed = False
        thread.page_type = 0
        thread.private = False
        thread.mark = thread.ioctl_start = e.ts
        self.send("ioctl_enter", e, launch, ioctl=ioctl)

    def ioctl_exit(self, e, fw_error):
        thread = self.in_launch(e)
        if not thread or not thread.in_ioctl:
            return
        launch = thread.launch
        if e.ret:
            self.stack(e, thread)
        self.send("ioctl_exit", e, launch, duration=e.ts - thread.ioctl_start, ioctl=thread.ioctl, ret=e.ret,
                  fw_error=fw_error, asid=e.asid, vm_type=vm_type_of(e.vm_type, thread.ioctl),
                  psp_asked=thread.psp_asked, psp_answered=thread.psp_answered)
        thread.in_ioctl = False
        thread.launch = 0
        if launch not in self.live:
            return
        if e.asid:
            self.live[launch][1] = e.asid
            if thread.ioctl in INITS and not e.ret:
                for other in [n for n, l in self.live.items() if l[1] == e.asid and n != launch]:
                    del self.live[other]
            return
        if e.ret:
            self.send("launch_end", e, launch, duration=0, asid=0, destroyed=False)
        del self.live[launch]

    def stack(self, e, thread):
        if e.stack and not thread.stack_sent:
            thread.stack_sent = True
            self.send("stack", e, thread.launch, frames=e.stack)

    def kvm_sev_cmd_enter(self, e):
        self.ioctl_enter(e, e.cmd)

    def kvm_sev_cmd_exit(self, e):
        self.ioctl_exit(e, e.fw_error)

    def kvm_sev_region_enter(self, e):
        self.ioctl_enter(e, IOCTL_NUMBERS["KVM_MEMORY_ENCRYPT_REG_REGION" if e.reg else
                                          "KVM_MEMORY_ENCRYPT_UNREG_REGION"])

    def kvm_sev_region_exit(self, e):
        self.ioctl_exit(e, 0)

    def kvm_sev_vm_destroy_start(self, e):
        launch = self.by_asid(e.pid, e.asid) or next((n for n, l in self.live.items() if l[1] == e.asid), 0)
        if not launch or not e.asid:
            return
        thread = self.thread(e)
        thread.outer = thread.launch
        thread.launch = launch
        thread.ioctl = NO_IOCTL
        thread.in_destroy = True
        thread.mark = thread.destroy_start = e.ts

    def kvm_sev_vm_destroy_end(self, e):
        thread = self.threads.get(e.tid)
        if not thread or not thread.in_destroy:
            return
        launch = thread.launch
        thread.in_destroy = False
        thread.launch = thread.outer
        if launch in self.live:
            asid = self.live.pop(launch)[1]
            self.send("launch_end", e, launch, duration=e.ts - thread.destroy_start, asid=asid, destroyed=True)

    # Ranges and steps

    def kvm_sev_range_start(self, e):
        thread = self.in_launch(e)
        if not thread:
            return
        thread.page_type = e.page_type
        thread.private = bool(e.private)
        thread.mark = thread.range_start = e.ts
        thread.in_range = True
        self.send("range_start", e, thread.launch, gfn=e.gfn, uaddr=e.uaddr, npages=e.npages, slot=e.slot,
                  page_type=e.page_type, private=bool(e.private))

    def kvm_sev_range_end(self, e):
        thread = self.in_launch(e)
        if not thread or not thread.in_range:
            return
        self.send("range_end", e, thread.launch, gfn=e.gfn, uaddr=e.uaddr, npages=e.npages, done=e.done,
                  ret=e.ret, page_type=thread.page_type, private=thread.private)
        thread.in_range = False
        thread.page_type = 0
        thread.private = False
        thread.mark = e.ts

    def step(self, e, step, ret, pfn, skipped=False):
        thread = self.in_launch(e)
        if not thread:
            return
        duration = e.ts - thread.mark
        thread.mark = e.ts
        if step is None:
            self.unknown_steps += 1
            return
        self.send("step", e, thread.launch, duration=duration, gfn=e.gfn, pfn=pfn, npages=e.npages, ret=ret,
                  step=step, page_type=thread.page_type, skipped=skipped, private=thread.private,
                  ioctl=thread.ioctl)
        if ret and thread.in_ioctl:
            self.stack(e, thread)

    def kvm_sev_step(self, e):
        self.step(e, KERNEL_SEV_STEPS.get(e.step), e.ret, e.pfn)

    def kvm_gmem_populate_step(self, e):
        self.step(e, KERNEL_POPULATE_STEPS.get(e.step), e.ret, e.pfn)

    def kvm_sev_clflush(self, e):
        self.step(e, STEP_NUMBERS["clflush"], 0, NO_FRAME, bool(e.skipped))

    def kvm_vm_set_mem_attributes(self, e):
        thread = self.thread(e)
        thread.attr_wait = 0
        thread.attr_start = e.ts
        thread.in_attr = True

    def kvm_vm_set_mem_attributes_locked(self, e):
        thread = self.thread(e)
        if thread.in_attr:
            thread.attr_wait = e.ts - thread.attr_start

    def kvm_vm_set_mem_attributes_done(self, e):
        thread = self.thread(e)
        if not thread.in_attr:
            return
        thread.in_attr = False
        thread.mark = e.ts
        launch = thread.launch if thread.in_ioctl else thread.last_launch
        if not thread.in_ioctl and launch not in self.live:
            own = [n for n, l in self.live.items() if l[0] == e.pid]
            launch = own[0] if len(own) == 1 else 0
        phase = phase_of(thread.ioctl, thread.page_type, thread.private) if thread.in_ioctl else PHASE_OTHER
        self.send("attributes", e, launch, duration=e.ts - thread.attr_start, wait=thread.attr_wait,
                  start=e.start, end=e.end, ret=e.ret, phase=phase)

    # Firmware commands

    def ccp_sev_cmd_wait(self, e):
        command = self.thread(e).psp[0]
        command.waiting = True
        command.mark = e.ts

    def command(self, e):
        thread = self.thread(e)
        return thread.psp[e.depth] if e.depth < len(thread.psp) and thread.psp[e.depth].active else None

    def ccp_sev_cmd_start(self, e):
        thread = self.thread(e)
        if e.depth >= len(thread.psp):
            return
        before = thread.psp[e.depth]
        command = thread.psp[e.depth] = Command()
        command.wait = e.ts - before.mark if before.waiting else 0
        command.cmd = e.cmd
        command.active = True
        command.mark = e.ts

    def ccp_sev_cmd_issue(self, e):
        command = self.command(e)
        if command:
            command.prep = e.ts - command.mark
            command.mark = e.ts

    def ccp_sev_cmd_complete(self, e):
        command = self.command(e)
        if command:
            command.execution = e.ts - command.mark
            command.completed = True
            command.extra, command.err_lo, command.err_hi = bool(e.extra), e.err_lo, e.err_hi
            command.mark = e.ts

    def ccp_sev_cmd_end(self, e):
        command = self.command(e)
        if not command:
            return
        thread = self.thread(e)
        command.active = False
        last = e.ts - command.mark
        if not e.depth and not thread.psp_failed:
            thread.psp_asked, thread.psp_answered, thread.psp_failed = bool(e.asked), bool(e.answered), e.ret != 0
        self.send("psp", e, thread.launch, wait=command.wait, prep=command.prep if command.completed else last,
                  execution=command.execution, reclaim=last if command.completed else 0, cmd=command.cmd,
                  status=e.status if e.answered else 0, ret=e.ret, err_lo=command.err_lo, err_hi=command.err_hi,
                  depth=e.depth, asked=bool(e.asked), answered=bool(e.answered), extra=command.extra)


def vm_type_of(vm_type, ioctl):
    """A VM of the default type becomes SEV by its INIT."""
    return vm_type or INITS.get(ioctl, 0)


def phase_of(ioctl, page_type, private):
    if ioctl == NO_IOCTL:
        return PHASE_TEARDOWN
    if not page_type:
        return PHASE_OTHER
    return PHASE_PRIVATE if private else PHASE_SHARED
