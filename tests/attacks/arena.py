# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers

"""The place of an attack: the subject, good clients beside it, and how both fared."""

import contextlib
import dataclasses
import json
import os
import pathlib
import selectors
import socket
import ssl
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'conformance'))

import wire
from subject import Subject

MASK = b'\0\0\0\0'
HELLO = wire.frame(wire.TEXT, json.dumps({'hello': {'protocol': wire.PROTOCOL, 'signals': ['echo'],
                                                    'via': []}}).encode())
GOOD_CLIENTS = 3
INTERVAL = 0.05
# Longer than this a good client must not hear nothing.
GOOD_GAP = 1.0


@dataclasses.dataclass
class Result:
    name: str
    figure: str                 # how far the attack got
    held: bool                  # whether the attack's own condition holds
    stall_ms: float = None
    stall_cpu_ms: float = None  # the same in the processor's time
    rss_mib: float = None       # at its peak, beyond what was there before
    heap_mib: float = None      # held after the attack's connections are gone
    good: bool = None
    good_gap: float = None
    cpu: float = None           # share of a core while it was attacked
    remarks: list = dataclasses.field(default_factory=list)

    def row(self):
        def number(value, form):
            return '-' if value is None else format(value, form)
        good = '-' if self.good is None else 'yes' if self.good else 'no'
        return (f'{self.name:22} {number(self.stall_ms, ".0f"):>7} {number(self.rss_mib, ".1f"):>8}'
                f' {number(self.heap_mib, ".1f"):>8} {number(self.cpu, ".2f"):>5} {good:>4}'
                f' {number(self.good_gap, ".2f"):>6}  {self.figure}')

    HEADING = (f'{"attack":22} {"stall":>7} {"RSS":>8} {"held":>8} {"CPU":>5} {"good":>4} {"gap":>6}  figure\n'
               f'{"":22} {"ms":>7} {"MiB":>8} {"MiB":>8} {"cores":>5} {"":>4} {"s":>6}')


def tls(sock):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(sock)


class GoodClients(threading.Thread):
    """Clients that follow "counter", and note the longest time that they heard nothing."""

    def __init__(self, connect):
        super().__init__(daemon=True)
        self.connect = connect
        self.ending = False
        self.gap = 0.0
        self.failed = None
        self.n_updates = 0
        self.begun = threading.Event()

    def run(self):
        try:
            self.follow()
        except (OSError, wire.Violation) as error:
            self.failed = str(error)
        self.begun.set()

    def follow(self):
        readers = {}
        selector = selectors.DefaultSelector()
        for _ in range(GOOD_CLIENTS):
            sock, rest = handshake(self.connect())
            sock.sendall(wire.frame(wire.TEXT, b'{"subscribe":"counter"}', key=MASK))
            reader = wire.Reader(masked=False)
            list(reader.feed(rest))
            readers[sock] = [reader, time.monotonic()]
            sock.setblocking(False)
            selector.register(sock, selectors.EVENT_READ)
        self.begun.set()
        while not self.ending:
            for key, _ in selector.select(0.02):
                self.read(key.fileobj, readers[key.fileobj])
            now = time.monotonic()
            self.gap = max(self.gap, *(now - heard for _, heard in readers.values()))
        for sock in readers:
            sock.close()

    def read(self, sock, state):
        try:
            data = sock.recv(65536)
        except (BlockingIOError, ssl.SSLWantReadError):
            return
        if not data:
            raise OSError('a good client was cut off')
        for opcode, payload in state[0].feed(data):
            if opcode == wire.TEXT:
                state[1] = time.monotonic()
                self.n_updates += 1
            elif opcode == wire.PING:
                sock.send(wire.frame(wire.PONG, payload, key=MASK))
            elif opcode == wire.CLOSE:
                raise OSError(f'a good client was closed: {payload}')

    def end(self):
        self.ending = True
        self.join(5)


def handshake(sock, **options):
    """Gives the socket, and the bytes that came behind the answer's head."""
    sock.settimeout(10)
    sock.sendall(wire.upgrade(**options))
    data = b''
    while b'\r\n\r\n' not in data:
        more = sock.recv(65536)
        if not more:
            raise OSError('refused')
        data += more
    head, _, rest = data.partition(b'\r\n\r\n')
    if b' 101 ' not in head.split(b'\r\n')[0]:
        raise OSError(head.split(b'\r\n')[0].decode())
    return sock, rest


class Watch(threading.Thread):
    """The largest resident memory of a process, and its time on the processor."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid = pid
        self.peak = self.resident()
        self.ending = False

    def resident(self):
        try:
            with open(f'/proc/{self.pid}/statm') as file:
                return int(file.read().split()[1]) * os.sysconf('SC_PAGESIZE')
        except (OSError, IndexError):
            return 0

    def processor(self):
        try:
            with open(f'/proc/{self.pid}/stat') as file:
                fields = file.read().rpartition(')')[2].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')
        except (OSError, IndexError):
            return 0.0

    def run(self):
        while not self.ending:
            self.peak = max(self.peak, self.resident())
            time.sleep(0.005)


class Arena:
    """A hub that is attacked."""

    def __init__(self, program, *arguments, limit=None, certificate=None, unix=None):
        self.certificate, self.unix = certificate, unix
        arguments = list(arguments)
        if certificate:
            arguments += ['--certificate', certificate]
        if unix:
            arguments += ['--address', f'unix:{unix}']
        self.subject = Subject(program, *arguments, limit=limit, fatal=False)
        self.sockets = []

    def plain(self, receive_buffer=None):
        """A connection that has said nothing, and no TLS either."""
        if self.unix:
            sock = socket.socket(socket.AF_UNIX)
            sock.settimeout(10)
            sock.connect(self.unix)
        else:
            sock = socket.socket()
            if receive_buffer:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            sock.settimeout(10)
            sock.connect(('127.0.0.1', self.subject.port))
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def connect(self):
        return tls(self.plain()) if self.certificate else self.plain()

    def attacker(self, **options):
        """The same, and it is closed when the attack is over."""
        sock = self.plain(**options)
        if self.certificate:
            sock = tls(sock)
        self.sockets.append(sock)
        return sock

    def websocket(self, **options):
        sock = self.attacker(**options)
        handshake(sock)
        return sock

    def settle(self):
        """The figures when the attack's connections are gone."""
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            time.sleep(0.3)
            held = self.subject.stats('heap', timeout=30)
            if held is None or held['peers'] <= GOOD_CLIENTS:
                break
        return held

    def run(self, name, attack):
        good = GoodClients(self.connect)
        good.start()
        good.begun.wait(20)
        time.sleep(0.2)
        before = self.subject.stats('heap')
        self.subject.reset()
        good.gap = 0.0
        watch = Watch(self.subject.process.pid)
        resident, processor = watch.peak, watch.processor()
        watch.start()
        begun = time.monotonic()
        result = Result(name, '', True)
        try:
            result.figure, result.held = attack(self)
        except OSError as error:
            result.figure, result.held = f'{type(error).__name__}: {error}', False
        finally:
            seconds = max(time.monotonic() - begun, 0.001)
            result.cpu = (watch.processor() - processor) / seconds
            after = self.subject.stats(timeout=20)
            for sock in self.sockets:
                with contextlib.suppress(OSError):
                    sock.close()
            watch.ending = True
            watch.join()
        result.rss_mib = (watch.peak - resident) / 2 ** 20
        if after is None:
            result.held = False
            result.remarks.append('the program does not answer, or has ended')
        else:
            result.stall_ms = after['worst_ms']
            result.stall_cpu_ms = after['worst_cpu_ms']
            held = self.settle()
            if before and held:
                result.heap_mib = (held['heap_kib'] - before['heap_kib']) / 1024
        n_updates = good.n_updates
        time.sleep(4 * INTERVAL)
        alive = good.n_updates > n_updates
        good.end()
        result.good_gap = good.gap
        result.good = alive and good.failed is None and good.gap < GOOD_GAP
        if good.failed:
            result.remarks.append(good.failed)
        status = self.subject.end()
        if status != 0:
            result.held = False
            result.remarks.append(f'the program ended with {status}')
            result.remarks += [line for line in self.subject.errors if 'assert' in line.lower()][:1]
        if self.subject.warnings:
            result.held = False
            result.remarks.append(f'{len(self.subject.warnings)} warnings, the first: {self.subject.warnings[0]}')
        return result


class ClientArena:
    """Clients, of which one has to do with a hostile server and one with a good one."""

    def __init__(self, program):
        self.server = socket.create_server(('127.0.0.1', 0), backlog=64)
        self.server.settimeout(15)
        uri = f'ws://127.0.0.1:{self.server.getsockname()[1]}/'
        self.thief = socket.create_server(('127.0.0.1', 0))
        self.subject = Subject(program, '--mode', 'client', '--uri', uri, '--clients', '2', fatal=False)
        self.waiting = {}

    def take(self, number):
        """The connection of that client, and its head."""
        while number not in self.waiting:
            sock, _ = self.server.accept()
            sock.settimeout(10)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            head = b''
            while not head.endswith(b'\r\n\r\n'):
                more = sock.recv(4096)
                if not more:
                    break
                head += more
            if head:
                self.waiting[int(head.split(b' ')[1][1:])] = sock, head
        return self.waiting.pop(number)

    def run(self, name, attack):
        good = GoodServer(*self.take(1))
        good.start()
        sock, head = self.take(0)
        good.begun.wait(10)
        time.sleep(0.2)
        before = self.subject.stats('heap')
        self.subject.reset()
        good.gap = 0.0
        watch = Watch(self.subject.process.pid)
        resident, processor = watch.peak, watch.processor()
        watch.start()
        begun = time.monotonic()
        result = Result(name, '', True)
        try:
            result.figure, result.held = attack(self, sock, head)
        except OSError as error:
            result.figure, result.held = f'{type(error).__name__}: {error}', False
        finally:
            seconds = max(time.monotonic() - begun, 0.001)
            result.cpu = (watch.processor() - processor) / seconds
            with contextlib.suppress(OSError):
                sock.close()
            after = self.subject.stats(timeout=20)
            watch.ending = True
            watch.join()
        result.rss_mib = (watch.peak - resident) / 2 ** 20
        if after is None:
            result.held = False
            result.remarks.append('the program does not answer, or has ended')
        else:
            result.stall_ms = after['worst_ms']
            result.stall_cpu_ms = after['worst_cpu_ms']
            held = self.subject.stats('heap', timeout=30)
            if before and held:
                result.heap_mib = (held['heap_kib'] - before['heap_kib']) / 1024
        n_answers = good.n_answers
        time.sleep(6 * INTERVAL)
        result.good_gap = good.gap
        result.good = good.n_answers > n_answers and good.failed is None and good.gap < GOOD_GAP
        good.end()
        if good.failed:
            result.remarks.append(good.failed)
        self.server.close()
        self.thief.close()
        status = self.subject.end()
        if status != 0:
            result.held = False
            result.remarks.append(f'the program ended with {status}')
        if self.subject.warnings:
            result.held = False
            result.remarks.append(f'{len(self.subject.warnings)} warnings, the first: {self.subject.warnings[0]}')
        return result


class GoodServer(threading.Thread):
    """Sends a client a document, waits for its answer, and again; notes the longest wait."""

    def __init__(self, sock, head):
        super().__init__(daemon=True)
        self.sock, self.head = sock, head
        self.ending = False
        self.gap = 0.0
        self.failed = None
        self.n_answers = 0
        self.begun = threading.Event()

    def run(self):
        try:
            self.serve()
        except (OSError, wire.Violation) as error:
            if not self.ending:
                self.failed = str(error)
        self.begun.set()

    def serve(self):
        reader = wire.Reader(masked=True)
        self.sock.sendall(wire.upgraded(self.head) + HELLO)
        self.sock.settimeout(0.02)
        for number in range(1, 1 << 30):
            token = f'good-{number}'
            self.sock.sendall(snapshot(token, number))
            sent, answered = time.monotonic(), False
            while not answered and not self.ending:
                with contextlib.suppress(TimeoutError):
                    data = self.sock.recv(65536)
                    if not data:
                        raise OSError('the good client has gone')
                    for opcode, payload in reader.feed(data):
                        answered = answered or opcode == wire.TEXT and json.loads(payload).get('subscribe') == token
                self.gap = max(self.gap, time.monotonic() - sent)
            if self.ending:
                return
            self.n_answers += 1
            self.begun.set()
            time.sleep(INTERVAL)

    def end(self):
        self.ending = True
        self.join(5)
        self.sock.close()


def snapshot(value, revision, name='echo'):
    return wire.frame(wire.TEXT, json.dumps({'name': name, 'patch': [{'op': 'replace', 'path': '', 'value': value}],
                                             'epoch': 'e', 'rev': revision}).encode())
