"""What must not change while the insides do.

    net.py plans|reports|cluster BIN_DIR

plans: the whole text of every plan. reports: what is said of kept recordings. cluster: what is recorded of them
by nodes in one thread and virtual time. What there was is kept, compressed, in kept/ beside this file; CARAVAN_GOLDEN=write keeps what there is now.
Exit code 1, with the first lines that differ, if anything does.
"""
import concurrent.futures
import difflib
import lzma
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
KEPT = os.path.join(HERE, 'kept')
SCENARIOS = ('juno-to-kilo', 'kilo-to-liberty', 'liberty-to-mitaka', 'stein-to-train')
MODES = ('conductor/backport', 'conductor/pin', 'direct/none')
SEEDS = range(1, 6)
LINES = 12  # of a difference
WIDTH = 400


def run(argv, **options):
    """All that a program prints, and its exit code."""
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
    text = done.stdout.decode('utf-8', 'backslashreplace')
    if done.stderr:
        text += '--- stderr\n' + done.stderr.decode('utf-8', 'backslashreplace')
    return '%s--- exit %d\n' % (text, done.returncode)


def plan(programs, scenario, mode, seed):
    return run([os.path.join(programs, 'caravan'), 'plan', scenario, '--mode', mode, '--seed', str(seed), '--operations'])


def plans(programs):
    for scenario in SCENARIOS:
        for mode in MODES:
            for seed in SEEDS:
                name = '%s.%s.%d' % (scenario, mode.replace('/', '-'), seed)
                yield name, lambda s=scenario, m=mode, n=seed: plan(programs, s, m, n)


def report(programs, recording):
    """As people and as programs read it, from a place that does not show in it."""
    folder = tempfile.mkdtemp()
    try:
        with lzma.open(recording) as packed, open(os.path.join(folder, 'run.ndjson'), 'wb') as plain:
            shutil.copyfileobj(packed, plain)
        environment = {'PATH': os.environ.get('PATH', ''), 'LC_ALL': 'C.UTF-8'}
        return ''.join(run([os.path.join(programs, 'caravan'), 'report', 'run.ndjson', '--format', form], cwd=folder,
                           env=environment) for form in ('text', 'json'))
    finally:
        shutil.rmtree(folder)


def reports(programs):
    folder = os.path.join(HERE, 'recordings')
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        yield name.split('.ndjson')[0], lambda p=path: report(programs, p)


def cluster_of(programs, scenario, mode):
    """The plan is the one that plans() keeps, so a change of planning is not seen twice."""
    with tempfile.NamedTemporaryFile('w', suffix='.txt', encoding='utf-8') as file:
        file.write(kept('plans', '%s.%s.1' % (scenario, mode.replace('/', '-'))).split('--- ')[0])
        file.flush()
        return run([os.path.join(programs, 'net-cluster'), file.name]).replace(file.name, 'PLAN')


def cluster(programs):
    for scenario in SCENARIOS:
        for mode in MODES:
            yield '%s.%s' % (scenario, mode.replace('/', '-')), lambda s=scenario, m=mode: cluster_of(programs, s, m)


def place(kind, name):
    return os.path.join(KEPT, kind, name + '.txt.xz')


def kept(kind, name):
    try:
        with lzma.open(place(kind, name), 'rt', encoding='utf-8', newline='\n') as file:
            return file.read()
    except FileNotFoundError:
        return ''


def keep(kind, name, text):
    os.makedirs(os.path.dirname(place(kind, name)), exist_ok=True)
    with lzma.open(place(kind, name), 'wt', preset=9, encoding='utf-8', newline='\n') as file:
        file.write(text)


def main(kind, programs):
    programs = os.path.abspath(programs)
    cases = list({'plans': plans, 'reports': reports, 'cluster': cluster}[kind](programs))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        texts = dict(zip([name for name, _ in cases], pool.map(lambda case: case[1](), cases)))
    changed = [name for name, text in texts.items() if text != kept(kind, name)]
    if os.environ.get('CARAVAN_GOLDEN') == 'write':
        for name in changed:
            keep(kind, name, texts[name])
        return 0
    for name in changed:
        print('%s %s is not what it was:' % (kind, name))
        lines = difflib.unified_diff(kept(kind, name).splitlines(), texts[name].splitlines(), 'kept', 'now', lineterm='', n=0)
        for _, line in zip(range(LINES), lines):
            print('  ' + line[:WIDTH])
    return 1 if changed else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
