#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers

"""Looks at a counter's page with headless Chromium.

    browser.py [--screenshots DIR] [--expect live|closed|inspector|heavy|leptos] [--protocol NAME]
        -- COMMAND [ARGUMENT …]

The command starts the server; "{port}" in an argument becomes the port to listen on, "{life}" how often it has been
started. It has to print the address of its page. The number must be seen to move; the server is killed, which the page must show; it
is started again, and the number must move again. With "closed", the page must say that this is no server
of ours. With "inspector", that page is looked at instead, with "heavy" also but at what is large, and with "leptos" one that the crate's own
client keeps current. Chromium is driven through its own protocol, so that nothing but python3-websockets is needed.
"""

import argparse
import asyncio
import base64
import copy
import itertools
import json
import math
import os
import pathlib
import re
import shutil
import signal
import socket
import sys
import tempfile

import websockets

DEADLINE = 30
SKIPPED = 77


class Browser:
    """One Chromium with one page, in a profile that goes away with it."""

    def __init__(self, *arguments):
        self.arguments = arguments
        self.pending = {}
        self.numbers = itertools.count(1)
        self.problems = []

    async def __aenter__(self):
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        # It starts a family of processes: a session of their own, so that they end together.
        self.process = await asyncio.create_subprocess_exec(
            shutil.which('chromium') or shutil.which('chromium-browser'), '--headless', '--no-sandbox',
            '--disable-gpu', '--disable-quic', '--disable-dev-shm-usage', '--no-first-run',
            '--disable-background-networking', '--disable-component-update', '--disable-sync',
            '--hide-scrollbars', '--remote-debugging-port=0', '--remote-allow-origins=*',
            f'--user-data-dir={self.profile.name}', *self.arguments, 'about:blank',
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE, start_new_session=True)
        try:
            address = await asyncio.wait_for(self._address(), DEADLINE)
            self.drain = asyncio.create_task(self._drain())
            self.socket = await websockets.connect(address, max_size=None, compression=None)
            self.reading = asyncio.create_task(self._read())
            self.session = None
            targets = (await self.call('Target.getTargets'))['targetInfos']
            await self._attach(next(target for target in targets if target['type'] == 'page')['targetId'])
            await self.look(480, 640, dark=False)
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        await self.process.wait()
        self.profile.cleanup()

    async def _attach(self, target):
        self.target = target
        attached = await self.call('Target.attachToTarget', targetId=target, flatten=True)
        self.session = attached['sessionId']
        for domain in ('Page', 'Runtime', 'Log'):
            await self.call(f'{domain}.enable')

    async def tab(self):
        """Another tab of this browser, which is used as this is, and closed."""
        other = copy.copy(self)
        other.session = None
        await other._attach((await other.call('Target.createTarget', url='about:blank'))['targetId'])
        return other

    async def close(self):
        await self.call('Target.closeTarget', targetId=self.target)

    async def _address(self):
        while line := await self.process.stderr.readline():
            if found := re.search(rb'DevTools listening on (ws://\S+)', line):
                return found[1].decode()
        raise RuntimeError('Chromium did not start')

    async def _drain(self):
        while await self.process.stderr.readline():
            pass

    async def _read(self):
        try:
            async for text in self.socket:
                message = json.loads(text)
                if 'id' in message:
                    self.pending.pop(message['id']).set_result(message)
                else:
                    self._note(message['method'], message['params'])
        except websockets.ConnectionClosed:
            pass

    def _note(self, method, event):
        if method == 'Runtime.exceptionThrown':
            details = event['exceptionDetails']
            self.problems.append(details.get('exception', {}).get('description', details['text']))
        elif method == 'Runtime.consoleAPICalled' and event['type'] in ('error', 'warning', 'assert'):
            self.problems.append(json.dumps(event['args']))
        elif method == 'Log.entryAdded' and event['entry']['level'] in ('error', 'warning'):
            self.problems.append(f"{event['entry']['text']} {event['entry'].get('url', '')}")

    async def call(self, method, **parameters):
        number = next(self.numbers)
        answer = self.pending[number] = asyncio.get_running_loop().create_future()
        message = {'id': number, 'method': method, 'params': parameters}
        if self.session:
            message['sessionId'] = self.session
        await self.socket.send(json.dumps(message))
        message = await asyncio.wait_for(answer, DEADLINE)
        if 'error' in message:
            raise RuntimeError(f"{method}: {message['error']['message']}")
        return message['result']

    async def look(self, width, height, dark):
        await self.call('Emulation.setDeviceMetricsOverride', width=width, height=height,
                        deviceScaleFactor=2, mobile=False)
        await self.call('Emulation.setEmulatedMedia', features=[
            {'name': 'prefers-color-scheme', 'value': 'dark' if dark else 'light'}])

    async def open(self, url):
        await self.call('Page.navigate', url=url)
        await self.wait_for(url, f'location.href.startsWith({json.dumps(url)}) && document.readyState === "complete"')

    async def evaluate(self, expression):
        result = await self.call('Runtime.evaluate', expression=expression, returnByValue=True,
                                 awaitPromise=True)
        if 'exceptionDetails' in result:
            raise RuntimeError(f"{expression}: {result['exceptionDetails']['text']}")
        return result['result'].get('value')

    async def wait_for(self, what, expression):
        """Evaluates until it is true; gives what it was then."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + DEADLINE
        while not (value := await self.evaluate(expression)):
            if loop.time() > deadline:
                text = await self.evaluate('document.body.innerText')
                raise AssertionError(f'Waited for {what}, but the page shows:\n{text}')
            await asyncio.sleep(0.02)
        return value

    async def rest(self):
        """Waits for animations, such as those that a change of the media query starts, to come to rest."""
        await self.evaluate('Promise.allSettled(document.getAnimations().filter(animation => '
                            'animation.effect.getComputedTiming().iterations === 1)'
                            '.map(animation => animation.finished)).then(() => true)')

    async def screenshot(self, file):
        await self.rest()
        picture = await self.call('Page.captureScreenshot', format='png')
        file.write_bytes(base64.b64decode(picture['data']))


class Server:
    """The program under test, on the same port each time it is started."""

    def __init__(self, command):
        with socket.socket() as probe:
            probe.bind(('127.0.0.1', 0))
            port = probe.getsockname()[1]
        self.command = [argument.replace('{port}', str(port)) for argument in command]
        self.process = None
        self.life = 0

    async def start(self):
        self.life += 1
        self.process = await asyncio.create_subprocess_exec(
            *[argument.replace('{life}', str(self.life)) for argument in self.command], stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE)
        return await asyncio.wait_for(self._url(), DEADLINE)

    async def _url(self):
        while line := await self.process.stdout.readline():
            if found := re.search(rb'https?://\S+', line):
                return found[0].decode()
        raise RuntimeError('The server did not print its address')

    async def kill(self):
        if self.process and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()


async def expect_moving(browser, times=10):
    """The number is read so many times, and must have grown each time."""
    seen = []
    for _ in range(times):
        last = seen[-1] if seen else -1
        seen.append(await browser.wait_for(
            f'a number above {last}',
            '(n => n > %d && !document.documentElement.hasAttribute("data-stale") && n)'
            '(Number(document.getElementById("count").textContent))' % last))
    print('the number was', *seen)
    return seen[-1]


async def expect_state(browser, state):
    await browser.wait_for(f'the state “{state}”', f'document.documentElement.dataset.state === "{state}"')


async def show(browser, folder, name, width=480, height=640):
    if not folder:
        return
    for dark in (False, True):
        await browser.look(width, height, dark)
        await browser.screenshot(folder / f"{name}-{'dark' if dark else 'light'}.png")


async def live(browser, server, options):
    await browser.open(await server.start())
    await expect_state(browser, 'open')
    await expect_moving(browser)
    protocol = await browser.evaluate('document.getElementById("protocol").textContent')
    assert protocol == options.protocol, f'The page speaks {protocol}'
    if options.protocol != 'plain':
        # In plain the first attempt fails, and Chromium complains of it.
        assert not browser.problems, browser.problems
    await show(browser, options.screenshots, f'{options.protocol}-open')

    await server.kill()
    await expect_state(browser, 'waiting')
    await browser.wait_for('a stale number', 'document.documentElement.hasAttribute("data-stale")')
    left = await browser.evaluate('document.getElementById("count").textContent')
    await show(browser, options.screenshots, f'{options.protocol}-waiting')
    now = await browser.evaluate('document.getElementById("count").textContent')
    assert now == left, f'The number moved from {left} to {now} without a server'

    await server.start()
    await expect_state(browser, 'open')
    again = await expect_moving(browser)
    print(f'it stood at {left} without a server, and is at {again} with the next')
    # The browser itself says that the server was away.
    thrown = [problem for problem in browser.problems
              if 'WebSocket connection' not in problem and 'net::ERR_CONNECTION_REFUSED' not in problem]
    assert not thrown, thrown


async def closed(browser, server, options):
    await browser.open(await server.start())
    await expect_state(browser, 'closed')
    text = await browser.evaluate('document.getElementById("message").textContent')
    print(f'the page says “{text}”')
    assert text
    await show(browser, options.screenshots, 'closed')


async def inspector(browser, server, options):
    """With a server that is not ours as well; tests/web/inspector.py has the rest."""
    await browser.open(await server.start() + 'inspector.html')
    await expect_state(browser, 'open')
    listed = '[...document.querySelectorAll("#names .row")].map(row => row.textContent)'
    names = await browser.wait_for('names of signals', f'(list => list.length && list)({listed})')
    print('signals:', *names)
    assert 'counter' in names, names
    for name in [*names, 'counter']:
        await browser.evaluate('[...document.querySelectorAll("#names .row")]'
                               f'.find(row => row.textContent === {json.dumps(name)}).click()')
        await browser.wait_for('the document', 'document.querySelectorAll("#tree .row").length > 0')
        await show(browser, options.screenshots, f'inspector-{name}', 900, 640)
    last = -1
    for _ in range(5):
        last = await browser.wait_for('a number that moves', '(n => n > %d && n)'
                                      '(Number(document.querySelector("#tree .number")?.textContent))' % last)
    await browser.evaluate('document.getElementById("tab-changes").click()')
    await browser.wait_for('its changes', 'document.querySelectorAll("#changes .row").length > 5')
    patch = await browser.evaluate('document.querySelector("#changes .row .shown").textContent')
    print('the last change:', patch)
    assert re.fullmatch(r'replace /value \d+( … and \d+ more)?', patch), patch
    assert not browser.problems, browser.problems


# How long the page was busy without a break.
OBSERVE = '''new PerformanceObserver(list => {
  window.busy = Math.max(window.busy ?? 0, ...list.getEntries().map(entry => entry.duration));
}).observe({ type: 'longtask', buffered: true })'''


async def heavy(browser, server, options):
    """The inspector stays at hand whatever it is shown: nobody reads twenty million letters."""
    await browser.call('Page.addScriptToEvaluateOnNewDocument', source=OBSERVE)
    await browser.open(await server.start() + 'inspector.html#heavy')
    await browser.wait_for('the last revision', 'document.getElementById("facts").textContent.startsWith("Revision 3")')
    for _ in range(40):
        await browser.evaluate('document.querySelector("#tree .row[aria-expanded=false] .twist")?.click()')
        await browser.evaluate('new Promise(requestAnimationFrame)')
    assert await browser.evaluate('[...document.querySelectorAll("#tree .row")].filter(row => row.ariaLevel > 2).length') > 5
    await browser.evaluate('document.getElementById("tab-changes").click()')
    changes = await browser.wait_for('the changes', '(list => list.length >= 3 && list)([...document.querySelectorAll("#changes .row .shown")]'
                                     '.map(shown => shown.textContent.slice(-40)))')
    assert changes[1].endswith(' … and 19,999 more') and changes[2:] == ['copy /a/- /a … and 17 more', 'the whole document'], changes
    size = await browser.evaluate('document.documentElement.outerHTML.length')
    busy = await browser.evaluate('window.busy ?? 0')
    print(f'the page has {size} characters, and was busy for {busy:.0f} ms at most')
    assert size < 3_000_000 and busy < 3000, (size, busy)
    assert not browser.problems, browser.problems


async def snapshot(url):
    """The server's document and its revision, read by a client that is none of the page's."""
    async with websockets.connect(f'{url.replace("http", "ws")}ws',
                                  subprotocols=['server-signal.v1']) as client:
        await client.send('{"subscribe":"document"}')
        while True:
            frame = json.loads(await asyncio.wait_for(client.recv(), DEADLINE))
            if frame.get('name') == 'document':
                return frame['patch'][0]['value'], frame['rev']


def alike(one, other):
    """serde_json may read a long fraction as its neighbour, unless it is told not to."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-15)
    return type(one) is type(other) and one == other


class Proxy:
    """Between a browser and a server. Chromium calls a connection that just ends no error; one that says what is no
    frame is."""

    def __init__(self, upstream):
        self.upstream = int(re.search(r':(\d+)/', upstream)[1])
        self.writers = set()

    async def start(self):
        server = await asyncio.start_server(self._serve, '127.0.0.1', 0)
        return f'http://127.0.0.1:{server.sockets[0].getsockname()[1]}/'

    async def _serve(self, reader, writer):
        try:
            there_reader, there_writer = await asyncio.open_connection('127.0.0.1', self.upstream)
        except OSError:
            writer.close()
            return
        self.writers.add(writer)
        await asyncio.gather(self._pump(reader, there_writer), self._pump(there_reader, writer))
        self.writers.discard(writer)

    async def _pump(self, reader, writer):
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        writer.close()

    def spoil(self):
        for writer in self.writers:
            # Reserved bits, and an operation that there is not.
            writer.write(b'\xff\x00')


async def leptos(browser, server, options):
    count = 'Number(document.getElementById("count")?.textContent ?? -1)'
    url = await server.start()
    proxy = Proxy(url)
    await browser.open(await proxy.start() + 'leptos.html')
    for life in range(3):
        last = await browser.wait_for('a count', f'(n => n > 0 && n)({count})')
        for _ in range(20):
            last = await browser.wait_for(f'a count above {last}', f'(n => n > {last} && n)({count})')
        # The document comes to rest, and the page shows it.
        seen = -1
        while True:
            document, revision = await snapshot(url)
            if revision == seen:
                break
            seen = revision
            await asyncio.sleep(0.1)
        shown = json.loads(await browser.evaluate('document.getElementById("document").textContent'))
        assert alike(shown, document), f'The page shows {shown}, and not {document}'
        print(f'life {life}: the document of revision {revision} is there, the count is {last}')
        await show(browser, options.screenshots, f'leptos-{life}')

        last = await browser.evaluate(count)
        proxy.spoil()
        await server.kill()
        # Some tries find nobody.
        await asyncio.sleep(0.3)
        await server.start()
        # A new life counts from the start, and that is shown where the old one stood.
        await browser.wait_for(f'a count below {last}', f'(n => n < {last} && n)({count})')
    panics = [problem for problem in browser.problems if re.search('panic|unreachable', problem)]
    assert not panics, panics


# The elements that Tab leads to, each with whether it can be seen.
TABBED = '''(element => element === document.body ? null :
  [element.textContent, element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
    element.getBoundingClientRect().height > 0 && (box => document.elementFromPoint(
      box.x + box.width / 2, box.y + box.height / 2) === element)(element.getBoundingClientRect())])(document.activeElement)'''


async def tab(browser):
    stops = []
    for _ in range(20):
        for kind in ('keyDown', 'keyUp'):
            await browser.call('Input.dispatchKeyEvent', type=kind, key='Tab', code='Tab', windowsVirtualKeyCode=9)
        stop = await browser.evaluate(TABBED)
        if stop is None or stop in stops:
            break
        stops.append(stop)
    return stops


async def press(browser, key, code):
    for kind in ('keyDown', 'keyUp'):
        await browser.call('Input.dispatchKeyEvent', type=kind, key=key, code=key, windowsVirtualKeyCode=code,
                           **({'text': '\r'} if kind == 'keyDown' else {}))


async def looks(browser, server, options):
    """The pages of the examples: narrow, from right to left, with forced colours, by keyboard, and truthful."""
    address = await server.start()
    for page, stops in (('counter.html', []),
                        ('system-monitor.html', ['PID', 'Name', 'Processor', 'Memory', 'Threads'])):
        await browser.look(1200, 640, False)
        await browser.open(address + page)
        await expect_state(browser, 'open')
        await browser.wait_for('data', '!document.documentElement.hasAttribute("data-stale")')
        found = await tab(browser)
        assert found == [[text, True] for text in stops], f'{page}: Tab leads to {found}'
        for direction in ('ltr', 'rtl'):
            await browser.evaluate(f'document.documentElement.dir = "{direction}"; true')
            await browser.look(360, 640, False)
            width = await browser.evaluate('document.documentElement.scrollWidth')
            assert width <= 360, f'{page} is {width} wide, {direction}'
            if options.screenshots:
                await browser.screenshot(options.screenshots / f'{page}-{direction}.png')
        await browser.call('Emulation.setEmulatedMedia', features=[{'name': 'forced-colors', 'value': 'active'}])
        if options.screenshots:
            await browser.screenshot(options.screenshots / f'{page}-forced.png')
        # An element with neither a border nor a colour of its own cannot be seen.
        bare = await browser.evaluate('''[...document.querySelectorAll('dl, .card, #banner, .bar, button')]
            .filter(element => element.checkVisibility({ visibilityProperty: true }))
            .filter(element => parseFloat(getComputedStyle(element).borderBlockEndWidth) < 1 &&
              getComputedStyle(element).outlineStyle === 'none').map(element => element.outerHTML.slice(0, 60))''')
        assert bare == [], f'{page}: with forced colours there are no edges of {bare}'

    await browser.look(1200, 640, False)
    await browser.open(address + 'system-monitor.html?again')
    await browser.wait_for('rows', 'document.querySelectorAll("tbody tr").length === 3')
    await tab(browser)
    await browser.evaluate('document.querySelector("th button").focus(); true')
    await press(browser, 'Enter', 13)
    await browser.wait_for('the order of PIDs', 'document.querySelector("td").textContent === "1002"')
    assert await browser.evaluate('document.querySelector("[aria-sort]").textContent') == 'PID'

    # One that was never connected has lost nothing; one that is away for a moment is no news.
    banner = 'document.getElementById("message").textContent'
    await browser.open(address + 'counter.html?ws=ws://127.0.0.1:1/ws')
    await expect_state(browser, 'waiting')
    text = await browser.wait_for('a message', banner)
    assert 'lost' not in text and 'annot' in text, text
    assert await browser.evaluate('document.getElementById("state").textContent') == 'Not connected'
    await browser.rest()
    found = await tab(browser)
    assert found == [['Try Now', True]], found
    await browser.open(address + 'counter.html')
    await expect_state(browser, 'open')
    await server.kill()
    await browser.wait_for('a loss', 'document.documentElement.dataset.state !== "open"')
    assert not await browser.evaluate('document.documentElement.hasAttribute("data-trouble")')
    await browser.wait_for('the banner', 'document.documentElement.hasAttribute("data-trouble")')
    assert 'lost' in await browser.evaluate(banner)
    if options.screenshots:
        await browser.look(360, 640, False)
        await browser.screenshot(options.screenshots / 'counter-lost.png')


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--screenshots', type=pathlib.Path)
    parser.add_argument('--expect', choices=['live', 'closed', 'inspector', 'heavy', 'leptos', 'looks'], default='live')
    parser.add_argument('--protocol', default='server-signal.v1')
    parser.add_argument('command', nargs='+')
    options = parser.parse_args()

    if not shutil.which('chromium') and not shutil.which('chromium-browser'):
        print('SKIP: no chromium')
        return SKIPPED
    if options.screenshots:
        options.screenshots.mkdir(parents=True, exist_ok=True)
    server = Server(options.command)
    try:
        async with Browser() as browser:
            await {'live': live, 'closed': closed, 'inspector': inspector, 'heavy': heavy, 'leptos': leptos, 'looks': looks}[options.expect](
                browser, server, options)
    finally:
        await server.kill()
    return 0


if __name__ == '__main__':
    sys.exit(asyncio.run(main()))
