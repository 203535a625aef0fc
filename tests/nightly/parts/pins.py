"""The four big scenarios in the modes that promise to lose nothing, seed after seed."""
import json
import os

from cases import Case, Miss, command, last_line, run

about = '4 scenarios × conductor/pin and conductor/backport × 50 seeds'
setup = ['build', 'test']
jobs = 2
CARAVAN = 'build/release/bin/caravan'


def first_failure(folder):
    """The first check that failed and its first witness, or what the program said last."""
    try:
        with open(os.path.join(folder, 'run', 'report.json'), encoding='utf-8') as file:
            report = json.load(file)
    except (OSError, ValueError):
        return last_line(folder)
    for check in report['checks']:
        if check['check'] == report.get('first'):
            witness = (check.get('witnesses') or [{}])[0]
            return '%s: %s' % (check['check'], witness.get('text') or json.dumps(witness))
    return report.get('verdict', 'no verdict')


def plan(scenario, mode, seed):
    def check(folder):
        code = run([CARAVAN, 'run', scenario, '--mode', mode, '--seed', str(seed), '--out',
                    os.path.join(folder, 'run')], folder, timeout=300)
        if code != 0:
            raise Miss('exit %d: %s' % (code, first_failure(folder)))
    return Case('%s %s %d' % (scenario, mode, seed), check)


def cases():
    yield command('build', ['./dev', 'build'], first=True)
    for seed in range(1, 51):
        for scenario in ('juno-to-kilo', 'kilo-to-liberty', 'liberty-to-mitaka', 'stein-to-train'):
            for mode in ('conductor/pin', 'conductor/backport'):
                yield plan(scenario, mode, seed)
