// What every check is given, and how it says what it found. One check a file: NAME.cpp.
#pragma once

#include <map>
#include <set>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "reports/checks/judge.hpp"
#include "reports/facts/causes.hpp"
#include "reports/facts/reason.hpp"
#include "reports/facts/run_facts.hpp"
#include "reports/facts/wire.hpp"

namespace caravan::reports {

/// What one check says of one run, gathered in `result`. Both references must outlive this.
class Findings {
 public:
  Findings(const RunFacts& facts, CheckResult& result)
      : facts_(facts), result_(result), causes_(facts.releases) {}
  /// That many more promises were to be kept. A check that owes nothing was idle.
  void owe(std::int64_t obligations = 1) { result_.obligations += obligations; }
  /// The step is filled in, and no secret is told.
  void fail(Witness witness);
  /// Added to what it noted before; an empty text is left out.
  void note(const std::string& text);
  /// Something that was to be judged cannot be: the check is unknown, unless something else fails.
  void undecided(const std::string& why);
  /// Unknown whether it was kept: the machine took that many microseconds from the process to keep it.
  void starved(std::int64_t micros);
  bool any() const { return result_.failures > 0; }

 private:
  const RunFacts& facts_;
  CheckResult& result_;
  const Causes causes_;
  std::map<std::string, std::size_t> places_;  ///< what failures have in common -> place in the result
};

/// One row of the table of checks. Its texts are literals.
struct Check {
  const char* name;
  const char* promise;
  const char* oracle;
  void (*run)(const RunFacts&, Findings&);
  /// Why there is nothing to judge in a run of this mode, or with this plan: the check passes with that
  /// note. None: it applies.
  Reason (*spared)(const RunFacts&) = nullptr;
  /// A step that gives it something to judge.
  const char* exercise = "";
  /// Asked if it ran and found nothing to judge: why this plan holds nothing for it. None: it does.
  Reason (*idle)(const RunFacts&) = nullptr;
};
const std::vector<Check>& checks();

/// Whether the field showed `sent` (at `version`) at some moment of the span.
bool showed(const RunFacts&, const RowHistory& row, const FieldHistory& field, const Version& version,
            const Json& sent, Event from, Event to);
/// What the field showed at `version` at that moment, for people.
std::string shown_as(const RunFacts&, const RowHistory& row, const FieldHistory& field,
                     const Version& version, Event at);

/// Why the contract has the api of that release refuse what the operation asks; none: it does not.
Reason must_refuse(const RunFacts&, const ClientOp& op);
/// Whether a complaint is about an object that is newer than its receiver.
bool says_too_new(const std::string& words);
/// The place that words speak of, Object.field or a table and one of its columns; leaves the witness as it is
/// if there is none.
void name_place(const RunFacts&, const std::string& words, Witness& witness);
/// What the refusal that the plan expects is about: a field, else the method.
std::string forbidden_place(const RunFacts&, const ClientOp& op);
/// Whether an error is right: what calls for it (empty: the error's own name says so), or else why nothing
/// does.
using Lawful = tl::expected<std::string, std::string>;
/// Whether this error reply is one that the contract or the state of the row calls for.
Lawful lawful_error(const RunFacts&, const Message& reply, const Message& question);
/// The same for the answer that a client got.
Lawful lawful_failure(const RunFacts&, const ClientOp& op);
/// Whether that, or the contract, lets the plan's client be refused: no failure of `availability`.
bool refused_lawfully(const RunFacts&, const ClientOp& op);

}  // namespace caravan::reports
