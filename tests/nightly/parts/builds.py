"""Every preset that people and CI build, and the warnings of both compilers."""
from cases import command

about = 'release, debug (g++) and clang-14, the last two without a warning'
setup = ['build', 'test', 'sanitize']


def cases():
    for preset in ('release', 'debug', 'clang'):
        yield command(preset, ['./dev', 'build', preset])
