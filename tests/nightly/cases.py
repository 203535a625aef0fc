"""What the parts of the nightly are made of.

A part is a file parts/NAME.py with

    about = 'one line'                  what it measures
    setup = ['build', 'test']           the packages it needs, as ./dev setup takes them
    jobs = 2                            how many cases at once (1)
    def cases(): yield Case(...)        all of them, in order; the same ones each time
    def table(): return text            what it measured, printed below the figures of all parts (none)

A case holds, or misses by raising Miss. Those that held are not run again at the same state of the tree.
"""
import dataclasses
import os
import re
import signal
import subprocess
import typing

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Miss(Exception):
    """What was expected, and what was seen."""


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    check: typing.Callable[[str], typing.Optional[str]]  # takes a folder of its own; may give a figure for the table
    first: bool = False  # the others need it: it is never skipped, and where it misses the part ends


running = set()


def run(argv, folder, timeout=2400, log='log', **options):
    """Runs a program from the root of the project; its output goes to FOLDER/LOG. Gives its exit code, -N for a signal."""
    with open(os.path.join(folder, log), 'ab') as out:
        child = subprocess.Popen(argv, cwd=options.pop('cwd', ROOT), stdin=subprocess.DEVNULL, stdout=out,
                                 stderr=subprocess.STDOUT, start_new_session=True, **options)
        running.add(child)
        try:
            return child.wait(timeout)
        except subprocess.TimeoutExpired:
            raise Miss('%s did not end in %d s' % (argv[0], timeout)) from None
        finally:
            stop(child)
            running.discard(child)


def stop(child):
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)  # a session of its own: see run()
        child.wait()


def stop_all():
    for child in list(running):
        stop(child)


def last_line(folder, log='log'):
    with open(os.path.join(folder, log), encoding='utf-8', errors='replace') as file:
        lines = [line.strip() for line in file if line.strip()]
    return lines[-1] if lines else 'no output'


def command(name, argv, first=False, **options):
    """The case that a program exits 0."""
    def check(folder):
        code = run(argv, folder, **options)
        if code != 0:
            raise Miss('exit %d: %s' % (code, last_line(folder)))
    return Case(name, check, first)


def test_folders():
    """The labels that tests/CMakeLists.txt gives to what it finds in each folder."""
    with open(os.path.join(ROOT, 'tests', 'CMakeLists.txt'), encoding='utf-8') as file:
        return re.findall(r'^caravan_tests\((\w+)', file.read(), re.M)
