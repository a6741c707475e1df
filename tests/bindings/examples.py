#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""The small examples do what they say. Usage: examples.py NAME=COMMAND…   (words split at "|")

patches…, native…, transactions…, lists…, calls… and worker… have to print what is expected of them; each client… follows the one
server. They are on port 3000, as in README.md; where that is taken the clients are skipped.
"""

import json
import socket
import subprocess
import sys
import time

EXPECTED = {
    'transactions': '1 [{"op":"replace","path":"/value","value":1},'
                    '{"op":"add","path":"/by","value":"me"}]\n{"value":1,"by":"me"}\n',
    'lists': 'Wash up: done\nat 0: 0 went, 1 came\nat 1: 2 went, 2 came\nShop, Sweep, Wash up\n'
             'Wash up takes 2 of 5\nat 0: 1 went, 0 came\n/tasks/1: Wash up\n',
    'patches': '[{"op":"add","path":"/rows/0","value":{"id":3,"name":"Carol","table":1}},'
               '{"op":"replace","path":"/rows/2/table","value":7}]\n'
               '{"title":"Guests","rows":[{"id":3,"name":"Carol","table":1},'
               '{"id":1,"name":"Alice","table":4},{"id":2,"name":"Bob","table":7}]}\n'
               'Carol is not the first\n',
    'native': 'Emmy 2 False\n'
              "Guests: [{'id': 2, 'name': 'Emmy'}]\n"
              'At "/due/on": JSON cannot carry a value of <class \'datetime.date\'>\n'
              "Guests\nRow(id=2, name='Emmy Noether')\n",
    'native in GJS': 'Emmy 2 false\n'
                     'Guests: [{"id":2,"name":"Emmy"}]\n'
                     'At "/due/on": JSON cannot carry an instance of Date\n'
                     'Guests\n',
    'calls': 'The answer is 3, the replica has 3\n'
             'Refused: invalid-arguments: A number from 1 to 10 is needed\n'
             'Cancelled\n',
    'awaiting': '-1\n0\n3\n',
    'bridge': '0\n1\n2\n',
    'worker': '{"done":100}\n',
    'tasks': '[{"op":"add","path":"/0","value":{"title":"milk","done":false}}]\n'
             '[{"op":"add","path":"/0","value":{"title":"bread","done":false}}]\n'
             '[{"op":"replace","path":"/1/done","value":true}]\n'
             '[{"op":"replace","path":"/0/title","value":"rye bread"},'
             '{"op":"remove","path":"/1"}]\n'
             '[{"title":"rye bread","done":false}]\n',
    'sources': '/sensor/pulses The integer is greater than 9223372036854775807\n'
               '“/sensor/pulses” of signal “state” follows an object, which alone writes it\n'
               '{"actions":{"volume":{"enabled":true,"state":70}},"sensor":{"pulses":2}}\n',
}


def free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(('127.0.0.1', port))
            return True
        except OSError:
            return False


def same(got, expected):
    """The same lines; the order of members is not the same in every language."""
    def read(text):
        return [json.loads(line) if line.startswith(('{', '[')) else line for line in text.split('\n')]

    return read(got) == read(expected)


def follow(command):
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as client:
        values = [int(client.stdout.readline()) for _ in range(5)]
        client.kill()
    return values == list(range(values[0], values[0] + 5)), str(values)


def main():
    programs = [(name, command.split('|')) for name, command in
                (word.split('=', 1) for word in sys.argv[1:])]
    server_command = next(command for name, command in programs if name == 'server')
    programs = [program for program in programs if program[0] != 'server']
    have_port = free(3000)
    failed = False
    print(f'1..{len(programs)}', flush=True)
    server = subprocess.Popen(server_command) if have_port else None
    try:
        for _ in range(200):
            if not have_port or not free(3000):
                break
            time.sleep(0.05)
        for number, (name, command) in enumerate(programs, 1):
            kind = name if name in EXPECTED else name.split(' ')[0]
            if kind in EXPECTED:
                got = subprocess.run(command, capture_output=True, text=True, timeout=60).stdout
                good, what = same(got, EXPECTED[kind]), repr(got)
            elif not have_port:
                print(f'ok {number} - {name} # SKIP port 3000 is taken', flush=True)
                continue
            else:
                good, what = follow(command)
            print(f'{"ok" if good else "not ok"} {number} - {name}', flush=True)
            if not good:
                print(f'# {what}', flush=True)
                failed = True
    finally:
        if server:
            server.kill()
            server.wait()
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
