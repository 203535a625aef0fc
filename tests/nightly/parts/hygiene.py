"""1,000 runs that leave nothing behind: ../hygiene.py says what is looked for."""
from cases import Case, Miss, command, last_line, run

about = '1,000 runs, a tenth ended by a signal'
setup = ['build', 'test']
jobs = 2


def batch(first, last):
    def check(folder):
        if run(['/usr/bin/python3', '-B', 'tests/nightly/hygiene.py', 'build/release/bin/caravan', str(first), str(last)],
               folder) != 0:
            raise Miss(last_line(folder))
    return Case('runs %d to %d' % (first, last), check)


def cases():
    yield command('build', ['./dev', 'build'], first=True)
    for first in range(1, 1000, 25):
        yield batch(first, first + 24)
