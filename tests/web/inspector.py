#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers

"""Looks at a hub with the inspector, in headless Chromium, as a developer would.

    inspector.py [--axe FILE] [--screenshots DIR] -- COMMAND [ARGUMENT …]

The command is inspected.py. Where axe-core is installed (tests/web/package.json) the page is checked for people who cannot see or use a mouse.
"""

import argparse
import asyncio
import json
import pathlib
import re
import sys

from browser import Browser, Server

NAMES, ROWS = 3000, 100000
TABS = ('document', 'changes', 'hub', 'calls')
# The first rule that does not hold, with the element, in words.
AXE = '''axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.map(
  ({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary}`).join(' | ')}`))'''
OVERFLOW = '''[...document.querySelectorAll('body *')].filter(node => node.offsetParent && !node.closest('.rows, pre, noscript') &&
  (node.getBoundingClientRect().right > innerWidth + 1 || node.getBoundingClientRect().left < -1))
  .map(node => node.id || node.outerHTML.slice(0, 80))'''


class Page:
    def __init__(self, browser, options):
        self.browser = browser
        self.options = options
        self.axe = options.axe.read_text(encoding='utf-8') if options.axe and options.axe.exists() else None

    async def wait(self, what, expression):
        return await self.browser.wait_for(what, expression)

    async def run(self, expression):
        return await self.browser.evaluate(expression)

    async def text(self, selector):
        return await self.run(f'document.querySelector({json.dumps(selector)}).textContent')

    async def click(self, selector):
        await self.run(f'document.querySelector({json.dumps(selector)}).click()')

    async def write(self, selector, text):
        await self.run(f'(node => {{ node.value = {json.dumps(text)}; node.dispatchEvent(new Event("input")); }})'
                       f'(document.querySelector({json.dumps(selector)}))')

    async def press(self, key, text=''):
        for kind in ('keyDown', 'keyUp'):
            await self.browser.call('Input.dispatchKeyEvent', type=kind, key=key, code=key, text=text if kind == 'keyDown' else '',
                                    windowsVirtualKeyCode={'Enter': 13, 'ArrowRight': 39, 'ArrowLeft': 37, 'ArrowDown': 40,
                                                           'ArrowUp': 38, 'Home': 36, 'End': 35}.get(key, 0))

    async def choose(self, name):
        await self.write('#filter', name)
        await self.wait(f'the name {name}', f'document.querySelector("#names .row")?.textContent === {json.dumps(name)}')
        await self.click('#names .row')
        await self.wait(f'the signal {name}', f'document.getElementById("title").textContent === {json.dumps(name)}')

    async def check(self, state, tabs):
        """Each of these views, in both themes, narrow and wide, and from right to left: nothing sticks out, and axe has nothing to say."""
        for tab in tabs:
            await self.click(f'#tab-{tab}')
            for width, dark in ((1200, False), (1200, True), (360, False), (360, True)):
                await self.browser.look(width, 760, dark)
                await self.browser.rest()
                name = f'{state}-{tab}-{width}-{"dark" if dark else "light"}'
                if self.options.screenshots:
                    await self.browser.screenshot(self.options.screenshots / f'{name}.png')
                assert not (out := await self.run(OVERFLOW)), (name, out)
                if self.axe and (width == 360) != dark:
                    await self.run(self.axe + ';0')
                    assert not (found := await self.run(AXE)), (name, found)
        await self.click('#tab-document')
        await self.run('document.documentElement.dir = "rtl"')
        for width in (360, 1200):
            await self.browser.look(width, 760, False)
            if self.options.screenshots:
                await self.browser.screenshot(self.options.screenshots / f'{state}-rtl-{width}.png')
            assert not (out := await self.run(OVERFLOW)), ('rtl', width, out)
        await self.run('document.documentElement.dir = ""')


async def look_at_names(page):
    await page.wait('all names', f'document.getElementById("found").textContent === "{NAMES + 2:,} signals"')
    assert 0 < await page.run('document.querySelectorAll("#names .row").length') < 100
    await page.write('#filter', '/2999')
    await page.wait('one of them', f'document.getElementById("found").textContent === "1 of {NAMES + 2:,}"')
    await page.write('#filter', '')
    # By keys, to the last one.
    await page.run('document.getElementById("names").focus()')
    await page.press('End')
    await page.wait('the last name', 'document.getElementById("title").textContent === "rows"')
    active = await page.run('document.getElementById(document.getElementById("names").getAttribute("aria-activedescendant")).textContent')
    assert active == 'rows', active


async def look_at_list(page):
    await page.choose('rows')
    await page.wait('its length', f'document.querySelector("#tree .row .shown").textContent === "[ {ROWS:,} ]"')
    await page.run('document.getElementById("tree").focus()')
    await page.press('End')
    last = '[...document.querySelectorAll("#tree .row.selected")].map(row => row.querySelector(".key").textContent)[0]'
    await page.wait('the last row', f'{last} === "{ROWS - 1}"')
    rows = await page.run('document.querySelectorAll("#tree .row").length')
    assert rows < 100, rows
    # It opens, and its parts are its children; then it is folded again.
    await page.press('ArrowRight')
    await page.wait('its parts', 'document.querySelector("#tree .row.selected").ariaExpanded === "true" && '
                                 '[...document.querySelectorAll("#tree .row")].some(row => row.ariaLevel === "3")')
    await page.press('ArrowDown')
    await page.wait('the pointer', f'document.getElementById("pointer").textContent === "/{ROWS - 1}/id"')
    await page.press('ArrowLeft')
    await page.press('ArrowLeft')
    await page.wait('no parts', '![...document.querySelectorAll("#tree .row")].some(row => row.ariaLevel === "3")')

    # By value, and by pointer.
    for wanted, pointer in (('row 77777', '/77777/name'), ('/99998/pri', '/99998/price')):
        await page.write('#wanted', wanted)
        await page.wait('one hit', 'document.getElementById("hits").textContent === "1 of 1"')
        await page.wait('its place', f'document.getElementById("pointer").textContent === "{pointer}"')
        in_sight = await page.run('(row => { const box = row.parentNode.parentNode.getBoundingClientRect(), at = row.getBoundingClientRect();'
                                  'return at.top >= box.top - 1 && at.bottom <= box.bottom + 1; })(document.querySelector("#tree .row.selected"))')
        assert in_sight, wanted
    await page.write('#wanted', 'nobody has this')
    await page.wait('no hit', 'document.getElementById("hits").textContent === "Nothing found"')
    await search_again(page)
    await page.write('#wanted', '')


async def search_again(page):
    """The hits stay true while the document changes, and nothing moves by itself."""
    place = '[document.getElementById("pointer").textContent, document.querySelector("#tree .row.selected").offsetParent?.scrollTop ?? 0]'
    hits = 'document.getElementById("hits").textContent'
    before = await page.run(place)

    async def patch(*operations):
        await page.run(f'import("./server-signal.js").then(({{ connect }}) => {{ const other = connect("../ws");'
                       f'return other.call("patch", {json.dumps(operations)}).then(() => other.close()); }})')

    await patch({'op': 'replace', 'path': '/500/name', 'value': 'nobody has this'})
    await page.wait('a hit', f'{hits} === "1 found"')
    assert await page.run(place) == before, before
    await page.run('document.getElementById("search").requestSubmit()')
    await page.wait('its place', f'{hits} === "1 of 1" && document.getElementById("pointer").textContent === "/500/name"')
    await patch({'op': 'add', 'path': '/0', 'value': {'id': -1, 'name': 'nobody has this'}})
    await page.wait('both', f'{hits} === "1 of 2" || {hits} === "2 of 2"')
    await page.run('document.getElementById("search").requestSubmit()')
    await page.run('document.getElementById("search").requestSubmit()')
    await page.wait('one of both', '["/0/name", "/501/name"].includes(document.getElementById("pointer").textContent)')
    await patch({'op': 'remove', 'path': '/0'}, {'op': 'replace', 'path': '/500/name', 'value': 'row 500'})
    await page.wait('no hit', f'{hits} === "Nothing found"')


async def look_at_changes(page):
    await page.choose('counter')
    await page.click('#tab-changes')
    await page.wait('changes', 'document.querySelectorAll("#changes .row").length > 5')
    await page.wait('a rate', '/^[1-9]\\d* revisions, /.test(document.getElementById("rate").textContent)')
    await page.wait('its operation', '/^replace \\/value \\d+$/.test(document.querySelector("#changes .row .shown").textContent)')
    await page.click('#pause')
    await page.wait('newer ones that are not shown', '/^Paused, [1-9]/.test(document.getElementById("rate").textContent)')
    first = '[...document.querySelectorAll("#changes .row")].find(row => row.id === "changes-0").textContent'
    shown = await page.run(first)
    await page.wait('more of them', '/^Paused, (?!1 )[1-9]/.test(document.getElementById("rate").textContent)')
    assert await page.run(first) == shown
    await page.run('document.getElementById("changes-0").click()')
    await page.wait('the operations', '/^replace \\/value \\d+$/.test(document.getElementById("change").textContent)')
    number = (await page.text('#change')).split()[-1]
    await page.click('#pause')

    # The document as it was then, and before.
    await page.click('#show-change')
    value = '[...document.querySelectorAll("#tree .row")].find(row => row.querySelector(".key").textContent === "value")' \
            '?.querySelector(".shown").textContent'
    await page.wait('that state', f'{value} === "{number}"')
    await page.click('#step-back')
    await page.wait('the one before', f'{value} === "{int(number) - 1}"')
    assert 'ago' in await page.text('#when')
    await page.click('#step-forward')
    await page.wait('that state again', f'{value} === "{number}"')
    await page.click('#live')
    await page.wait('the present', f'Number({value}) > {number}')


async def look_at_hub(page):
    await page.click('#tab-hub')
    cells = '[...document.querySelectorAll("#peers .row:not(.head) > *")].map(cell => cell.textContent)'
    peer = await page.wait('a client', f'(cells => cells.length > 0 && cells)({cells})')
    assert peer[0].startswith('127.0.0.1:') and peer[1:3] == ['anna', 'server-signal.v1'], peer
    figures = '[...document.querySelectorAll("#figures dd")].map(node => node.textContent)'
    await page.wait('a rate', f'/\\d+ \\([1-9]\\d*\\/s\\)/.test({figures}[2])')
    assert (await page.run(figures))[0] == '1'
    assert 0 < await page.run('document.querySelectorAll("#followed .row").length') < 100


async def make_calls(page):
    await page.click('#tab-calls')
    answer = 'document.querySelector("#answers li")?.innerText'
    for method, arguments, expected in (('echo', '{"a": [1, "x"]}', '"x"'), ('absent', '', 'unknown-method')):
        await page.write('#method', method)
        await page.write('#arguments', arguments)
        await page.click('#call [type=submit]')
        await page.wait(f'an answer of {method}', f'{answer}?.startsWith("{method} ") && {answer}.includes({json.dumps(expected)})')
    await page.write('#arguments', '{')
    await page.click('#call [type=submit]')
    await page.wait('a complaint', 'document.getElementById("call-error").textContent.startsWith("The arguments are no JSON")')
    await page.write('#arguments', '')


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--axe', type=pathlib.Path)
    parser.add_argument('--screenshots', type=pathlib.Path)
    parser.add_argument('command', nargs='+')
    options = parser.parse_args()
    if options.screenshots:
        options.screenshots.mkdir(parents=True, exist_ok=True)
    server = Server(options.command)
    async with Browser() as browser:
        page = Page(browser, options)
        try:
            await browser.look(1200, 760, False)
            address = await server.start()
            await browser.open(address)
            await page.wait('a connection', 'document.documentElement.dataset.state === "open"')
            assert (await page.run('location.search')) == '?ws=../ws'
            await look_at_names(page)
            await look_at_list(page)
            await look_at_changes(page)
            await look_at_hub(page)
            await make_calls(page)
            await page.choose('counter')
            await page.click('#tab-document')
            await page.click('#copy')
            await page.wait('words of the copy', 'document.getElementById("copied").textContent !== ""')
            await page.check('open', TABS)
            assert not browser.problems, browser.problems

            # It keeps what it shows, says why, and tries.
            await server.kill()
            await page.wait('the loss', '!document.getElementById("banner").hidden && '
                                        'document.getElementById("trouble").textContent.startsWith("The hub went away at ")')
            await page.check('gone', TABS if options.screenshots else TABS[:1])
            shown = await page.run('[document.querySelectorAll("#tree .row").length, document.querySelectorAll("#names .row").length,'
                                   'document.querySelectorAll("#peers .row:not(.head)").length]')
            assert shown[0] > 2 and shown[1] == 1, shown
            await page.click('#tab-hub')
            await page.wait('the last figures', 'document.querySelector("#peers .row:not(.head)")?.textContent.includes("anna")')
            await page.click('#tab-document')
            await server.start()
            await page.click('#retry')
            await page.wait('the next connection', 'document.documentElement.dataset.state === "open" && document.getElementById("banner").hidden')
            # Chromium says itself what it could not load.
            thrown = [problem for problem in browser.problems if not re.search('WebSocket connection|Failed to load resource', problem)]
            assert not thrown, thrown

            # One that was never connected has lost nothing.
            await browser.open(address + '?ws=ws://127.0.0.1:1/ws')
            await page.wait('why there is none', 'document.getElementById("trouble").textContent.startsWith("There is no connection yet.")')
            if options.screenshots:
                await browser.screenshot(options.screenshots / 'never.png')
        finally:
            await server.kill()
    print('axe has looked' if page.axe else 'axe-core is not there: it has not looked')


if __name__ == '__main__':
    sys.exit(asyncio.run(main()))
