#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Asks the exporter without end: client.py PORT

Prints a line for each answer, its length. Beside hostile clients that take all connections, some are refused.
"""
import http.client
import sys
import time

while True:
    connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=300)
    try:
        connection.request("GET", "/metrics")
        answer = connection.getresponse()
        print(len(answer.read()) if answer.status == 200 else answer.status, flush=True)
    except (OSError, http.client.HTTPException) as failure:
        print("failed", type(failure).__name__, sep="-", flush=True)
    connection.close()
    time.sleep(0.5)
