#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""The page of server-signal serve, in headless Chromium: it shows the signals as they are and become, with a token
as well.

Usage: page.py [--screenshots FOLDER]"""

import argparse
import asyncio
import json
import os
import pathlib
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'web'))

import program  # noqa: E402

SKIPPED = 77
BOARD = {'title': 'Departures', 'rows': [
    {'train': 'ICE 612', 'to': 'Hamburg', 'at': '12:04', 'platform': '7', 'delay': 0},
    {'train': 'RE 4', 'to': 'Aachen', 'at': '12:11', 'platform': '2', 'delay': 5},
    {'train': 'S 1', 'to': 'Solingen', 'at': '12:13', 'platform': '11', 'delay': 0}]}
SECTIONS = '''[...document.querySelectorAll('section')].map(s => s.querySelector('h2 span').textContent + (s.matches('.stale') ? '?' : ''))'''


def texts(name):
    return f'''[...document.querySelectorAll('section')].find(s => s.querySelector('h2 span').textContent === '{name}')?.innerText ?? ""'''


async def look(browser, link, folder, screenshots):
    async def wait(expression):
        await browser.wait_for(expression, expression)

    def write(name, value):
        with open(os.path.join(folder, 'new'), 'w', encoding='utf-8') as file:
            json.dump(value, file)
        os.replace(os.path.join(folder, 'new'), os.path.join(folder, name))

    await browser.look(900, 560, False)
    await browser.open(link)
    await wait(f'''({SECTIONS}).join() === "board,counter"''')
    await wait(f'''({texts('counter')}).includes("value41")''')
    await wait(f'''({texts('board')}).includes("Hamburg")''')
    await wait('''document.getElementById("state").textContent === "live"''')
    if screenshots:
        await browser.screenshot(screenshots / 'command.png')
    write('counter.json', {'value': 42, 'step': 1})
    await wait(f'''({texts('counter')}).includes("value42")''')
    await wait('''[...document.querySelectorAll('.lit')].map(node => node.textContent).join() === "42"''')
    await wait(f'''({texts('counter')}).includes("revision 2")''')
    write('late.json', [1, 2])
    await wait(f'''({SECTIONS}).join() === "board,counter,late"''')
    os.remove(os.path.join(folder, 'counter.json'))
    await wait(f'''({SECTIONS}).join() === "board,late"''')


async def main():
    try:
        from browser import Browser  # pylint: disable=import-outside-toplevel
    except ImportError:
        print('SKIP: python3-websockets is not here')
        return SKIPPED
    if not (shutil.which('chromium') or shutil.which('chromium-browser')):
        print('SKIP: chromium is not here')
        return SKIPPED

    parser = argparse.ArgumentParser()
    parser.add_argument('--screenshots', type=pathlib.Path)
    options = parser.parse_args()
    for words in ((), ('--token', 'a b/ü')):
        with tempfile.TemporaryDirectory() as folder:
            for name, value in (('board', BOARD), ('counter', {'value': 41, 'step': 1})):
                with open(os.path.join(folder, name + '.json'), 'w', encoding='utf-8') as file:
                    json.dump(value, file)
            serve = program.Process('serve', '--listen', '127.0.0.1:0', *words, folder)
            try:
                link = serve.line()
                async with Browser() as browser:
                    await look(browser, link, folder, options.screenshots)
                    if browser.problems:
                        print(browser.problems)
                        return 1
            finally:
                serve.end()
    return 0


if __name__ == '__main__':
    sys.exit(asyncio.run(main()))
