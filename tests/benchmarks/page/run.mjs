// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright 2026 The server-signal developers

// node run.mjs [--ms MILLISECONDS] [--browser COMMAND]
//
// Microseconds a frame for each peer. With --browser the same in what the command starts, to which
// the address of a page is added, such as 'chromium --headless --no-sandbox --disable-gpu'.

import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: { ms, browser } } = parseArgs({ options: {
  ms: { type: 'string', default: '1000' }, browser: { type: 'string' },
} });

const results = new Map(); // name → workload → microseconds
function report(name, workload, microseconds, problem) {
  if (!results.has(name))
    results.set(name, {});
  results.get(name)[workload] = microseconds;
  process.stderr.write(`${workload}: ${name}: ${microseconds?.toFixed(1) ?? problem}\n`);
}

function print() {
  const columns = [...new Set([...results.values()].flatMap(Object.keys))];
  const line = cells => `| ${cells.join(' | ')} |`;
  console.log(line(['µs a frame', ...columns]));
  console.log(line(['---', ...columns.map(() => '--:')]));
  for (const [name, times] of results)
    console.log(line([name, ...columns.map(column => times[column]?.toFixed(1) ?? '–')]));
}

async function inBrowser() {
  const { build } = await import('esbuild');
  const bench = fileURLToPath(new URL('bench.mjs', import.meta.url));
  const { outputFiles: [{ text }] } = await build({ bundle: true, write: false, format: 'esm',
    stdin: { resolveDir: fileURLToPath(new URL('.', import.meta.url)), contents: `
      import { run } from ${JSON.stringify(bench)};
      const post = what => fetch('/report', { method: 'POST', body: JSON.stringify(what) });
      run((...what) => post(what), ${Number(ms)}).finally(() => post(null));` } });
  let child;
  const server = createServer((request, response) => {
    // Pages that are isolated have a better clock.
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    if (request.url === '/report') {
      let body = '';
      request.on('data', data => { body += data; });
      request.on('end', () => {
        response.end();
        const told = JSON.parse(body);
        if (told) {
          report(...told);
        } else {
          print();
          process.kill(-child.pid, 'SIGKILL');
          process.exit(0);
        }
      });
    } else if (request.url === '/bench.js') {
      response.setHeader('Content-Type', 'text/javascript');
      response.end(text);
    } else {
      response.setHeader('Content-Type', 'text/html');
      response.end('<!DOCTYPE html><meta charset="utf-8">' +
        '<script type="module" src="bench.js"></script>');
    }
  });
  server.listen(0, '127.0.0.1', () => {
    // A session of its own: browsers are families of processes.
    child = spawn(`exec ${browser} http://127.0.0.1:${server.address().port}/`,
      { shell: true, detached: true, stdio: 'ignore' });
  });
}

if (browser) {
  await inBrowser();
} else {
  const { run } = await import('./bench.mjs');
  await run(report, Number(ms));
  print();
  process.exit(0);
}
