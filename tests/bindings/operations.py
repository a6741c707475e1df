#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""The service of examples/operations behind nginx, Apache, HAProxy and Caddy with the files that stand beside it,
and on a socket that it inherits as it does from systemd. A proxy that is not installed is skipped by name.

Usage: operations.py FOLDER"""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from peer import DEADLINE, Ended, Peer

FOLDER = pathlib.Path(sys.argv[1])
PATH = os.environ.get('PATH', '') + ':/usr/sbin:/sbin'
# Where a proxy gives up a connection on which nothing comes, in seconds: more than two pings.
LEAST_TIMEOUT = 45


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def is_there(port):
    with socket.socket() as probe:
        return probe.connect_ex(('127.0.0.1', port)) == 0


def replace(text, old, new):
    assert old in text, f'{old!r} is not in the file'
    return text.replace(old, new)


class Program:
    def __init__(self, command, **options):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)

    def first_line(self):
        return self.process.stdout.readline().decode().strip()

    def wait_for_port(self, port):
        end = time.monotonic() + DEADLINE
        while not is_there(port):
            assert self.process.poll() is None and time.monotonic() < end, \
                f'does not listen: {self.process.stdout.read1().decode()}'
            time.sleep(0.02)

    def end(self):
        self.process.terminate()
        try:
            self.process.communicate(timeout=DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
        return self.process.returncode


def app(*arguments, **options):
    return Program([sys.executable, str(FOLDER / 'app.py'), '--ping', '200', *arguments], **options)


# Each gives a command, and writes what it needs into the folder.

def nginx(folder, port, upstream):
    location = (FOLDER / 'nginx.conf').read_text()
    if isinstance(upstream, int):
        location = replace(location, 'http://unix:/run/app/socket:/ws', f'http://127.0.0.1:{upstream}/ws')
    else:
        location = replace(location, '/run/app/socket', upstream)
    (folder / 'location.conf').write_text(location)
    (folder / 'nginx.conf').write_text(f'''
        daemon off; pid {folder}/pid; error_log stderr warn;
        events {{ }}
        http {{
            access_log off;
            client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
            fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
            server {{ listen 127.0.0.1:{port}; include {folder}/location.conf; }}
        }}''')
    return ['nginx', '-p', str(folder), '-e', 'stderr', '-c', str(folder / 'nginx.conf')]


def apache(folder, port, upstream):
    modules = next(path for path in (pathlib.Path('/usr/lib/apache2/modules'),
                                     pathlib.Path('/usr/lib64/httpd/modules')) if path.is_dir())
    loads = '\n'.join(f'LoadModule {name}_module {modules}/mod_{name}.so'
                      for name in ('mpm_event', 'authz_core', 'proxy', 'proxy_http', 'unixd')
                      if (modules / f'mod_{name}.so').exists())
    (folder / 'proxy.conf').write_text(
        replace((FOLDER / 'apache.conf').read_text(), '/run/app/socket', upstream))
    user = 'User nobody\n' if os.geteuid() == 0 else ''
    (folder / 'apache.conf').write_text(f'''
        ServerRoot {folder}
        ServerName localhost
        Listen 127.0.0.1:{port}
        PidFile {folder}/pid
        ErrorLog /dev/stderr
        DefaultRuntimeDir {folder}
        {loads}
        {user}
        Include {folder}/proxy.conf
        ''')
    return ['apache2', '-D', 'FOREGROUND', '-f', str(folder / 'apache.conf')]


def haproxy(folder, port, upstream):
    text = replace((FOLDER / 'haproxy.cfg').read_text(), 'bind :80', f'bind 127.0.0.1:{port}')
    (folder / 'haproxy.cfg').write_text(replace(text, '/run/app/socket', upstream))
    return ['haproxy', '-db', '-f', str(folder / 'haproxy.cfg')]


def caddy(folder, port, upstream):
    text = replace((FOLDER / 'Caddyfile').read_text(), 'example.org', f'http://127.0.0.1:{port}')
    text = replace(text, 'unix//run/app/socket', f'unix/{upstream}')
    (folder / 'Caddyfile').write_text('{\n\tadmin off\n\tauto_https off\n\tdefault_bind 127.0.0.1\n}\n' + text)
    return ['caddy', 'run', '--adapter', 'caddyfile', '--config', str(folder / 'Caddyfile')]


PROXIES = {'nginx': nginx, 'apache2': apache, 'haproxy': haproxy, 'caddy': caddy}


def follow(peer):
    """The counter comes, and goes on."""
    assert peer.status == 101, peer.head
    assert 'sec-websocket-protocol: server-signal.v1' in peer.head.lower(), peer.head
    assert '"hello"' in peer.next_text()
    peer.send('{"subscribe":"counter"}')
    assert '"epoch"' in peer.next_text()
    assert '"base"' in peer.next_text()


def start_proxy(folder, make, upstream, **options):
    """The port and the program. Somebody else may take a port that was free a moment ago."""
    for attempt in range(5):
        port = free_port()
        try:
            proxy = Program(make(folder, port, upstream), **options)
            proxy.wait_for_port(port)
            return port, proxy
        except AssertionError as error:
            proxy.end()
            if 'in use' not in str(error) or attempt == 4:
                raise


def refused(port, **arguments):
    peer = Peer(port, '/app/ws', **arguments)
    peer.close()
    return peer.status


def check_proxy(name, folder):
    os.chmod(folder, 0o755)
    server = app(f'unix:{folder}/app?mode=0666')
    proxy = None
    try:
        assert server.first_line().startswith('unix:')
        env = dict(os.environ, PATH=PATH, HOME=str(folder), XDG_DATA_HOME=str(folder))
        port, proxy = start_proxy(folder, PROXIES[name], f'{folder}/app', env=env)

        # A page of the proxy's host, and one of another.
        peer = Peer(port, '/app/ws', extra=[f'Origin: http://127.0.0.1:{port}'])
        follow(peer)
        assert refused(port, extra=['Origin: http://example.com']) == 403
        # As long as nothing is to be said, there are the hub's pings.
        peer.send('{"unsubscribe":"counter"}')
        while peer._frame()[0] != 9:
            pass
        server.process.send_signal(signal.SIGTERM)
        assert peer.close_code() == 1001
    finally:
        if proxy:
            proxy.end()
        server.end()


def check_port(folder):
    """Where a proxy reaches the hub by a port of loopback, the list has to have the host."""
    for allow, status in ((), 403), (('--allow', 'example.org'), 101):
        server = app('127.0.0.1', '0', *allow)
        proxy = None
        try:
            upstream = int(re.search(r':(\d+)/', server.first_line())[1])
            port, proxy = start_proxy(folder, nginx, upstream, env=dict(os.environ, PATH=PATH))
            assert refused(port, host='example.org', extra=['Origin: https://example.org']) == status
        finally:
            if proxy:
                proxy.end()
            server.end()


def check_inherited(folder):
    """The service takes a socket that was there before it, and is started again without refusing anybody."""
    listening = socket.socket()
    listening.bind(('127.0.0.1', 0))
    listening.listen(16)
    port = listening.getsockname()[1]

    def hand_over():
        os.dup2(listening.fileno(), 3)
        os.set_inheritable(3, True)
        os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()))
        os.execvp(sys.executable, [sys.executable, str(FOLDER / 'app.py')])

    for _ in range(2):
        server = Program([sys.executable, '-c', 'pass'], preexec_fn=hand_over, close_fds=False)
        try:
            # The connection is made before anybody accepts it.
            peer = Peer(port)
            follow(peer)
            server.process.send_signal(signal.SIGTERM)
            assert peer.close_code() == 1001
            assert server.process.wait(DEADLINE) == 0
        finally:
            server.end()
    listening.close()


def check_certificate(folder):
    if not shutil.which('openssl'):
        return 'openssl is not installed'
    for name in 'old', 'new':
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1',
                        '-nodes', '-days', '2', '-subj', f'/CN={name}', '-keyout', f'{folder}/{name}.key',
                        '-out', f'{folder}/{name}.pem'], check=True, capture_output=True)

    def use(name):
        for ending in 'pem', 'key':
            shutil.copy(folder / f'{name}.{ending}', folder / f'certificate.{ending}')

    def subject(port):
        return subprocess.run(['openssl', 's_client', '-connect', f'127.0.0.1:{port}'], input=b'',
                              capture_output=True, timeout=DEADLINE, check=False).stdout.decode()

    use('old')
    server = app('127.0.0.1', '0', '--certificate', f'{folder}/certificate.pem', '--key', f'{folder}/certificate.key')
    try:
        line = server.first_line()
        assert line.startswith('wss:'), line
        port = int(re.search(r':(\d+)/', line)[1])
        assert 'CN = old' in subject(port)
        use('new')
        server.process.send_signal(signal.SIGHUP)
        end = time.monotonic() + DEADLINE
        while 'CN = new' not in subject(port):
            assert time.monotonic() < end, 'the certificate stays'
    finally:
        server.end()
    return None


def check_timeouts(folder):
    """None of the files gives up a connection before the second ping."""
    found = 0
    for name in 'nginx.conf', 'apache.conf', 'haproxy.cfg':
        text = re.sub(r'#.*', '', (FOLDER / name).read_text())
        for directive, number in re.findall(r'(timeout (?:client|server|tunnel) |_timeout |timeout=)(\d+)', text):
            found += 1
            assert int(number) >= LEAST_TIMEOUT, f'{name}: {directive}{number}'
    assert found == 6, found


def check_units(folder):
    if not shutil.which('systemd-analyze', path=PATH):
        return 'systemd is not installed'
    # It looks for the programs that a unit starts.
    service = replace((FOLDER / 'app.service').read_text(), '/usr/share/app/app.py', str(FOLDER / 'app.py'))
    (folder / 'app.service').write_text(service)
    (folder / 'app.socket').write_text((FOLDER / 'app.socket').read_text())
    result = subprocess.run(['systemd-analyze', 'verify', '--man=no', '--recursive-errors=no',
                             folder / 'app.socket', folder / 'app.service'], capture_output=True, text=True,
                            env=dict(os.environ, PATH=PATH), check=False)
    faults = [line for line in result.stderr.splitlines() if 'app.s' in line]
    assert not faults, faults
    return None


def main():
    checks = [(f'behind {name}', lambda folder, name=name:
               check_proxy(name, folder) if shutil.which(name, path=PATH) else f'{name} is not installed')
              for name in PROXIES]
    checks += [('behind nginx, by a port', lambda folder:
                check_port(folder) if shutil.which('nginx', path=PATH) else 'nginx is not installed'),
               ('timeouts', check_timeouts),
               ('an inherited socket', check_inherited),
               ('a certificate that is renewed', check_certificate),
               ('units', check_units)]
    failed = False
    print(f'1..{len(checks)}', flush=True)
    for number, (name, check) in enumerate(checks, 1):
        with tempfile.TemporaryDirectory() as folder:
            try:
                skipped = check(pathlib.Path(folder))
                print(f'ok {number} - {name}' + (f' # SKIP {skipped}' if skipped else ''), flush=True)
            except (AssertionError, OSError, Ended, subprocess.SubprocessError) as error:
                failed = True
                text = str(error).replace('\n', '\n# ')
                print(f'not ok {number} - {name}\n# {type(error).__name__}: {text}', flush=True)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
