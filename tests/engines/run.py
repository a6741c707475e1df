#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers

"""The page module in Chromium, Firefox and WebKitGTK, with a hub.

    run.py [--engine NAME]… [--case NAME]… [--minute SECONDS] [--rows N] [--rate N] [--all] [--screenshots FOLDER]

Prints TAP, and a table of what the page measured of itself while one field of its rows was changed so many times a second.
"""

import argparse
import asyncio
import os
import pathlib
import sys
import traceback
import urllib.parse

from engines import ENGINES

from browser import Server
from gate import Gate

SERVER = [sys.executable, str(pathlib.Path(__file__).with_name('server.py')), '--port', '{port}']
# Browsers themselves say when a server is away, or a WebSocket does not get through.
AWAY = ('WebSocket', 'ERR_', 'establish a connection', 'was interrupted')
MIB = 1024 * 1024


class Skipped(Exception):
    pass


async def follows(page, transport='websocket'):
    """It is current, goes on, and has missed nothing."""
    await page.wait_for(transport, f'window.client?.transport === "{transport}" && !counter.stale')
    last = await page.evaluate('counter.revision')
    await page.wait_for('the next', f'!counter.stale && counter.revision > {last + 5}')
    faults = await page.evaluate('faults()')
    assert faults == [], faults


def quiet(page, away=()):
    problems = [problem for problem in page.problems if not any(words in problem for words in away)]
    page.problems.clear()
    assert not problems, problems


async def follow(page, server, options):
    """connects and follows"""
    await page.open(server.address + 'page.html')
    await follows(page)
    shown = await page.evaluate('Number(document.querySelector("output").textContent)')
    assert shown > 0, shown
    assert await page.evaluate('client.protocol') == 'server-signal.v1'
    quiet(page)


async def reconnect(page, server, options):
    """goes on with another life of the server"""
    await page.open(server.address + 'page.html')
    await follows(page)
    epoch = await page.evaluate('counter.epoch')
    quiet(page)
    await server.kill()
    await page.wait_for('a loss', 'client.state === "waiting" && counter.stale')
    shown = await page.evaluate('document.querySelector("output").textContent')
    assert shown == await page.evaluate('String(counter.value.value)'), shown
    await server.start()
    await page.wait_for('the next life', f'counter.epoch !== "{epoch}"')
    await follows(page)
    quiet(page, AWAY)


async def fine(page, server, options):
    """tells listeners of a part of that part only"""
    await page.open(server.address + 'page.html')
    await page.wait_for('the script', '!!window.parts')
    told = await page.evaluate('parts()')
    assert told == {'here': [0, 1, 2], 'there': 1, 'row': 1}, told
    quiet(page)


async def events(page, server, options):
    """goes on by server-sent events where no WebSocket gets through, and back"""
    gate = Gate(urllib.parse.urlsplit(server.address).port)
    address = f'http://127.0.0.1:{await gate.start()}/'
    gate.closed = True
    await page.open(address + 'page.html')
    await follows(page, 'events')
    await server.kill()
    await page.wait_for('a loss', 'counter.stale')
    await server.start()
    await follows(page, 'events')
    await page.evaluate('void seen.splice(0)')
    gate.closed = False
    await page.wait_for('a WebSocket', 'client.transport === "websocket" || void dispatchEvent(new Event("online"))')
    await follows(page)
    assert await page.evaluate('seen.filter(({ stale }) => stale)') == []
    gate.closed = True
    gate.cut()
    await follows(page, 'events')
    quiet(page, AWAY)
    # It must not come back.
    await page.open('about:blank')


async def tabs(page, server, options):
    """has one connection for all tabs, in a SharedWorker"""
    await share(page, server, 'typeof SharedWorker === "function"', 'shared')


async def locks(page, server, options):
    """has one connection for all tabs, in one of them"""
    await share(page, server, 'typeof BroadcastChannel === "function" && !!navigator.locks', 'locks')


async def share(page, server, needs, search):
    gate = Gate(urllib.parse.urlsplit(server.address).port)
    address = f'http://127.0.0.1:{await gate.start()}/'
    await page.open(server.address + 'page.html')
    if not await page.evaluate(needs):
        raise Skipped(f'it has not {needs}')
    await page.open('about:blank')
    others = [await page.tab() for _ in range(3)]
    for tab in others:
        await tab.open(f'{address}page.html?{search}')
        await follows(tab)
    assert len(gate.sockets) == 1, f'{len(gate.sockets)} connections'
    # Each tab holds a lock while it is there, and the one that has the connection another.
    held = await others[0].evaluate('navigator.locks.query().then(({ held }) => held.length)')
    assert held == len(others) + (search == 'locks'), held
    # The first one, which has the connection if a tab does, is closed.
    await others.pop(0).close()
    for tab in others:
        await follows(tab)
    assert len(gate.sockets) == 1, f'{len(gate.sockets)} connections'
    await server.kill()
    for tab in others:
        await tab.wait_for('a loss', 'counter.stale')
    await server.start()
    for tab in others:
        await follows(tab)
    for tab in others:
        await tab.close()
    quiet(page, AWAY)


async def element(page, server, options):
    """shows signals without a script"""
    await page.open(server.address + 'element.html')
    number = 'Number(document.querySelector("output").textContent || NaN)'
    shown = await page.wait_for('a number', f'{number} > 0 && {number}')
    await page.wait_for('the next', f'{number} > {shown + 5}')
    listed = await page.wait_for('the rows', '(list => list.length && list)'
                                 '([...document.querySelectorAll("li")].map(row => [row.textContent, row.title]))')
    assert listed == [[f'Row {i}', '0'] for i in range(100)], listed[:3]
    await page.wait_for('the state', 'document.querySelector("server-signal").getAttribute("state") === "open"')
    await page.evaluate('document.querySelector("server-signal").client.call("set", { pointer: "/rows/7/name", value: "seven" })')
    await page.wait_for('a change', 'document.querySelectorAll("li")[7].textContent === "seven"')
    quiet(page)


async def paint(page, server, options):
    """shows what the page came with, and resumes from it"""
    await page.open(server.address + 'paint.html')
    await page.wait_for('the script', '!!window.counter')
    came = await page.evaluate('JSON.parse(document.getElementById("server-signal-state").textContent)')
    shown = await page.evaluate('({ stale: counter.stale, state: client.state, '
                                'number: Number(document.querySelector("output").textContent), revision: counter.revision })')
    assert shown == {'stale': True, 'state': 'idle', 'number': shown['revision'], 'revision': shown['revision']}, shown
    assert str(shown['number']) in str(came), came
    await page.evaluate('void client.open()')
    await page.wait_for('the next', f'!counter.stale && counter.value.value > {shown["number"] + 5}')
    seen = await page.evaluate('seen')
    values = [one['value'] for one in seen]
    # Only what came after it was sent, and not all anew.
    assert values == sorted(set(values)) and values[0] == shown['number'], values
    assert [one['whole'] for one in seen] == [True] + [False] * (len(seen) - 1), seen
    quiet(page)


async def inspector(page, server, options):
    """shows a running hub in the inspector"""
    await page.look(1200, 800, False)
    await page.open(server.address + 'server-signal/inspector.html')
    await page.wait_for('the names', '(row => row && (row.click(), true))'
                        '([...document.querySelectorAll("#names .row")].find(row => row.textContent === "counter"))')
    number = 'Number(document.querySelector("#tree .number")?.textContent ?? NaN)'
    shown = await page.wait_for('a number', f'{number} > 0 && {number}')
    await page.wait_for('the next', f'{number} > {shown}')
    names = await page.evaluate('[...document.querySelectorAll("#names .row")].map(row => row.textContent)')
    assert {'counter', 'rows'} <= set(names), names
    await page.evaluate('document.getElementById("tab-changes").click()')
    await page.wait_for('its changes', 'document.querySelectorAll("#changes .row").length > 5')
    if options.screenshots:
        await page.screenshot(options.screenshots / f'inspector-{page.name}.png')
    quiet(page)


CASES = [follow, reconnect, fine, events, tabs, locks, element, paint, inspector]


async def minute(page, server, options, rows):
    """keeps up with {rate} changes a second of {rows} rows"""
    await page.look(480, 640, False)
    await page.open(server.address + 'minute.html' + ('?all' if options.all else ''))
    await page.wait_for('the rows', 'window.rows && !rows.stale && document.querySelectorAll("li").length')
    seconds = options.minute
    load = os.getloadavg()[0]
    # Compiling, and the first collection of garbage, belong to the start.
    await asyncio.sleep(min(seconds / 6, 5))
    await page.evaluate(f'measure({seconds * 1000})')
    await asyncio.sleep(seconds / 4)
    quarter, objects = page.memory(), await page.collected()
    await asyncio.sleep(seconds * 3 / 4)
    figures = await page.evaluate('figures')
    figures.update(engine=await page.version(), quarter=quarter, end=page.memory(), load=(load, os.getloadavg()[0]),
                   objects=(objects, await page.collected()))
    rows.append(figures)
    if options.screenshots:
        await page.screenshot(options.screenshots / f'minute-{page.name}.png')
    assert figures['losses'] == 0, 'the connection was lost'
    await page.wait_for('the last change', 'same()')
    quiet(page)


def write_table(rows, options):
    shown = 'all shown' if options.all else 'those in sight shown'
    print(f'# {options.rows} rows, {shown}, {options.rate} changes a second, {options.minute:g} s in each; ms unless it says something else')
    print('# | engine | frames/s | changes/s | longest frame | message to paint: median, 98 %, longest '
          '| behind the server: median, 99 %, most | asked for an interval | memory at a quarter, at the end, MiB | objects, MiB | load |')
    print('# |' + ' --- |' * 10)
    for row in rows:
        objects = ' → '.join(f'{size / MIB:.1f}' for size in row['objects'] if size) or '–'
        print(f"# | {row['engine']} | {row['fps']:.1f} | {row['changes']:.0f} | {row['gap']:.0f} "
              f"| {row['paint']:.0f}, {row['paintP98']:.0f}, {row['paintMax']:.0f} | {row['lag']:.0f}, {row['lagP99']:.0f}, {row['lagMax']:.0f} "
              f"| {row['interval'] or 'no'} | {row['quarter'] / MIB:.0f} → {row['end'] / MIB:.0f} | {objects} "
              f"| {row['load'][0]:.1f} → {row['load'][1]:.1f} |")


class Tap:
    def __init__(self):
        self.number = 0
        self.failed = False

    def tell(self, name, problem=None, skipped=None):
        self.number += 1
        self.failed = self.failed or problem is not None
        print(f"{'not ok' if problem else 'ok'} {self.number} - {name}" + (f' # SKIP {skipped}' if skipped else ''), flush=True)
        for line in (problem or '').splitlines():
            print('#', line, flush=True)


async def run_case(tap, engine, case, name, arguments, *more):
    """Each in a browser of its own, with a hub of its own."""
    server = Server([*SERVER, *arguments])
    try:
        async with engine() as page:
            server.address = await server.start()
            await case(page, server, *more)
        tap.tell(name)
    except Skipped as why:
        tap.tell(name, skipped=str(why))
    except Exception:
        tap.tell(name, problem=traceback.format_exc())
    finally:
        await server.kill()


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--engine', action='append', choices=[engine.name for engine in ENGINES])
    parser.add_argument('--case', action='append', choices=[case.__name__ for case in CASES] + ['minute'])
    parser.add_argument('--minute', type=float, default=10)
    parser.add_argument('--rows', type=int, default=10000)
    parser.add_argument('--rate', type=int, default=200)
    parser.add_argument('--all', action='store_true', help='an element for each row, and not only for those in sight')
    parser.add_argument('--screenshots', type=pathlib.Path)
    options = parser.parse_args()
    tap, rows = Tap(), []

    if options.screenshots:
        options.screenshots.mkdir(parents=True, exist_ok=True)
    for engine in ENGINES:
        if options.engine and engine.name not in options.engine:
            continue
        for case in [*CASES, minute]:
            if options.case and case.__name__ not in options.case:
                continue
            name = f'{engine.name} {case.__doc__.format(rate=options.rate, rows=options.rows)}'
            if why := engine.missing():
                tap.tell(name, skipped=why)
            elif case is minute:
                await run_case(tap, engine, case, name, ['--rows', str(options.rows), '--rate', str(options.rate)], options, rows)
            else:
                await run_case(tap, engine, case, name, [], options)
    print(f'1..{tap.number}')
    write_table(rows, options)
    return 1 if tap.failed else 0


if __name__ == '__main__':
    sys.exit(asyncio.run(main()))
