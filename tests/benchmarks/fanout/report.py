# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright 2026 The server-signal developers
"""The table, the ratios and the plot of the measurements of run.py."""

OURS = 'server-signal'
BARE = 'bare loop'
JOINED = 'bare, joined'
LIBSOUP = 'libsoup'

# Key, title, unit, decimals, whether less is better.
COLUMNS = [
    ('one', 'CPU a message, one broadcast in flight', 'µs', 2, True),
    ('burst', 'messages a second, 8 in flight', '/s', 0, False),
    ('burst us', 'CPU a message, 8 in flight', 'µs', 2, True),
    ('p50', 'latency at 20,000 messages a second, median', 'µs', 0, True),
    ('p99', 'latency at 20,000 messages a second, 99th percentile', 'µs', 0, True),
    ('kb', 'resident memory a connection', 'kB', 2, True),
    ('single 1000', 'CPU a message, one active at 1,000 a second, the others idle', 'µs', 1, True),
    ('single 50', 'CPU a message, one active at 50 a second, the others idle', 'µs', 1, True),
]
ACCEPT_COLUMNS = [
    ('accept', 'time to accept all', 's', 3, True),
    ('accept us', 'CPU a connection', 'µs', 0, True),
]
STOPPED_COLUMNS = [
    ('growth', 'growth of resident memory', 'MB', 1, True),
    ('newest', 'of them hold the newest in the end', '', 0, False),
]
# Of those who read.
BESIDE_COLUMNS = [
    ('stopped p50', 'latency at 20,000 messages a second beside ten stopped readers, median', 'µs', 0, True),
    ('stopped p99', 'latency at 20,000 messages a second beside ten stopped readers, 99th percentile', 'µs', 0, True),
]
FLAT = 1.25


def cell(value, decimals):
    return '–' if value is None else f'{value:,.{decimals}f}'


def make_rows(results, names, columns, numbers):
    """For each column a block with a line a server and a column a number of clients."""
    lines = []
    for key, title, unit, decimals, less in columns:
        if not any((key, n) in results.values for n in numbers):
            continue
        lines.append(f'\n{title}{", " + unit if unit else ""} ({"less" if less else "more"} is better)')
        lines.append('  ' + ' ' * 16 + ''.join(f'{n:>14,}' for n in numbers)
                     + ''.join(f'{f"ours/it {n:,}":>16}' for n in numbers))
        for name in names:
            ratios = [results.ratio(key, n, OURS, name) for n in numbers]
            lines.append(f'  {name:16}' + ''.join(f'{cell(results.get(key, n, name), decimals):>14}' for n in numbers)
                         + ''.join(f'{cell(ratio, 3):>16}' for ratio in ratios))
    return lines


def make_beside_rows(results, names, numbers):
    """The cost of ten stopped readers for the others: each server against itself."""
    lines = []
    for key, title in (('p50', 'median'), ('p99', '99th percentile')):
        sizes = [n for n in numbers if (f'stopped/without {key}', n) in results.values]
        if not sizes:
            continue
        lines.append(f'\nlatency beside ten stopped readers over the same without them, {title} (less is better)')
        lines.append('  ' + ' ' * 16 + ''.join(f'{f"without {n:,}":>16}{f"stopped {n:,}":>16}{"ratio":>8}' for n in sizes))
        for name in names:
            lines.append(f'  {name:16}' + ''.join(
                f'{cell(results.get(f"without {key}", n, name), 0):>16}{cell(results.get(f"stopped {key}", n, name), 0):>16}'
                f'{cell(results.get(f"stopped/without {key}", n, name), 3):>8}' for n in sizes))
    return lines


def make_aims(results, names, numbers, accepted, readers):
    """The figures that the hub is meant to reach, and whether it does."""
    lines = ['\nAims']
    most = max(numbers, default=0)
    fewest = min(numbers, default=0)

    def aim(what, value, limit, at_most=True):
        if value is not None:
            met = value <= limit if at_most else value >= limit
            lines.append(f'  {"met   " if met else "MISSED"} {what}: {value:.3f}, {"at most" if at_most else "at least"} {limit:g}')

    for n in numbers:
        aim(f'one in flight, {n:,} clients, over the bare loop', results.ratio('one', n, OURS, BARE), 1.15)
    for n in numbers:
        aim(f'8 in flight, {n:,} clients, over the joined bare loop', results.ratio('burst', n, OURS, JOINED), 0.6, False)
        aim(f'8 in flight, {n:,} clients, over libsoup', results.ratio('burst', n, OURS, LIBSOUP), 4, False)
    for key, rate in (('single 1000', '1,000'), ('single 50', '50')):
        aim(f'{most:,} clients and one active at {rate} a second, over the bare loop', results.ratio(key, most, OURS, BARE), 3)
        few, many = results.get(key, fewest, OURS), results.get(key, most, OURS)
        if few and many and fewest < most:
            aim(f'the same, {most:,} over {fewest:,} clients', many / few, FLAT)
    aim(f'kB a connection of {most:,}', results.get('kb', most, OURS), 4.5)
    aim(f'{accepted:,} accepted, over the bare loop', results.ratio('accept', accepted, OURS, BARE), 1.5)
    growth = results.get('growth', readers, OURS)
    if growth is not None and results.high_water:
        aim(f'growth with {readers} stopped readers, over their high-water marks',
            growth * 1024 * 1024 / (readers * results.high_water), 1.2)
    for n in numbers:
        aim(f'99th percentile of {n:,} clients\' latency beside {readers} stopped readers, over the same without them',
            results.get('stopped/without p99', n, OURS), 1.2)

    behind = []
    for columns, sizes in ((COLUMNS + BESIDE_COLUMNS, numbers), (ACCEPT_COLUMNS, [accepted]), (STOPPED_COLUMNS, [readers])):
        for key, title, _unit, _decimals, less in columns:
            for n in sizes:
                for name in names:
                    ratio = results.ratio(key, n, OURS, name)
                    if name in (OURS, BARE, JOINED) or ratio is None:
                        continue
                    if ratio > 1 if less else ratio < 1:
                        behind.append(f'         {title}, {n:,}: {name}, ours/it {ratio:.3f}')
    lines.append('  met    ahead of every peer in each column' if not behind else '  MISSED ahead of every peer in each column:')
    return lines + behind


def make_table(results, names, numbers, accepted, readers):
    lines = ['Our hub and other WebSocket servers; medians over interleaved rounds, ratios are the medians of each round\'s.']
    lines += make_rows(results, names, COLUMNS, numbers)
    lines += make_rows(results, names, ACCEPT_COLUMNS, [accepted])
    lines += make_rows(results, names, STOPPED_COLUMNS, [readers])
    lines += make_rows(results, names, BESIDE_COLUMNS, numbers)
    lines += make_beside_rows(results, names, numbers)
    lines += make_aims(results, names, numbers, accepted, readers)
    merged = [(n, results.get('merged', n, OURS)) for n in numbers if results.get('merged', n, OURS)]
    if merged:
        lines.append('\nOf our messages with 8 in flight these came merged with a later one: '
                     + ', '.join(f'{100 * part:.0f} % of {n:,} clients' for n, part in merged))
    if results.problems:
        lines += ['\nFailed'] + [f'  {problem}' for problem in results.problems]
    return '\n'.join(lines)


def make_plot(results, names, numbers, accepted, readers):
    """A panel for each column and number of clients, with a bar for each server."""
    width, left, line, columns = 420, 110, 18, 3
    panels = [(key, f'{title}, {n:,}', unit, decimals, less, n)
              for group, sizes in ((COLUMNS + BESIDE_COLUMNS, numbers), (ACCEPT_COLUMNS, [accepted]), (STOPPED_COLUMNS[:1], [readers]))
              for key, title, unit, decimals, less in group for n in sizes if (key, n) in results.values]
    height = line * (len(names) + 3)
    rows = (len(panels) + columns - 1) // columns
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width * columns}" height="{height * rows + 10}" '
           'font-family="sans-serif" font-size="11">', '<rect width="100%" height="100%" fill="white"/>']

    for number, (key, title, unit, decimals, less, n) in enumerate(panels):
        x, y = width * (number % columns), height * (number // columns) + line
        values = {name: results.get(key, n, name) for name in names}
        longest = max((value for value in values.values() if value), default=1) or 1
        out.append(f'<text x="{x + 8}" y="{y}" font-weight="bold">{title}</text>'
                   f'<text x="{x + 8}" y="{y + 13}" fill="#77767b">{unit}, {"less" if less else "more"} is better</text>')
        for place, name in enumerate(names):
            top = y + line * (place + 1)
            value = values[name]
            colour = '#3584e4' if name == OURS else '#9a9996' if name in (BARE, JOINED) else '#f6d32d'
            out.append(f'<text x="{x + left - 6}" y="{top + 11}" text-anchor="end">{name}</text>')
            if value is not None:
                length = max((width - left - 90) * max(value, 0) / longest, 1)
                out.append(f'<rect x="{x + left}" y="{top}" width="{length:.1f}" height="{line - 5}" fill="{colour}"/>'
                           f'<text x="{x + left + length + 4:.1f}" y="{top + 11}">{cell(value, decimals)}</text>')
    out.append('</svg>')
    return '\n'.join(out)
