"""The benchmarks that have a goal as a ratio: absolute figures say little on a shared machine."""
from cases import command

about = 'ratios of docs/performance.md: objects, store, migration'
setup = ['build', 'test', 'bench']


def cases():
    for name in ('objects', 'store', 'migration'):
        yield command(name, ['./dev', 'bench', name])
