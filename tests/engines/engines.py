# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers

"""Three browsers with one interface: tests/web/browser.py is Chromium, and these are Firefox and WebKitGTK.

Chromium speaks its own protocol, Firefox WebDriver BiDi, and WebKitGTK is a program beside this one, webkit.py.
"""

import asyncio
import base64
import copy
import json
import os
import pathlib
import re
import shutil
import signal
import sys
import tempfile

import websockets

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'web'))
from browser import DEADLINE, Browser  # noqa: E402

# Only the page is told of a violation of its policy, …
REPORT = '''addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
    console.error('forbidden by', violatedDirective, blockedURI));'''
# … and in WebKitGTK of all errors: its console is written when its process ends.
REPORT_ALL = '''{
  const tell = (...words) => webkit.messageHandlers.problem.postMessage(words.map(String).join(' '));
  for (const level of ['error', 'warn']) {
    const write = console[level];
    console[level] = (...words) => { tell(...words); write.apply(console, words); };
  }
  addEventListener('error', ({ message, target }) => tell(message ?? `not loaded: ${target.src ?? target.href}`), true);
  addEventListener('unhandledrejection', ({ reason }) => tell('rejected:', reason));
}''' + REPORT
# Firefox asks nobody for anything.
PREFERENCES = {
    'app.normandy.enabled': False,
    'app.update.enabled': False,
    'browser.safebrowsing.downloads.enabled': False,
    'browser.safebrowsing.malware.enabled': False,
    'browser.safebrowsing.phishing.enabled': False,
    'browser.shell.checkDefaultBrowser': False,
    'datareporting.policy.dataSubmissionEnabled': False,
    'extensions.update.enabled': False,
    'media.gmp-manager.updateEnabled': False,
    'network.captive-portal-service.enabled': False,
    'network.connectivity-service.enabled': False,
    'services.settings.server': 'data:,',
}


def descendants(pid):
    """The processes that a process has started, and theirs."""
    children = {}
    for folder in pathlib.Path('/proc').glob('[0-9]*'):
        try:
            # The name of a program may have blanks and parentheses.
            parent = int((folder / 'stat').read_text().rpartition(')')[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(folder.name))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


class Engine(Browser):
    """The common part of the three."""

    @classmethod
    def missing(cls):
        return None if shutil.which(cls.program) else f'no {cls.program}'

    def memory(self):
        """The memory of its own of all of its processes, in bytes."""
        total = 0
        for pid in descendants(self.process.pid):
            try:
                status = pathlib.Path('/proc', str(pid), 'status').read_text()
            except OSError:
                continue
            name = re.search(r'^Name:\s*(.*)', status)[1]
            if name != 'Xvfb' and (found := re.search(r'^RssAnon:\s*(\d+) kB', status, re.MULTILINE)):
                total += int(found[1]) * 1024
        return total

    async def collected(self):
        """The size of the page's objects after garbage was collected, where the engine tells."""


class Chromium(Engine):
    name, program = 'Chromium', 'chromium'

    async def version(self):
        return (await self.call('Browser.getVersion'))['product'].replace('/', ' ').removeprefix('Headless')

    async def collected(self):
        await self.call('HeapProfiler.collectGarbage')
        return (await self.call('Runtime.getHeapUsage'))['usedSize']


class Firefox(Engine):
    name, program = 'Firefox', 'firefox-esr'

    async def __aenter__(self):
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        pathlib.Path(self.profile.name, 'user.js').write_text(''.join(
            f'user_pref({json.dumps(name)}, {json.dumps(value)});\n' for name, value in PREFERENCES.items()), encoding='utf-8')
        self.process = await asyncio.create_subprocess_exec(
            self.program, '--headless', '--no-remote', '--profile', self.profile.name, '--remote-debugging-port=0', 'about:blank',
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
            env={**os.environ, 'MOZ_CRASHREPORTER_DISABLE': '1', 'HOME': self.profile.name}, start_new_session=True)
        try:
            address = await asyncio.wait_for(self._address(), 2 * DEADLINE)
            self.drain = asyncio.create_task(self._drain())
            self.socket = await websockets.connect(address + '/session', max_size=None, compression=None)
            self.reading = asyncio.create_task(self._read())
            self.session = await self.call('session.new', capabilities={})
            await self.call('session.subscribe', events=['log.entryAdded'])
            await self.call('script.addPreloadScript', functionDeclaration=f'() => {{ {REPORT} }}')
            self.context = (await self.call('browsingContext.getTree'))['contexts'][0]['context']
            await self.look(480, 640, dark=False)
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def _address(self):
        while line := await self.process.stderr.readline():
            if found := re.search(rb'WebDriver BiDi listening on (ws://\S+)', line):
                return found[1].decode()
        raise RuntimeError('Firefox did not start')

    def _note(self, method, event):
        if method == 'log.entryAdded' and event['level'] in ('error', 'warn'):
            self.problems.append(event['text'])

    async def call(self, method, **parameters):
        number = next(self.numbers)
        answer = self.pending[number] = asyncio.get_running_loop().create_future()
        await self.socket.send(json.dumps({'id': number, 'method': method, 'params': parameters}))
        message = await asyncio.wait_for(answer, DEADLINE)
        if message['type'] == 'error':
            raise RuntimeError(f"{method}: {message['message']}")
        return message['result']

    async def version(self):
        return f"Firefox {self.session['capabilities']['browserVersion']}"

    async def tab(self):
        other = copy.copy(self)
        other.context = (await self.call('browsingContext.create', type='tab'))['context']
        return other

    async def close(self):
        await self.call('browsingContext.close', context=self.context)

    async def look(self, width, height, dark):
        await self.call('browsingContext.setViewport', context=self.context, viewport={'width': width, 'height': height})

    async def open(self, url):
        await self.call('browsingContext.navigate', context=self.context, url=url, wait='complete')

    async def evaluate(self, expression):
        result = await self.call('script.evaluate', target={'context': self.context}, awaitPromise=True,
                                 expression=f'(async () => JSON.stringify(await ({expression})) ?? "null")()')
        if result['type'] == 'exception':
            raise RuntimeError(f"{expression}: {result['exceptionDetails']['text']}")
        return json.loads(result['result']['value'])

    async def screenshot(self, file):
        await self.rest()
        picture = await self.call('browsingContext.captureScreenshot', context=self.context)
        file.write_bytes(base64.b64decode(picture['data']))


class WebKit(Engine):
    """A program with a view for each tab, on a screen of its own. It comes to us, and ends when we go."""

    name, program = 'WebKitGTK', 'xvfb-run'

    @classmethod
    def missing(cls):
        import gi
        try:
            gi.require_version('WebKit', '6.0')
        except ValueError:
            return 'no WebKitGTK with introspection'
        return super().missing()

    async def __aenter__(self):
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        path = str(pathlib.Path(self.profile.name, 'socket'))
        here = asyncio.get_running_loop().create_future()
        self.listening = await asyncio.start_unix_server(lambda *streams: here.set_result(streams), path, limit=1 << 28)
        self.process = await asyncio.create_subprocess_exec(
            self.program, '-a', '-s', '-screen 0 1280x1024x24', sys.executable, str(pathlib.Path(__file__).with_name('webkit.py')), path,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
            # Neither a bus nor a graphics card nor, for root, the sandbox can be had everywhere.
            env={**os.environ, 'WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS': '1', 'LIBGL_ALWAYS_SOFTWARE': '1', 'GTK_A11Y': 'none',
                 'GDK_BACKEND': 'x11', 'TMPDIR': self.profile.name, 'HOME': self.profile.name}, start_new_session=True)
        self.page = 0
        try:
            self.reader, self.writer = await asyncio.wait_for(here, 2 * DEADLINE)
            self.reading = asyncio.create_task(self._read())
            await self.call('tab', report=REPORT_ALL)
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *error):
        if self.listening:
            self.listening.close()
        if hasattr(self, 'writer'):
            # So that it, and its screen, end by themselves.
            self.writer.close()
            try:
                await asyncio.wait_for(self.process.wait(), 10)
            except asyncio.TimeoutError:
                pass
        await super().__aexit__(*error)

    async def _read(self):
        while line := await self.reader.readline():
            message = json.loads(line)
            if 'id' in message:
                self.pending.pop(message['id']).set_result(message)
            else:
                self.problems.append(message['problem'])

    async def call(self, method, **parameters):
        number = next(self.numbers)
        answer = self.pending[number] = asyncio.get_running_loop().create_future()
        self.writer.write(json.dumps({'id': number, 'method': method, 'page': self.page, **parameters}).encode() + b'\n')
        message = await asyncio.wait_for(answer, DEADLINE)
        if 'error' in message:
            raise RuntimeError(f"{method}: {message['error']}")
        return message.get('result')

    async def version(self):
        return f"WebKitGTK {await self.call('version')}"

    async def tab(self):
        other = copy.copy(self)
        other.page = next(self.numbers)
        await other.call('tab', report=REPORT_ALL)
        return other

    async def close(self):
        await self.call('close')

    async def look(self, width, height, dark):
        await self.call('look', width=width, height=height)

    async def open(self, url):
        await self.call('open', url=url)
        await self.wait_for(url, 'document.readyState === "complete"')

    async def evaluate(self, expression):
        return json.loads(await self.call('evaluate', expression=f'return JSON.stringify(await ({expression})) ?? "null"'))

    async def screenshot(self, file):
        await self.rest()
        await self.call('screenshot', file=str(file))


ENGINES = [Chromium, Firefox, WebKit]
