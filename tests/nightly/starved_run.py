"""One run on a machine that has no time for it.

    starved_run.py CARAVAN CASE SEED FOLDER [WORD...]

Case: `stopped` (all children for 3 s), `all-stopped` (the harness too), `busy` (beside 8 busy loops of ordinary priority), `half-busy`
(beside one), `quiet`. Words go to `caravan run`. Prints `pass`, `starved`, `caught` (a planted defect) or `fail` with figures. Exit code 0:
it passed, caught what was planted, or is undecided because it was starved and says by how much; 1: anything else, and a run that ended before
it was stopped.
"""
import json
import os
import random
import signal
import subprocess
import sys
import time

STOPPED = 3.0  # seconds
QUARTER = 900_000  # bytes of a quiet run's recording


def children(pid):
    found = []
    try:
        for thread in os.listdir('/proc/%d/task' % pid):
            with open('/proc/%d/task/%s/children' % (pid, thread), encoding='ascii') as file:
                found += [int(word) for word in file.read().split()]
    except OSError:
        pass
    return found


def send(descriptor, number):
    try:
        signal.pidfd_send_signal(descriptor, number)
    except ProcessLookupError:
        pass


def size(recordings):
    for path in recordings:
        try:
            return os.path.getsize(path)
        except OSError:
            pass
    return 0


def stop_for_a_while(run, recordings, harness_too, seed):
    """From a moment that the seed chooses: after so much was recorded. Whether the run was there to be stopped."""
    mark = random.Random(seed).randrange(QUARTER, 3 * QUARTER)
    while run.poll() is None and size(recordings) < mark:
        time.sleep(0.005)
    if run.poll() is not None:
        return False
    held = []
    for pid in children(run.pid):
        try:
            held.append(os.pidfd_open(pid))
        except ProcessLookupError:
            pass
    if harness_too:
        run.send_signal(signal.SIGSTOP)
    for descriptor in held:
        send(descriptor, signal.SIGSTOP)
    time.sleep(STOPPED)
    for descriptor in held:
        send(descriptor, signal.SIGCONT)
        os.close(descriptor)
    if harness_too:
        run.send_signal(signal.SIGCONT)
    return True


def verdict(code, folder):
    """The word, and what there is to say about it."""
    try:
        with open(os.path.join(folder, 'report.json'), encoding='utf-8') as file:
            report = json.load(file)
    except (OSError, ValueError):
        return 'fail', 'exit %d without a report' % code
    if code == 0:
        return ('caught', report['first']) if report.get('first') else ('pass', '')
    starved = [check['starved'] for check in report['checks'] if check['verdict'] == 'unknown' and 'starved' in check]
    if code == 3 and starved:
        return 'starved', '%d obligations, up to %d ms' % (sum(one['obligations'] for one in starved),
                                                          max(one['micros'] for one in starved) // 1000)
    failed = [check for check in report['checks'] if check['verdict'] == 'fail'] or report['checks']
    first = failed[0]
    said = first['witnesses'][0]['summary'] if first['witnesses'] else first['note']
    return 'fail', 'exit %d, %s: %s' % (code, first['check'], said)


def main(caravan, case, seed, folder, *words):
    busy = {'busy': 8, 'half-busy': 1}.get(case, 0)
    loops = [subprocess.Popen([sys.executable, '-c', 'while True: pass']) for _ in range(busy)]
    out = os.path.join(folder, 'run')
    began = time.monotonic()
    stopped = True
    try:
        with open(os.path.join(folder, 'out'), 'wb') as log:
            run = subprocess.Popen([caravan, 'run', 'kilo-to-liberty', '--seed', seed, '--out', out, '-q', *words],
                                   stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
            if case in ('stopped', 'all-stopped'):
                recordings = [os.path.join(out, 'run.ndjson'), os.path.join(out, '.caravan-starting', 'run.ndjson')]
                stopped = stop_for_a_while(run, recordings, case == 'all-stopped', int(seed))
            code = run.wait()
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()
    word, said = verdict(code, out)
    if word == 'pass' and not stopped:
        word, said = 'fail', 'it ended before it was stopped'
    print('%s after %.1f s%s' % (word, time.monotonic() - began, ': ' + said if said else ''))
    return 1 if word == 'fail' else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
