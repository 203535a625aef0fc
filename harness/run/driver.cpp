// The loop: what arrives is recorded, handed to the broker, and its decisions carried out. The steps of the
// plan are in plan_runner.cpp.
#include "harness/run/driver.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harness/run/plan_runner.hpp"

namespace caravan::harness {
namespace {

/// What a node says of the disk under its database; empty for everything else.
std::string disk_failure(const Envelope& envelope) {
  const std::string type = "DiskFailed";
  const auto text = [](const Json& json, const char* key) {
    const auto found = json.is_object() ? json.find(key) : json.end();
    return json.is_object() && found != json.end() && found->is_string() ? found->get<std::string>()
                                                                         : std::string();
  };
  if (text(envelope.error, "type") == type) return text(envelope.error, "message");
  const auto what = text(envelope.args, "what");
  const auto named = what.find(type + ": ");
  if (envelope.kind != Envelope::Kind::trouble || named == std::string::npos) return {};
  return what.substr(named + type.size() + 2);
}

}  // namespace

Driver::Driver(const Plan& plan, const RunSetup& setup, Carrier& carrier, reports::RunWriter& writer,
               std::function<void(const Progress&)> progress)
    : plan_(plan),
      setup_(setup),
      carrier_(carrier),
      record_(writer, *setup.catalog),
      nodes_(plan),
      deadlines_(setup.deadlines),
      broker_(plan.seed, nodes_.roles(), deadlines_.request),
      clients_(deadlines_.request),
      progress_(std::move(progress)) {}

bool Driver::run_until(const std::function<bool()>& done, Instant until,
                       const std::function<std::string()>& whom, During during) {
  for (;;) {
    auto now = poll();
    auto next = clients_.next_deadline(broker_.next_expiry(until));
    if (during == During::plan) next = std::min(next, plan_deadline_);
    if (now >= next) {  // is time up, or was it taken away?
      weigh();
      now = poll();
    }
    if (during == During::plan) {
      if (interrupted_ > 0) throw Interruption{};
      keep_to_the_limit(now, whom);
    } else if (interrupted_ > 1) {
      throw Interruption{};
    }
    time_out(now);
    issue(now);
    if (done()) return true;
    if (now >= until) return false;
    next = clients_.next_deadline(broker_.next_expiry(until));
    if (during == During::plan) next = std::min(next, plan_deadline_);
    if (wake_ > now) next = std::min(next, wake_);
    handle(carrier_.wait(record_.tick(carrier_.now(), std::min(next + taken_, weigh_at_))));
  }
}

Instant Driver::poll() {
  if (carrier_.now() >= weigh_at_) weigh();
  const auto wall = carrier_.now();
  record_.time(wall);
  return wall - taken_;
}

void Driver::weigh() {
  const auto taken = carrier_.taken();
  record_.time(taken.to);
  record_.starved(taken);
  taken_ += taken.sum();
  weigh_at_ = taken.to + weigh_every;
}

// A machine that takes everything away would let a run last for ever.
void Driver::keep_to_the_limit(Instant now, const std::function<std::string()>& whom) const {
  const bool up = now >= plan_deadline_, walled = carrier_.now() >= wall_until_;
  if (!up && !walled) return;
  const auto seconds = [](Instant micros) { return static_cast<double>(micros) / one_second; };
  throw Error(
      Exit::undecided, "the run",
      fmt::format("it took more than {:.4g} s{}; it waited for {}",
                  seconds(up ? limit_ : limit_ * run_stretch),
                  taken_ > one_second ? fmt::format(" ({:.0f} s that the machine took away {})",
                                                    seconds(taken_), up ? "not counted" : "among them")
                                      : "",
                  whom()),
      "--timeout gives it more");
}

void Driver::handle(const CarrierEvent& event) {
  poll();
  if (const auto* arrived = std::get_if<Arrived>(&event)) {
    if (!is_background(arrived->envelope)) last_message_ = clock();
    if (moves(arrived->envelope)) moved_ = clock();
    arrive(*arrived);
  } else if (const auto* garbled = std::get_if<Malformed>(&event)) {
    auto* member = nodes_.at(garbled->peer);
    if (member) member->complaint = garbled->why;
    record_.trouble(member ? member->name : garbled->peer, member ? member->incarnation : 0, garbled->why);
  } else if (const auto* exited = std::get_if<Exited>(&event)) {
    reap(*exited);
  } else if (const auto* tool = std::get_if<ToolEnded>(&event)) {
    tools_[tool->exited.peer] = *tool;
  } else if (const auto* intruded = std::get_if<Intruded>(&event)) {
    throw machine_failed("the broker's socket", intruded->what,
                         "it is not one of this run's nodes, and nothing that it did counts");
  } else if (std::holds_alternative<Interrupted>(event)) {
    ++interrupted_;
  }
}

/// Heartbeats and their answers go on while everybody rests.
bool Driver::is_background(const Envelope& envelope) {
  if (is_heartbeat(envelope)) return heartbeats_.insert(envelope.id).second;
  return envelope.kind == Envelope::Kind::reply && heartbeats_.erase(envelope.to) > 0;
}

/// Who only reads waits for somebody else to change what it reads; answers follow from what was asked.
bool Driver::moves(const Envelope& envelope) {
  return envelope.kind != Envelope::Kind::reply && envelope.method != "object_class_action_versions" &&
         !is_heartbeat(envelope);
}

void Driver::arrive(const Arrived& arrived) {
  const auto& envelope = arrived.envelope;
  auto* member = nodes_.at(arrived.peer);
  const auto complain = [&](const std::string& what) {
    record_.trouble(member ? member->name : arrived.peer, member ? member->incarnation : 0, what);
  };
  if (!member) return complain(fmt::format("a {} from a peer that was not started", name(envelope.kind)));
  if (envelope.from != arrived.peer)
    return complain(fmt::format("message {} says that it is from {}, but came from {}", envelope.id,
                                envelope.from, arrived.peer));
  // Before it is recorded: nobody is judged by what a full disk did.
  if (const auto why = disk_failure(envelope); !why.empty())
    throw machine_failed(arrived.peer, "its database failed: " + why);
  // What this message's transaction committed must come before the message.
  if (opens_database(*member)) record_.changes();
  record_.send(envelope);
  switch (envelope.kind) {
    case Envelope::Kind::hello:
      return hello(*member, envelope);
    case Envelope::Kind::bye: {  // the exit that follows is what counts
      const auto why = envelope.args.find("refused");
      if (why != envelope.args.end() && why->is_string()) member->refusal = why->get<std::string>();
      return;
    }
    case Envelope::Kind::trouble: {
      const auto what = envelope.args.find("what");
      return record_.trouble(
          member->name, member->incarnation,
          what != envelope.args.end() && what->is_string() ? what->get<std::string>() : envelope.args.dump(),
          &envelope);
    }
    case Envelope::Kind::request:
    case Envelope::Kind::drain:
      return complain(fmt::format("a node sent a {}", name(envelope.kind)));
    default:
      break;
  }
  // Who starts asks to be let in, and nothing else.
  if (member->state == NodeEntry::State::starting && !is_heartbeat(envelope))
    complain("it spoke before its hello: " + envelope.id);
  const bool last = fires(*member, envelope);
  if (last) kill_now(*member);
  carry_out(broker_.accept(envelope, clock()));
  if (last) broker_.gone(member->name);
}

void Driver::hello(NodeEntry& member, const Envelope& envelope) {
  const auto says = [&envelope](const char* key) {
    const auto found = envelope.args.find(key);
    if (found == envelope.args.end()) return std::string("nothing");
    return found->is_string() ? found->get<std::string>() : found->dump();
  };
  std::string wrong;
  if (member.state != NodeEntry::State::starting)
    wrong = "a second hello";
  else if (says("protocol") != "1")
    wrong = "its hello speaks protocol " + says("protocol") + ", not 1";
  else if (says("release") != member.release)
    wrong = "its hello says release " + says("release") + ", not " + member.release;
  else if (says("role") != member.role)
    wrong = "its hello says role " + says("role") + ", not " + member.role;
  if (!wrong.empty()) return record_.trouble(member.name, member.incarnation, wrong);
  member.state = NodeEntry::State::ready;
  member.refuses_clients = false;
  record_.node(member, "ready");
  carry_out(broker_.ready(member.name, member.incarnation, clock()));
}

void Driver::carry_out(Decisions decisions) {
  for (std::size_t i = 0; i < decisions.size(); ++i) {
    if (const auto* drop = std::get_if<Drop>(&decisions[i])) {
      record_.drop(*drop);
      continue;
    }
    const auto delivery = std::get<Deliver>(decisions[i]);
    const auto* member = nodes_.at(delivery.peer);
    if (!member) {  // a client
      record_.deliver(delivery.envelope.id, delivery.peer, "");
      answer(delivery.envelope);
    } else if (carrier_.deliver(delivery.peer, delivery.envelope)) {
      record_.deliver(delivery.envelope.id, delivery.peer, member->release);
    } else {
      const auto more = broker_.refused(delivery, clock());
      decisions.insert(decisions.end(), more.begin(), more.end());
    }
  }
}

void Driver::answer(const Envelope& reply) {
  auto* task = clients_.sent(reply.to);
  if (!task) return;
  const auto& operation = *task->operation;
  if (reply.error.is_null())
    record_.ok(operation, reply.result);
  else
    record_.fail(operation, reply.error);
  clients_.finish(operation.client);
  report();
}

void Driver::issue(Instant now) {
  for (const auto client : clients_.numbers()) {
    // Each turn sends one or fails those that find a closed door, until something is in flight.
    while (auto* task = clients_.front(client)) {
      if (!task->request.empty()) break;
      const auto& operation = *task->operation;
      auto* api = operation.via == name(Role::api) ? nodes_.serving(operation.via, requests_)
                                                   : nodes_.find(operation.via);
      if (api && api->state == NodeEntry::State::ready && !api->kill_requested) {
        send(*task, *api, now);
        break;
      }
      // A planned restart is waited for, as behind a load balancer; a dead api refuses the connection.
      const bool returns =
          api && !api->kill_requested && !api->refuses_clients &&
          (api->state == NodeEntry::State::starting || api->state == NodeEntry::State::draining ||
           (api->state == NodeEntry::State::ended && api->ending == "stopped"));
      if (returns && task->held_since == 0) task->held_since = now;
      if (returns && now < task->held_since + deadlines_.request) break;
      if (api) api->refuses_clients = returns || api->refuses_clients;
      record_.invoke(*task, api ? api->name : operation.via, api ? api->release : "",
                     task->held_since > 0 ? now - task->held_since : 0);
      record_.fail(operation, {{"type", "ConnectionRefused"},
                               {"message", operation.via + " does not serve"},
                               {"kwargs", Json::object()}});
      clients_.finish(client);
      report();
    }
  }
}

void Driver::send(Clients::Task& task, const NodeEntry& api, Instant now) {
  const auto& operation = *task.operation;
  Envelope request;
  request.kind = Envelope::Kind::request;
  request.from = "client." + std::to_string(operation.client);
  request.id = request.from + "/" + std::to_string(++requests_);
  request.to = api.name;
  request.method = operation.method;
  request.operation = operation.id;
  request.args = {{"object", operation.object}, {"row", operation.row}, {"fields", operation.fields}};
  if (!operation.engine.empty()) request.args["engine"] = operation.engine;
  task.request = request.id;
  task.peer = api.peer();
  task.until = now + deadlines_.request;
  record_.invoke(task, api.name, api.release, task.held_since > 0 ? now - task.held_since : 0);
  record_.send(request);
  carry_out(broker_.accept(request, now));
}

void Driver::time_out(Instant now) {
  broker_.expire(now);
  for (const auto client : clients_.numbers()) {
    auto* task = clients_.front(client);
    if (!task || task->request.empty() || now < task->until) continue;
    give_up(*task, fmt::format("no answer within {} s", deadlines_.request / one_second));
  }
}

void Driver::give_up(Clients::Task& task, const std::string& why) {
  const auto& operation = *task.operation;
  broker_.abandon(task.request);
  record_.info(operation, why);
  clients_.finish(operation.client);
  report();
}

void Driver::reap(const Exited& exited) {
  auto* member = nodes_.at(exited.peer);
  if (!member) return;
  record_.changes();
  const auto before = member->state;
  member->state = NodeEntry::State::ended;
  member->paused = false;
  member->detail = fmt::format("{} {}", exited.signalled ? "signal" : "exit code", exited.code);
  Json how = {{exited.signalled ? "signal" : "code", exited.code}};
  if (member->hello_too_late)
    member->ending = "late";
  else if (member->kill_requested)
    member->ending = "killed";
  else if (!member->refusal.empty() && !exited.signalled && exited.code == refused_exit) {
    member->ending = "refused";
    how["why"] = member->refusal;
  } else if (before == NodeEntry::State::draining && !exited.signalled && exited.code == 0)
    member->ending = "stopped";
  else
    member->ending = "exited";
  record_.node(*member, member->ending, how);
  broker_.gone(member->name);
  for (const auto client : clients_.numbers()) {
    auto* task = clients_.front(client);
    if (task && task->peer == exited.peer) give_up(*task, exited.peer + " ended before it answered");
  }
}

void Driver::report() {
  if (!progress_) return;
  shown_.done = clients_.done();
  progress_(shown_);
}

Instant run_limit(const Plan& plan, const Deadlines& deadlines) {
  const std::function<Instant(const std::vector<PlanStep>&)> of = [&](const std::vector<PlanStep>& steps) {
    Instant sum = 0;
    for (const auto& step : steps)
      sum += deadlines.run_step + static_cast<Instant>(step.operations.size()) * deadlines.run_operation +
             of(step.steps);
    return sum;
  };
  return deadlines.run + of(plan.steps);
}

}  // namespace caravan::harness
