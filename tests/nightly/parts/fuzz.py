"""Each fuzzer for a while, from its corpus of the last time."""
from cases import command

about = '4 minutes of each fuzzer'
setup = ['build', 'test', 'sanitize']


def cases():
    for target in ('primitive', 'catalog', 'scenario', 'plan', 'run_file', 'envelope', 'database_url'):
        yield command(target, ['./dev', 'fuzz', '240', target])
