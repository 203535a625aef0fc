"""Every preset that people and CI build, and the warnings of both compilers."""
import os

from cases import ROOT, Case, Miss, command, last_line, run

about = 'release, debug (g++) and clang-14, the last two without a warning; a copy with invented words'
setup = ['build', 'test', 'sanitize']


def cases():
    for preset in ('release', 'debug', 'clang'):
        yield command(preset, ['./dev', 'build', preset])
    yield Case('new words', new_words)


def new_words(folder):
    script = os.path.join(ROOT, 'tests', 'project', 'new_words.py')
    if run(['/usr/bin/python3', '-B', script, 'build', os.path.join(folder, 'copy')], folder) != 0:
        raise Miss(last_line(folder))
