#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""A server and a client on two hosts: network namespaces, with a cable between them that is slow, loses packets, and
is pulled.

Usage: namespaces.py    (TAP; what the machine does not allow is skipped by name)

The first cable is this program itself: a TUN device at either end, and packets that it hands over late or not at all.
The second one is a veth pair with the kernel's netem, where it has that. Only addresses that are reserved for
examples are used, within the namespaces.
"""

import array
import ctypes
import fcntl
import os
import pathlib
import random
import shutil
import socket
import struct
import subprocess
import sys
import time

SERVER, CLIENT = '192.0.2.1', '192.0.2.2'
VETH_SERVER, VETH_CLIENT = '198.51.100.1', '198.51.100.2'
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454ca, 1, 0x1000
CLONE_NEWNET = 0x40000000
DEADLINE = 30


def skip(why):
    print(f'1..0 # SKIP {why}')
    sys.exit(0)


def run(*words):
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


def open_tun(name, own, other):
    fd = os.open('/dev/net/tun', os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack('16sH22x', name.encode(), IFF_TUN | IFF_NO_PI))
    run('ip', 'address', 'add', own, 'peer', other, 'dev', name)
    run('ip', 'link', 'set', name, 'up')
    return fd


def other_host(link, follower):
    """The process in the other namespace: makes its end of the cable, and starts a client at the URI that it is sent, in place of the one before."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        link.sendall(b'no')
        os._exit(0)
    try:
        run('ip', 'link', 'set', 'lo', 'up')
        fd = open_tun('cable', CLIENT, SERVER)
    except (OSError, subprocess.CalledProcessError):
        link.sendall(b'no')
        os._exit(0)
    link.sendmsg([b'ok'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [fd]))])
    client = None
    while True:
        data, fds, _, _ = socket.recv_fds(link, 4096, 1)
        if client and (not data or data.startswith(b'ws:')):
            client.kill()
            client.wait()
        if not data:
            os._exit(0)
        word = data.decode()
        if word.startswith('ws:'):
            client = subprocess.Popen([sys.executable, str(follower), word, 'document'], stdout=fds[0])
            os.close(fds[0])
            link.sendall(b'ok')
        else:
            link.sendall(b'ok' if subprocess.run(word.split(' '), stderr=subprocess.DEVNULL).returncode == 0
                         else b'no')


def main():
    import gi
    gi.require_version('ServerSignal', '1')
    from gi.repository import GLib, ServerSignal

    seed = int(os.environ.get('SS_TEST_SEED', random.SystemRandom().randrange(2**32)))
    print(f'# SS_TEST_SEED={seed} repeats the choices')
    chance = random.Random(seed)
    context = GLib.MainContext.default()

    link, others = socket.socketpair()
    host = os.fork()
    if host == 0:
        link.close()
        other_host(others, pathlib.Path(__file__).with_name('follow.py'))
    others.close()
    data, fds, _, _ = socket.recv_fds(link, 16, 1)
    if data != b'ok':
        skip('no second network namespace, or no TUN device in it')
    try:
        run('ip', 'link', 'set', 'lo', 'up')
        ends = [open_tun('cable', SERVER, CLIENT), fds[0]]
    except (OSError, subprocess.CalledProcessError) as error:
        skip(f'no TUN device: {error}')

    def elsewhere(*words):
        link.sendall(' '.join(words).encode())
        return link.recv(16) == b'ok'

    # The cable.
    cable = {'delay': 0, 'jitter': 0, 'loss': 0.0, 'pulled': False, 'passed': 0, 'lost': 0}

    def carry(fd, condition, to):
        for _ in range(64):
            try:
                packet = os.read(fd, 65536)
            except BlockingIOError:
                break
            if cable['pulled'] or chance.random() < cable['loss']:
                cable['lost'] += 1
                continue
            cable['passed'] += 1

            def arrive(packet=packet):
                try:
                    os.write(to, packet)
                except OSError:
                    pass
                return GLib.SOURCE_REMOVE

            delay = cable['delay'] + chance.random() * cable['jitter']
            if delay:
                GLib.timeout_add(int(delay), arrive)
            else:
                arrive()
        return GLib.SOURCE_CONTINUE

    for at in range(2):
        GLib.unix_fd_add_full(GLib.PRIORITY_DEFAULT, ends[at], GLib.IOCondition.IN, carry, ends[1 - at])

    # The server.
    document = ServerSignal.Signal.new_from_json('document', '{"count": 0, "list": []}')
    hub = ServerSignal.SignalHub()
    hub.props.keepalive_interval = 1000
    hub.props.keepalive_timeout = 1000
    hub.add(document)
    hub.listen(SERVER, 0)
    uri = hub.dup_uri()
    peers = hub.get_peers()

    # The client, which prints the values that it shows.
    client = {}

    def start(uri):
        ours, its = os.pipe()
        socket.send_fds(link, [uri.encode()], [its])
        os.close(its)
        assert link.recv(16) == b'ok'
        if 'source' in client:
            GLib.source_remove(client['source'])
        client.update(states=[], value=None, stale=True, shown=0, rest=b'')
        os.set_blocking(ours, False)
        client['source'] = GLib.unix_fd_add_full(GLib.PRIORITY_DEFAULT, ours, GLib.IOCondition.IN, hear, None)

    def hear(fd, condition, _):
        data = os.read(fd, 65536)
        *lines, client['rest'] = (client['rest'] + data).split(b'\n')
        for line in lines:
            what, *words = line.decode().split(' ', 4)
            if what == 'state':
                client['states'].append(words[0])
            elif what == 'stale':
                client['stale'] = words[1] == '1'
            elif what == 'value':
                before = client['value']
                client['value'] = (words[1], int(words[2]), words[3])
                client['shown'] += 1
                assert not before or before[0] != words[1] or before[1] < int(words[2]), line
        return bool(data)

    def wait(condition, what):
        over = []
        timer = GLib.timeout_add_seconds(DEADLINE, lambda: over.append(True) or True)
        while not condition() and not over:
            context.iteration(True)
        GLib.source_remove(timer)
        assert not over, f'waited in vain for {what}; {client}, {cable}'

    def pass_time(milliseconds):
        over = []
        GLib.timeout_add(milliseconds, lambda: over.append(True) and False)
        while not over:
            context.iteration(True)

    def write():
        count = document.get_int('/count') + 1
        document.set_int('/count', count)
        document.set_json('/list/-', f'"{"x" * chance.randrange(400)}"')
        if count % 20 == 0:
            document.set_json('/list', '[]')

    def is_equal():
        return not client['stale'] and client['value'] == (document.props.epoch, document.get_revision(),
                                                           document.dup_json(None))

    def losses():
        return client['states'].count('waiting')

    tests = []

    def test(function):
        tests.append(function)
        return function

    @test
    def slow_and_lossy():
        """A cable that takes 20 to 40 ms and loses every twentieth packet is no reason to lose the connection."""
        start(uri)
        wait(is_equal, 'the first document')
        cable.update(delay=20, jitter=20, loss=0.05)
        before = losses()
        for _ in range(60):
            write()
            pass_time(20)
        wait(is_equal, 'the last document')
        cable.update(delay=0, jitter=0, loss=0.0)
        assert losses() == before, client['states']
        assert cable['lost'] > 0
        print(f'# {client["shown"]} revisions shown; {cable["passed"]} packets passed, {cable["lost"]} lost')

    @test
    def pulled_for_a_moment():
        """… nor is one that is pulled for half a second."""
        before = losses()
        cable['pulled'] = True
        write()
        pass_time(500)
        cable['pulled'] = False
        write()
        wait(is_equal, 'the last document')
        assert losses() == before, client['states']

    @test
    def pulled():
        """A cable that is pulled for longer than the deadlines: both ends notice, and go on where they were."""
        before, epoch = losses(), client['value'][0]
        assert peers.get_n_items() == 1
        cable['pulled'] = True
        begin = time.monotonic()
        write()
        wait(lambda: losses() > before, 'the client to notice')
        noticed = time.monotonic() - begin
        assert client['stale']
        wait(lambda: peers.get_n_items() == 0, 'the server to notice')
        print(f'# the client noticed after {noticed:.1f} s, the server after {time.monotonic() - begin:.1f} s')
        for _ in range(5):
            write()
        cable['pulled'] = False
        wait(is_equal, 'the last document')
        assert client['value'][0] == epoch
        wait(lambda: peers.get_n_items() == 1, 'the client to be back')

    @test
    def netem():
        """The same over a veth pair with netem."""
        try:
            run('ip', 'link', 'add', 'wire0', 'type', 'veth', 'peer', 'name', 'wire1')
            run('ip', 'link', 'set', 'wire1', 'netns', str(host))
            run('ip', 'address', 'add', f'{VETH_SERVER}/30', 'dev', 'wire0')
            run('ip', 'link', 'set', 'wire0', 'up')
        except subprocess.CalledProcessError:
            return 'no veth devices'
        assert elsewhere('ip', 'address', 'add', f'{VETH_CLIENT}/30', 'dev', 'wire1')
        assert elsewhere('ip', 'link', 'set', 'wire1', 'up')
        hub.listen(VETH_SERVER, 0)
        port = hub_port(VETH_SERVER)
        netem = ['tc', 'qdisc', 'add', 'dev', 'wire0', 'root', 'netem', 'delay', '20ms', '10ms', 'loss', '5%']
        have_netem = subprocess.run(netem, stderr=subprocess.DEVNULL).returncode == 0
        start(f'ws://{VETH_SERVER}:{port}/ws')
        wait(is_equal, 'the first document')
        for _ in range(30):
            write()
            pass_time(20)
        wait(is_equal, 'the last document')
        assert losses() == 0, client['states']

        # Pulled, with the carrier gone.
        assert elsewhere('ip', 'link', 'set', 'wire1', 'down')
        write()
        wait(lambda: losses() > 0, 'the client to notice')
        assert client['stale']
        write()
        assert elsewhere('ip', 'link', 'set', 'wire1', 'up')
        wait(is_equal, 'the last document')
        return None if have_netem else 'the kernel has no netem; veth without it is well'

    def hub_port(address):
        text = subprocess.run(['ss', '-Hltn', f'src {address}'], stdout=subprocess.PIPE, text=True, check=True).stdout
        return int(text.split()[3].rsplit(':', 1)[1])

    print(f'1..{len(tests)}')
    for number, function in enumerate(tests, 1):
        begin = time.monotonic()
        why = function()
        print(f'ok {number} - {function.__name__.replace("_", "-")}{f" # SKIP {why}" if why else ""}')
        print(f'# {time.monotonic() - begin:.1f} s', flush=True)
    link.close()
    os.waitpid(host, 0)
    sys.exit(0)


if __name__ == '__main__':
    if len(sys.argv) > 1 and sys.argv[1] == '--inside':
        main()
    for program in ('unshare', 'ip', 'tc', 'ss'):
        if not shutil.which(program):
            skip(f'no {program}')
    unshare = ['unshare', '--user', '--map-root-user', '--net', '--pid', '--fork', '--kill-child', '--mount-proc']
    if subprocess.run([*unshare, 'true'], stderr=subprocess.DEVNULL).returncode != 0:
        skip('network namespaces are not allowed here')
    os.execvp('unshare', [*unshare, sys.executable, os.path.abspath(__file__), '--inside'])
