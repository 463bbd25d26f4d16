#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Parts of bootable images.

  image.py initramfs FOLDER   FOLDER as a cpio archive (newc), owned by root, on the standard output
  image.py payload BZIMAGE    the compressed kernel inside of it
"""
import os
import stat
import sys


def member(name, mode, ino, data=b""):
    name = name.encode() + b"\0"
    numbers = (ino, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0)
    header = b"070701" + b"".join(b"%08X" % n for n in numbers) + name
    return header + b"\0" * (-len(header) % 4) + data + b"\0" * (-len(data) % 4)


def initramfs(folder):
    for ino, name in enumerate(sorted(os.listdir(folder)), 1):
        path = os.path.join(folder, name)
        with open(path, "rb") as file:
            mode = stat.S_IFREG | (os.stat(path).st_mode & 0o777)
            yield member(name, mode, ino, file.read())
    yield member("TRAILER!!!", 0, 0)


def payload(image):
    """Documentation/arch/x86/boot.rst: setup_sects, payload_offset, payload_length."""
    with open(image, "rb") as file:
        data = file.read()
    if data[0x202:0x206] != b"HdrS":
        sys.exit(f"image.py: {image} is no bzImage")
    sectors = data[0x1F1] or 4
    offset, length = (int.from_bytes(data[at : at + 4], "little") for at in (0x248, 0x24C))
    start = (sectors + 1) * 512 + offset
    # The last four bytes are the size of what comes out.
    yield data[start : start + length - 4]


def main():
    what = {"initramfs": initramfs, "payload": payload}
    if len(sys.argv) != 3 or sys.argv[1] not in what:
        sys.exit(__doc__)
    for part in what[sys.argv[1]](sys.argv[2]):
        sys.stdout.buffer.write(part)


main()
