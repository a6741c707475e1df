#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Runs benchmark-store on a Redis server of its own.

Usage: run.py PROGRAM WORKER [COMMITS]
"""

import os
import subprocess
import sys
import tempfile
import time

with tempfile.TemporaryDirectory() as folder:
    socket = os.path.join(folder, 'socket')
    server = subprocess.Popen(['redis-server', '--port', '0', '--unixsocket', socket, '--dir', folder, '--save', ''],
                              stdout=subprocess.DEVNULL)
    try:
        while not os.path.exists(socket):
            time.sleep(0.01)
        status = subprocess.call([sys.argv[1], socket, *sys.argv[2:]])
    finally:
        server.kill()
        server.wait()
sys.exit(status)
