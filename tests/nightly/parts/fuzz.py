"""Each fuzzer for a while, from its corpus of the last time."""
from cases import command

about = '8 minutes of each fuzzer'
setup = ['build', 'test', 'sanitize']


def cases():
    for target in ('primitive', 'catalog', 'scenario'):
        yield command(target, ['./dev', 'fuzz', '480', target])
