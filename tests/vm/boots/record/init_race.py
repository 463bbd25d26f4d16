#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""A VMM with two threads that initialise SEV for one VM: the first fails while the second waits for the VM's lock.

The parameters of the first one's KVM_SEV_INIT2 are in a page that is not there yet. The kernel reads them with the lock held and
waits for the page, until the second thread waits for the lock. Does that ROUNDS times, each time with another VM: the first
thread has to tell of its failure before the second one is done. Prints the results.
"""
import ctypes
import errno
import fcntl
import mmap
import os
import struct
import threading

KVM_CREATE_VM, KVM_X86_SEV_VM = 0xAE01, 2
KVM_MEMORY_ENCRYPT_OP = 0xC008AEBA
KVM_SEV_INIT2, KVM_SEV_LAUNCH_START = 22, 2
SYS_USERFAULTFD, UFFD_API = 323, 0xAA
UFFDIO_API, UFFDIO_REGISTER, UFFDIO_COPY = 0xC018AA3F, 0xC020AA00, 0xC028AA03
PAGE = 4096
ROUNDS = 10

libc = ctypes.CDLL(None, use_errno=True)


def address_of(memory):
    return ctypes.addressof(ctypes.c_char.from_buffer(memory))


def sev(vm, sev_fd, command, data):
    """Issues a command whose parameters are at address `data`. Returns its errno."""
    cmd = bytearray(struct.pack("=IIQII", command, 0, data, 0, sev_fd))
    try:
        fcntl.ioctl(vm, KVM_MEMORY_ENCRYPT_OP, cmd)
    except OSError as failure:
        return failure.errno
    return 0


def missing_page():
    """Returns a page that whoever reads it waits for, its address, and the file of the fault."""
    faults = libc.syscall(SYS_USERFAULTFD, os.O_CLOEXEC)
    assert faults >= 0, os.strerror(ctypes.get_errno())
    fcntl.ioctl(faults, UFFDIO_API, bytearray(struct.pack("=QQQ", UFFD_API, 0, 0)))
    page = mmap.mmap(-1, PAGE)
    at = address_of(page)
    fcntl.ioctl(faults, UFFDIO_REGISTER, bytearray(struct.pack("=QQQQ", at, PAGE, 1, 0)))
    return page, at, faults


def await_lock(thread):
    """Waits until the thread sleeps in the kernel, where no signal reaches it: it waits for the lock."""
    while True:
        with open(f"/proc/self/task/{thread}/stat", encoding="ascii") as stat:
            if stat.read().rpartition(")")[2].split()[0] == "D":
                return
        os.sched_yield()


def launch():
    vm = fcntl.ioctl(os.open("/dev/kvm", os.O_RDWR | os.O_CLOEXEC), KVM_CREATE_VM, KVM_X86_SEV_VM)
    sev_fd = os.open("/dev/sev", os.O_RDWR | os.O_CLOEXEC)
    _page, at, faults = missing_page()
    good, results, second = bytearray(48), {}, {}
    begun = threading.Event()

    def initialise(name, data):
        second[name] = threading.get_native_id()
        if name == "second":
            begun.set()
        results[name] = sev(vm, sev_fd, KVM_SEV_INIT2, data)

    threads = [threading.Thread(target=initialise, args=("first", at))]
    try:
        threads[0].start()
        os.read(faults, 32)  # the first thread is at the page
        threads.append(threading.Thread(target=initialise, args=("second", address_of(good))))
        threads[1].start()
        begun.wait()
        await_lock(second["second"])
        bad = bytearray(PAGE)
        struct.pack_into("=I", bad, 8, 1)  # flags that there are not
        fcntl.ioctl(faults, UFFDIO_COPY, bytearray(struct.pack("=QQQQq", at, address_of(bad), PAGE, 0, 0)))
    finally:
        os.close(faults)  # who still waits for the page goes on
    for thread in threads:
        thread.join()
    start = bytearray(struct.pack("=IIQIIQII", 0, 1, 0, 0, 0, 0, 0, 0))
    results["start"] = sev(vm, sev_fd, KVM_SEV_LAUNCH_START, address_of(start))
    print(*[f"{name} {errno.errorcode.get(code, code)}" for name, code in sorted(results.items())], sep=", ")
    os.close(vm)
    os.close(sev_fd)


for _ in range(ROUNDS):
    launch()
