# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers

"""The program under test, subject.c, and what it says of itself."""

import json
import os
import queue
import subprocess
import threading


class Subject:
    def __init__(self, program, *arguments, limit=None, fatal=True):
        """program: its path, or the whole of a command that needs no arguments;
        limit: the largest number of descriptors that it may have; fatal: whether a warning ends it."""
        preexec = None
        if limit is not None:
            import resource
            def preexec():
                resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
        environment = dict(os.environ)
        environment['G_DEBUG'] = 'gc-friendly,fatal-warnings' if fatal else 'gc-friendly'
        command = [program, *arguments] if isinstance(program, str) else program
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, env=environment, preexec_fn=preexec)
        self.lines = queue.Queue()
        self.errors = []
        self.threads = [threading.Thread(target=self.read, daemon=True),
                        threading.Thread(target=self.read_errors, daemon=True)]
        for thread in self.threads:
            thread.start()
        self.lost = []
        self.uri = self.next_line(20)

    def read(self):
        for line in self.process.stdout:
            if line.startswith('lost '):
                self.lost.append(line.strip())
            else:
                self.lines.put(line.strip())
        self.lines.put(None)

    def read_errors(self):
        for line in self.process.stderr:
            if len(self.errors) < 1000:
                self.errors.append(line.rstrip())

    def next_line(self, timeout):
        try:
            return self.lines.get(timeout=timeout)
        except queue.Empty:
            return None

    def ask(self, command, timeout=60):
        """The answer, or None: it has ended, or does not answer."""
        try:
            self.process.stdin.write(command + '\n')
            self.process.stdin.flush()
        except OSError:
            return None
        return self.next_line(timeout)

    def stats(self, command='stats', timeout=60):
        answer = self.ask(command, timeout)
        return json.loads(answer) if answer else None

    def reset(self):
        return self.ask('reset')

    @property
    def port(self):
        return int(self.uri.split('//')[1].split('/')[0].split(':')[1])

    @property
    def warnings(self):
        return [line for line in self.errors if 'WARNING' in line or 'CRITICAL' in line or 'ERROR' in line]

    def end(self):
        """Gives the status; negative: the signal that ended it."""
        try:
            self.process.stdin.close()
        except OSError:
            pass
        try:
            status = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        for thread in self.threads:
            thread.join(5)
        return status
