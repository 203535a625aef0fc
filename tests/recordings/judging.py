"""What the judge says of a recording, in one word: the check that failed first, or how else it ended."""
import json
import os
import subprocess

SURVIVED, UNDECIDED, REFUSED = 'survived', 'undecided', 'refused'


def judge(caravan, lines, folder):
    """(word, detail): a check, `evidence`, or one of the three above. REFUSED: the reader takes it for no run file."""
    path = os.path.join(folder, 'run.ndjson')
    with open(path, 'w', encoding='utf-8', newline='\n') as file:
        file.write('\n'.join(lines) + '\n')
    done = subprocess.run([caravan, 'report', path, '--format', 'json'], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    try:
        return word_of(json.loads(done.stdout))
    except ValueError:
        said = done.stderr.decode('utf-8', 'replace').strip()
        if done.returncode == 2:
            return REFUSED, said
        raise RuntimeError('caravan ended with %d: %s' % (done.returncode, said)) from None


def word_of(report):
    verdicts = {check['check']: check['verdict'] for check in report['checks']}
    if report['verdict'] == 'pass':
        return SURVIVED, ''
    if verdicts.get('evidence', 'pass') != 'pass':
        return 'evidence', ''
    if report['verdict'] == 'fail':
        first = next(check for check in report['checks'] if check['check'] == report['first'])
        return first['check'], (first['witnesses'] or [{}])[0].get('summary', '')
    return UNDECIDED, ', '.join(name for name, verdict in verdicts.items() if verdict == 'unknown')
