// A tiny language for runs that never happened: it writes the events that a harness would have recorded.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "objects/catalog/catalog.hpp"
#include "reports/formats/render.hpp"
#include "reports/recording/run_file.hpp"

namespace caravan::reports {

class RunBuilder {
 public:
  /// Releases in play; the tables have the columns of all of them, as between expand and contract.
  explicit RunBuilder(std::string from = "kilo", std::string to = "liberty", Json expect = "pass");

  RunBuilder& at(std::int64_t microseconds) { return t_ = microseconds, *this; }
  RunBuilder& wait(std::int64_t microseconds) { return t_ += microseconds, *this; }
  std::int64_t event(const std::string& kind, Json members);

  void begin(const std::string& step, const std::string& verb = "group", Json more = Json::object());
  void end(const std::string& step, const std::string& verb = "group");
  /// A whole migrate step; `outcome` is what differs from a migration that did nothing and succeeded.
  void migrate(const std::string& step, const std::string& phase, Json outcome = Json::object());
  /// The service record of a node, with the caps of a fleet whose oldest is of that release.
  void record(const std::string& node, const std::string& release, const std::string& capped_at);
  void node(const std::string& peer, const std::string& release, const std::string& state,
            Json more = Json::object());
  void start(const std::string& peer, const std::string& release);

  /// Sends and returns the message's id. `kind` is call, cast or request.
  std::string send(const std::string& kind, const std::string& from, const std::string& to,
                   const std::string& method, Json args, const std::string& operation = {},
                   const std::string& cause = {});
  std::int64_t deliver(const std::string& id, const std::string& peer);
  std::string reply(const std::string& to, const std::string& from, Json result,
                    const std::string& deliver_to);
  std::string refuse(const std::string& to, const std::string& from, const std::string& type,
                     const std::string& deliver_to);

  /// A primitive of the object as the release speaks it. `changes` empty: no mark.
  Json primitive(const std::string& release, const std::string& object, Json data,
                 std::vector<std::string> changes = {}) const;
  Json manifest(const std::string& release) const;

  // Committed changes.
  /// Those from here on are one transaction by that writer, for that message. An empty writer: they have no
  /// stamp, as at first.
  void stamp(const std::string& writer, const std::string& cause = {});
  std::int64_t insert(const std::string& object, const std::string& row, const Json& values);
  std::int64_t update(const std::string& object, const std::string& row, const std::string& column,
                      const Json& value);
  void remove(const std::string& object, const std::string& row);
  const Json& stored(const std::string& object, const std::string& row, const std::string& column);
  void drop_column(const std::string& object, const std::string& column);
  void schema();

  // Whole exchanges with conductor.1#1 (which must run).
  /// Call and delivery; returns the call's id.
  std::string ask(const std::string& sender, const std::string& action, const Json& primitive,
                  const std::string& operation = {}, const std::string& cause = {});
  std::string done(const std::string& call, const std::string& sender, Json updates = Json::object());
  /// An acknowledged create that stores what it says.
  void create(const std::string& sender, const std::string& object, const Json& data,
              const std::string& operation = {});
  /// An acknowledged save that stores what it says.
  void save(const std::string& sender, const std::string& object, const std::string& row, const Json& values,
            const std::string& operation = {});
  void destroy(const std::string& sender, const std::string& object, const std::string& row);
  /// A get that is answered with `data` at the sender's version.
  void get(const std::string& sender, const std::string& object, const Json& data,
           const std::string& operation = {});
  Json row_data(const std::string& release, const std::string& object, const std::string& row,
                const Json& over = Json::object());

  void invoke(const std::string& op, const std::string& method, const std::string& object,
              const std::string& row, const std::string& via, Json fields = Json::object(),
              Json more = Json::object());
  void ok(const std::string& op, Json result = Json::object());
  void fail(const std::string& op, const std::string& type);
  void info(const std::string& op);

  /// Final contents and the end; judges.
  RunFile finish(const std::string& outcome = "complete");
  Report judged(const std::string& outcome = "complete");

  /// The usual cast: conductor.1#1 at the newer release, engine.1#1 and api.1#1 at the older, api.2#1 at the
  /// newer.
  RunBuilder& usual();
  const std::string& release_of(const std::string& peer) const { return release_.at(peer); }
  Json& header() { return events.front(); }
  std::vector<Json> events;
  std::map<std::string, std::map<std::string, std::map<std::string, Json>>> final_override;

 private:
  const ClassHistory& history(const std::string& object) const;
  Json to_column(const std::string& object, const std::string& column, const Json& wire) const;

  std::string from_, to_;
  std::map<std::string, Catalog> snapshots_;
  std::map<std::string, std::vector<std::string>> columns_;
  std::map<std::string, std::map<std::string, std::map<std::string, Json>>> rows_;
  std::map<std::string, std::string> release_;
  Json stamp_ = Json::object();
  std::int64_t t_ = 0, sequence_ = 0;
  int messages_ = 0;
};

/// What they must have, and no more; their rows are t1 and c1.
extern const Json plain_template, plain_cluster;
/// engine.1#1 takes cluster c1 on from the status that it has, by every status of its making, to `last`.
void build_cluster(RunBuilder& run, const std::string& last = "Active");

/// The result of one check.
const CheckResult& check_of(const Report& report, const std::string& name);
/// "event 12 ClusterTemplate.is_public: summary" of the first witness, or "pass" / "unknown: note".
std::string first_of(const Report& report, const std::string& check);
/// Checks that fail, in the order of the table.
std::vector<std::string> failing(const Report& report);
/// All sentences of the first witness.
std::string argument_of(const Report& report, const std::string& check);

}  // namespace caravan::reports
