#!/usr/bin/python3
"""Puts the object layer beside the Python library: `./dev bench objects`.

    /usr/bin/python3 bench/compare.py build/bench/bin/bench-objects [--rounds 7] [--seconds 0.1] [--json]

Both programs must first give equal results. Then they take turns, so that a noisy machine hits both; every figure
is the median of the rounds, in seconds of CPU. Exit code 1: a goal is missed.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = ['/usr/bin/python3', os.path.join(HERE, 'python_ovo.py')]

# Case -> how often the Python library's speed (docs/performance.md). None: no goal was set.
GOALS = {
    'construct': 10, 'to_primitive': 10, 'from_primitive': 10, 'text_to_object': None, 'object_to_text': None,
    'object_to_text_to_object': 10, 'backport_with_manifest': 10, 'what_changed': 50, 'clone': 10,
    'manifest': None, 'fingerprint': 5}
CODEC, LIBRARY, CODEC_GOAL = 'text_to_object_backported_to_text', 'json_parse_and_dump', 2.5


def output_of(command):
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout)


def in_order(value):
    """The library leaves the order of `changes` open."""
    if isinstance(value, list):
        return [in_order(item) for item in value]
    if isinstance(value, dict):
        return {key: sorted(item) if key.endswith('.changes') else in_order(item) for key, item in value.items()}
    return value


def check_results(program):
    ours, theirs = output_of([program, '--results']), output_of(PYTHON + ['--results'])
    different = [name for name in theirs if in_order(ours.get(name)) != in_order(theirs[name])]
    if different:
        sys.exit('bench: the two sides differ in ' + ', '.join(different) + '; their speed cannot be compared')


def cpp_rates(program, seconds):
    report = output_of([program, '--benchmark_format=json', '--benchmark_min_time=%g' % seconds])
    unit = {'ns': 1e9, 'us': 1e6, 'ms': 1e3, 's': 1.0}
    return {case['name']: unit[case['time_unit']] / case['cpu_time'] for case in report['benchmarks']}


def measure(program, rounds, seconds):
    """Rows of (case, Python per second, ours per second, ratio, goal, met), and those of the codec."""
    turns = []
    for number in range(rounds):
        print('\rbench: round %d of %d' % (number + 1, rounds), end='', file=sys.stderr, flush=True)
        turns.append((output_of(PYTHON + ['--seconds=%g' % seconds]), cpp_rates(program, seconds)))
    print(file=sys.stderr)
    median = statistics.median
    rows = []
    for case, goal in GOALS.items():
        theirs, ours = median(t[case] for t, _ in turns), median(o[case] for _, o in turns)
        ratio = median(o[case] / t[case] for t, o in turns)
        rows.append({'case': case, 'python': theirs, 'caravan': ours, 'ratio': ratio, 'goal': goal,
                     'met': goal is None or ratio >= goal})
    codec = {'case': CODEC, 'library': median(o[LIBRARY] for _, o in turns),
             'caravan': median(o[CODEC] for _, o in turns),
             'ratio': median(o[LIBRARY] / o[CODEC] for _, o in turns), 'goal': CODEC_GOAL}
    codec['met'] = codec['ratio'] <= CODEC_GOAL
    return rows, codec


def verdict(row):
    return '' if row['goal'] is None else 'met' if row['met'] else 'MISSED'


def print_table(rows, codec):
    line = '%-36s %12s %12s %8s %8s  %s'
    print(line % ('19 objects, calls per second', 'Python', 'Caravan', 'ratio', 'goal', ''))
    for row in rows:
        goal = '' if row['goal'] is None else '>= %g' % row['goal']
        print(line % (row['case'], '%.0f' % row['python'], '%.0f' % row['caravan'], '%.1f' % row['ratio'], goal,
                      verdict(row)))
    print()
    print(line % ('time as a multiple of', 'parse+dump', 'Caravan', 'ratio', 'goal', ''))
    print(line % (codec['case'], '%.0f' % codec['library'], '%.0f' % codec['caravan'], '%.2f' % codec['ratio'],
                  '<= %g' % codec['goal'], verdict(codec)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('program')
    parser.add_argument('--rounds', type=int, default=7)
    parser.add_argument('--seconds', type=float, default=0.1)
    parser.add_argument('--json', action='store_true')
    options = parser.parse_args()
    check_results(options.program)
    rows, codec = measure(options.program, options.rounds, options.seconds)
    if options.json:
        print(json.dumps({'objects': rows, 'codec': codec}))
    else:
        print_table(rows, codec)
    return 0 if codec['met'] and all(row['met'] for row in rows) else 1


if __name__ == '__main__':
    sys.exit(main())
