#!/usr/bin/python3 -B
"""Runs that leave nothing behind: hygiene.py CARAVAN FIRST LAST

Runs of these numbers in a row, each tenth ended by a signal at a moment of its own; all is drawn from the number.
After each there must be no process, socket, temporary file, shared memory or server. A kill -9 takes the processes with it;
the rest is swept by the next run, so it is looked for after that one. Exit code 1, and a line each, if any is there.

As root the runs have namespaces to themselves, where every process and socket is theirs; else unshare maps the user; where
neither is allowed they are known by a word in their environment and by their folder.
"""
import ctypes
import os
import random
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time

PATIENCE = 20  # seconds for what dies by itself after a kill -9
SHORT = ('history/protected', 'history/job-status', 'history/rename', 'history/secret-or-key')
MODES = ('conductor/backport', 'conductor/backport', 'direct/none')
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGKILL)
WORD = 'CARAVAN_HYGIENE'


class Run:
    """What is drawn from a number."""

    def __init__(self, number):
        chance = random.Random(number)
        kind = {3: 'postgresql', 4: 'mariadb', 5: 'python'}.get(number % 25, 'sqlite')
        self.words = ['run', chance.choice(SHORT), '--mode', chance.choice(MODES), '--seed', str(number)]
        if kind == 'python':
            if self.words[1] == 'history/protected':  # its refusals are not the Python conductor's
                self.words[1] = 'history/job-status'
            self.words[3] = 'conductor/backport'
            self.words += ['--program', 'conductor.2=python']
        else:
            self.words += ['--database', kind]
        # Each tenth, and one of each dear kind among the first: they are the sample of ./dev test.
        self.signal = chance.choice(SIGNALS) if number % 10 == 9 else None
        if number % 250 in (3, 4, 5):
            self.signal = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP)[number % 250 - 3]
        self.moment = chance.uniform(0, 5 if kind in ('postgresql', 'mariadb') else 2)
        self.to_group = self.signal == signal.SIGINT and chance.random() < 0.5  # as Ctrl-C does it

    def text(self):
        ended = ', %s after %.2f s' % (self.signal.name, self.moment) if self.signal else ''
        return 'caravan ' + ' '.join(self.words) + ended


class Place:
    """Where the runs happen, and what is there that was not before."""

    def __init__(self, alone):
        self.alone = alone  # in namespaces of our own
        self.home = tempfile.mkdtemp(prefix='hygiene-')
        os.chmod(self.home, 0o755)  # servers of another user look into it
        self.tmp, self.out = self.home + '/t', self.home + '/out'
        os.mkdir(self.tmp)
        os.chmod(self.tmp, 0o1777)
        self.environment = dict(os.environ, TMPDIR=self.tmp, HOME=self.home + '/home')
        self.environment[WORD] = self.home
        os.mkdir(self.home + '/home')
        self.before = {kind: set(look()) for kind, look in self.looks()}

    def looks(self):
        yield 'process', self.processes
        yield 'socket', self.sockets
        yield 'temporary file', lambda: os.listdir(self.tmp) + os.listdir(self.home + '/home')
        yield 'shared memory', self.shared_memory

    def left(self, kinds):
        return ['%s %s' % (kind, one) for kind, look in self.looks() if kind in kinds
                for one in sorted(set(look()) - self.before[kind])]

    def processes(self):
        found = []
        for pid in filter(str.isdigit, os.listdir('/proc')):
            if int(pid) == os.getpid():
                continue
            try:
                with open('/proc/%s/stat' % pid, encoding='utf-8', errors='replace') as file:
                    name, rest = file.read().split('(', 1)[1].rsplit(')', 1)
                ours = self.alone or int(rest.split()[1]) == os.getpid()
                if not ours:
                    with open('/proc/%s/environ' % pid, 'rb') as file:
                        ours = ('%s=%s\0' % (WORD, self.home)).encode() in file.read()
                if ours:
                    found.append('%s %s%s' % (pid, name, ' (zombie)' if rest.split()[0] == 'Z' else ''))
            except OSError:
                pass  # gone, or somebody else's
        return found

    def sockets(self):
        with open('/proc/net/unix', encoding='utf-8', errors='replace') as file:
            lines = [line.split(None, 7) for line in file.read().splitlines()[1:]]
        names = [words[7] if len(words) > 7 else 'without a name, inode ' + words[6] for words in lines]
        return [name for name in names if self.alone or name.startswith(self.home)] + [
            name for name in self.files(self.home) if stat.S_ISSOCK(os.lstat(name).st_mode)]

    @staticmethod
    def files(folder):
        return [os.path.join(path, name) for path, folders, files in os.walk(folder) for name in folders + files]

    def shared_memory(self):
        found = []
        everybody = self.alone and os.getuid() == 0  # only root mounts a /dev/shm of its own
        for name in os.listdir('/dev/shm'):
            try:
                if everybody or os.lstat('/dev/shm/' + name).st_uid == os.getuid():
                    found.append('/dev/shm/' + name)
            except OSError:
                pass
        for kind in ('shm', 'sem', 'msg'):
            with open('/proc/sysvipc/' + kind, encoding='utf-8') as file:
                rows = [dict(zip(names, line.split())) for names, line in with_head(file.read().splitlines())]
            found += ['sysv %s %s' % (kind, row[kind + 'id' if kind != 'msg' else 'msqid']) for row in rows
                      if self.alone or row['uid'] == str(os.getuid())]
        return found


def with_head(lines):
    return [(lines[0].split(), line) for line in lines[1:]]


def reap():
    """Orphans come to us; those that have ended are no leak."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def carry_out(run, caravan, place):
    """Runs it; gives what is wrong with its end."""
    log = open(place.home + '/log', 'wb')
    child = subprocess.Popen([caravan] + run.words + ['-q', '--out', place.out], env=place.environment, cwd=place.home,
                             stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    lawful = (0, 3)  # 3: starved
    try:
        if run.signal:
            lawful = (0, 3, 130, -run.signal)
            try:
                child.wait(run.moment)
            except subprocess.TimeoutExpired:
                (os.killpg if run.to_group else os.kill)(child.pid, run.signal)
        child.wait(180)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
        return ['it did not end in 180 s']
    finally:
        log.close()
    if child.returncode in lawful:
        return []
    with open(place.home + '/log', encoding='utf-8', errors='replace') as file:
        return ['exit %d: %s' % (child.returncode, ' | '.join(file.read().split('\n')[-4:]))]


def look_after(place, killed):
    kinds = ['process'] if killed else [kind for kind, _ in place.looks()]
    patience = time.monotonic() + (PATIENCE if killed else 2)
    while True:
        reap()
        left = place.left(kinds)
        if not left or time.monotonic() > patience:
            return left
        time.sleep(0.02)


def run_all(caravan, first, last, alone):
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
    place = Place(alone)
    wrong = 0
    try:
        number, sweeping = first, False
        while number <= last or sweeping:  # after a kill -9 there is one more, which sweeps and is let be
            run = Run(1 if sweeping else number)
            trouble = carry_out(run, caravan, place)
            killed = run.signal == signal.SIGKILL
            trouble += look_after(place, killed)
            for one in trouble:
                print('run %d%s: %s: %s' % (number, ', swept' if sweeping else '', run.text(), one))
            wrong += len(trouble)
            if trouble:  # the next one is judged by what it leaves itself
                place.before = {kind: set(look()) for kind, look in place.looks()}
            number += 0 if sweeping else 1
            sweeping = killed
    finally:
        shutil.rmtree(place.home, ignore_errors=True)
    print('%d runs, %d things left or wrong' % (number - first, wrong))
    return 1 if wrong else 0


def main(words):
    if words[0] == '--alone':
        subprocess.run(['mount', '-t', 'tmpfs', 'tmpfs', '/dev/shm'], check=False, stderr=subprocess.DEVNULL)
        return run_all(words[1], int(words[2]), int(words[3]), True)
    caravan, first, last = os.path.abspath(words[0]), words[1], words[2]
    namespaces = ['--pid', '--fork', '--kill-child', '--mount-proc', '--net', '--ipc']
    unshare = ['unshare'] + ([] if os.getuid() == 0 else ['--map-current-user']) + namespaces
    if subprocess.run(unshare + ['true'], check=False, stderr=subprocess.DEVNULL).returncode == 0:
        os.execvp('unshare', unshare + [sys.executable, '-B', os.path.abspath(__file__), '--alone', caravan, first, last])
    return run_all(caravan, int(first), int(last), False)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
