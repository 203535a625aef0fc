"""What a recording says is changed, one harm at a time, and the judge is asked: ../../recordings/ has the classes."""
import functools
import hashlib
import os
import sys

from cases import ROOT, Case, Miss, command, run

sys.path.append(os.path.join(ROOT, 'tests', 'recordings'))
import judging  # noqa: E402
import matrix  # noqa: E402
import runs  # noqa: E402
import table as classes  # noqa: E402

about = '%d harmful and %d benign classes of changes to recordings' % (len(classes.HARMFUL), len(classes.BENIGN))
setup = ['build', 'test']
jobs = 2
CARAVAN = os.path.join(ROOT, 'build', 'release', 'bin', 'caravan')
HOME = os.path.join(ROOT, 'build', 'nightly', 'recordings')
RUNS = os.path.join(HOME, '.runs')  # made once; --again makes them anew
LEAST = 30  # of them must pass


def make(folder):
    os.makedirs(RUNS, exist_ok=True)
    bad = runs.make(CARAVAN, RUNS, lambda words: run(words, folder))
    there = len(list(runs.wanted())) - len(bad)
    if there < LEAST:
        raise Miss('%d recordings pass, %d are needed; not: %s' % (there, LEAST, ', '.join(bad)))
    return '%d recordings%s' % (there, ', without ' + ', '.join(bad) if bad else '')


@functools.lru_cache(maxsize=None)
def state():
    """What a tally is of: the judge, the mutator and the recordings."""
    digest = hashlib.sha256()
    for folder in (os.path.dirname(classes.__file__), os.path.join(os.path.dirname(classes.__file__), 'classes'), RUNS):
        for name in sorted(os.listdir(folder)):
            if name.endswith(('.py', '.ndjson')):
                with open(os.path.join(folder, name), 'rb') as file:
                    digest.update(file.read())
    with open(CARAVAN, 'rb') as file:
        digest.update(file.read())
    return digest.hexdigest()[:12]


def tally_of(kind):
    return os.path.join(HOME, '.tallies', '%d-%s.json' % (kind.property, kind.name.replace(' ', '-')))


def harmful(kind):
    def check(folder):
        tally = matrix.measure(CARAVAN, kind, runs.recordings(RUNS), folder)
        matrix.keep(tally, tally_of(kind), state())
        if not tally.holds():
            raise Miss(tally.complaint())
    return Case('%d %s' % (kind.property, kind.name), check)


def benign(kind):
    def check(folder):
        for recording in runs.recordings(RUNS):
            edit = kind.edit(recording)
            if edit is not None:
                word, what = judging.judge(CARAVAN, edit.text(), folder)
                if word != judging.SURVIVED:
                    raise Miss('%s raises a false alarm: %s %s' % (recording.name, word, what))
    return Case('benign: ' + kind.name, check)


def cases():
    yield command('build', ['./dev', 'build', 'release', 'caravan', 'caravan-node'], first=True)
    yield Case('recordings', make, first=True)
    for kind in classes.BENIGN:
        yield benign(kind)
    for kind in classes.HARMFUL:
        yield harmful(kind)


def table():
    """What was measured of this state, also before; a copy lies beside the cases."""
    if not os.path.isdir(RUNS):
        return ''  # nothing was built
    tallies = [tally for tally in (matrix.kept(tally_of(kind), state()) for kind in classes.HARMFUL) if tally]
    text = matrix.table(tallies, classes.PROPERTIES)
    with open(os.path.join(HOME, 'matrix.txt'), 'w', encoding='utf-8') as file:
        file.write(text)
    return text
