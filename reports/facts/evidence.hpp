// The run file, indexed: messages with their deliveries and replies, incarnations, client operations, steps.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "objects/vocabulary/modes.hpp"
#include "objects/vocabulary/outcomes.hpp"
#include "objects/vocabulary/roles.hpp"
#include "objects/vocabulary/steps.hpp"
#include "reports/recording/run_file.hpp"

namespace caravan::reports {

using Event = std::int64_t;
constexpr Event never = std::numeric_limits<Event>::max();

/// A message was handed to one incarnation, or to a client.
struct Delivery {
  Event event = 0;
  std::string receiver;  ///< "engine.2#1"
  std::string release;
};

/// One message that was sent, with all that became of it. Points into the run file.
struct Message {
  const Json* envelope = nullptr;
  std::string id, kind, from, to, method, version, operation, cause;
  Event sent = 0;
  std::vector<Delivery> deliveries;
  Event dropped = never;
  std::string drop_why;
  int reply = -1;           ///< index of the first reply to it
  int answers = -1;         ///< reply: index of the message that it answers
  std::vector<int> caused;  ///< messages sent while it was handled, in order
  /// Members of the envelope; null where it has none.
  const Json& args() const;
  const Json& error() const;  ///< reply: null for success
  const Json& result() const;
  bool is_reply() const { return kind == "reply"; }                         ///< it answers another message
  bool wants_reply() const { return kind == "call" || kind == "request"; }  ///< its sender waits for it
};

/// One process of a node. What did not happen to it is at `never`.
struct Incarnation {
  std::string node, release, peer;
  Role role{};
  int number = 0;
  Event starting = never, ready = never, draining = never, ended = never;
  std::optional<NodeEvent> ending;  ///< how it ended; none: it has not
  std::string detail;               ///< code or signal, in words

  /// Whether messages to this place may reach it: a node, or the topic of a role.
  bool answers_to(const std::string& place) const { return node == place || name(role) == place; }
};

/// One operation of a client, from its invocation to its answer. Points into the run file.
struct ClientOp {
  std::string id, method, object, row, via, release, step, purpose;
  bool to_be_refused = false;     ///< the plan expects it
  std::optional<OpEdge> outcome;  ///< ok, fail or info; none: the recording has no answer
  const Json* invoke = nullptr;
  const Json* end = nullptr;
  Event invoked = 0, ended = never;
  int request = -1;  ///< message
  /// What the client asked to write, load or list by; null if nothing.
  const Json& fields() const;
  /// Whether it names the fields of a row that it writes: create, run, update.
  bool writes_fields() const;
  /// scale: the row that says how many of its children there are to be, and the number
  /// (docs/node-protocol.md).
  const std::string& scaled_row() const;
  const Json& scaled_to() const;
};

/// One step of the plan as it was told, with its first and last event.
struct StepSpan {
  std::string number;
  step::Action action;
  std::string came_of_it;  ///< in the driver's words, if that was anything else than planned
  Event begin = 0, end = never;

  /// Null unless it is that.
  template <class Word>
  const Word* as() const {
    return std::get_if<Word>(&action);
  }
  template <class... Words>
  bool is_one_of() const {
    return (std::holds_alternative<Words>(action) || ...);
  }
  const std::string& node() const { return step::node_of(action); }  ///< or empty
  bool to_be_refused() const { return step::expect_of(action) == step::Expect::refused; }
};

/// `run` must outlive this. Lists are in the order of the recording; -1 as an index means none.
class Evidence {
 public:
  explicit Evidence(const RunFile& run);
  Evidence(const Evidence&) = delete;
  Evidence& operator=(const Evidence&) = delete;

  const RunFile& run;
  std::vector<Message> messages;
  std::map<std::string, int> message_by_id;
  std::vector<Incarnation> incarnations;
  std::map<std::string, int> incarnation_by_peer;
  std::vector<ClientOp> operations;
  std::map<std::string, int> operation_by_id;
  std::vector<StepSpan> steps;
  Event last = 0;  ///< number of the last event that counts: what follows a `shutdown` is the harness's doing
  std::optional<RunOutcome> outcome;  ///< none: the file stops without an end
  std::string outcome_why;

  /// The event of that number, which the file must have.
  const Json& event(Event number) const { return run.events[static_cast<std::size_t>(number)]; }
  std::int64_t time(Event number) const;  ///< microseconds
  /// Innermost step under way at that event; between two steps the one that ended. Empty before and after
  /// all.
  const std::string& step_at(Event number) const;
  /// Null if the recording has none of that name.
  const Incarnation* incarnation(const std::string& peer) const;
  /// Killed by the plan: what was in its hands may be lost.
  bool was_killed(const std::string& peer) const;
  /// Whether the plan paused the node at some time of this span.
  bool was_paused(const std::string& node, Event from, Event to) const;
  /// Null if no message of this id was sent.
  const Message* message(const std::string& id) const;
  bool complete() const { return outcome == RunOutcome::complete; }
  /// Whether what fails by these events is proven by them. It is not if the machine failed, which may have
  /// begun long before it was noticed, or if the recording does not say where the harness shut the run down.
  bool proves() const { return complete() || !outcome || (outcome == RunOutcome::interrupted && shut_down_); }
  /// What the scenario set for the node: castellan, upgrade_levels, migrate_on_read; null if nothing.
  const Json& option(const std::string& node, const char* name) const;
  /// Access direct: api and engine open the database themselves, and only ids travel.
  bool direct() const { return access_ == Access::direct; }
  bool opens_database(const Incarnation& one) const { return caravan::opens_database(one.role, access_); }
  Compatibility compat() const { return compat_; }
  /// Events of a kind that few runs have: migration, gate, leak, trouble, starved.
  const std::vector<Event>& of_kind(const std::string& kind) const;

 private:
  void read_step(const Json& event, Event n);
  void read_node(const Json& event, Event n);
  void read_send(const Json& event, Event n);
  void read_op(const Json& event, Event n);

  std::vector<std::pair<Event, std::string>> step_marks_;
  std::vector<std::string> open_steps_;
  std::string last_ended_;
  std::map<std::string, std::vector<Event>> rare_;
  Compatibility compat_;
  Access access_;
  bool shut_down_ = false;
};

/// Direct access: ids that travel in arguments called X_id.
std::vector<std::string> ids_of_args(const Message& message);

/// The protocol's own talk: the service record of a node, sent at its start and with every heartbeat.
bool is_heartbeat(const Message& message);

/// "engine.2" of "engine.2#1".
std::string node_of(const std::string& peer);

}  // namespace caravan::reports
