"""A loaded machine is not a failed upgrade, and a slow node is one."""
import os
import sys

from cases import Case, Miss, ROOT, last_line, run

about = '50 runs each: children stopped for 3 s, harness too, 8 busy loops; and a slow node'
setup = ['build', 'test']
CARAVAN = 'build/release/bin/caravan'
PROGRAM = [sys.executable, os.path.join(ROOT, 'tests', 'nightly', 'starved_run.py'), CARAVAN]


def one(case, seed, *words, slow=False):
    def check(folder):
        code = run(PROGRAM + [case, str(seed), folder, *words], folder)
        said = last_line(folder)
        if code != 0 or said.startswith('caught') != slow:
            raise Miss(said)
        return said
    return Case(' '.join([case, str(seed), *words]), check)


def cases():
    for case in ('stopped', 'all-stopped', 'busy'):
        for seed in range(1, 51):
            yield one(case, seed)
    for case in ('quiet', 'half-busy'):
        for seed in range(1, 6):
            yield one(case, seed, '--plant', 'F40', slow=True)
