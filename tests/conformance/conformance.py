#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers

"""Tries every case of cases.py on one end: listen, attach, accept or client.

    conformance.py SUBJECT END [NUMBER …]

A case passes when its outcome is the expected one, or one that RFC 6455 allows instead; how many of
these there were, and what they were, is said in the end. KNOWN lists the failures that are known: one
that passes after all fails the suite, so that the list stays true.
"""

import asyncio
import contextlib
import json
import pathlib
import socket
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'gtk'))
sys.dont_write_bytecode = True

import cases
import wire
from subject import Subject
from tap import Tap

# The end → the case → the reason.
YOUNG = 'libsoup takes the code, which is younger than it is, for a protocol error'
KNOWN = {
    # The frames of accept are libsoup's, and so are a client's.
    end: {'7.7.14': YOUNG, '7.7.15': YOUNG, '7.7.16': YOUNG} for end in ('accept', 'client')
}

TIMEOUT = 30
AT_ONCE = 100
# A SoupServer has a backlog of ten.
CONNECTING = 8


class Trial:
    """One case on one connection."""

    def __init__(self, case, role, reader, writer, rest=b''):
        self.case, self.role = case, role
        self.reader, self.writer = reader, writer
        self.parser = wire.Reader(masked=role.is_client)
        self.events = []
        self.close = None       # the payload of the close frame
        self.violation = None
        self.ended = asyncio.Event()
        self.news = asyncio.Event()
        self.ready = asyncio.Event()
        self.rest = rest
        writer.transport.get_extra_info('socket').setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    # Input

    async def listen(self):
        data = self.rest
        with contextlib.suppress(ConnectionError):
            while data or (data := await self.reader.read(65536)):
                try:
                    for opcode, payload in self.parser.feed(data):
                        self.take(opcode, payload)
                except wire.Violation as violation:
                    self.violation = str(violation)
                    break
                data = b''
        self.ended.set()
        self.news.set()

    def take(self, opcode, payload):
        if opcode == wire.CLOSE:
            self.send(wire.frame(wire.CLOSE, payload, key=self.role.key))
            self.close = payload
            with contextlib.suppress(OSError):
                self.writer.write_eof()
        elif opcode == wire.PONG:
            self.events.append(('pong', payload))
        elif opcode == wire.PING:
            self.send(wire.frame(wire.PONG, payload, key=self.role.key))
        elif opcode == wire.TEXT:
            self.take_text(json.loads(payload))
        else:
            self.events.append(('binary', payload))
        self.news.set()

    def take_text(self, frame):
        if self.role.is_client:
            if frame.get('subscribe') == 'echo':
                self.ready.set()
            elif 'subscribe' in frame:
                self.events.append(('answer', frame['subscribe']))
        elif 'hello' in frame:
            self.ready.set()
        elif 'error' in frame and frame['error']['code'] == 'unknown-signal':
            self.events.append(('answer', frame['error']['name']))
        elif 'error' in frame and frame['error']['code'] == 'bad-message':
            self.events.append(('bad',))
        elif frame.get('name') == 'counter':
            if 'base' not in frame:
                self.events.append(('snapshot', True))
        else:
            self.events.append(('unexpected', frame))

    # Output

    def send(self, data):
        if self.close is None and not self.writer.transport.is_closing():
            self.writer.write(data)

    async def until(self, condition, timeout):
        with contextlib.suppress(asyncio.TimeoutError):
            async with asyncio.timeout(timeout):
                while not condition() and not self.ended.is_set():
                    self.news.clear()
                    await self.news.wait()
        return condition()

    async def run(self):
        begun = time.monotonic()
        listening = asyncio.ensure_future(self.listen())
        try:
            if self.role.is_client:
                self.send(wire.frame(wire.TEXT, json.dumps(
                    {'hello': {'protocol': wire.PROTOCOL, 'signals': ['echo'], 'via': []}}).encode()))
            async with asyncio.timeout(TIMEOUT):
                await self.ready.wait()
            for chunk in self.case.chunks:
                if chunk == 'fail':
                    await self.until(lambda: self.close is not None, 0.3)
                elif isinstance(chunk, bytes):
                    self.send(chunk)
                    with contextlib.suppress(ConnectionError):
                        await self.writer.drain()
                else:
                    await asyncio.sleep(chunk)
            end = await self.end()
        finally:
            listening.cancel()
            self.writer.transport.abort()
        self.seconds = time.monotonic() - begun
        if self.seconds > 3:
            print(f'# {self.case.number} took {self.seconds:.1f} s')
        return end

    async def end(self):
        """Whether it still works; where it should not, time is given to it to end by itself."""
        expected = self.case.end if isinstance(self.case.end, set) else {self.case.end}
        if cases.WORKS in expected:
            # Pongs are merged where more than one ping waits, so ours comes when the others are done.
            await self.until(lambda: len(self.events) >= len(self.case.events), 2)
            works = await self.works()
            if works:
                return cases.WORKS
        await self.until(lambda: False, TIMEOUT / 3)
        if self.violation is not None:
            return f'violation: {self.violation}'
        if not self.ended.is_set():
            return 'open' if self.close is None else 'not closed after the close frame'
        return self.outcome()

    def outcome(self):
        if self.close is None:
            return cases.DROP
        return int.from_bytes(self.close[:2], 'big') if self.close else cases.EMPTY

    async def works(self):
        probe = ('answer', 'probe')
        self.send(wire.frame(wire.TEXT, self.role.message('probe'), key=self.role.key))
        self.send(wire.frame(wire.PING, b'probe', key=self.role.key))
        wanted = [probe, ('pong', b'probe')]
        if not self.role.is_client:
            self.send(wire.frame(wire.TEXT, b'{"subscribe":"counter"}', key=self.role.key))
            wanted.append(('snapshot', True))
        if not await self.until(lambda: all(each in self.events for each in wanted), TIMEOUT / 3):
            return False
        for each in wanted:
            self.events.remove(each)
        self.send(wire.frame(wire.CLOSE, wire.close_payload(1000), key=self.role.key))
        await self.until(lambda: False, TIMEOUT / 3)
        return self.ended.is_set() and self.violation is None and self.outcome() == 1000


def kinds(events):
    """Pongs and answers each in their order; between them RFC 6455 has none."""
    return [each for each in events if each[0] == 'pong'], [each for each in events if each[0] != 'pong']


def judge(case, events, end):
    """'strict', 'free' or what is wrong."""
    ends = case.end if isinstance(case.end, set) else {case.end}
    strict_events = kinds(events) == kinds(case.events)
    free_events = case.free_events is not None and kinds(events) == kinds(case.free_events)
    if strict_events and end in ends:
        return 'strict'
    if (strict_events or free_events) and (end in ends or end in case.free_end):
        return 'free'
    return f'expected {case.events} and {case.end}, but saw {events} and {end}'


async def try_hub(port, role, case, entrance):
    async with entrance:
        reader, writer = await asyncio.open_connection('127.0.0.1', port)
        writer.write(wire.upgrade())
        head = await reader.readuntil(b'\r\n\r\n')
    if not head.startswith(b'HTTP/1.1 101'):
        return [], head.decode('latin-1').split('\r\n')[0]
    trial = Trial(case, role, reader, writer)
    return trial.events, await trial.run()


async def try_all_on_hub(subject, role, chosen):
    gate, entrance = asyncio.Semaphore(AT_ONCE), asyncio.Semaphore(CONNECTING)

    async def one(case):
        async with gate:
            try:
                return case.number, await try_hub(subject.port, role, case, entrance)
            except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
                return case.number, ([], f'{type(error).__name__}: {error}')
    return dict(await asyncio.gather(*map(one, chosen)))


async def try_all_on_clients(program, role, chosen):
    results = {}
    done = asyncio.Event()
    begun = set()

    async def connected(reader, writer):
        try:
            head = await reader.readuntil(b'\r\n\r\n')
            index = int(head.split(b' ')[1].rpartition(b'/')[2])
            if index in begun:
                # It comes back, as it should; a case has one connection.
                return
            begun.add(index)
            writer.write(wire.upgraded(head))
            trial = Trial(chosen[index], role, reader, writer)
            results[chosen[index].number] = trial.events, await trial.run()
            if len(results) == len(chosen):
                done.set()
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            if 'index' in locals():
                results.setdefault(chosen[index].number, ([], f'{type(error).__name__}: {error}'))
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(connected, '127.0.0.1', 0, backlog=1024)
    port = server.sockets[0].getsockname()[1]
    subject = Subject(program, '--mode', 'client', '--uri', f'ws://127.0.0.1:{port}/', '--clients', str(len(chosen)))
    with contextlib.suppress(asyncio.TimeoutError):
        async with asyncio.timeout(2 * TIMEOUT):
            await done.wait()
    server.close()
    return results, subject


def main():
    program, end, *numbers = sys.argv[1:]
    role = cases.Client() if end == 'client' else cases.Hub()
    chosen = [case for case in cases.cases(role) if not numbers or case.number in numbers]
    known = KNOWN.get(end, {})

    begun = time.monotonic()
    if end == 'client':
        results, subject = asyncio.run(try_all_on_clients(program, role, chosen))
    else:
        subject = Subject(program, '--mode', end)
        results = asyncio.run(try_all_on_hub(subject, role, chosen))
    seconds = time.monotonic() - begun
    status = subject.end()

    tap = Tap()
    free = {}
    n_strict = 0
    for case in chosen:
        events, outcome = results.get(case.number, ([], 'never tried'))
        verdict = judge(case, events, outcome)
        if verdict == 'free':
            free[case.number] = f'{events}, {outcome}: {case.why_free}'
        elif verdict == 'strict':
            n_strict += 1
        with tap.case(f'{end} {case.number}: {case.about}'[:150]):
            if case.number in known:
                if verdict in ('strict', 'free'):
                    raise AssertionError(f'is no failure any more, but KNOWN has it: {known[case.number]}')
                print(f'# {case.number} is known to fail, {known[case.number]}: {verdict}')
            elif verdict not in ('strict', 'free'):
                raise AssertionError(verdict)
    with tap.case(f'{end} lives'):
        assert status == 0, f'it ended with {status}: {subject.errors[-10:]}'
        assert not subject.warnings, subject.warnings
    print(f'# {end}: {len(chosen)} cases, {n_strict} as expected, {len(free)} as RFC 6455 allows,'
          f' {len(known)} known to fail; {seconds:.1f} s')
    for number, how in free.items():
        print(f'#   {number}: {how}')
    tap.end()


if __name__ == '__main__':
    main()
