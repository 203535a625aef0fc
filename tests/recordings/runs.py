"""The recordings that are mutated: made once, kept, and read when they are needed."""
import functools
import os
import shutil
import subprocess

from judging import SURVIVED, judge
from recording import Recording

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


def wanted():
    """(name, the words of `caravan run`) of each line of runs.txt."""
    with open(os.path.join(HERE, 'runs.txt'), encoding='utf-8') as file:
        for line in file:
            if line.strip() and not line.startswith('#'):
                scenario, mode, database, seed = line.split()
                own = os.path.join('tests', 'recordings', 'scenarios', scenario + '.yaml')  # from the project's root
                name = '.'.join((scenario, mode, database, seed)).replace('/', '-')
                yield name, [own if os.path.exists(os.path.join(ROOT, own)) else scenario,
                             '--mode', mode, '--database', database, '--seed', seed]


def make(caravan, folder, run=subprocess.call):
    """Makes what is missing in the folder. Only a run that passes is of use: gives the names of those that did not."""
    bad = []
    for name, words in wanted():
        kept = os.path.join(folder, name + '.ndjson')
        for attempt in range(2):  # a loaded machine may leave the first one undecided
            if os.path.exists(kept):
                break
            out = os.path.join(folder, 'run')
            shutil.rmtree(out, ignore_errors=True)
            run([caravan, 'run'] + words + ['--out', out])
            made = os.path.join(out, 'run.ndjson')
            if os.path.exists(made) and judge(caravan, read(made).lines, out)[0] == SURVIVED:
                os.replace(made, kept)
            shutil.rmtree(out, ignore_errors=True)
        if not os.path.exists(kept):
            bad.append(name)
    return bad


def read(path):
    with open(path, encoding='utf-8', newline='\n') as file:
        return Recording(file.read().rstrip('\n').split('\n'), os.path.basename(path).split('.ndjson')[0])


@functools.lru_cache(maxsize=None)
def recordings(folder):
    """All that are there, the short ones first."""
    paths = [os.path.join(folder, name) for name in os.listdir(folder) if name.endswith('.ndjson')]
    return [read(path) for path in sorted(paths, key=lambda path: (os.path.getsize(path), path))]
