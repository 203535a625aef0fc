"""What a new word costs: an invented fault, check, report format, role and database, put into a scratch copy of the tree.

    new_words.py count            how many files each of them touches; fails where docs/design.md promises less
    new_words.py build FOLDER     puts them into a copy at FOLDER, compiles it and runs a scenario with them
"""
import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Copy:
    """Texts of a tree; `touched` in the order in which they were changed."""

    def __init__(self, root):
        self.root, self.touched, self.made = root, {}, {}

    def edit(self, path, before, after):
        text = self.touched.get(path)
        if text is None:
            with open(os.path.join(self.root, path)) as file:
                text = file.read()
        if text.count(before) != 1:
            raise SystemExit('%s: %d times where one was expected:\n%s' % (path, text.count(before), before))
        self.touched[path] = text.replace(before, after)

    def create(self, path, text):
        self.made[path] = text

    def write(self):
        for path, text in list(self.touched.items()) + list(self.made.items()):
            with open(os.path.join(self.root, path), 'w') as file:
                file.write(text)


def fault(copy):
    """`stall: NODES` with `milliseconds`: held for that long, then let go."""
    copy.edit('objects/vocabulary/steps.hpp', '/// The service record of a node that is still to come.\n', '''\
struct Stall {
  std::string node;
  int milliseconds = 0;
  static constexpr const char* word = "stall";
  static constexpr Effect effect{false, true, false, NodeState::up, "held for a moment"};
  static constexpr auto members =
      std::tuple(Member{"node", &Stall::node}, Member{"milliseconds", &Stall::milliseconds});
  bool operator==(const Stall&) const = default;
};

/// The service record of a node that is still to come.
''')
    copy.edit('objects/vocabulary/steps.hpp', 'Pause, Resume, Reload,', 'Pause, Resume, Stall, Reload,')
    copy.edit('scenarios/format/schema.cpp', '    {"step", "resume",', '''\
    {"step", "stall", T::names, false, "", 1, 200, "Hold these nodes for some milliseconds."},
    {"step", "milliseconds", T::integer, false, "", 1, 60000, "stall: how long."},
    {"step", "resume",''')
    copy.edit('harness/run/plan_runner.cpp', '      [&](const step::Resume& held)', '''\
      [&](const step::Stall& held) {
        return to(held.node, [&](NodeEntry& member) {
          held_still(true)(member);
          run_until([] { return false; }, clock() + held.milliseconds * 1'000, [] { return "the stall"; });
          return held_still(false)(member);
        });
      },
      [&](const step::Resume& held)''')


def form(copy):
    """`--format brief`: the first line alone."""
    copy.create('reports/formats/brief.cpp', '''\
#include "reports/formats/render.hpp"

namespace caravan::reports {

std::string render_brief(const Report& report, const Screen&) { return headline(report) + "\\n"; }

}  // namespace caravan::reports
''')
    copy.create('tests/reports/render_brief_test.cpp', '''\
#include <gtest/gtest.h>

#include "reports/formats/render.hpp"

namespace caravan::reports {
namespace {

TEST(Brief, IsTheFirstLineAlone) { EXPECT_EQ(render(Report{}, "brief", Screen{}), headline(Report{}) + "\\n"); }

}  // namespace
}  // namespace caravan::reports
''')
    copy.edit('reports/formats/render.cpp', 'const std::vector<Format>& report_formats() {\n', '''\
std::string render_brief(const Report& report, const Screen& screen);

const std::vector<Format>& report_formats() {
''')
    copy.edit('reports/formats/render.cpp', '      {"junit", &render_junit,',
              '      {"brief", &render_brief, Several::one_after_another},\n      {"junit", &render_junit,')


def check(copy):
    """`tidy`: an invented check that owes nothing."""
    copy.create('reports/checks/tidy.cpp', '''\
// tidy: nothing is owed.
#include "reports/checks/checks.hpp"

namespace caravan::reports {

void check_tidy(const RunFacts&, Findings& findings) { findings.owe(); }

}  // namespace caravan::reports
''')
    copy.create('tests/reports/check_tidy_test.cpp', '''\
#include <gtest/gtest.h>

#include "tests/reports/run_builder.hpp"

namespace caravan::reports {
namespace {

TEST(Tidy, HoldsInEveryRun) {
  RunBuilder run;
  run.usual();
  EXPECT_EQ(check_of(run.judged(), "tidy").verdict, Verdict::pass);
}

}  // namespace
}  // namespace caravan::reports
''')
    copy.edit('reports/checks/checks.cpp', 'void check_availability(const RunFacts&, Findings&);\n',
              'void check_availability(const RunFacts&, Findings&);\nvoid check_tidy(const RunFacts&, Findings&);\n')
    copy.edit('reports/checks/checks.cpp', '  };\n  return table;\n',
              '      {"tidy", "an invented promise", "O99", &check_tidy, nullptr, "anything"},\n  };\n  return table;\n')


def role(copy):
    """`nodes: {scribe: 1}`: an engine that can do nothing."""
    copy.create('nodes/roles/scribe.hpp', '''\
#pragma once

#include "nodes/roles/engine.hpp"

namespace caravan::nodes {

class Scribe : public Engine {
 public:
  Scribe(std::unique_ptr<Exchange> exchange, std::unique_ptr<Rows> rows);
};

}  // namespace caravan::nodes
''')
    copy.create('nodes/roles/scribe.cpp', '''\
#include "nodes/roles/scribe.hpp"

namespace caravan::nodes {

Scribe::Scribe(std::unique_ptr<Exchange> exchange, std::unique_ptr<Rows> rows)
    : Engine(std::move(exchange), std::move(rows), std::make_unique<EngineMethods>()) {}

}  // namespace caravan::nodes
''')
    copy.edit('objects/vocabulary/roles.hpp', 'enum class Role { conductor, engine, api };',
              'enum class Role { conductor, engine, api, scribe };')
    copy.edit('objects/vocabulary/roles.hpp', '    {Role::api, "api",', '''\
    {Role::scribe, "scribe", false, false, false, true, 0, "Scribes: they look on.", "looks on", "looks on"},
    {Role::api, "api",''')
    copy.edit('nodes/roles/make_node.cpp', '#include "nodes/roles/engine.hpp"\n',
              '#include "nodes/roles/engine.hpp"\n#include "nodes/roles/scribe.hpp"\n')
    copy.edit('nodes/roles/make_node.cpp', '  throw bad_request("", "unknown role', '''\
  if (identity.role == name(Role::scribe))
    return std::make_unique<Scribe>(std::move(ground.exchange), std::move(ground.rows));
  throw bad_request("", "unknown role''')


def database(copy):
    """`database: quack`: a file, which is spoken to as SQLite's is."""
    copy.create('nodes/store/sql/quack.cpp', '''\
#include "nodes/store/sql/dialect.hpp"

namespace caravan::nodes {

const Dialect& quack_dialect() { return dialect_of(DatabaseKind::sqlite); }

}  // namespace caravan::nodes
''')
    copy.edit('objects/vocabulary/databases.hpp', 'enum class DatabaseKind { sqlite,', 'enum class DatabaseKind { sqlite, quack,')
    copy.edit('objects/vocabulary/databases.hpp', '    {DatabaseKind::postgresql, "postgresql",', '''\
    {DatabaseKind::quack, "quack", "", "", ""},
    {DatabaseKind::postgresql, "postgresql",''')
    copy.edit('nodes/store/sql/dialect.cpp', 'const Dialect& sqlite_dialect();\n',
              'const Dialect& sqlite_dialect();\nconst Dialect& quack_dialect();\n')
    copy.edit('nodes/store/sql/dialect.cpp', '      {DatabaseKind::sqlite, sqlite_dialect},\n', '''\
      {DatabaseKind::sqlite, sqlite_dialect},
      {DatabaseKind::quack, quack_dialect},
''')


# What docs/design.md promises: files that are changed, and files that are new.
PROMISED = [(fault, 3, 0), (check, 1, 2), (form, 1, 2), (role, 2, 2), (database, 2, 1)]


def count():
    for word, changed, made in PROMISED:
        copy = Copy(ROOT)
        word(copy)
        print('%s: %d changed (%s), %d new' % (word.__name__, len(copy.touched), ', '.join(copy.touched), len(copy.made)))
        if (len(copy.touched), len(copy.made)) != (changed, made):
            raise SystemExit('%s: %d changed and %d new files were promised' % (word.__name__, changed, made))


SCENARIO = '''format: 1
name: stalled
nodes: {conductor: 1, engine: 1, api: 2, scribe: 1}
database: quack
releases: {from: kilo, to: kilo}
steps:
  - restart: scribe
  - do: {create: Job, as: J}
  - stall: api.1
    milliseconds: 20
  - do: {read: J, via: api.1}
'''


def build(folder):
    tracked = subprocess.run(['git', '-C', ROOT, 'ls-files', '-z'], check=True, stdout=subprocess.PIPE).stdout
    for name in filter(None, tracked.decode().split('\0')):
        target = os.path.join(folder, name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy2(os.path.join(ROOT, name), target, follow_symlinks=False)
    copy = Copy(folder)
    for word, _, _ in PROMISED:
        word(copy)
    copy.write()
    run = lambda *words: subprocess.run(words, cwd=folder, check=True)
    run('cmake', '--preset', 'release')
    run('cmake', '--build', 'build/release', '--target', 'caravan', 'caravan-node', 'test-reports', 'test-project')
    with open(os.path.join(folder, 'stalled.yaml'), 'w') as file:
        file.write(SCENARIO)
    run('build/release/bin/caravan', 'run', 'stalled.yaml', '--format', 'brief', '--out', 'stalled')
    run('build/release/bin/caravan', 'show', 'stalled', '--grep', 'stall')
    run('build/release/bin/test-reports', '--gtest_filter=Brief.*:Tidy.*')
    run('build/release/bin/test-project', '--gtest_filter=TestFiles.*')


if __name__ == '__main__':
    if sys.argv[1:] == ['count']:
        count()
    elif len(sys.argv) == 3 and sys.argv[1] == 'build':
        build(os.path.abspath(sys.argv[2]))
    else:
        raise SystemExit(__doc__)
