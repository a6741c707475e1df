#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""ServerSignal.pyi under mypy and pyright, both strict: usage.py fits, and each mistake of wrong.py is found.

It also declares everything that the module has. Usage: check.py STUB FOLDER, where FOLDER may have a virtual environment
"types" with mypy and pygobject-stubs, and node_modules with pyright; a checker that is not there is skipped."""

import ast
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
OURS = {'usage.py', 'wrong.py', 'ServerSignal.pyi'}


def wrong_lines():
    return {number for number, line in enumerate((HERE / 'wrong.py').read_text().splitlines(), 1) if line.endswith('# wrong')}


def lay_out(folder, stub, stubs):
    """A folder "gi" with the stubs of PyGObject and ours, and the two programs."""
    shutil.copytree(stubs, folder / 'stubs' / 'gi')
    shutil.copy(stub, folder / 'stubs' / 'gi' / 'repository' / 'ServerSignal.pyi')
    for name in 'usage.py', 'wrong.py':
        shutil.copy(HERE / name, folder)


def mypy(folder, python):
    """The lines with errors of each file."""
    result = subprocess.run([python, '-m', 'mypy', '--strict', '--no-incremental', '--no-error-summary', '--python-version', '3.11',
                             'usage.py', 'wrong.py'], cwd=folder, env={'MYPYPATH': str(folder / 'stubs'), 'PATH': '/usr/bin:/bin'},
                            capture_output=True, text=True, check=False)
    problems = [(pathlib.Path(file).name, int(line), text) for file, line, text
                in re.findall(r'^([^:\n]+):(\d+): error: (.*)', result.stdout, re.MULTILINE)]
    # The stubs of PyGObject have faults of their own.
    return [problem for problem in problems if problem[0] in OURS], result.stdout + result.stderr


def pyright(folder, program):
    (folder / 'pyrightconfig.json').write_text(json.dumps({
        'typeCheckingMode': 'strict', 'stubPath': 'stubs', 'pythonVersion': '3.11', 'reportMissingModuleSource': False,
        # A line of wrong.py that only looks something up is told of all the same.
        'reportUnusedExpression': False, 'reportUnusedCoroutine': False}))
    result = subprocess.run([program, '--outputjson', 'usage.py', 'wrong.py', 'stubs/gi/repository/ServerSignal.pyi'],
                            cwd=folder, capture_output=True, text=True, check=False)
    return [(pathlib.Path(problem['file']).name, problem['range']['start']['line'] + 1, problem['message'])
            for problem in json.loads(result.stdout)['generalDiagnostics'] if problem['severity'] == 'error'], result.stdout


def declared_in(stub):
    """All names of the module, and the members of its classes by name."""
    module, classes = set(), {}
    for node in ast.parse(stub.read_text()).body:
        if isinstance(node, ast.ClassDef):
            classes[node.name] = {name for member in node.body for name in binds(member)}
            module.add(node.name)
        else:
            module.update(binds(node))
    return module, classes


def binds(node):
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [target.id for target in targets]


def missing_in(stub):
    import gi
    gi.require_version('ServerSignal', '1')
    from gi.repository import GObject, ServerSignal
    module, classes = declared_in(stub)
    missing = {name for name in dir(ServerSignal) if not name.startswith('_') and not name.endswith(('Class', 'Interface'))
               and name not in module}
    for name in classes:
        cls = getattr(ServerSignal, name, None)
        if cls is None or not name.startswith('Signal') or not issubclass(cls, GObject.Object):
            continue
        members = {member for base in cls.__mro__ if base.__module__.endswith(('ServerSignal', '.Document'))
                   for member in vars(base) if not member.startswith('_')}
        known = {member for base in cls.__mro__ for member in classes.get(base.__name__, ())} | classes['Document']
        missing |= {f'{name}.{member}' for member in members - known - {'props'}}
    return missing


def main():
    stub, tools = map(pathlib.Path, sys.argv[1:])
    failures = []
    missing = missing_in(stub)
    if missing:
        failures.append(f'not declared: {", ".join(sorted(missing))}')

    python = tools / 'types' / 'bin' / 'python'
    stubs = next((tools / 'types').glob('lib/python*/site-packages/gi-stubs'), None)
    program = tools / 'node_modules' / '.bin' / 'pyright'
    checkers = []
    if stubs is not None and (tools / 'types' / 'bin' / 'mypy').exists():
        checkers.append((mypy, python))
    if stubs is not None and program.exists():
        checkers.append((pyright, program))
    for check, command in checkers:
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            lay_out(folder, stub, stubs)
            problems, output = check(folder, command)
            found = {line for file, line, _ in problems if file == 'wrong.py'}
            for file, line, text in problems:
                if file != 'wrong.py' or line not in wrong_lines():
                    failures.append(f'{check.__name__}: {file}:{line}: {text}')
            failures += [f'{check.__name__}: wrong.py:{line} is accepted' for line in sorted(wrong_lines() - found)]
            if not found:
                failures.append(output)
    for failure in failures:
        print(failure)
    if failures:
        sys.exit(1)
    if len(checkers) < 2:
        print('SKIP: mypy, pyright or pygobject-stubs is not there; tests/run bindings installs them')
        sys.exit(77)


if __name__ == '__main__':
    main()
