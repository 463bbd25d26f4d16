#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""A VMM that is of no use: hostile_vmm.py FOLDER

It maps a file with a long path tens of thousands of times, and its threads create VMs without end on which every ioctl fails. Each
is a launch that failed, with stacks. Ends when it is killed.
"""
import fcntl
import mmap
import os
import random
import struct
import sys
import threading
import time

MAPPINGS = 30000
DEPTH, NAME = 15, "d" * 240
THREADS = 2
KVM_CREATE_VM, TYPES = 0xAE01, (2, 3, 4)
KVM_MEMORY_ENCRYPT_OP = 0xC008AEBA
KVM_MEMORY_ENCRYPT_REG_REGION = 0x8010AEBB
KVM_SET_MEMORY_ATTRIBUTES = 0x4020AED2
COMMANDS = (1, 2, 3, 6, 7, 22, 100, 101, 102, 0x7fffffff)


def map_much(folder):
    for _ in range(DEPTH):
        folder = os.path.join(folder, NAME)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "f"), "w+b") as file:
        file.truncate(4096)
        return [mmap.mmap(file.fileno(), 4096, prot=mmap.PROT_READ if i & 1 else mmap.PROT_NONE) for i in range(MAPPINGS)]


def refused(vm, ioctl, data):
    try:
        fcntl.ioctl(vm, ioctl, bytearray(data))
    except OSError:
        pass


def deep(levels, *call):
    """Each depth is a stack of its own, so a failure of its own."""
    return deep(levels - 1, *call) if levels else refused(*call)


def launch(kvm, sev_fd, chance):
    vm = fcntl.ioctl(kvm, KVM_CREATE_VM, chance.choice(TYPES))
    for _ in range(chance.randrange(1, 6)):
        refused(vm, KVM_SET_MEMORY_ATTRIBUTES, struct.pack("=QQQQ", chance.getrandbits(40) << 12, 4096, chance.choice((0, 8, 255)), 0))
        deep(chance.randrange(100), vm, KVM_MEMORY_ENCRYPT_OP,
             struct.pack("=IIQII", chance.choice(COMMANDS), 0, chance.choice((0, 1, 1 << 47)), 0, sev_fd))
        refused(vm, KVM_MEMORY_ENCRYPT_REG_REGION, struct.pack("=QQ", 1, chance.getrandbits(63)))
    os.close(vm)


def launches(seed):
    kvm = os.open("/dev/kvm", os.O_RDWR | os.O_CLOEXEC)
    sev_fd = os.open("/dev/sev", os.O_RDWR | os.O_CLOEXEC)
    chance = random.Random(seed)
    while True:
        launch(kvm, sev_fd, chance)
        time.sleep(0.05)


def main():
    maps = map_much(sys.argv[1])
    for seed in range(1, THREADS):
        threading.Thread(target=launches, args=(seed,), daemon=True).start()
    launches(len(maps))


main()
