# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers

"""A program with a window, on a screen of its own that is nowhere to be seen.

Xvfb keeps the screen in a file; what the widgets show is told by probe.c, which is loaded into the
program, whatever language that is written in.
"""

import asyncio
import json
import os
import pathlib
import struct
import tempfile
import zlib

DEADLINE = 30


class Window:
    def __init__(self, probe, command):
        self.probe = probe
        self.command = command
        self.display = self.process = None

    async def __aenter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.connected = asyncio.get_running_loop().create_future()
        path = os.path.join(self.folder.name, 'probe')
        try:
            self.server = await asyncio.start_unix_server(
                lambda *streams: self.connected.set_result(streams), path, limit=1 << 20)
            number = await asyncio.wait_for(self._start_display(), DEADLINE)
            self.process = await asyncio.create_subprocess_exec(*self.command, env={
                **os.environ, 'DISPLAY': f':{number}', 'GDK_BACKEND': 'x11',
                'GSK_RENDERER': 'cairo', 'GSETTINGS_BACKEND': 'memory', 'GTK_A11Y': 'none',
                'G_DEBUG': 'fatal-warnings',
                'LC_ALL': 'C.UTF-8', 'LD_PRELOAD': self.probe, 'SS_PROBE': path})
            self.reader, self.writer = await asyncio.wait_for(self.connected, DEADLINE)
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_):
        for process in (self.process, self.display):
            if process and process.returncode is None:
                process.kill()
                await process.wait()
        self.server.close()
        self.folder.cleanup()

    async def _start_display(self):
        read, write = os.pipe()
        self.display = await asyncio.create_subprocess_exec(
            'Xvfb', '-displayfd', str(write), '-screen', '0', '720x560x24', '-nolisten', 'tcp',
            '-fbdir', self.folder.name, pass_fds=[write], stderr=asyncio.subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as pipe:
            return (await asyncio.to_thread(pipe.readline)).strip()

    async def ask(self, command):
        self.writer.write(f'{command}\n'.encode())
        line = await asyncio.wait_for(self.reader.readline(), DEADLINE)
        if not line:
            raise AssertionError(f'The window ended with {await self.process.wait()}')
        return line.decode().rstrip('\n')

    async def do(self, command):
        answer = await self.ask(command)
        assert answer == 'done', f'{command}: {answer}'

    async def look(self):
        return json.loads(await self.ask('look'))

    async def rows(self):
        return [row['cells'] for row in (await self.look())['rows']]

    async def selected(self):
        return [row['cells'] for row in (await self.look())['rows'] if row['selected']]

    async def wait_for(self, what, expected, look):
        """Looks until it sees what it expects."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + DEADLINE
        while (seen := await look()) != expected:
            if loop.time() > deadline:
                raise AssertionError(f'Waited for {what}: {expected}\nbut the window shows: {seen}')
            await asyncio.sleep(0.02)

    async def screenshot(self, file):
        """Keeps a picture of the screen; gives how many colours are in it."""
        await self.do('draw')
        width, height, pixels = read_xwd(
            pathlib.Path(self.folder.name, 'Xvfb_screen0').read_bytes())
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(png(width, height, pixels))
        return len({pixels[at:at + 3] for at in range(0, len(pixels), 3)})

    async def close(self):
        """Closes the window, which has to end its program well."""
        await self.do('close')
        status = await asyncio.wait_for(self.process.wait(), DEADLINE)
        assert status == 0, f'The window ended with {status}'


def read_xwd(data):
    """Width, height and RGB of what Xvfb keeps: a header of 25 numbers, then colours, then BGRX."""
    header = struct.unpack('>25I', data[:100])
    width, height, stride = header[4], header[5], header[12]
    begin = header[0] + 12 * header[19]
    pixels = bytearray(3 * width * height)
    for y in range(height):
        row = data[begin + y * stride:begin + y * stride + 4 * width]
        for channel in range(3):
            pixels[3 * width * y + channel:3 * width * (y + 1):3] = row[2 - channel::4]
    return width, height, bytes(pixels)


def png(width, height, pixels):
    def chunk(kind, content):
        return (struct.pack('>I', len(content)) + kind + content
                + struct.pack('>I', zlib.crc32(kind + content)))

    rows = b''.join(b'\0' + pixels[3 * width * y:3 * width * (y + 1)] for y in range(height))
    return (b'\x89PNG\r\n\x1a\n'
            + chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, 0))
            + chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))
