#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""A hostile client of sevtrace exporter: exporter_hostile.py PORT CONNECTIONS

Opens so many connections, some hundreds at a time: silent ones, ones that send a byte now and then, ones that ask and do not read,
ones that send what is no HTTP. Says what became of them.
"""
import random
import resource
import selectors
import socket
import sys
import time
from collections import Counter

AT_ONCE = 600
PATIENCE = 3  # seconds with one connection
MALFORMED = [
    b"\0" * 100 + b"\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET /metrics HTTP/9.9\r\n\r\n",
    b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /metrics HTTP/1.1\r\n" + b"".join(b"x-%d: %s\r\n" % (i, b"y" * 500) for i in range(500)) + b"\r\n",
    b"POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n" + b"z" * 5000,
    b"POST /metrics HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
    b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: Basic " + b"A" * 8000 + b"\r\n\r\n",
    b"GET /metrics HTTP/1.1\r\nHost: x\r\nAccept: " + b"text/plain;q=0.1," * 300 + b"\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\xff" * 200,
]
SLOW = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n"
UNREAD = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Client:
    def __init__(self, number, port):
        self.kind = ("silent", "slow", "unread", "malformed")[number % 4]
        self.began = time.monotonic()
        self.sent = 0
        self.sock = socket.socket()
        if self.kind == "unread":
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        self.sock.setblocking(False)
        self.sock.connect_ex(("127.0.0.1", port))
        self.data = {"silent": b"", "slow": SLOW, "unread": UNREAD, "malformed": random.choice(MALFORMED)}[self.kind]

    def step(self):
        """Sends some; None: goes on, else what became of it."""
        if time.monotonic() - self.began > PATIENCE:
            return "left"
        if self.sent >= len(self.data):
            return None
        size = 1 if self.kind == "slow" else len(self.data)
        try:
            self.sent += self.sock.send(self.data[self.sent:self.sent + size])
        except BlockingIOError:
            pass
        except OSError:
            return "cut"
        return None

    def read(self):
        if self.kind == "unread":
            return None
        try:
            got = self.sock.recv(4096)
        except BlockingIOError:
            return None
        except OSError:
            return "cut"
        return None if got else "cut"


def main():
    port, number = int(sys.argv[1]), int(sys.argv[2])
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    random.seed(number)
    selector = selectors.DefaultSelector()
    opened, fates, clients = 0, Counter(), set()
    while opened < number or clients:
        while opened < number and len(clients) < AT_ONCE:
            client = Client(opened, port)
            selector.register(client.sock, selectors.EVENT_READ, client)
            clients.add(client)
            opened += 1
        readable = {key.data for key, _ in selector.select(0.05)}
        for client in list(clients):
            fate = client.step() or (client.read() if client in readable else None)
            if fate:
                fates[client.kind + " " + fate] += 1
                selector.unregister(client.sock)
                client.sock.close()
                clients.discard(client)
    print(opened, "connections:", ", ".join(f"{n} {fate}" for fate, n in sorted(fates.items())))


main()
