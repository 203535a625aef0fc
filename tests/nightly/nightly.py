"""./dev nightly [PART...]: the long measures, resumable. Exit code 0: every case of every part held.

What held is kept in build/nightly/PART/held, by the state of the tree; what missed keeps its folder beside it.
"""
import argparse
import concurrent.futures
import hashlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import cases

sys.dont_write_bytecode = True  # nothing appears in the tree, whose state is the key of what held
PARTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'parts')
KEPT = os.path.join(cases.ROOT, 'build', 'nightly')


def say(text):
    print('nightly: ' + text, file=sys.stderr, flush=True)


def names(folder):
    return sorted(name[:-3] for name in os.listdir(folder) if name.endswith('.py'))


def load(folder, name):
    spec = importlib.util.spec_from_file_location('part_' + name, os.path.join(folder, name + '.py'))
    part = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(part)
    return part


def state_of_tree():
    """The commit, and what differs from it."""
    def git(*words):
        return subprocess.run(('git', '-C', cases.ROOT) + words, stdout=subprocess.PIPE, check=True).stdout
    changed = git('diff', 'HEAD')
    for name in git('ls-files', '--others', '--exclude-standard', '-z').split(b'\0'):
        if name:
            with open(os.path.join(cases.ROOT.encode(), name), 'rb') as file:
                changed += name + file.read()
    commit = git('rev-parse', '--short=12', 'HEAD').decode().strip()
    return commit + ('+' + hashlib.sha256(changed).hexdigest()[:8] if changed else '')


class Result:
    """Of one part: how its cases ended."""

    def __init__(self, name, about):
        self.name, self.about = name, about
        self.held, self.before, self.left, self.seconds = 0, 0, 0, 0.0
        self.missed, self.figures, self.table = [], [], ''

    def whole(self):
        return not self.missed and not self.left

    def row(self):
        return '%-12s %5d %5d %6d %5d %4d:%02d  %s' % (
            self.name, self.held, self.before, len(self.missed), self.left, self.seconds // 60, self.seconds % 60,
            '; '.join(self.figures) or self.about)


HEAD = '%-12s %5s %5s %6s %5s %7s' % ('part', 'held', 'before', 'missed', 'left', 'min')


def run_part(name, part, tree, kept, seconds):
    """Runs what has not held yet at this state of the tree, for so many seconds."""
    result = Result(name, part.about)
    home = os.path.join(kept, name)
    os.makedirs(home, exist_ok=True)
    ledger = os.path.join(home, 'held')
    done = set()
    if os.path.exists(ledger):
        with open(ledger, encoding='utf-8') as file:
            done = {line.rstrip('\n').split(' ', 1)[1] for line in file if line.startswith(tree + ' ')}
    began = time.monotonic()

    def attempt(case):
        if time.monotonic() - began > seconds:
            return case, None, None
        folder = os.path.join(home, re.sub(r'[^\w.+-]+', '-', case.name))
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        try:
            figure = case.check(folder)
        except cases.Miss as miss:
            return case, str(miss) + ' (' + os.path.relpath(folder, cases.ROOT) + ')', None
        shutil.rmtree(folder, ignore_errors=True)
        return case, '', figure

    def take(case, miss, figure):
        if miss is None:
            result.left += 1
        elif miss:
            result.missed.append(case.name + ': ' + miss)
            say(name + ' missed ' + result.missed[-1])
        else:
            result.held += 1
            if figure:
                result.figures.append(figure)
            with open(ledger, 'a', encoding='utf-8') as file:
                file.write(tree + ' ' + case.name + '\n')

    todo = []
    for case in part.cases():
        if case.name in done and not case.first:
            result.before += 1
        else:
            todo.append(case)
    say('%s: %s; %d cases%s' % (name, part.about, len(todo),
                                ', %d held before' % result.before if result.before else ''))
    for case in [case for case in todo if case.first]:
        take(*attempt(case))
        todo.remove(case)
        if result.missed:
            result.left += len(todo)
            todo = []
    pool = concurrent.futures.ThreadPoolExecutor(getattr(part, 'jobs', 1))
    try:
        for outcome in pool.map(attempt, todo):
            take(*outcome)
    finally:  # after an interruption, too
        pool.shutdown(wait=False, cancel_futures=True)
        cases.stop_all()
        pool.shutdown()
    result.seconds = time.monotonic() - began
    return result


def main(words, parts=PARTS, kept=KEPT, tree=None):
    known = names(parts)
    parser = argparse.ArgumentParser(prog='./dev nightly', description=__doc__.split('\n')[0])
    parser.add_argument('part', nargs='*', help='all of them without one: ' + ', '.join(known))
    parser.add_argument('--again', action='store_true', help='run what held before, too')
    parser.add_argument('--minutes', type=float, default=35, help='for each part; what is left is run the next time')
    options = parser.parse_args(words)
    for name in options.part:
        if name not in known:
            say("part '%s'? One of %s was expected" % (name, ', '.join(known)))
            return 2
    tree = tree or state_of_tree()
    results = []
    try:
        for name in options.part or known:
            part = load(parts, name)
            if options.again:
                shutil.rmtree(os.path.join(kept, name), ignore_errors=True)
            if part.setup:
                subprocess.run([os.path.join(cases.ROOT, 'dev'), 'setup'] + part.setup, check=True)
            results.append(run_part(name, part, tree, kept, options.minutes * 60))
            results[-1].table = getattr(part, 'table', lambda: '')()
    except KeyboardInterrupt:
        say('interrupted; what held is kept')
        return 130
    print('tree ' + tree + '\n' + HEAD)
    for result in results:
        print(result.row())
    for result in results:
        if result.table:
            print('\n' + result.table)
    for result in results:
        for miss in result.missed:
            print('missed: ' + result.name + ' ' + miss)
        if result.left:
            print('left: %d of %s; ./dev nightly %s goes on' % (result.left, result.name, result.name))
    return 0 if all(result.whole() for result in results) else 1


if __name__ == '__main__':
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    sys.exit(main(sys.argv[1:]))
