#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers

"""The to-do boards of examples/: two users in two browsers, a stranger, and a server of few lines.

    board.py SCREENSHOTS PYTHON SERVER
"""

import asyncio
import ast
import base64
import json
import pathlib
import sys
import urllib.error
import urllib.request

import websockets

from browser import DEADLINE, Browser, Server

LINES = 50
STRANGERS = [None, 'session=', 'session=0123456789abcdef', 'a/b=c; session', '=; ;;']
USERS = {'anna': 'sesame', 'ben': 'poppy'}


def count_lines(path):
    """The lines with code on them: no comments, no docstring of the module, nothing that is blank."""
    text = path.read_text()
    docstring = ast.parse(text).body[0]
    lines = text.splitlines()[docstring.end_lineno:]
    return sum(1 for line in lines if line.strip() and not line.strip().startswith('#'))


def get(url, headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return answer.status, answer.headers.get('Set-Cookie')
    except urllib.error.HTTPError as error:
        return error.code, error.headers.get('Set-Cookie')


def basic(user, password):
    return {'Authorization': 'Basic ' + base64.b64encode(f'{user}:{password}'.encode()).decode()}


async def refused(uri, cookie):
    """The status with which somebody with such a cookie is refused, None when he comes in."""
    headers = {'Cookie': cookie} if cookie is not None else {}
    parameter = 'additional_headers' if int(websockets.__version__.split('.')[0]) >= 14 else 'extra_headers'
    try:
        async with websockets.connect(uri, subprotocols=['server-signal.v1'], **{parameter: headers}):
            return None
    except Exception as error:
        response = getattr(error, 'response', None)
        status = response.status_code if response is not None else getattr(error, 'status_code', None)
        if status is None:
            raise
        return status


async def check_strangers(url):
    uri = url.replace('http', 'ws') + 'ws'
    for cookie in STRANGERS:
        status = await refused(uri, cookie)
        assert status in (401, 403), f'{cookie!r} gets {status}'
    for headers in {}, basic('anna', 'poppy'), basic('carl', 'sesame'), {'Authorization': 'Basic'}:
        assert await asyncio.to_thread(get, f'{url}login', headers) == (401, None), headers
    status, cookie = await asyncio.to_thread(get, f'{url}login', basic('anna', USERS['anna']))
    assert status == 200 and 'HttpOnly' in cookie and 'SameSite=Strict' in cookie, cookie
    assert await refused(uri, 'other=1; ' + cookie.partition(';')[0]) is None
    print('strangers stay outside')


class Page:
    """A browser of one user."""

    def __init__(self, browser):
        self.browser = browser

    async def log_in(self, url, user):
        await self.browser.open(url + 'board.html')
        await self.browser.wait_for('the login', '!document.getElementById("login").hidden')
        for password in 'wrong', USERS[user]:
            await self.browser.evaluate(f'''(form => {{
                form.elements.user.value = {json.dumps(user)};
                form.elements.password.value = {json.dumps(password)};
                form.requestSubmit();
            }})(document.getElementById('login'))''')
            if password == 'wrong':
                await self.browser.wait_for('the refusal', '!document.getElementById("problem").hidden')
        await self.browser.wait_for('the board', '!document.querySelector("main").hidden')

    async def add(self, board, text):
        await self.browser.evaluate(f'''(form => {{
            form.elements.text.value = {json.dumps(text)};
            form.requestSubmit();
        }})(document.querySelector('#{board} form'))''')

    async def press(self, text, key):
        """A key on the card, which the focus is on."""
        await self.browser.evaluate(f'''(item => item.querySelector('button:enabled').focus())(
            [...document.querySelectorAll('li')].find(item => item.textContent.trim().startsWith({json.dumps(text)})))''')
        for kind in 'keyDown', 'keyUp':
            await self.browser.call('Input.dispatchKeyEvent', type=kind, key=key, code=key)

    async def expect(self, board, column, texts):
        await self.browser.wait_for(
            f'{texts} in {column} of {board}',
            f'JSON.stringify([...document.querySelectorAll("#{board} [data-column={column}] li span")]'
            f'.map(span => span.textContent)) === {json.dumps(json.dumps(texts, separators=(",", ":")))}')

    async def call(self, method, arguments):
        """The code of the error with which a call fails."""
        return await self.browser.evaluate('''import('./server-signal/server-signal.js').then(async ({ connect }) => {
            const client = connect('ws');
            try {
                await client.call(%s, %s);
                return null;
            } catch (error) {
                return error.code;
            } finally {
                client.close();
            }
        })''' % (json.dumps(method), json.dumps(arguments)))


async def check_pages(url, anna, ben, folder):
    await anna.log_in(url, 'anna')
    await ben.log_in(url, 'ben')
    await anna.expect('shared', 'done', ['Start the server'])
    await anna.add('shared', 'Water the plants')
    for page in anna, ben:
        await page.expect('shared', 'todo', ['Water the plants'])
    await anna.press('Water the plants', 'ArrowRight')
    for page in anna, ben:
        await page.expect('shared', 'todo', [])
        await page.expect('shared', 'doing', ['Water the plants'])
    # The focus goes with the card.
    await anna.browser.wait_for('the focus', 'document.activeElement.closest("li")?.textContent.trim().startsWith("Water")')
    await ben.press('Water the plants', 'ArrowRight')
    await anna.expect('shared', 'done', ['Start the server', 'Water the plants'])
    print('a card is where it was moved to, for both')

    await anna.add('mine', 'Buy a present for Ben')
    await anna.expect('mine', 'todo', ['Buy a present for Ben'])
    await ben.add('mine', 'Call the dentist')
    await ben.expect('mine', 'todo', ['Call the dentist'])
    secret = await anna.browser.evaluate('document.querySelector("#mine li").dataset.card')
    seen = await ben.browser.evaluate('document.documentElement.outerHTML')
    assert 'present' not in seen and secret not in seen, seen
    # Not by asking for it either.
    assert await ben.call('remove', {'card': secret}) == 'invalid-call'
    await anna.expect('mine', 'todo', ['Buy a present for Ben'])
    for method, arguments in (('add', {'board': 'shared', 'text': ''}), ('add', {'board': 'shared', 'text': 'x' * 201}),
                              ('add', {'board': 'anna', 'text': 'x'}), ('add', None), ('add', [1]),
                              ('move', {'card': 'start', 'to': 'nowhere'}), ('move', {'card': ['start'], 'to': 'done'}),
                              ('remove', {'card': 'none'}), ('steal', {'card': 'start'})):
        code = await ben.call(method, arguments)
        assert code == 'invalid-call', f'{method} {arguments}: {code}'
    print('nobody sees the other one’s list')

    for dark in (False, True):
        for width in (360, 900):
            await anna.browser.look(width, 900, dark)
            assert await anna.browser.evaluate('document.documentElement.scrollWidth <= innerWidth'), width
            await anna.browser.screenshot(folder / f'board-{width}-{"dark" if dark else "light"}.png')
    await ben.browser.evaluate('document.getElementById("clear").click()')
    for page in anna, ben:
        await page.expect('shared', 'done', [])
        await page.browser.wait_for('that there is nothing to clear', 'document.getElementById("clear").disabled')
    await anna.press('Buy a present for Ben', 'Delete')
    await anna.expect('mine', 'todo', [])
    await anna.browser.open(url + 'board.html?again')
    await anna.browser.wait_for('the board without a login', '!document.querySelector("main").hidden')
    for page in anna, ben:
        # Chromium complains of the passwords that were wrong, and of the icon that there is none of.
        problems = [problem for problem in page.browser.problems if '401' not in problem and 'favicon' not in problem]
        assert not problems, problems


async def expect_login(browser):
    """The page loads itself anew, and while it does nothing in it can be asked."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + DEADLINE
    while True:
        try:
            await browser.wait_for('the login', 'document.getElementById("login")?.hidden === false')
            return
        except RuntimeError:
            if loop.time() > deadline:
                raise
            await asyncio.sleep(0.02)


async def main():
    folder, python, script = sys.argv[1:]
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    lines = count_lines(pathlib.Path(script))
    print(f'the server has {lines} lines')
    assert lines <= LINES, lines
    server = Server([python, script, '{port}'])
    async with Browser() as one, Browser() as other:
        try:
            url = (await server.start()).removesuffix('board.html')
            await check_strangers(url)
            await check_pages(url, Page(one), Page(other), folder)
            # The sessions end with the server.
            await server.kill()
            await server.start()
            await expect_login(one)
            print('a page whose session has ended asks for the password')
        finally:
            await server.kill()


if __name__ == '__main__':
    asyncio.run(main())
