# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers

"""The files of the kernel as proc(5) describes them, of a machine that does as it is told."""

import os
import pathlib
import shutil

PAGE = os.sysconf('SC_PAGESIZE')
KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB


class Proc:
    """A machine with some cores, whose clock stands still until advance() is called."""

    def __init__(self, folder, cores=2, memory=8 * GIB):
        self.folder = pathlib.Path(folder)
        self.cores = [[1000, 1000] for _ in range(cores)]
        self.memory = memory
        self.processes = {}
        self.advance([0] * cores, used=GIB, load=0.5)

    def put(self, pid, name, memory, threads=1, started=100, ticks=0):
        """Starts a process, or changes what there is of it."""
        self.processes[pid] = [name, memory, threads, started, ticks]
        self._write_process(pid)

    def end(self, pid):
        del self.processes[pid]
        shutil.rmtree(self.folder / str(pid))

    def advance(self, busy, used, load, ran=()):
        """Lets 1000 ticks of the clock go by; `busy` is how many of them each core was, `ran` how
        many of them each process."""
        for pid, ticks in dict(ran).items():
            self.processes[pid][4] += ticks
            self._write_process(pid)
        self._write('loadavg', f'{load:.2f} 0.40 0.30 2/345 6789\n')
        self._write('meminfo', f'MemTotal:       {self.memory // KIB} kB\nMemFree:        1 kB\n'
                               f'MemAvailable:   {(self.memory - used) // KIB} kB\n')
        for core, ticks in zip(self.cores, busy):
            core[0] += ticks
            core[1] += 1000 - ticks
        lines = [self._processor('cpu ', *map(sum, zip(*self.cores)))]
        lines += [self._processor(f'cpu{number}', *core) for number, core in enumerate(self.cores)]
        # Last: whoever sees that time went by sees also what happened in it.
        self._write('stat', '\n'.join(lines) + '\nintr 1 2 3\nctxt 4\n')

    @staticmethod
    def _processor(name, busy, idle):
        user, system = busy // 2, busy - busy // 2
        return f'{name} {user} 0 {system} {idle} 0 0 0 0 0 0'

    def _write_process(self, pid):
        name, memory, threads, started, ticks = self.processes[pid]
        self._write(f'{pid}/stat', f'{pid} ({name}) S 1 1 1 0 -1 4194304 1 0 0 0 {ticks} 0 0 0 20 '
                                   f'0 {threads} 0 {started} 10000000 {memory // PAGE} 1 0 0 0\n')

    def _write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        new = self.folder / 'new'
        new.write_text(text)
        new.rename(path)
