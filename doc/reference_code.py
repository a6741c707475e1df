#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""Compiles the C in the comments of the reference, with all warnings.

Blocks are pieces of programs. Functions stand by themselves; statements are put into one, with the names that they
take for granted.

Usage: reference_code.py SOURCE BUILD
"""

import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

PRELUDE = '''
#include <string.h>
#include <libserver-signal.h>
{gtk}
#define EXAMPLE_TYPE_ROW G_TYPE_OBJECT
extern GError *error;
extern GObject *store;
extern gpointer window;
extern gpointer button;
extern ServerSignal *tasks;
extern const GActionEntry entries[1];
extern gpointer self;
void forget_task (gpointer self);
char *renew_token (void);
const char *next_uri (void);
const char *find_user (SoupMessageHeaders *headers);
gboolean is_token (const char *text);
gboolean is_staff (const char *user);
void session_store_find_async (GObject *store, const char *cookie, GAsyncReadyCallback callback, gpointer user_data);
char *session_store_find_finish (GObject *store, GAsyncResult *result, GError **error);
'''
FUNCTION = '''
gboolean block (ServerSignalHub *hub, ServerSignalClient *client, ServerSignal *signal, ServerSignal *count,
                SoupServer *server, GSocketAddress *address, gpointer level_bar);
gboolean
block (ServerSignalHub *hub, ServerSignalClient *client, ServerSignal *signal, ServerSignal *count,
       SoupServer *server, GSocketAddress *address, gpointer level_bar)
{
  {
%s
  }
  return TRUE;
}
'''


def blocks(path):
    """The line and the text of each."""
    text = path.read_text()
    for comment in re.finditer(r'/\*\*\n(.*?)\*/', text, re.DOTALL):
        plain = '\n'.join(re.sub(r'^ *\* ?', '', line) for line in comment[1].split('\n'))
        for found in re.finditer(r'^```c\n(.*?)^```', plain, re.DOTALL | re.MULTILINE):
            line = text[:comment.start()].count('\n') + plain[:found.start()].count('\n') + 2
            yield line, found[1]


def split(block):
    """Functions, and statements."""
    functions, statements, inside = [], [], False
    for line in block.split('\n'):
        inside = inside or line.startswith('static ')
        (functions if inside else statements).append(line)
        if line == '}':
            inside = False
    return '\n'.join(functions), '\n'.join(statements)


def flags(*packages):
    result = subprocess.run(['pkg-config', '--cflags', *packages], capture_output=True, text=True, check=False)
    return shlex.split(result.stdout) if result.returncode == 0 else None


def main():
    source, build = map(pathlib.Path, sys.argv[1:])
    base = flags('gio-2.0', 'json-glib-1.0', 'libsoup-3.0')
    gtk = flags('gtk4')
    folders = [path for path in (source / 'server-signal').iterdir() if path.is_dir()]
    includes = [f'-I{path}' for path in [source / 'server-signal', build / 'server-signal', *folders]]
    number = 0
    failed = False
    for path in sorted((source / 'server-signal').rglob('*.[ch]')):
        for line, block in blocks(path):
            number += 1
            name = f'{path.relative_to(source)}:{line}'
            needs_gtk = 'gtk_' in block
            if needs_gtk and gtk is None:
                print(f'ok {number} - {name} # SKIP GTK 4 is not installed')
                continue
            functions, statements = split(block)
            program = PRELUDE.replace('{gtk}', '#include <gtk/gtk.h>' if needs_gtk else '') + functions
            if statements.strip():
                program += FUNCTION % statements
            with tempfile.TemporaryDirectory() as folder:
                file = pathlib.Path(folder) / 'block.c'
                file.write_text(program)
                result = subprocess.run(
                    [*shlex.split(os.environ.get('CC', 'cc')), '-std=gnu11', '-fsyntax-only', '-Wall', '-Wextra', '-Werror',
                     '-Wno-unused-function', '-Wno-unused-parameter', '-Wno-unused-variable',
                     '-Wno-unused-but-set-variable', '-Wno-shadow', *includes, *base, *(gtk if needs_gtk else []), file],
                    capture_output=True, text=True, check=False)
            print(f'{"ok" if result.returncode == 0 else "not ok"} {number} - {name}')
            if result.returncode != 0:
                failed = True
                print('# ' + result.stderr.strip().replace('\n', '\n# '))
    print(f'1..{number}')
    return 1 if failed or number == 0 else 0


if __name__ == '__main__':
    sys.exit(main())
