"""Each fuzzer for a while, from its corpus of the last time."""
from cases import command

about = '5 minutes of each fuzzer'
setup = ['build', 'test', 'sanitize']


def cases():
    for target in ('primitive', 'catalog', 'scenario', 'run_file', 'envelope', 'database_url'):
        yield command(target, ['./dev', 'fuzz', '300', target])
