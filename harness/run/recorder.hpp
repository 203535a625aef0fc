// Writes down what the driver sees, in the shapes of docs/run-file.md. Committed changes come from the
// database's own triggers through a read-only witness; nodes' words are never evidence of what was stored.
#pragma once

#include <memory>
#include <string>

#include "harness/run/broker.hpp"
#include "harness/run/carrier.hpp"
#include "harness/run/clients.hpp"
#include "harness/run/node_table.hpp"
#include "harness/run/quiescence.hpp"
#include "nodes/store/store.hpp"
#include "reports/recording/run_file.hpp"

namespace caravan::harness {

/// `writer` and `catalog` must outlive this. Whatever appends throws machine_failed if the disk refuses; what
/// reads the database throws StoreError if it cannot.
class Recorder {
 public:
  Recorder(reports::RunWriter& writer, const Catalog& catalog) : writer_(writer), quiescence_(catalog) {}

  /// began: from when recorded times count. time: the time of the events that follow.
  void began(Instant now) { began_ = now; }
  void time(Instant now) { t_ = now - began_; }

  /// Until then changes() and final_contents() record nothing.
  void open_database(std::unique_ptr<nodes::Store> witness) { witness_ = std::move(witness); }
  /// Every committed change that is not in the file yet.
  void changes();
  /// Every table with its columns as they are now. The database must be open.
  void schema();
  /// The changes that are left, then every row of every table; texts above 4 KiB as their SHA-256.
  void final_contents();
  /// `edge`: "begin" or "end". `outcome`: what came of it; empty: the reason of the plan is recorded.
  /// Flushes.
  void step(const PlanStep& step, const char* edge, const std::string& outcome = {});
  /// `extra`: `code` or `signal`.
  void node(const NodeEntry& member, const std::string& state, const Json& extra = Json::object());
  /// `said`: what the tool printed about it (docs/node-protocol.md); null if nothing.
  void migration(const step::Migrate& step, const Json& said, int status, bool killed);
  void gate(const step::Action& action, const Json& said);  ///< Announce, Forget
  void leak(const Json& members);
  /// A message that came in, and what was made of it: handed to `receiver`, or dropped.
  void send(const Envelope& envelope);
  void deliver(const std::string& id, const std::string& receiver, const std::string& release);
  void drop(const Drop& drop);
  /// Nothing if nothing was taken.
  void starved(const Taken& taken);
  /// What a node did wrong, or says went wrong. `incarnation`: 0 if it is not one that runs. `told`: the node's
  /// message about it, if there was one.
  void trouble(const std::string& node, int incarnation, const std::string& what,
               const Envelope* told = nullptr);
  /// An operation begins, after waiting this many microseconds for its api. It ends with ok, with fail, or
  /// with info where it is not known whether it took effect.
  void invoke(const Clients::Task& task, const std::string& api, const std::string& release, Instant waited);
  void ok(const Operation& operation, const Json& result);
  void fail(const Operation& operation, const Json& error);
  void info(const Operation& operation, const std::string& why);
  /// From here on the harness ends the run before its time.
  void shutdown(const std::string& why);
  /// The last event. `outcome`: complete, interrupted or failed. Flushes.
  void end(const std::string& outcome, const std::string& why);
  void flush();
  /// Flushes now and then, so that kill -9 of the harness leaves a recording; call it again before what is
  /// returned.
  Instant tick(Instant now, Instant next);

  /// Who is not at rest, by the changes recorded so far.
  Quiescence& rest() { return quiescence_; }
  /// The next committed change of this kind; an empty table: of any but the service records.
  void watch(const std::string& action, const std::string& table);
  bool seen() const { return seen_; }
  /// Committed changes so far, but for those of the service records.
  std::int64_t worked() const { return worked_; }

 private:
  void append(const char* kind, const Json& members) {
    writer_.append(kind, t_, members);
    dirty_ = true;
  }

  void stamp(const nodes::Change& change, Json& members);

  reports::RunWriter& writer_;
  std::unique_ptr<nodes::Store> witness_;
  std::int64_t last_change_ = 0, worked_ = 0;
  nodes::Stamp last_stamp_;
  std::int64_t transaction_ = 0;  ///< the last one that was stamped
  Quiescence quiescence_;
  std::string watched_action_, watched_table_;
  bool seen_ = false;
  Instant began_ = 0, t_ = 0, flushed_ = 0;
  bool dirty_ = false;
};

}  // namespace caravan::harness
