// Taking a database from one release's schema to another's: in phases while nodes work, or in one go as
// released. docs/migrations.md says what each phase promises.
#pragma once

#include <string>
#include <vector>

#include "nodes/store/kill_point.hpp"
#include "objects/catalog/catalog.hpp"

namespace caravan::nodes {

class Database;
class MigrationStore;

/// One phase, between two releases. The catalog must outlive it.
struct MigrationRequest {
  const Catalog& catalog;  ///< knows both releases; its migrations, too
  std::string phase;       ///< expand, data, contract or as-released
  std::string from, to;
  int batch = 100;   ///< rows a transaction
  int batches = 0;   ///< stop after this many that did something; 0: go on to the end
  bool gate = true;  ///< contract waits for the last older node's record to go
  /// Once a transaction: in that of a batch, after its first written row; else before the commit.
  KillPoint kill_point = {};
  std::string writer = {};  ///< who runs it, as its changes are stamped; empty: they are not
};

/// What one run of a phase came to; its texts are for people.
struct MigrationOutcome {
  /// All is done; another run goes on with the rest; the rest cannot be done; the phase must not come yet.
  enum Status { done_all = 0, more_to_do = 1, some_cannot = 2, refused_by_gate = 3 };
  int status = done_all;
  long long done = 0;  ///< rows changed by this run; as-released: revisions
  long long left =
      0;  ///< rows not as they shall be, counted in the database at the end; as-released: revisions
  long long failed = 0;               ///< of those, the ones that cannot be done
  std::vector<std::string> problems;  ///< table, column, key and reason of what cannot be done; never a value
  std::string refused;                ///< why nothing was done, and what to do first
};

/// Runs one phase to its end, or to the end of its batches. What is done already is not done again: a phase
/// that was interrupted, killed or told to stop goes on, a second run changes nothing. Nodes may work
/// meanwhile (docs/migrations.md says which). Throws Error: bad_request for a request that makes no sense;
/// machine_failed for a database that is missing, locked, not Caravan's, or at another release, and then
/// nothing was touched.
MigrationOutcome migrate(Database& database, const MigrationRequest& request);

/// The same over a connection.
MigrationOutcome migrate(MigrationStore& store, const MigrationRequest& request);

/// {"migration": {"phase", "from", "to", "status", "done", "left", "failed", "problems", "refused"}}
Json to_json(const MigrationRequest& request, const MigrationOutcome& outcome);

}  // namespace caravan::nodes
