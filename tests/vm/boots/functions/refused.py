#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Has KVM refuse what it refuses before a launch: refused.py TYPE. A VM of a type that it does not
know is no guest of SEV and nobody's business; one of TYPE (2 SEV, 3 SEV-ES, 4 SEV-SNP) gets a
memory slot and attributes that are not aligned. Prints what came of each."""

import fcntl
import os
import struct
import sys

KVM_CREATE_VM = 0xAE01
KVM_SET_USER_MEMORY_REGION = 0x4020AE46
KVM_SET_USER_MEMORY_REGION2 = 0x40A0AE49
KVM_SET_MEMORY_ATTRIBUTES = 0x4020AED2
PRIVATE = 1 << 3


def call(name, fd, number, argument):
    try:
        result = fcntl.ioctl(fd, number, argument)
        print(name, "ok")
        return result
    except OSError as error:
        print(name, error.errno)
        return None


kvm = os.open("/dev/kvm", os.O_RDWR)
call("unknown", kvm, KVM_CREATE_VM, 99)
vm = call("create", kvm, KVM_CREATE_VM, int(sys.argv[1]))
if vm is not None:
    call("region", vm, KVM_SET_USER_MEMORY_REGION, struct.pack("<IIQQQ", 0, 0, 0, 0x1001, 0x10000))
    call("region2", vm, KVM_SET_USER_MEMORY_REGION2,
         struct.pack("<IIQQQQI", 1, 0, 0x1001, 0x1000, 0x10000, 0, 0).ljust(160, b"\0"))
    call("attributes", vm, KVM_SET_MEMORY_ATTRIBUTES, struct.pack("<QQQQ", 1, 0x1000, PRIVATE, 0))
