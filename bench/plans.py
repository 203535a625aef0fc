#!/usr/bin/env python3
"""Plans per second: the default scenario run N times as `caravan run` does it, and where the time goes."""
import collections
import json
import os
import subprocess
import sys
import tempfile
import time

caravan = os.path.abspath(sys.argv[1])
runs = int(sys.argv[2]) if len(sys.argv) > 2 else 20
parts = collections.Counter()
hello = []


def account(events):
    """Microseconds of one recording by what was waited for."""
    open_steps, started = {}, {}
    for event in events:
        kind, t = event['kind'], event['t']
        if kind == 'step' and event['edge'] == 'begin':
            open_steps[event['step']] = t
        elif kind == 'step':
            took = t - open_steps[event['step']]
            if event['verb'] in ('start', 'stop', 'migrate', 'settle'):
                parts[event['verb']] += took
        elif kind == 'node' and event['state'] == 'starting':
            started[event['node'], event['incarnation']] = t
        elif kind == 'node' and event['state'] == 'ready':
            hello.append(t - started[event['node'], event['incarnation']])


total = 0.0
with tempfile.TemporaryDirectory() as folder:
    for seed in range(1, runs + 1):
        began = time.monotonic()
        subprocess.run([caravan, 'run', 'kilo-to-liberty', '-q', '--seed', str(seed), '--out', folder + '/run'],
                       check=True, stdout=subprocess.DEVNULL)
        total += time.monotonic() - began
        with open(folder + '/run/run.ndjson', encoding='utf-8') as file:
            events = [json.loads(line) for line in file]
        account(events)
        parts['whole recording'] += events[-1]['t']

hello.sort()
print(f'{runs} plans (7 nodes, 200 operations and the mix, SQLite) in {total:.1f} s: '
      f'{runs / total:.2f} a second; goal 2')
print(f'  start to hello: median {hello[len(hello) // 2] / 1000:.1f} ms, longest {hello[-1] / 1000:.1f} ms')
mean = {name: value / runs / 1000 for name, value in parts.items()}
for name in ('start', 'stop', 'settle', 'migrate'):
    print(f'  {name:8} {mean[name]:7.0f} ms a plan (steps of this verb; operations run beside)')
print(f'  recorded {mean["whole recording"]:7.0f} ms a plan, from the first step to the last node gone')
print(f'  the rest {total / runs * 1000 - mean["whole recording"]:7.0f} ms a plan: planning, set-up, judging')
