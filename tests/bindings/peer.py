# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""A client that listens, for the tests of programs."""

import pathlib
import socket
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'conformance'))
import wire

DEADLINE = 60


class Ended(Exception):
    """The connection has ended without a close frame."""


class Peer:
    """A connection to a port on loopback. It offers server-signal.v1, and asks for nothing itself."""

    def __init__(self, port, path='/ws', extra=(), host=None):
        self.socket = socket.create_connection(('127.0.0.1', port), timeout=DEADLINE)
        self.socket.sendall(wire.upgrade(path=path, host=host or f'127.0.0.1:{port}', extra=extra))
        self.bytes = b''
        while b'\r\n\r\n' not in self.bytes:
            self._read()
        head, _, self.bytes = self.bytes.partition(b'\r\n\r\n')
        self.head = head.decode('latin-1')
        self.status = int(self.head.split(' ')[1])

    def _read(self):
        try:
            part = self.socket.recv(65536)
        except ConnectionResetError:
            part = b''
        if not part:
            raise Ended('the connection breaks')
        self.bytes += part

    def _frame(self):
        while len(self.bytes) < 2:
            self._read()
        opcode, length, at = self.bytes[0] & 15, self.bytes[1], 2
        if length > 125:
            at = 4 if length == 126 else 10
            while len(self.bytes) < at:
                self._read()
            length = int.from_bytes(self.bytes[2:at], 'big')
        while len(self.bytes) < at + length:
            self._read()
        payload, self.bytes = self.bytes[at:at + length], self.bytes[at + length:]
        return opcode, payload

    def _send(self, opcode, payload):
        self.socket.sendall(wire.frame(opcode, payload, key=b'\1\2\3\4'))

    def send(self, text):
        self._send(wire.TEXT, text.encode())

    def next_text(self):
        """The next message. Pings are answered."""
        while True:
            opcode, payload = self._frame()
            if opcode == wire.TEXT:
                return payload.decode()
            if opcode == wire.PING:
                self._send(wire.PONG, payload)
            if opcode == wire.CLOSE:
                raise Ended(f'closed with {payload[:2].hex()}')

    def close_code(self):
        """Reads on until the close frame, and answers it."""
        while True:
            opcode, payload = self._frame()
            if opcode == wire.PING:
                self._send(wire.PONG, payload)
            if opcode == wire.CLOSE:
                self._send(wire.CLOSE, payload[:2])
                self.socket.close()
                return int.from_bytes(payload[:2], 'big')

    def close(self):
        self.socket.close()
