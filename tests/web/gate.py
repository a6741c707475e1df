# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers

"""A proxy before a web server that can refuse WebSockets, as some do between a page and its server."""

import asyncio


class Gate:
    def __init__(self, upstream):
        self.upstream = upstream  # a port on this machine
        self.closed = False
        self.sockets = set()  # connections of WebSockets that are open …
        self.events = set()  # … and of streams of events
        self.streams = 0  # of those so far

    async def start(self):
        self.server = await asyncio.start_server(self._serve, '127.0.0.1', 0)
        return self.server.sockets[0].getsockname()[1]

    def cut(self):
        """Ends those that there are."""
        for writer in self.sockets | self.events:
            writer.close()

    async def _serve(self, reader, writer):
        try:
            head = await reader.readuntil(b'\r\n\r\n')
            lower = head.lower()
            websocket = b'\r\nupgrade: websocket' in lower
            stream = b'text/event-stream' in lower
            self.streams += stream
            if websocket and self.closed:
                writer.write(b'HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
                await writer.drain()
                writer.close()
                return
            # One request each, so that none is missed.
            if not websocket:
                head = head[:-2] + b'Connection: close\r\n\r\n'
            there_reader, there_writer = await asyncio.open_connection('127.0.0.1', self.upstream)
        except (OSError, asyncio.IncompleteReadError):
            writer.close()
            return
        there_writer.write(head)
        if websocket or stream:
            (self.sockets if websocket else self.events).add(writer)
        await asyncio.gather(self._pump(reader, there_writer), self._pump(there_reader, writer))
        self.sockets.discard(writer)
        self.events.discard(writer)

    async def _pump(self, reader, writer):
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        writer.close()
