#!/usr/bin/python3
"""What a check asserts, taken away one assertion at a time; a test must miss each.

In a copy of the tree, every call of fail, owe, starved, undecided or note of a check's findings asks first whether it is the
one that CARAVAN_MUTANT names: the copy is built once and tested once an assertion.
"""
import glob
import lzma
import os
import re
import shutil
import subprocess
import sys

from cases import ROOT, Case, Miss, last_line, run

sys.path.append(os.path.join(ROOT, 'tests', 'net'))
import net  # noqa: E402

TREE = os.path.join(ROOT, 'build', 'mutants', 'tree')
KEPT = os.path.join(ROOT, 'build', 'mutants', 'recordings')
CALL = re.compile(r'\bfindings_?\.(fail|owe|starved|undecided|note)\(')
# What reads recordings, converts or compares catalogs asserts nothing of a check.
TESTS = '-Lint*:*/Damaged.*:DamagedHeaders.*:RunFile*:RecordedConversions.*:Projection.*:Scale.*'
SWITCH = '''
#include <cstdlib>
namespace caravan::reports {
inline bool taken_away(int assertion) {
  static const char* const named = std::getenv("CARAVAN_MUTANT");
  static const int number = named == nullptr ? -1 : std::atoi(named);
  return number == assertion;
}
}  // namespace caravan::reports
'''


def end_of_call(text, start):
    """Behind the parenthesis that closes the one before START; strings and characters are passed over."""
    depth, at = 1, start
    while depth:
        if text[at] in '"\'':
            quote = text[at]
            at += 1
            while text[at] != quote:
                at += 2 if text[at] == '\\' else 1
        depth += {'(': 1, ')': -1}.get(text[at], 0)
        at += 1
    return at


def assertions():
    """(file, its text up to the call, the call, number) of each, in order."""
    number = 0
    for path in sorted(glob.glob(os.path.join(ROOT, 'reports', '*', '*.cpp'))):
        with open(path, encoding='utf-8') as file:
            text = file.read()
        for found in CALL.finditer(text):
            yield path, found.start(), end_of_call(text, found.end()), number
            number += 1


def names():
    """Of each assertion: file and line, and which call it is."""
    for path, start, end, _ in assertions():
        with open(path, encoding='utf-8') as file:
            text = file.read()
        yield '%s:%d %s' % (os.path.basename(path), text.count('\n', 0, start) + 1, CALL.match(text, start).group(1))


def copy():
    """The tree as it stands, with a switch at each assertion. Files that stay the same keep their time."""
    listed = subprocess.run(['git', '-C', ROOT, 'ls-files', '-co', '--exclude-standard'], stdout=subprocess.PIPE, check=True,
                            text=True).stdout.split('\n')
    edited = {}
    for path, start, end, number in assertions():
        edited.setdefault(path, []).append((start, end, number))
    wanted = set()
    for name in listed:
        source = os.path.join(ROOT, name)
        if not os.path.isfile(source):
            continue
        with open(source, 'rb') as file:
            content = file.read()
        if source in edited:
            text = content.decode()
            for start, end, number in reversed(edited[source]):
                text = '%s(taken_away(%d) ? void() : %s)%s' % (text[:start], number, text[start:end], text[end:])
            content = text.encode()
        if name == 'reports/checks/checks.hpp':
            content += SWITCH.encode()
        target = os.path.join(TREE, name)
        wanted.add(target)
        if os.path.exists(target):
            with open(target, 'rb') as file:
                if file.read() == content:
                    continue
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, 'wb') as file:
            file.write(content)
        shutil.copymode(source, target)
    for folder, _, files in os.walk(TREE):
        if os.path.relpath(folder, TREE).split(os.sep)[0] == 'build':
            continue
        for name in files:
            if os.path.join(folder, name) not in wanted:
                os.remove(os.path.join(folder, name))


def tests(folder, assertion, which):
    return run([os.path.join(TREE, 'build/release/bin/test-reports'), '--gtest_filter=' + which, '--gtest_brief=1',
                '--gtest_fail_fast'], folder, cwd=TREE, env=dict(os.environ, CARAVAN_MUTANT=str(assertion)))


def recordings():
    """Those that tests/net keeps, the small ones first, and a place for each."""
    packed = os.path.join(ROOT, 'tests', 'net', 'recordings')
    for name in sorted(os.listdir(packed), key=lambda name: os.path.getsize(os.path.join(packed, name))):
        yield os.path.join(packed, name), name.split('.ndjson')[0]


def another_report(assertion):
    """Whether one of the recordings is judged otherwise than it was: counts are in the reports, too."""
    environment = {'PATH': os.environ.get('PATH', ''), 'LC_ALL': 'C.UTF-8', 'CARAVAN_MUTANT': str(assertion)}
    caravan = os.path.join(TREE, 'build/release/bin/caravan')
    return any(''.join(net.run([caravan, 'report', 'run.ndjson', '--format', form], cwd=os.path.join(KEPT, name),
                               env=environment) for form in ('text', 'json')) != net.kept('reports', name)
               for _, name in recordings())


def missed(folder, assertion, name):
    """Whether a test fails without it; the check's own suites are asked first, and all the others last: they take long."""
    own = ''.join(word.capitalize() for word in name.split('.')[0].split('_')) + '*'
    if name.endswith('starved'):
        own += ':*Starvation*:ALateAnswer*'
    return (tests(folder, assertion, own) != 0 or another_report(assertion) or
            tests(folder, assertion, TESTS) != 0)


def build(folder):
    copy()
    for packed, name in recordings():
        os.makedirs(os.path.join(KEPT, name), exist_ok=True)
        with lzma.open(packed) as source, open(os.path.join(KEPT, name, 'run.ndjson'), 'wb') as plain:
            shutil.copyfileobj(source, plain)
    if run(['./dev', 'build', 'release', 'test-reports', 'caravan'], folder, cwd=TREE) != 0:
        raise Miss('the copy cannot be built: ' + last_line(folder))
    if another_report(-1) or tests(folder, -1, TESTS) != 0:
        raise Miss('the copy with all its assertions fails: ' + last_line(folder))


def cases():
    yield Case('build', build, first=True)
    for number, name in enumerate(names()):
        def check(folder, number=number, name=name):
            if not missed(folder, number, name):
                raise Miss('no test misses it')
        yield Case(name, check)
