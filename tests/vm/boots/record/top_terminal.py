#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""top-terminal.py END...: runs sevtrace top in a terminal of its own for each way to end it, at once, and
prints for each what became of the terminal: "END STATUS restored frames resized"."""
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

ENTER, LEAVE = b"\033[?1049h", b"\033[?1049l"
PATIENCE = 900  # seconds; a machine may be busy


class Terminal:
    def __init__(self):
        self.master, self.slave = pty.openpty()
        self.resize(24, 80)
        self.before = termios.tcgetattr(self.slave)
        self.seen = b""
        self.top = subprocess.Popen(
            ["build/sevtrace", "top", "-d", "0.2"], stdin=self.slave, stdout=self.slave, stderr=self.slave,
            env=dict(os.environ, TERM="xterm"), preexec_fn=self.take)

    def take(self):
        os.setsid()
        fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)

    def resize(self, lines, columns):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def read_until(self, done):
        end = time.monotonic() + PATIENCE
        while not done() and time.monotonic() < end:
            if select.select([self.master], [], [], 0.1)[0]:
                self.seen += os.read(self.master, 65536)
        return done()

    def frames(self):
        return self.seen.count(b"running")

    def end(self, how):
        if how.startswith("SIG"):
            self.top.send_signal(getattr(signal, how))
        else:
            os.write(self.master, {"q": b"q", "ctrl-c": b"\003"}[how])


def judge(how, t):
    framed = t.read_until(lambda: t.frames() >= 2)
    raw = termios.tcgetattr(t.slave) != t.before
    os.write(t.master, b"s")
    sorted_by = t.read_until(lambda: b"PID*" in t.seen)
    wide = t.seen.count(b"ASID")
    t.resize(40, 140)
    resized = not wide and t.read_until(lambda: b"ASID" in t.seen)
    t.end(how)
    ended = t.read_until(lambda: t.top.poll() is not None)
    if not ended:
        t.top.kill()
    t.read_until(lambda: LEAVE in t.seen)
    restored = termios.tcgetattr(t.slave) == t.before and ENTER in t.seen and t.seen.rstrip().endswith(LEAVE)
    print(how, t.top.wait(), "restored" if framed and raw and restored else "left as it was",
          "sorted" if sorted_by else "unsorted", "resized" if resized else "not resized")


def main():
    terminals = [(how, Terminal()) for how in sys.argv[1:]]
    for how, terminal in terminals:
        judge(how, terminal)


main()
