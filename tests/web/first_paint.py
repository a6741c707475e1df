#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers

"""A page that is served with its data shows it without its hub, and follows with it.

    first_paint.py COMMAND [ARGUMENT …]
"""

import asyncio
import sys

from browser import Browser, Server

NUMBER = "Number(document.querySelector('output').textContent || NaN)"


async def main():
    server = Server(sys.argv[1:])
    async with Browser() as browser:
        try:
            address = await server.start()
            await browser.call('Network.enable')
            await browser.call('Page.addScriptToEvaluateOnNewDocument', source='''
                if (location.hash === '#alone') WebSocket = class { close() {} };''')
            await browser.open(address + '#alone')
            shown = await browser.wait_for('the number that the page came with', f'{NUMBER} >= 0 && {{ n: {NUMBER} }}')
            print('it came with', shown['n'])
            await browser.open(address)
            await browser.wait_for('a number that moves', f'{NUMBER} > {shown["n"] + 2}')
            assert not browser.problems, browser.problems
        finally:
            await server.kill()


if __name__ == '__main__':
    asyncio.run(main())
