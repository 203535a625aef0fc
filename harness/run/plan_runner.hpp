// The driver's inside: shared by driver.cpp (the loop) and plan_runner.cpp (the steps), included by nothing
// else.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "harness/run/broker.hpp"
#include "harness/run/clients.hpp"
#include "harness/run/driver.hpp"
#include "harness/run/node_table.hpp"
#include "harness/run/recorder.hpp"

namespace caravan::harness {

constexpr Instant look_every = 2'000;     ///< how often the database is asked, where no message shows it
constexpr Instant weigh_every = 100'000;  ///< how often the machine is asked what it took away
constexpr int run_stretch = 5;            ///< by the wall a run may last this many times its limit
constexpr int refused_exit = 3;  ///< of a node that was not let in, and of a tool that a gate refused

/// The run is asked to end now.
struct Interruption {};

/// Runs one plan, once. All that is given by reference must outlive it.
class Driver {
 public:
  Driver(const Plan& plan, const RunSetup& setup, Carrier& carrier, reports::RunWriter& writer,
         std::function<void(const Progress&)> progress);

  /// What drive() does (harness/run/driver.hpp).
  Outcome run();

 private:
  /// The shutdown goes on after one interruption, and has its own deadlines.
  enum class During { plan, shutdown };

  // The loop. Deadlines run on clock(): what the machine took away from this run does not count.
  /// `whom` says what is waited for, should the whole run's time be up.
  bool run_until(const std::function<bool()>& done, Instant until, const std::function<std::string()>& whom,
                 During during = During::plan);
  Instant poll();
  Instant clock() const { return carrier_.now() - taken_; }
  void weigh();
  void keep_to_the_limit(Instant now, const std::function<std::string()>& whom) const;
  void handle(const CarrierEvent& event);
  bool is_background(const Envelope& envelope);
  static bool moves(const Envelope& envelope);
  void arrive(const Arrived& arrived);
  void hello(NodeEntry& member, const Envelope& envelope);
  void carry_out(Decisions decisions);
  void answer(const Envelope& reply);
  void issue(Instant now);
  void send(Clients::Task& task, const NodeEntry& api, Instant now);
  void time_out(Instant now);
  void give_up(Clients::Task& task, const std::string& why);
  void reap(const Exited& exited);
  void report();

  bool opens_database(const NodeEntry& member) const {
    return caravan::opens_database(member.role, plan_.mode.access);
  }

  // The plan.
  void run_plan();
  void show(const PlanStep& one);
  void steps(const std::vector<PlanStep>& all);
  void step(const PlanStep& one);
  std::string act(const PlanStep& one);
  NodeEntry& node_in(const PlanStep& one, const std::string& node);
  void launch(const PlanStep& one, const step::Start& start);
  std::string await_hello(const step::Start& start);
  void ask_to_stop(NodeEntry& member);
  std::string await_exit(NodeEntry& member, Instant asked, During during);
  void kill(NodeEntry& member, During during);
  std::string settle();
  std::string unfinished();
  /// Reads what was committed, and notes when that was more than heartbeats.
  void see_changes();
  bool at_rest();
  bool stands_still();

  // Tools, and nodes that die at a moment of their own (tool_steps.cpp).
  struct Trigger {
    std::string peer;
    step::Moment moment{};
    bool fired = false;
  };
  std::string migrate(const step::Migrate& one);
  std::string announce(const step::Announce& one);
  std::string forget(const step::Forget& one);
  template <class Step>
  std::string gate(const Step& step);
  /// Starts it and waits for its end; throws machine_failed if that does not come in time.
  ToolEnded use_tool(Tool tool, Instant limit);
  /// "exit code 5; its log ends: ..."
  std::string how_it_ended(const Exited& exited);
  std::string with_last_words(const std::string& text, const std::string& peer);
  std::string reload(NodeEntry& member);
  std::string wait(const step::Wait& one);
  std::string kill_in(const step::Kill& one, NodeEntry& member);
  bool fires(const NodeEntry& member, const Envelope& envelope);
  void kill_now(NodeEntry& member);
  bool look_for_leaks();  ///< false: interrupted
  void stop_all(During during);
  void kill_all();
  void shut_down();

  const Plan& plan_;
  const RunSetup& setup_;
  Carrier& carrier_;
  Recorder record_;
  NodeTable nodes_;
  const Deadlines deadlines_;
  Broker broker_;
  Clients clients_;
  std::function<void(const Progress&)> progress_;
  Progress shown_;

  std::map<std::string, ToolEnded> tools_;   ///< those that ended, by peer
  std::map<std::string, Instant> launched_;  ///< peer -> when
  std::set<std::string> heartbeats_;         ///< those without an answer so far
  Instant limit_ = 0, plan_deadline_ = 0, wall_until_ = 0, wake_ = 0;
  Instant taken_ = 0, weigh_at_ = 0;  ///< by the machine so far; by the wall
  Instant last_message_ = 0, last_change_ = 0, moved_ = 0, still_after_ = 0;
  std::int64_t changes_seen_ = 0;
  std::optional<Trigger> trigger_;  ///< a node that dies at a moment of its work
  int interrupted_ = 0, requests_ = 0, tool_runs_ = 0;
};

}  // namespace caravan::harness
