#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Every example ends cleanly with Ctrl-C, and with the signal that ends a service: servers tell their
clients (1001), clients tell their server (1000), and the log says so.

Arguments are "server NAME=COMMAND" and "client NAME=COMMAND", the parts of a command joined with "|". A
server prints its address first; "{uri}" in a client's command is the address of the first server, and
"port 3000" after a server's name means that it prints nothing and is there."""

import os
import pathlib
import re
import select
import signal
import socket
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import peer as peers

SIGNALS = {'SIGINT': signal.SIGINT, 'SIGTERM': signal.SIGTERM}
DEADLINE = peers.DEADLINE


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(('127.0.0.1', port))
            return True
        except OSError:
            return False


class Program:
    """A program, with its log."""

    def __init__(self, command):
        env = dict(os.environ, G_MESSAGES_DEBUG='ServerSignal')
        self.out = ''
        # Its input has to stay open, or some take that for the end.
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, env=env)

    def wait_for(self, pattern):
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            found = re.search(pattern, self.out)
            if found:
                return found
            if select.select([self.process.stdout], [], [], 0.2)[0]:
                part = os.read(self.process.stdout.fileno(), 65536)
                if not part:
                    break
                self.out += part.decode()
        raise AssertionError(f'never says {pattern!r}, but {self.out!r}')

    def end(self, number):
        """Its exit status and its complaints."""
        self.process.send_signal(number)
        try:
            out, errors = self.process.communicate(timeout=DEADLINE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError('does not end') from None
        self.out += out.decode()
        return self.process.returncode, errors.decode()

    def kill(self):
        self.process.kill()
        self.process.communicate()


def check_end(program, number):
    status, errors = program.end(number)
    assert status == 0, f'ends with {status}: {errors}'
    assert errors == '', f'complains: {errors}'


def check_server(command, fixed, number):
    program = Program(command)
    try:
        if fixed:
            end = time.monotonic() + DEADLINE
            while is_free(fixed) and time.monotonic() < end:
                time.sleep(0.05)
            port = fixed
        else:
            port = int(program.wait_for(r'(?m)^(?:Open )?(?:ws|http)://[a-z0-9.]+:(\d+)/')[1])
        peer = peers.Peer(port)
        # One that asks for a token refuses a stranger; that ends as cleanly.
        refused = peer.status != 101
        if not refused:
            program.wait_for('A client has come in')
        program.process.send_signal(number)
        if not refused:
            code = peer.close_code()
            assert code == 1001, f'closes with {code}'
        out, errors = program.process.communicate(timeout=DEADLINE)
        program.out += out.decode()
        assert program.process.returncode == 0, f'ends with {program.process.returncode}: {errors}'
        assert errors == b'', f'complains: {errors}'
        assert refused or 'A client has gone' in program.out, program.out
    finally:
        program.kill()


def check_client(command, server, uri, number):
    program = Program([part.replace('{uri}', uri) for part in command])
    try:
        program.wait_for('The client is connected')
        gone = server.out.count('A client has gone')
        check_end(program, number)
        assert 'The client is stopped' in program.out, program.out
        server.wait_for('(?s)' + 'A client has gone.*' * (gone + 1))
    finally:
        program.kill()


def main():
    cases = []
    for argument in sys.argv[1:]:
        name, _, command = argument.partition('=')
        cases += [(name, command.split('|'), number) for number in SIGNALS]
    first = next(command for name, command, _ in cases if name.startswith('server'))
    print(f'1..{len(cases)}', flush=True)
    failed = False
    server = Program(first)
    try:
        port = server.wait_for(r'http://[a-z]+:(\d+)/')[1]
        for at, (name, command, number) in enumerate(cases, 1):
            kind = name.split(' ')[0]
            fixed = 3000 if 'port 3000' in name else 0
            if fixed and not is_free(fixed):
                print(f'ok {at} - {name}, {number} # SKIP port 3000 is taken', flush=True)
                continue
            try:
                if kind == 'server':
                    check_server(command, fixed, SIGNALS[number])
                else:
                    check_client(command, server, f'ws://127.0.0.1:{port}/ws', SIGNALS[number])
                print(f'ok {at} - {name}, {number}', flush=True)
            except (AssertionError, OSError, peers.Ended) as error:
                failed = True
                print(f'not ok {at} - {name}, {number}\n# {error}', flush=True)
    finally:
        server.kill()
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
