# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers

"""The bytes of HTTP/1.1 and of RFC 6455, good and bad.

It knows no socket, so that it serves a peer that behaves and one that does not.
"""

import base64
import hashlib
import struct

PROTOCOL = 'server-signal.v1'
KEY = base64.b64encode(b'server-signal-16').decode()

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


class Violation(Exception):
    """The other end has sent what RFC 6455 forbids."""


def accept_key(key):
    digest = hashlib.sha1((key + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').encode()).digest()
    return base64.b64encode(digest).decode()


def upgrade(path='/ws', host='127.0.0.1', protocol=PROTOCOL, extra=(), version='HTTP/1.1', key=KEY):
    """The head of a client's opening handshake; extra: lines that are added as they are."""
    lines = [f'GET {path} {version}']
    if host is not None:
        lines.append(f'Host: {host}')
    lines += ['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13']
    if key is not None:
        lines.append(f'Sec-WebSocket-Key: {key}')
    if protocol is not None:
        lines.append(f'Sec-WebSocket-Protocol: {protocol}')
    return '\r\n'.join([*lines, *extra, '', '']).encode()


def upgraded(head, protocol=PROTOCOL):
    """The head of a server's answer to a client's head."""
    key = header(head, 'sec-websocket-key')
    lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade',
             f'Sec-WebSocket-Accept: {accept_key(key)}']
    if protocol is not None:
        lines.append(f'Sec-WebSocket-Protocol: {protocol}')
    return '\r\n'.join([*lines, '', '']).encode()


def header(head, name):
    for line in head.decode('latin-1').split('\r\n')[1:]:
        key, _, value = line.partition(':')
        if key.strip().lower() == name:
            return value.strip()
    return None


def mask(payload, key):
    if key == b'\0\0\0\0' or not payload:
        return payload
    whole = (key * (len(payload) // 4 + 1))[:len(payload)]
    return (int.from_bytes(payload, 'big') ^ int.from_bytes(whole, 'big')).to_bytes(len(payload), 'big')


def frame(opcode, payload=b'', fin=True, rsv=0, key=None):
    """key: four bytes to mask the payload with, as a client has to; None for a server's frame."""
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    flag = 0x80 if key is not None else 0
    length = len(payload)
    if length < 126:
        head = struct.pack('!BB', first, flag | length)
    elif length < 65536:
        head = struct.pack('!BBH', first, flag | 126, length)
    else:
        head = struct.pack('!BBQ', first, flag | 127, length)
    return head + (key + mask(payload, key) if key is not None else payload)


def close_payload(code, reason=b''):
    return struct.pack('!H', code) + reason


class Reader:
    """Takes the bytes that the other end sends and gives its messages, as (opcode, payload).

    masked: whether the other end has to mask. It raises a Violation at anything that RFC 6455 does
    not let an end without extensions send.
    """

    def __init__(self, masked):
        self.masked = masked
        self.data = bytearray()
        self.parts = None
        self.opcode = None
        self.closed = False

    def feed(self, data):
        self.data += data
        while (found := self.take()) is not None:
            opcode, payload, fin = found
            if self.closed:
                raise Violation('a frame after the close frame')
            if opcode >= CLOSE:
                self.closed = opcode == CLOSE
                yield opcode, payload
            elif opcode == CONTINUATION and self.parts is None:
                raise Violation('a continuation of nothing')
            elif opcode != CONTINUATION and self.parts is not None:
                raise Violation('a message within a message')
            else:
                if opcode != CONTINUATION:
                    self.parts, self.opcode = [], opcode
                self.parts.append(payload)
                if fin:
                    message, self.parts = b''.join(self.parts), None
                    if self.opcode == TEXT:
                        check_text(message)
                    yield self.opcode, message

    def take(self):
        data = self.data
        if len(data) < 2:
            return None
        fin, rsv, opcode = bool(data[0] & 0x80), data[0] & 0x70, data[0] & 0x0f
        masked, length, at = bool(data[1] & 0x80), data[1] & 0x7f, 2
        if rsv or opcode not in (CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG):
            raise Violation(f'the first byte {data[0]:#04x}')
        if masked != self.masked:
            raise Violation('masked' if masked else 'not masked')
        if opcode >= CLOSE and (length > 125 or not fin):
            raise Violation('a control frame that is long or in fragments')
        if length >= 126:
            size, least = (2, 126) if length == 126 else (8, 65536)
            if len(data) < at + size:
                return None
            length = int.from_bytes(data[at:at + size], 'big')
            at += size
            if length < least or length >> 63:
                raise Violation(f'the length {length} in {size} bytes')
        key = None
        if masked:
            key, at = bytes(data[at:at + 4]), at + 4
        if len(data) < at + length:
            return None
        payload = bytes(data[at:at + length])
        del data[:at + length]
        if key is not None:
            payload = mask(payload, key)
        if opcode == CLOSE:
            check_close(payload)
        return opcode, payload, fin


def check_text(payload):
    try:
        payload.decode()
    except UnicodeDecodeError:
        raise Violation('text that is not UTF-8') from None


def check_close(payload):
    if len(payload) == 1:
        raise Violation('a close frame of one byte')
    if payload:
        code = int.from_bytes(payload[:2], 'big')
        if not (1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999):
            raise Violation(f'the close code {code}')
        check_text(payload[2:])
