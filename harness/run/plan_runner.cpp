// The steps of a plan, one after the other: start, stop, kill, pause, resume, settle, and groups of them
// with clients' operations alongside. Tools and moments are in tool_steps.cpp.
#include "harness/run/plan_runner.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace caravan::harness {
namespace {

int operations_in(const std::vector<PlanStep>& steps) {
  int sum = 0;
  for (const auto& step : steps) sum += static_cast<int>(step.operations.size()) + operations_in(step.steps);
  return sum;
}

constexpr Instant poll_pause = 50'000;  ///< of an engine that looks after a run
constexpr Instant most_polls_waited_for = 200;

/// How often an engine looks after a run, at most: meanwhile it only reads.
Instant most_polls(const std::vector<PlanStep>& steps) {
  Instant most = 0;
  const Json::json_pointer place("/job_configs/configs/caravan.polls");
  for (const auto& step : steps) {
    for (const auto& operation : step.operations)
      if (operation.fields.contains(place) && operation.fields.at(place).is_number_integer())
        most = std::max(most, std::min(operation.fields.at(place).get<Instant>(), most_polls_waited_for));
    most = std::max(most, most_polls(step.steps));
  }
  return most;
}

/// The witness asked in vain: locked too long, or gone.
Outcome database_trouble(const nodes::StoreError& error) {
  return {Exit::machine, "failed", fmt::format("the database does not answer: {}", error.what())};
}

std::string end_of(const NodeEntry& member) { return "the end of " + member.peer(); }

}  // namespace

Outcome Driver::run() {
  const auto now = carrier_.now();
  record_.began(now);
  record_.time(now);
  limit_ = setup_.limit > 0 ? setup_.limit : run_limit(plan_, deadlines_);
  plan_deadline_ = now + limit_;
  wall_until_ = now + limit_ * run_stretch;
  still_after_ = deadlines_.still + most_polls(plan_.steps) * poll_pause;
  Outcome outcome{Exit::as_expected, "complete", ""};
  try {
    record_.open_database(carrier_.database().witness());
    record_.schema();
    try {
      run_plan();
      stop_all(During::plan);
      carrier_.check_ground();
    } catch (const Interruption&) {
      outcome = {Exit::interrupted, "interrupted", "signal"};
      record_.shutdown(outcome.why);
      shut_down();
    } catch (const Error& error) {
      outcome = {error.exit(), "failed", error.what()};
      record_.shutdown(outcome.why);
      kill_all();
    } catch (const nodes::StoreError& error) {
      outcome = database_trouble(error);
      record_.shutdown(outcome.why);
      kill_all();
    }
    poll();
    try {
      record_.final_contents();
    } catch (const nodes::StoreError& error) {
      if (outcome.exit == Exit::as_expected) outcome = database_trouble(error);
    }
    if (!look_for_leaks()) outcome = {Exit::interrupted, "interrupted", "signal"};
    record_.end(outcome.outcome, outcome.why);
  } catch (...) {
    kill_all();  // the recording itself is broken: nothing more can be written down
    throw;
  }
  return outcome;
}

void Driver::run_plan() {
  shown_.total = operations_in(plan_.steps);
  steps(plan_.steps);
}

void Driver::show(const PlanStep& one) {
  shown_.step = one.number;
  const auto* migrate = std::get_if<step::Migrate>(&one.action);
  const auto& node = step::node_of(one.action);
  shown_.verb =
      std::holds_alternative<step::Group>(one.action) ? "" : step::word(one.action) + std::string(" ");
  shown_.subject = !node.empty() ? node : migrate != nullptr ? name(migrate->phase) : one.why;
  report();
}

void Driver::steps(const std::vector<PlanStep>& all) {
  for (std::size_t i = 0; i < all.size();) {
    // Starts in a row go together: none depends on another, messages wait for whom they are for.
    std::size_t end = i;
    while (end < all.size() && scenarios::starts_alone(all[end])) ++end;
    if (end - i < 2) {
      step(all[i++]);
      continue;
    }
    for (auto j = i; j < end; ++j) {
      poll();
      record_.step(all[j], "begin");
      launch(all[j], std::get<step::Start>(all[j].action));
    }
    for (; i < end; ++i) {
      show(all[i]);
      const auto outcome = await_hello(std::get<step::Start>(all[i].action));
      poll();
      record_.step(all[i], "end", outcome);
    }
  }
}

void Driver::step(const PlanStep& one) {
  poll();
  record_.step(one, "begin");
  clients_.add(one);
  show(one);
  issue(poll());
  const auto outcome = act(one);
  steps(one.steps);
  if (!one.operations.empty()) {
    run_until([&] { return clients_.open(one.number) == 0; }, plan_deadline_,
              [&] { return clients_.awaited(); });
  }
  poll();
  record_.step(one, "end", outcome);
}

std::string Driver::act(const PlanStep& one) {
  /// What is done to a node that lives.
  const auto to = [&](const std::string& node, const auto& deed) {
    auto& member = node_in(one, node);
    return member.lives() ? deed(member) : fmt::format("{} had ended before ({})", node, member.detail);
  };
  const auto held_still = [&](bool paused) {
    return [this, paused](NodeEntry& member) {
      member.paused = paused;
      carrier_.signal(member.peer(), paused ? Signal::pause : Signal::resume);
      return std::string();
    };
  };
  return step::match(
      one.action, [](const step::Group&) { return std::string(); },
      [&](const step::Settle&) { return settle(); },
      [&](const step::Migrate& migration) { return migrate(migration); },
      [&](const step::Announce& announcement) { return announce(announcement); },
      [&](const step::Forget& forgotten) { return forget(forgotten); },
      [&](const step::Wait& awaited) { return wait(awaited); },
      [&](const step::Start& start) { return launch(one, start), await_hello(start); },
      [&](const step::Stop& stop) {
        return to(stop.node, [&](NodeEntry& member) {
          const auto asked = poll();
          ask_to_stop(member);
          return await_exit(member, asked, During::plan);
        });
      },
      [&](const step::Kill& death) {
        return to(death.node, [&](NodeEntry& member) {
          if (death.when != step::Moment::at_once) return kill_in(death, member);
          return kill(member, During::plan), std::string();
        });
      },
      [&](const step::Reload& told) {
        return to(told.node, [&](NodeEntry& member) { return reload(member); });
      },
      [&](const step::Pause& held) { return to(held.node, held_still(true)); },
      [&](const step::Resume& held) { return to(held.node, held_still(false)); });
}

NodeEntry& Driver::node_in(const PlanStep& one, const std::string& node) {
  auto* member = nodes_.find(node);
  if (!member) throw bad_request("plan: step " + one.number, "there is no node " + node);
  return *member;
}

void Driver::launch(const PlanStep& one, const step::Start& start) {
  auto* member = &node_in(one, start.node);
  if (member->lives()) throw bad_request("plan: step " + one.number, start.node + " runs already");
  carrier_.check_ground();
  member->release = start.release;
  ++member->incarnation;
  member->state = NodeEntry::State::starting;
  member->kill_requested = member->hello_too_late = member->paused = false;
  member->refusal.clear();
  member->complaint.clear();
  record_.node(*member, "starting");

  NodeSpec spec{{member->name,
                 member->incarnation,
                 member->role,
                 plan_.seed,
                 setup_.plant,
                 {plan_.mode.access, plan_.mode.compat},
                 deadlines_},
                member->release};
  if (const auto config = plan_.config.find(member->name); config != plan_.config.end())
    spec.identity.modes.config = config->second;
  launched_[member->peer()] = clock();
  broker_.starting(member->name, member->incarnation);
  carrier_.start(spec);
}

std::string Driver::await_hello(const step::Start& start) {
  auto& member = *nodes_.find(start.node);
  const auto starting = [&] { return member.state == NodeEntry::State::starting; };
  const bool spoke = run_until([&] { return !starting(); }, launched_[member.peer()] + deadlines_.hello,
                               [&] { return member.peer() + " to say hello"; });
  if (member.state == NodeEntry::State::ready) {
    if (start.expect == step::Expect::done) return {};
    // It had to be turned away; the plan goes on as if it had been.
    const auto asked = poll();
    ask_to_stop(member);
    await_exit(member, asked, During::plan);
    return start.node + " was let in, but had to be refused";
  }
  if (member.ending == "refused") return "refused: " + member.refusal;
  carrier_.check_ground();
  std::string what;
  if (!spoke) {
    member.hello_too_late = true;
    carrier_.signal(member.peer(), Signal::kill);
    run_until([&] { return !member.lives(); }, clock() + deadlines_.stop, [&] { return end_of(member); });
    what = fmt::format("no hello within {} s", deadlines_.hello / one_second);
    if (!member.complaint.empty()) what += ": " + member.complaint;
  } else {
    what = "it ended before its hello, " + member.detail;
  }
  // A first incarnation that cannot start says that this program is not a node; a later one is what a
  // rehearsal is for.
  if (member.incarnation == 1)
    throw machine_failed(member.peer() + " at " + member.release, with_last_words(what, member.peer()),
                         "program " + carrier_.program_of(member.name));
  return what;
}

void Driver::ask_to_stop(NodeEntry& member) {
  if (!member.lives()) return;
  // Who never served has nothing to finish, and would not hear it.
  if (member.state == NodeEntry::State::starting) carrier_.signal(member.peer(), Signal::terminate);
  if (member.state == NodeEntry::State::ready) {
    broker_.draining(member.name);
    member.state = NodeEntry::State::draining;
    record_.node(member, "draining");
    Envelope drain;
    drain.kind = Envelope::Kind::drain;
    drain.id = "harness/drain-" + member.peer();
    drain.from = "harness";
    drain.to = member.name;
    carrier_.deliver(member.peer(), drain);
  }
}

std::string Driver::await_exit(NodeEntry& member, Instant asked, During during) {
  const auto gone = [&] { return !member.lives(); };
  const auto whom = [&] { return end_of(member); };
  if (!run_until(gone, asked + deadlines_.drain, whom, during)) {
    record_.trouble(member.name, member.incarnation,
                    fmt::format("not drained within {} s", deadlines_.drain / one_second));
    carrier_.signal(member.peer(), Signal::terminate);
    if (!run_until(gone, clock() + deadlines_.stop, whom, during)) {
      carrier_.signal(member.peer(), Signal::kill);
      if (!run_until(gone, clock() + deadlines_.stop, whom, during))
        throw machine_failed(member.peer(), "it cannot be killed");
    }
  }
  return member.ending == "stopped" ? std::string()
                                    : fmt::format("{} ended with {}", member.peer(), member.detail);
}

void Driver::kill(NodeEntry& member, During during) {
  kill_now(member);
  broker_.gone(member.name);
  if (!run_until([&] { return !member.lives(); }, clock() + deadlines_.stop, [&] { return end_of(member); },
                 during))
    throw machine_failed(member.peer(), "it cannot be killed");
}

std::string Driver::settle() {
  moved_ = clock();
  const auto until = moved_ + deadlines_.settle;
  bool rested = false;
  const auto over = [&] { return (rested = at_rest()) || stands_still(); };
  const bool done = run_until(over, until, [&] { return "rest: " + unfinished(); });
  wake_ = 0;
  if (rested) return {};
  return (done ? std::string("not at rest, and nothing moves any more: ")
               : fmt::format("not at rest after {} s: ", deadlines_.settle / one_second)) +
         unfinished();
}

void Driver::see_changes() {
  record_.changes();
  if (record_.worked() == changes_seen_) return;
  changes_seen_ = record_.worked();
  last_change_ = clock();
}

bool Driver::at_rest() {
  see_changes();
  if (!record_.rest().all() || broker_.queued() > 0 || broker_.unanswered() > 0) {
    // With direct access no message reports a change: look again.
    wake_ = plan_.mode.access == Access::direct ? clock() + deadlines_.quiet : 0;
    return false;
  }
  // Who wrote the last word may be about to say why.
  wake_ = std::max(last_message_, last_change_) + deadlines_.quiet;
  if (clock() < wake_) return false;
  // Were they silent, or kept from speaking?
  weigh();
  poll();
  if (!carrier_.at_work()) return clock() >= wake_;
  wake_ = clock() + look_every;
  return false;
}

std::string Driver::unfinished() {
  std::vector<std::string> all;
  if (!record_.rest().all()) all.push_back(record_.rest().text());
  if (broker_.queued() > 0) all.push_back(fmt::format("{} messages are waiting in queues", broker_.queued()));
  if (broker_.unanswered() > 0) all.push_back(fmt::format("{} calls have no answer", broker_.unanswered()));
  return all.empty() ? "messages are still being sent" : fmt::format("{}", fmt::join(all, "; "));
}

// Whoever is at work sends something, commits something or is owed an answer before long. Only the pauses of
// the nodes' own are not to be seen, and they are short. Who reads the same again and again only waits; but
// an engine that looks after a run does just that for a while, and where all messages are seen, is silent at
// its end.
bool Driver::stands_still() {
  const auto now = clock();
  const bool starting = std::any_of(
      nodes_.order().begin(), nodes_.order().end(),
      [&](const std::string& node) { return nodes_.find(node)->state == NodeEntry::State::starting; });
  moved_ = std::max(moved_, last_change_);
  if (starting || clients_.busy() || broker_.waits_since(now - deadlines_.quiet)) moved_ = now;
  auto at = moved_ + still_after_;
  if (plan_.mode.access != Access::direct)
    at = std::min(at, std::max(moved_, last_message_) + deadlines_.still);
  if (at <= now) weigh();  // or could they only not run?
  if (at <= clock()) {
    if (!carrier_.at_work()) return true;
    moved_ = at = clock();
  }
  if (wake_ <= now || at < wake_) wake_ = std::max(at, now + 1);
  return false;
}

void Driver::stop_all(During during) {
  // Who asks goes before who answers: the reverse of the starting order, one role at a time.
  for (auto kind = plan_.nodes.rbegin(); kind != plan_.nodes.rend(); ++kind) {
    const auto asked = poll();
    std::vector<NodeEntry*> leaving;
    for (const auto& node : nodes_.order()) {
      auto* member = nodes_.find(node);
      if (member->role != kind->first || !member->lives()) continue;
      if (member->paused) carrier_.signal(member->peer(), Signal::resume);
      member->paused = false;
      ask_to_stop(*member);
      leaving.push_back(member);
    }
    for (auto* member : leaving)
      if (member->lives()) await_exit(*member, asked, during);
  }
}

void Driver::kill_all() {
  for (const auto& node : nodes_.order()) {
    auto* member = nodes_.find(node);
    if (!member->lives()) continue;
    member->kill_requested = true;
    carrier_.signal(member->peer(), Signal::kill);
  }
  const auto until = carrier_.now() + deadlines_.stop;
  const auto alive = [&] {
    return std::any_of(nodes_.order().begin(), nodes_.order().end(),
                       [&](const std::string& node) { return nodes_.find(node)->lives(); });
  };
  // Not pumped: what a broken run's nodes still say is recorded if it can be, but starts nothing new.
  while (alive() && carrier_.now() < until) {
    const auto event = carrier_.wait(until);
    if (const auto* exited = std::get_if<Exited>(&event)) {
      if (auto* member = nodes_.at(exited->peer)) {
        member->state = NodeEntry::State::ended;
        try {
          poll();
          record_.node(*member, "killed", {{exited->signalled ? "signal" : "code", exited->code}});
        } catch (const Error&) {
          continue;  // the disk is why we are here
        }
      }
    }
  }
}

void Driver::shut_down() {
  clients_.give_up();
  try {
    stop_all(During::shutdown);
  } catch (const Interruption&) {
    kill_all();
  } catch (const Error&) {
    kill_all();
  }
  for (const auto client : clients_.numbers())
    if (auto* task = clients_.front(client)) give_up(*task, "the run was interrupted");
}

Outcome drive(const Plan& plan, const RunSetup& setup, Carrier& carrier, reports::RunWriter& writer,
              const std::function<void(const Progress&)>& progress) {
  Driver driver(plan, setup, carrier, writer, progress);
  return driver.run();
}

}  // namespace caravan::harness
