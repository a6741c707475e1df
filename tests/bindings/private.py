#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""The examples of private signals and of Unix sockets: everybody sees their own inbox, and strangers nothing.
Usage: private.py EXAMPLES"""

import ast
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

EXAMPLES = pathlib.Path(sys.argv[1])
DEADLINE = 60


def start(path, *arguments):
    return subprocess.Popen([sys.executable, str(EXAMPLES / path), *arguments], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)


def end(program, number=signal.SIGTERM):
    program.send_signal(number)
    _, errors = program.communicate(timeout=DEADLINE)
    assert program.returncode == 0 and errors == '', f'{program.returncode}: {errors}'


def check_private():
    server = start('private/server.py', '0')
    clients = []
    try:
        uri = server.stdout.readline().strip()
        for session, user in ('s1', 'anna'), ('s2', 'ben'), ('s1', 'anna'):
            clients.append(start('private/client.py', uri, session))
            document = ast.literal_eval(clients[-1].stdout.readline())
            assert document == {'user': user, 'messages': [f'Hello {user}']}, document
        # Also with a cookie that is none.
        for session in 's9', '', 'a/b=c', 's1"; a/b=c':
            stranger = start('private/client.py', uri, session)
            out, errors = stranger.communicate(timeout=DEADLINE)
            assert '401 Log in first' in out and errors == '', session + out + errors
        for client in clients:
            end(client, signal.SIGINT)
    finally:
        for client in clients:
            client.kill()
            client.communicate()
        end(server)


def check_unix():
    with tempfile.TemporaryDirectory() as folder:
        path = f'{folder}/socket'
        server = start('unix/server.py', path)
        client = None
        try:
            assert server.stdout.readline() == 'ready\n'
            assert os.stat(path).st_mode & 0o777 == 0o600
            client = start('unix/client.py', path)
            first, second = int(client.stdout.readline()), int(client.stdout.readline())
            assert second == first + 1, (first, second)
            end(client, signal.SIGINT)
        finally:
            if client:
                client.kill()
                client.communicate()
            end(server)
        assert not os.path.exists(path)


def main():
    failed = False
    checks = [('private signals', check_private), ('unix sockets', check_unix)]
    print(f'1..{len(checks)}', flush=True)
    for number, (name, check) in enumerate(checks, 1):
        try:
            check()
            print(f'ok {number} - {name}', flush=True)
        except (AssertionError, ValueError, subprocess.SubprocessError) as error:
            failed = True
            print(f'not ok {number} - {name}\n# {error}', flush=True)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
