#!/usr/bin/python3
"""How many of the declarations in headers say what they promise.

A declaration is a class, a struct, an enumeration or a function that others may use: at namespace scope or in a public part. It
has a contract if a comment stands above it or behind it, or above the group of lines without a blank one that it belongs to.
What says all by its name needs none and does not count: constructors, destructors, operators, deleted and defaulted functions,
one-line accessors, and what overrides a function whose contract stands where it was declared first.

    contracts.py              the share of each folder, and of all
    contracts.py --missing    every declaration without one
    contracts.py --least N    exit 1 if less than N per cent of all have one
"""
import argparse
import collections
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDERS = ('objects', 'nodes', 'scenarios', 'harness', 'reports')
KIND = re.compile(r'^(?:template <.*> )?(?:class|struct|enum class|enum) (\w+)[^;(]*(?:\{|$)')
FUNCTION = re.compile(r'^(?:template <.*> )?(?:\[\[\w+\]\] )?(?:virtual |static |inline |constexpr |explicit |friend )*'
                      r'[\w:<>,&*\s]+?[\s&*>](~?\w+)\(')
ACCESSOR = re.compile(r'\) const(?: noexcept)? \{ return [\w.>\-\[\]]+_(?:\.\w+\(\)|\.get\(\))?; \}')


def headers():
    for folder in FOLDERS:
        for where, _, files in os.walk(os.path.join(ROOT, folder)):
            for name in sorted(files):
                if name.endswith('.hpp'):
                    yield os.path.relpath(os.path.join(where, name), ROOT)


# What is counted and how, seen to say no.
SAMPLE = """\
namespace caravan {
/// Promised.
class Shelf {
 public:
  int room() const { return room_; }
  void put(int book);  ///< behind
  void take(int book,
            int reader);  ///< behind the last line
  void drop(int book) {
    // not a contract
    put(book);
  }
  void burn(int book);

  /// Of both.
  int wide() const;
  int high() const;

 private:
  // nobody's business
  int room_;
};

int silent(int a);
}  // namespace caravan
"""
COUNTED = [(3, 'Shelf', True), (6, 'put', True), (7, 'take', True), (9, 'drop', False), (13, 'burn', False), (16, 'wide', True),
           (17, 'high', True), (24, 'silent', False)]


def lines_of(path):
    with open(os.path.join(ROOT, path), encoding='utf-8') as file:
        return file.read().split('\n')


def declarations(lines):
    """(line, name, whether it has a contract) of each."""
    scopes = []        # of each open brace: 'namespace', 'public', 'private', or 'body'
    documented = False  # the comment above, or above the group
    behind = False      # inside a declaration that goes on over lines
    for number, line in enumerate(lines, 1):
        text = line.strip()
        code = re.sub(r'"(?:[^"\\]|\\.)*"', '""', text.split('//')[0]).strip()
        if not text:
            documented = False
        elif text.startswith('//'):
            documented = documented or not any(scope in ('private', 'body') for scope in scopes)
        elif text in ('public:', 'protected:', 'private:'):
            if scopes:
                scopes[-1] = 'private' if text == 'private:' else 'public'
            documented = False
        elif not behind and not any(scope in ('private', 'body') for scope in scopes):
            whole, behind_it = code, '//' in line
            for more in lines[number:number + 8]:
                if re.search(r'[;{}]\s*$', whole):
                    break
                whole += ' ' + more.split('//')[0].strip()
                behind_it = behind_it or '//' in more
            found = KIND.match(whole) or (None if whole.startswith(('using ', 'return ', 'namespace')) else FUNCTION.match(whole))
            if found:
                name = found.group(1)
                owner = any(re.match(r'\s*(?:class|struct) %s\b' % re.escape(name.lstrip('~')), one) for one in lines[:number - 1])
                plain = (name.startswith(('~', 'operator')) or 'operator' in whole.split('(')[0] or '= delete' in whole or
                         '= default' in whole or ' override' in whole or (owner and not KIND.match(whole)) or ACCESSOR.search(whole))
                if not plain:
                    yield number, name, documented or behind_it
        for mark in re.findall(r'[{}]', code):
            if mark == '}':
                if scopes:
                    scopes.pop()
            elif code.startswith('namespace'):
                scopes.append('namespace')
            elif re.match(r'^(?:template <.*> )?struct ', code):
                scopes.append('public')
            elif re.match(r'^(?:template <.*> )?class ', code):
                scopes.append('private')
            else:
                scopes.append('body')
        behind = bool(code) and not re.search(r'[;{}:>]\s*$', code) and not code.startswith('#')


def main():
    asked = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    asked.add_argument('--missing', action='store_true', help='every declaration without a contract')
    asked.add_argument('--least', type=float, default=0, help='per cent that must have one')
    given = asked.parse_args()
    if list(declarations(SAMPLE.split('\n'))) != COUNTED:
        raise SystemExit('contracts.py miscounts its own sample: %s' % list(declarations(SAMPLE.split('\n'))))
    have, all_of = collections.Counter(), collections.Counter()
    for path in headers():
        folder = path.split('/')[0]
        for line, name, documented in declarations(lines_of(path)):
            all_of[folder] += 1
            have[folder] += documented
            if given.missing and not documented:
                print('%s:%d: %s' % (path, line, name))
    share = 100 * sum(have.values()) / sum(all_of.values())
    if not given.missing:
        for folder in FOLDERS:
            print('%-10s %4d of %4d  %3.0f %%' % (folder, have[folder], all_of[folder], 100 * have[folder] / all_of[folder]))
        print('%-10s %4d of %4d  %3.0f %%' % ('all', sum(have.values()), sum(all_of.values()), share))
    return 1 if share < given.least else 0


if __name__ == '__main__':
    sys.exit(main())
