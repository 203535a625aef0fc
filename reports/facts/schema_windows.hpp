// Which releases the database's schema served at a moment, by the migrations in the run file.
// Independent of nodes/store/migration/migration.hpp on purpose.
#pragma once

#include <string>
#include <vector>

#include "reports/facts/run_facts.hpp"

namespace caravan::reports {

/// One migrate step with what came of it.
struct MigrationSpan {
  const StepSpan* step = nullptr;
  Event outcome = never;  ///< its `migration` event; never: none was recorded
  step::Phase phase{};
  std::string from, to;
  bool refused = false, killed = false, done = false;
  bool broke_off = false;  ///< it ended by itself, but without the line that says what it did
};

/// The facts must outlive this.
class SchemaWindows {
 public:
  explicit SchemaWindows(const RunFacts&);

  const std::vector<MigrationSpan>& migrations() const { return migrations_; }
  /// open: it is unknown, as the schema is being changed or the release is not one of this run's.
  enum class Answer { yes, no, open };
  /// Whether a node of that release may work on the schema then; open: it is just being changed.
  Answer serves(const std::string& release, Event at) const;
  /// "from kilo to liberty", for people.
  std::string told(Event at) const;

 private:
  struct Range {
    Event from = 0;
    std::string oldest, newest;
    bool open = false;
  };
  const Range& at(Event event) const;

  const RunFacts& c_;
  std::vector<MigrationSpan> migrations_;
  std::vector<Range> ranges_;
};

}  // namespace caravan::reports
