#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""The library's differences are never longer than those of python3-jsonpatch.

The documents are made here, always the same: package locks whose packages are hoisted, nested, renamed and updated,
OpenAPI documents whose schemas and operations are, and plain nested objects and lists. Where that library's own patch
does not give the new document, it is not compared with.

Usage: lengths.py [FACTOR]    FACTOR: so many times the documents, 1 by default
"""

import json
import random
import sys

try:
    import jsonpatch
except ImportError:
    print('SKIP: python3-jsonpatch is not here')
    sys.exit(77)

import gi
gi.require_version('ServerSignal', '1')
gi.require_version('Json', '1.0')
from gi.repository import ServerSignal

WORDS = 'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau'.split()


def copy(document):
    return json.loads(json.dumps(document))


def text(document):
    return json.dumps(document, sort_keys=True, ensure_ascii=False)


def words(r, most):
    return ' '.join(r.choice(WORDS) for _ in range(r.randrange(1, most + 1)))


def version(r):
    return f'{r.randrange(9)}.{r.randrange(20)}.{r.randrange(20)}'


def package_name(r):
    return r.choice(['', '', '@types/', '@babel/']) + words(r, 2).replace(' ', '-')


def package(r, name):
    number = version(r)
    made = {'version': number, 'resolved': f'https://registry.npmjs.org/{name}/-/{name}-{number}.tgz',
            'integrity': 'sha512-' + ''.join(r.choices('abcdefghijklmnopqrstuvwxyzABCDEF0123456789+/', k=86)) + '=='}
    if r.random() < .5:
        made['dev'] = True
    if r.random() < .6:
        made['dependencies'] = {package_name(r): '^' + version(r) for _ in range(r.randrange(1, 5))}
    if r.random() < .4:
        made['engines'] = {'node': f'>={r.randrange(20)}'}
    return made


def dependency(made):
    return {key: made[key] for key in ('version', 'resolved', 'integrity', 'dev') if key in made}


def package_lock(r):
    packages = {'': {'name': 'app', 'version': version(r)}}
    dependencies = {}
    for name in sorted({package_name(r) for _ in range(r.randrange(3, 30))}):
        made = packages['node_modules/' + name] = package(r, name)
        dependencies[name] = dependency(made)
        if 'dependencies' in made:
            dependencies[name]['requires'] = made['dependencies']
        if r.random() < .3:
            inner = package_name(r)
            made = packages[f'node_modules/{name}/node_modules/{inner}'] = package(r, inner)
            dependencies[name]['dependencies'] = {inner: dependency(made)}
    return {'name': 'app', 'version': version(r), 'lockfileVersion': 2, 'packages': packages,
            'dependencies': dependencies}


def edited_lock(r, lock):
    lock = copy(lock)
    packages, dependencies = lock['packages'], lock['dependencies']
    for _ in range(r.choice([1, 1, 2, 3, 5, 10, 20])):
        places = [place for place in packages if place]
        if not places:
            break
        place = r.choice(places)
        name = place.split('node_modules/')[-1]
        kind = r.random()
        if kind < .4:
            around = r.choice(sorted(dependencies) or ['x'])
            new = f'node_modules/{name}' if place.count('node_modules') > 1 \
                else f'node_modules/{around}/node_modules/{name}'
            if new not in packages:
                packages[new] = packages.pop(place)
                if name in dependencies and around != name:
                    moved = dependencies.pop(name)
                    dependencies.setdefault(around, {}).setdefault('dependencies', {})[name] = moved
        elif kind < .6:
            packages[place] = package(r, name)
            dependencies[name] = dependency(packages[place])
        elif kind < .7:
            packages.pop(place)
            dependencies.pop(name, None)
        elif kind < .8:
            packages['node_modules/' + package_name(r)] = package(r, name)
        elif kind < .9:
            for old, new in (('dependencies', 'peerDependencies'), ('dev', 'peer')):
                if old in packages[place]:
                    packages[place][new] = packages[place].pop(old)
        else:
            packages[r.choice(['lib/', 'packages/']) + name] = packages.pop(place)
    if r.random() < .3:
        lock['version'] = version(r)
    return lock


def schema(r, depth):
    kind = r.random()
    if depth == 0 or kind < .4:
        made = {'type': r.choice(['string', 'integer', 'boolean', 'number'])}
        if r.random() < .5:
            made['description'] = words(r, 20)
        if r.random() < .2:
            made['enum'] = [r.choice(WORDS) for _ in range(r.randrange(1, 6))]
        return made
    if kind < .6:
        return {'$ref': '#/components/schemas/' + r.choice(WORDS)}
    if kind < .75:
        return {'type': 'array', 'items': schema(r, depth - 1)}
    if kind < .82:
        return {r.choice(['allOf', 'oneOf', 'anyOf']): [schema(r, depth - 1) for _ in range(r.randrange(1, 4))]}
    members = {r.choice(WORDS): schema(r, depth - 1) for _ in range(r.randrange(6))}
    return {'type': 'object', 'properties': members, 'required': r.sample(sorted(members), r.randrange(len(members) + 1))}


def operation(r):
    made = {'operationId': words(r, 2).replace(' ', ''), 'tags': [r.choice(WORDS) for _ in range(r.randrange(3))],
            'responses': {r.choice(['200', '201', '204', '400', '404']): {
                'description': words(r, 9), 'content': {'application/json': {'schema': schema(r, 2)}}}
                for _ in range(r.randrange(1, 4))}}
    if r.random() < .6:
        made['parameters'] = [{'name': r.choice(WORDS), 'in': r.choice(['query', 'path']), 'schema': schema(r, 1)}
                              for _ in range(r.randrange(4))]
    return made


def openapi(r):
    paths = {'/' + words(r, 3).replace(' ', '/'): {
        r.choice(['get', 'put', 'post', 'delete']): operation(r) for _ in range(r.randrange(1, 4))}
        for _ in range(r.randrange(1, 14))}
    return {'openapi': '3.0.3', 'info': {'title': words(r, 3), 'version': version(r)}, 'paths': paths,
            'components': {'schemas': {r.choice(WORDS): schema(r, 3) for _ in range(r.randrange(1, 15))}}}


def containers(document):
    found = [document] if isinstance(document, (dict, list)) else []
    for here in found:
        found.extend(value for value in (here.values() if isinstance(here, dict) else here)
                     if isinstance(value, (dict, list)))
    return found


def put(r, document, value):
    there = r.choice(containers(document))
    if isinstance(there, dict):
        there.setdefault(r.choice(WORDS), value)
    else:
        there.insert(r.randrange(len(there) + 1), value)


def edited(r, document, fresh):
    """A copy of which members were renamed, moved elsewhere, removed, added and changed."""
    document = copy(document)
    for _ in range(r.choice([1, 1, 1, 2, 3, 5, 8])):
        here = r.choice(containers(document))
        kind = r.random()
        if isinstance(here, list):
            if kind < .3 and here:
                put(r, document, here.pop(r.randrange(len(here))))
            elif kind < .5 and here:
                here.pop(r.randrange(len(here)))
            elif kind < .8:
                here.insert(r.randrange(len(here) + 1), fresh(r))
            elif here:
                here.append(here.pop(0))
        elif here:
            key = r.choice(list(here))
            if kind < .3:
                here.setdefault(r.choice(['', '/v2/', 'x-']) + r.choice(WORDS), here[key])
                del here[key]
            elif kind < .55:
                put(r, document, here.pop(key))
            elif kind < .65:
                here.pop(key)
            else:
                here[r.choice([key, r.choice(WORDS)])] = fresh(r)
    return document


def value(r, depth):
    kind = r.random()
    if depth == 0 or kind < .3:
        return r.choice([None, True, False, 0, 1, 2.5, '', 'a', words(r, 1), words(r, 12)])
    if kind < .8:
        return {r.choice('abcdefgh') + r.choice(['', '', 'xyz']): value(r, depth - 1) for _ in range(r.randrange(7))}
    return [value(r, depth - 1) for _ in range(r.randrange(6))]


def cases(factor):
    r = random.Random(13)
    for _ in range(300 * factor):
        before = package_lock(r)
        yield 'package lock', before, edited_lock(r, before)
    for _ in range(300 * factor):
        before = openapi(r)
        yield 'OpenAPI', before, edited(r, before, lambda r: schema(r, r.randrange(3)))
    for _ in range(1500 * factor):
        before = {'root': value(r, 4)}
        yield 'plain', before, edited(r, before, lambda r: value(r, r.randrange(3)))


def theirs(before, after):
    try:
        patch = jsonpatch.make_patch(before, after).patch
        if text(jsonpatch.apply_patch(before, patch)) != text(after):
            return None
    except Exception:  # theirs, of whatever kind
        return None
    return json.dumps(patch, separators=(',', ':'), ensure_ascii=False)


def main():
    factor = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    sums = {}
    longer = 0
    for kind, before, after in cases(factor):
        signals = [ServerSignal.Signal.new_from_json('document', json.dumps(document)) for document in (before, after)]
        patch = ServerSignal.SignalPatch.new_diff(signals[0].dup_value(''), signals[1].dup_value(''))
        ours = patch.to_json()
        signals[0].apply_patch(patch)
        assert text(json.loads(signals[0].dup_json(''))) == text(after), ours

        other = theirs(before, after)
        if other is None:
            continue
        n, our_bytes, their_bytes = sums.get(kind, (0, 0, 0))
        sums[kind] = n + 1, our_bytes + len(ours.encode()), their_bytes + len(other.encode())
        if len(ours.encode()) > len(other.encode()):
            longer += 1
            print(f'{len(ours.encode())} instead of {len(other.encode())} bytes from\n{json.dumps(before)}\n'
                  f'to\n{json.dumps(after)}\n{ours}\n{other}')
    for kind, (n, our_bytes, their_bytes) in sums.items():
        print(f'{kind}: {n} differences, {our_bytes} bytes, theirs {their_bytes}')
    assert all(n > 250 * factor for n, _, _ in sums.values())
    sys.exit(longer > 0)


if __name__ == '__main__':
    main()
