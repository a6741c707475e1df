# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers

"""The cases of the conformance suite, numbered as in the published list of the Autobahn test suite.

Neither of our ends echoes, so a case's messages are such that each has an answer of its own: a hub is
asked for a signal that it does not have, and says so by name; a client is sent a document, and its
application asks for a signal of that name. A hub answers text that is no frame of our protocol, and
all that is binary, with "bad-message"; a client ends the connection. The sizes of 9.* are smaller
than in the list, and stand around the limits of a hub.

An outcome is what came, in order, and how it ended:
  ('answer', token), ('pong', payload), ('bad',)
  WORKS: a message and a ping after it are answered, and 1000 is answered with 1000
  a close code, EMPTY: a close frame without one, DROP: the end of the connection without a close frame
"""

import dataclasses
import itertools
import json

from wire import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, close_payload, frame

WORKS, EMPTY, DROP = 'works', 'empty', 'drop'

PROTOCOL_ERROR, UNSUPPORTED, NOT_UTF8, POLICY, TOO_BIG = 1002, 1003, 1007, 1008, 1009

# The largest message, and the most fragments of one: so many, and one more for so many bytes of it.
HUB_BYTES, FRAGMENTS, FRAGMENT_BYTES = 128 * 1024, 1024, 64
# The bad message that ends a connection of a hub's.
BAD_MESSAGES = 3


class Hub:
    """Cases for a hub: we are the client."""
    key = bytes.fromhex('37fa213d')
    is_client = False
    max_bytes = HUB_BYTES

    def message(self, token, size=0):
        return padded({'subscribe': token}, size)

    def bad(self, opcode, n=1):
        """The outcome of n messages that are no frames."""
        if n >= BAD_MESSAGES:
            return [('bad',)] * BAD_MESSAGES, POLICY
        return [('bad',)] * n, WORKS


class Client:
    """Cases for a client: we are the server."""
    key = None
    is_client = True
    max_bytes = 64 * 1024 * 1024

    def __init__(self):
        self.revisions = itertools.count(1)

    def message(self, token, size=0):
        return padded({'name': 'echo', 'patch': [{'op': 'replace', 'path': '', 'value': token}],
                       'epoch': 'e', 'rev': next(self.revisions)}, size)

    def bad(self, opcode, n=1):
        # A server that speaks no protocol of ours is left at its first word.
        return [], UNSUPPORTED if opcode == BINARY else PROTOCOL_ERROR


def padded(members, size):
    text = json.dumps(members, ensure_ascii=False).encode()
    room = size - len(text) - len(',"x":""')
    return text if room < 0 else text[:-1] + b',"x":"' + b'*' * room + b'"}'


@dataclasses.dataclass
class Case:
    number: str
    about: str
    chunks: list                # bytes, or seconds to wait
    events: list
    end: object                 # one outcome, or a set of them
    free_events: list = None    # events and ends that RFC 6455 allows instead
    free_end: object = ()
    why_free: str = ''


class Writer:
    """Makes the chunks of a case, each of which is written to the socket at once."""

    def __init__(self, role, chop=None):
        self.role, self.chop = role, chop
        self.chunks = []

    def send(self, opcode, payload=b'', fin=True, rsv=0):
        self.raw(frame(opcode, payload, fin, rsv, self.role.key))

    def raw(self, data):
        if self.chop is None:
            if self.chunks and isinstance(self.chunks[-1], bytes):
                self.chunks[-1] += data
            else:
                self.chunks.append(data)
        elif self.chop == 'frames':
            self.chunks += [data, 0]
        else:
            for at in range(0, len(data), self.chop):
                self.chunks += [data[at:at + self.chop], 0]

    def fragments(self, opcode, parts, between=None):
        for index, part in enumerate(parts):
            self.send(opcode if index == 0 else CONTINUATION, part, index == len(parts) - 1)
            if between is not None and index in between:
                self.send(PING, between[index])

    def wait(self, seconds):
        self.chunks.append(seconds)


def split(data, size):
    return [data[at:at + size] for at in range(0, len(data), size)] or [b'']


class Suite:
    def __init__(self, role):
        self.role = role
        self.cases = []

    def add(self, number, about, build, events=(), end=WORKS, chop=None, **more):
        writer = Writer(self.role, chop)
        build(writer)
        self.cases.append(Case(number, about, writer.chunks, list(events), end, **more))

    # For several groups

    def failing(self, number, about, build, events=(), codes=PROTOCOL_ERROR, chop=None, **more):
        """The connection is to be failed. Frames before the fault in the same chunk may go unanswered, and an end that
        fails a connection may drop it (7.1.7)."""
        self.add(number, about, build, events, codes, chop, free_events=[], free_end={DROP},
                 why_free='failed without an answer to what came before, or without a close frame', **more)

    def text_or_bad(self, number, about, size, opcode, chop=None):
        """A message of so many bytes in one frame."""
        self.sized(number, about, size, opcode, max(size, 1), chop)

    def sized(self, number, about, size, opcode, fragment, chop=None):
        role, token = self.role, f'sized-{number}'
        message = role.message(token, size) if opcode == TEXT else b'\xfe' * size
        parts = split(message, fragment)
        if len(message) > role.max_bytes or len(parts) > FRAGMENTS + len(message) // FRAGMENT_BYTES:
            # 7.4.1: 1009 for a message that is too big.
            events, end = [], TOO_BIG
        elif opcode == TEXT:
            events, end = [('answer', token)], WORKS
        else:
            events, end = role.bad(opcode)
        free = {'free_end': {DROP}, 'why_free': 'dropped without a close frame'} if end == TOO_BIG else {}
        self.add(number, f'{about} of {len(message)} bytes in fragments of {fragment}',
                 lambda w: w.fragments(opcode, parts), events, end, chop, **free)


def framing(suite):
    role = suite.role
    for group, opcode, name in (1, TEXT, 'Text'), (2, BINARY, 'Binary'):
        sizes = [0, 125, 126, 127, 128, 65535, 65536, 65536]
        for index, size in enumerate(sizes, 1):
            chop = 997 if index == 8 else None
            number = f'1.{group}.{index}'
            if size == 0:
                events, end = role.bad(opcode)
                suite.add(number, f'{name} message without payload', lambda w, o=opcode: w.send(o), events, end)
            else:
                suite.text_or_bad(number, f'{name} message', size, opcode, chop)


def pings(suite):
    def ping(payload, chop=None):
        return dict(build=lambda w: w.send(PING, payload), events=[('pong', payload)], chop=chop)

    suite.add('2.1', 'Ping without payload', **ping(b''))
    suite.add('2.2', 'Ping with text', **ping(b'Hello, world!'))
    suite.add('2.3', 'Ping with bytes that are no text', **ping(bytes.fromhex('00fffefdfcfb00ff')))
    suite.add('2.4', 'Ping with 125 bytes', **ping(b'\xfe' * 125))
    suite.failing('2.5', 'Ping with 126 bytes', lambda w: w.send(PING, b'\xfe' * 126))
    suite.add('2.6', 'Ping with 125 bytes, byte by byte', **ping(b'\xfe' * 125, chop=1))
    suite.add('2.7', 'Pong that nobody asked for, empty', lambda w: w.send(PONG))
    suite.add('2.8', 'Pong that nobody asked for, with payload', lambda w: w.send(PONG, b'unsolicited'))

    def pong_ping(w):
        w.send(PONG, b'unsolicited')
        w.send(PING, b'asked')
    suite.add('2.9', 'Pong that nobody asked for, then a ping', pong_ping, [('pong', b'asked')])

    payloads = [b'payload-%d' % index for index in range(10)]

    def ten(w):
        for payload in payloads:
            w.send(PING, payload)
    # 5.5.3 allows fewer pongs; ours are merged only while something blocks, and here nothing does.
    suite.add('2.10', 'Ten pings at once', ten, [('pong', payload) for payload in payloads])
    suite.add('2.11', 'Ten pings, byte by byte', ten, [('pong', payload) for payload in payloads], chop=1)


def after_a_message(role, fault):
    """A message, the fault, a ping."""
    def build(w):
        w.send(TEXT, role.message('before'))
        fault(w)
        w.send(PING)
    return build


def reserved_bits(suite):
    role = suite.role
    before = [('answer', 'before')]

    def with_rsv(rsv, opcode=TEXT, payload=None):
        return lambda w: w.send(opcode, role.message('rsv') if payload is None else payload, rsv=rsv)

    suite.failing('3.1', 'Text with RSV 1', with_rsv(1))
    suite.failing('3.2', 'A message, text with RSV 2, ping', after_a_message(role, with_rsv(2)), before)
    suite.failing('3.3', 'A message, text with RSV 3, ping; frame by frame',
                  after_a_message(role, with_rsv(3)), before, chop='frames')
    suite.failing('3.4', 'A message, text with RSV 4, ping; byte by byte',
                  after_a_message(role, with_rsv(4)), before, chop=1)
    suite.failing('3.5', 'Binary with RSV 5', with_rsv(5, BINARY, b'\x00\xff\xfe'))
    suite.failing('3.6', 'Ping with RSV 6', with_rsv(6, PING, b'Hello'))
    suite.failing('3.7', 'Close with RSV 7', with_rsv(7, CLOSE, close_payload(1000)))


def opcodes(suite):
    role = suite.role
    before = [('answer', 'before')]
    for group, first in (1, 3), (2, 11):
        kind = 'data' if group == 1 else 'control'
        for index in range(5):
            opcode = first + index
            payload = b'reserved opcode payload' if index in (1, 3, 4) else b''

            def fault(w, opcode=opcode, payload=payload):
                w.send(opcode, payload)
            number, about = f'4.{group}.{index + 1}', f'Reserved {kind} opcode {opcode}'
            if index < 2:
                suite.failing(number, about, fault)
            else:
                suite.failing(number, f'A message, {about.lower()}, ping', after_a_message(role, fault), before,
                              chop=1 if index > 2 else None)


def fragmentation(suite):
    role = suite.role
    chops = {'at once': None, 'frame by frame': 'frames', 'byte by byte': 1}

    def halves(token):
        message = role.message(token)
        return split(message, len(message) // 2 + 1)

    def control(opcode):
        def build(w):
            w.send(opcode, b'fragment1', fin=False)
            w.send(CONTINUATION, b'fragment2')
        return build
    suite.failing('5.1', 'Ping in two fragments', control(PING))
    suite.failing('5.2', 'Pong in two fragments', control(PONG))

    for number, (how, chop) in zip(('5.3', '5.4', '5.5'), chops.items()):
        suite.add(number, f'Text in two fragments, {how}', lambda w: w.fragments(TEXT, halves('whole')),
                  [('answer', 'whole')], chop=chop)
    for number, (how, chop) in zip(('5.6', '5.7', '5.8'), chops.items()):
        suite.add(number, f'Text in two fragments, a ping between, {how}',
                  lambda w: w.fragments(TEXT, halves('whole'), {0: b'between'}),
                  [('pong', b'between'), ('answer', 'whole')], chop=chop)

    number = 9
    for fin in True, False:
        for how, chop in chops.items():
            def nothing_to_continue(w, fin=fin):
                w.send(CONTINUATION, b'non-continuation', fin=fin)
                w.send(TEXT, role.message('after'))
            suite.failing(f'5.{number}', f'Continuation of nothing, FIN {fin}, then text, {how}',
                          nothing_to_continue, chop=chop)
            number += 1

    def stray_after_message(w):
        w.fragments(TEXT, halves('before'))
        w.send(CONTINUATION, b'fragment3', fin=False)
        w.send(TEXT, role.message('after'))
    suite.failing('5.15', 'Text in two fragments, continuation of nothing, text', stray_after_message,
                  [('answer', 'before')])
    for number, fin in ('5.16', False), ('5.17', True):
        def stray_twice(w, fin=fin):
            for index in range(2):
                w.send(CONTINUATION, b'fragment1', fin=fin)
                w.fragments(TEXT, halves(f'after-{index}'))
        suite.failing(number, f'Twice continuation of nothing, FIN {fin}, and text in two fragments', stray_twice)

    def text_in_text(w):
        first, second = halves('whole')
        w.send(TEXT, first, fin=False)
        w.send(TEXT, second)
    suite.failing('5.18', 'Text in two fragments that are both text', text_in_text)

    for number, chop in ('5.19', None), ('5.20', 'frames'):
        def five(w):
            message = role.message('whole')
            parts = split(message, len(message) // 5 + 1)
            w.fragments(TEXT, parts[:2] + parts[2:], {1: b'pongme 1!', 3: b'pongme 2!'})
            if chop is None:
                # The list waits a second here; what is sent in two pieces must not matter.
                w.chunks[-1:] = [w.chunks[-1][:40], 0.1, w.chunks[-1][40:]]
        suite.add(number, 'Text in five fragments with two pings between', five,
                  [('pong', b'pongme 1!'), ('pong', b'pongme 2!'), ('answer', 'whole')], chop=chop)


# Markus Kuhn's "UTF-8 decoder capability and stress test", as far as the list has it.
GREEK = 'cebae1bdb9cf83cebcceb5'
UTF8 = [
    ('Some valid UTF-8', ['68656c6c6f24776f726c64', '68656c6c6fc2a2776f726c64', '68656c6c6fe282ac776f726c64',
                          '68656c6c6ff0a4ada2776f726c64', GREEK]),
    ('All prefixes of a valid word', [GREEK[:2 * n] for n in range(1, len(GREEK) // 2 + 1)]),
    ('First possible sequence of a length', ['00', 'c280', 'e0a080', 'f0908080']),
    ('First possible sequence of five and six', ['f888808080', 'fc8480808080']),
    ('Last possible sequence of a length', ['7f', 'dfbf', 'efbfbf', 'f48fbfbf']),
    ('Last possible sequence of four, five and six', ['f7bfbfbf', 'fbbfbfbfbf', 'fdbfbfbfbfbf']),
    ('Other boundaries', ['ed9fbf', 'ee8080', 'efbfbd', 'f48fbfbf', 'f4908080']),
    ('Unexpected continuation bytes', ['80', 'bf', *(('80bf' * 3)[:2 * n] for n in range(2, 7)),
                                       bytes(range(0x80, 0xbf)).hex()]),
    ('Lonely start bytes', [b''.join(bytes((byte, 0x20)) for byte in range(first, last)).hex()
                            for first, last in ((0xc0, 0xdf), (0xe0, 0xef), (0xf0, 0xf7), (0xf8, 0xfb),
                                                (0xfc, 0xfd))]),
    ('Last continuation byte missing', ['c0', 'e080', 'f08080', 'f8808080', 'fc80808080',
                                        'df', 'efbf', 'f7bfbf', 'fbbfbfbf', 'fdbfbfbfbf']),
    ('Incomplete sequences in a row', ['c0e080f08080f8808080fc80808080dfefbff7bfbffbbfbfbffdbfbfbfbf']),
    ('Impossible bytes', ['fe', 'ff', 'fefeffff']),
    ('Overlong ASCII', ['c0af', 'e080af', 'f08080af', 'f8808080af', 'fc80808080af']),
    ('Longest overlong sequences', ['c1bf', 'e09fbf', 'f08fbfbf', 'f887bfbfbf', 'fc83bfbfbfbf']),
    ('Overlong NUL', ['c080', 'e08080', 'f0808080', 'f880808080', 'fc8080808080']),
    ('Single surrogates', ['eda080', 'edadbf', 'edae80', 'edafbf', 'edb080', 'edbe80', 'edbfbf']),
    ('Paired surrogates', [high + low for high in ('eda080', 'edadbf', 'edae80', 'edafbf')
                           for low in ('edb080', 'edbfbf')]),
    ('Non-characters', ['efbfbe', 'efbfbf'] + [chr(plane << 16 | at).encode().hex() for plane, at in
                                               itertools.chain.from_iterable(
                                                   [(part >> 4, (part & 15) << 12 | 0xffe),
                                                    (part >> 4, (part & 15) << 12 | 0xfff)]
                                                   for part in range(0x1f, 0x110, 0x10))]),
    ('Specials', ['efbfb9', 'efbfba', 'efbfbb', 'efbfbc', 'efbfbd', 'efbfbe', 'efbfbf']),
]


def utf8(suite):
    role = suite.role
    events, end = role.bad(TEXT)
    suite.add('6.1.1', 'Text without payload', lambda w: w.send(TEXT), events, end)
    suite.add('6.1.2', 'Text in three empty fragments', lambda w: w.fragments(TEXT, [b''] * 3), events, end)
    suite.add('6.1.3', 'Text in three fragments, the first and the last empty',
              lambda w: w.fragments(TEXT, [b'', role.message('middle'), b'']), [('answer', 'middle')])

    word = 'Hello-µ@ßöäüàá-UTF-8!!'
    greek = bytes.fromhex(GREEK)
    whole = [('answer', word)]

    def in_two(w):
        data = role.message(word)
        at = data.index('ö'.encode())
        w.fragments(TEXT, [data[:at], data[at:]])
    suite.add('6.2.1', 'Valid text', lambda w: w.send(TEXT, role.message(word)), whole)
    suite.add('6.2.2', 'Valid text in two fragments, between characters', in_two, whole)
    suite.add('6.2.3', 'Valid text in fragments of a byte', lambda w: w.fragments(TEXT, split(role.message(word), 1)),
              whole)
    suite.add('6.2.4', 'Valid text in fragments of a byte, of longer characters',
              lambda w: w.fragments(TEXT, split(role.message(greek.decode()), 1)), [('answer', greek.decode())])

    bad = greek + bytes.fromhex('eda080') + b'edited'
    suite.failing('6.3.1', 'Invalid text', lambda w: w.send(TEXT, bad), codes=NOT_UTF8)
    suite.failing('6.3.2', 'Invalid text in fragments of a byte', lambda w: w.fragments(TEXT, split(bad, 1)),
                  codes=NOT_UTF8)

    # 8.1: how soon an end has to notice is left open.
    late = dict(free_end={DROP}, why_free='invalid text was noticed when all of it was there')
    far = greek + bytes.fromhex('f4908080') + b'edited'
    for number, cuts in ('6.4.1', (11, 15)), ('6.4.2', (12, 13)):
        def fragments(w, cuts=cuts):
            first, second = cuts
            w.send(TEXT, far[:first], fin=False)
            w.wait(0.1)
            w.send(CONTINUATION, far[first:second], fin=False)
            w.wait('fail')
            w.send(CONTINUATION, far[second:])
        suite.add(number, f'Invalid text in three fragments, cut at {cuts}', fragments, [], NOT_UTF8, **late)
    for number, cuts in ('6.4.3', (11, 15)), ('6.4.4', (12, 13)):
        def chunks(w, cuts=cuts):
            data = frame(TEXT, far, key=role.key)
            first, second = (len(data) - len(far) + cut for cut in cuts)
            w.raw(data[:first])
            w.wait(0.1)
            w.raw(data[first:second])
            w.wait('fail')
            w.raw(data[second:])
        suite.add(number, f'Invalid text in three chunks, cut at {cuts}', chunks, [], NOT_UTF8, **late)

    for group, (about, sequences) in enumerate(UTF8, 5):
        for index, sequence in enumerate(sequences, 1):
            number, data = f'6.{group}.{index}', bytes.fromhex(sequence)
            try:
                token = data.decode()
            except UnicodeDecodeError:
                suite.failing(number, f'{about}: {sequence}', lambda w, d=data: w.send(TEXT, d), codes=NOT_UTF8)
                continue
            if token == '\0':
                # Valid UTF-8, which JSON does not let through.
                events, end = role.bad(TEXT)
                suite.add(number, f'{about}: {sequence}', lambda w, d=data: w.send(TEXT, d), events, end)
            else:
                suite.add(number, f'{about}: {sequence}', lambda w, t=token: w.send(TEXT, role.message(t)),
                          [('answer', token)])


VALID_CODES = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999,
               # Younger than the list: service restart, try again later, bad gateway.
               1012, 1013, 1014]
INVALID_CODES = [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999]


def closing(suite):
    role = suite.role
    goodbye = close_payload(1000)

    def after_close(*frames):
        def build(w):
            w.send(CLOSE, goodbye)
            for opcode, payload in frames:
                w.send(opcode, payload)
        return build

    def message_then_close(w):
        w.send(TEXT, role.message('before'))
        w.send(CLOSE, goodbye)
        w.send(TEXT, role.message('after'))
    # 7.1.1, 5.5.1: what was under way may be left unsent when the close frame is answered.
    behind = dict(free_events=[], why_free='closed before what came earlier was answered')
    suite.add('7.1.1', 'A message, close, a message', message_then_close, [('answer', 'before')], 1000, **behind)
    suite.add('7.1.2', 'Close twice', after_close((CLOSE, b'')), end=1000)
    suite.add('7.1.3', 'Ping after close', after_close((PING, b'')), end=1000)
    suite.add('7.1.4', 'Text after close', after_close((TEXT, role.message('after'))), end=1000)

    def close_within(w):
        message = role.message('never')
        w.send(TEXT, message[:9], fin=False)
        w.send(CLOSE, goodbye)
        w.send(CONTINUATION, message[9:])
    suite.add('7.1.5', 'Close between two fragments', close_within, end=1000)

    def large_then_close(w):
        w.send(TEXT, role.message('large', 64 * 1024))
        w.send(TEXT, role.message('before'))
        w.send(CLOSE, goodbye)
        w.send(PING)
    suite.add('7.1.6', '64 KiB, a message, close, ping', large_then_close,
              [('answer', 'large'), ('answer', 'before')], 1000, **behind)

    suite.add('7.3.1', 'Close without payload', lambda w: w.send(CLOSE), end={EMPTY, 1000})
    suite.failing('7.3.2', 'Close with a payload of one byte', lambda w: w.send(CLOSE, b'a'))
    suite.add('7.3.3', 'Close with a code', lambda w: w.send(CLOSE, goodbye), end=1000)
    suite.add('7.3.4', 'Close with code and reason', lambda w: w.send(CLOSE, goodbye + b'Hello World!'), end=1000)
    suite.add('7.3.5', 'Close with a reason of 123 bytes', lambda w: w.send(CLOSE, goodbye + b'*' * 123), end=1000)
    suite.failing('7.3.6', 'Close with a reason of 124 bytes', lambda w: w.send(CLOSE, goodbye + b'*' * 124))
    suite.failing('7.5.1', 'Close with a reason that is not UTF-8',
                  lambda w: w.send(CLOSE, goodbye + bytes.fromhex(GREEK + 'eda080') + b'edited'),
                  codes={PROTOCOL_ERROR, NOT_UTF8})

    for index, code in enumerate(VALID_CODES, 1):
        # 7.4.1: 1010 is the client's to say.
        one_sided = role.is_client and code == 1010
        suite.add(f'7.7.{index}', f'Close with {code}', lambda w, c=code: w.send(CLOSE, close_payload(c)),
                  end={code, 1000}, free_end={PROTOCOL_ERROR} if one_sided else (),
                  why_free='1010 comes from clients only')
    for index, code in enumerate(INVALID_CODES, 1):
        suite.failing(f'7.9.{index}', f'Close with {code}', lambda w, c=code: w.send(CLOSE, close_payload(c)))
    for index, code in enumerate((5000, 65535), 1):
        # Nothing is said of these but that they are not in use.
        suite.add(f'7.13.{index}', f'Close with {code}', lambda w, c=code: w.send(CLOSE, close_payload(c)),
                  end={code, 1000, PROTOCOL_ERROR, DROP})


def limits(suite):
    role = suite.role
    kib = 1024
    for group, opcode, name in (1, TEXT, 'Text'), (2, BINARY, 'Binary'):
        for index, size in enumerate((4 * kib, 16 * kib, 64 * kib, HUB_BYTES, HUB_BYTES + 1, 1024 * kib), 1):
            suite.text_or_bad(f'9.{group}.{index}', name, size, opcode)
    for group, opcode, name in (3, TEXT, 'Text'), (4, BINARY, 'Binary'):
        for index, size in enumerate((32, 64, 128, 512, 1 * kib, 4 * kib, 16 * kib, 32 * kib, 64 * kib), 1):
            suite.sized(f'9.{group}.{index}', name, 64 * kib, opcode, size)
    for group, opcode, name in (5, TEXT, 'Text'), (6, BINARY, 'Binary'):
        for index, chop in enumerate((64, 128, 256, 512, 1024, 2048), 1):
            suite.text_or_bad(f'9.{group}.{index}', f'In chunks of {chop}, {name.lower()}', 16 * kib, opcode, chop)
    for index, size in enumerate((0, 16, 64, 256, 1024, 4096), 1):
        tokens = [f'round-{n}' for n in range(100)]

        def rounds(w, size=size):
            for token in tokens:
                w.send(TEXT, role.message(token, size))
        suite.add(f'9.7.{index}', f'100 messages of {size} bytes', rounds, [('answer', token) for token in tokens])

        def binary_rounds(w, size=size):
            for _ in tokens:
                w.send(BINARY, b'\xfe' * size)
        events, end = role.bad(BINARY, len(tokens))
        suite.add(f'9.8.{index}', f'100 binary messages of {size} bytes', binary_rounds, events, end)
    suite.sized('10.1.1', 'Text', 64 * kib, TEXT, 1300)


def cases(role):
    suite = Suite(role)
    for group in framing, pings, reserved_bits, opcodes, fragmentation, utf8, closing, limits:
        group(suite)
    return suite.cases
