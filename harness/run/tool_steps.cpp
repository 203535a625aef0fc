// Steps that do not start or end a node: tools (migrations, announce, forget), waiting for a row, reloading,
// and crashes in a moment that only the traffic shows.
#include <fmt/format.h>

#include "harness/run/leaks.hpp"
#include "harness/run/plan_runner.hpp"

namespace caravan::harness {
namespace {

constexpr int most_repetitions = 1000;  ///< of a data phase that says that there is more to do

/// The class whose rows engines make until there are as many as another row counts; null if there is none.
const ClassHistory* made_by_engines(const Catalog& catalog) {
  for (const auto& history : catalog.histories)
    for (const auto& counted : history.conduct.counts)
      return catalog.history(history.children.at(counted.first));
  return nullptr;
}

}  // namespace

std::string Driver::with_last_words(const std::string& text, const std::string& peer) {
  const auto last = carrier_.last_words(peer);
  return last.empty() ? text + "; its log is empty" : text + "; its log ends: " + last;
}

std::string Driver::how_it_ended(const Exited& exited) {
  return with_last_words(fmt::format("{} {}", exited.signalled ? "signal" : "exit code", exited.code),
                         exited.peer);
}

ToolEnded Driver::use_tool(Tool tool, Instant limit) {
  tool.number = ++tool_runs_;
  const auto peer = tool.peer();
  carrier_.check_ground();
  carrier_.start(tool);
  const auto ended = [&] { return tools_.count(peer) > 0; };
  const auto whom = [&] { return "the end of " + tool.name(); };
  if (!run_until(ended, clock() + limit, whom)) {
    carrier_.signal(peer, Signal::kill);
    run_until(ended, clock() + deadlines_.stop, whom);
    throw machine_failed(tool.name(), fmt::format("not done within {} s", limit / one_second));
  }
  poll();
  return tools_.at(peer);
}

std::string Driver::migrate(const step::Migrate& one) {
  for (int again = 0;; ++again) {
    const auto [exited, said] = use_tool({one}, deadlines_.migration);
    const bool killed = exited.signalled && one.die_in != 0;
    if ((exited.signalled && !killed) || (!exited.signalled && exited.code > refused_exit))
      throw machine_failed(std::string("migration ") + name(one.phase) + " " + one.from + " to " + one.to,
                           how_it_ended(exited));
    record_.changes();
    record_.migration(one, said, exited.code, killed);
    record_.schema();
    if (killed) return "killed in batch " + std::to_string(one.die_in);
    if (exited.code == refused_exit)
      return "refused: " + (said.is_object() ? said.value("refused", Json()).dump() : "without a word");
    // Without a number of batches, all of them are meant.
    const bool more = exited.code == 1 && one.batches == 0 && again < most_repetitions;
    if (!more) return exited.code == 0 ? std::string() : fmt::format("exit code {}", exited.code);
  }
}

std::string Driver::announce(const step::Announce& one) { return gate(one); }

std::string Driver::forget(const step::Forget& one) { return gate(one); }

template <class Step>
std::string Driver::gate(const Step& step) {
  const auto [exited, said] = use_tool({step}, deadlines_.request);
  if (exited.signalled || (exited.code != 0 && exited.code != refused_exit))
    throw machine_failed(std::string(step.word) + " " + step.node, how_it_ended(exited));
  record_.changes();
  record_.gate(step, said);
  return exited.code == 0 ? std::string() : "refused";
}

std::string Driver::reload(NodeEntry& member) {
  carrier_.signal(member.peer(), Signal::reload);
  // An engine asks a conductor, which takes no longer; nobody says when it is done.
  run_until([] { return false; }, clock() + deadlines_.reload,
            [&] { return "the reload of " + member.peer(); });
  return {};
}

std::string Driver::wait(const step::Wait& one) {
  record_.changes();
  record_.rest().watch();
  const auto there = [&] {
    see_changes();
    wake_ = clock() + look_every;
    return record_.rest().has_had(one.object, one.row, one.status);
  };
  const auto awaited = one.object + " " + one.row;
  moved_ = clock();
  bool still = false;
  const bool done = run_until([&] { return there() || (still = stands_still()); },
                              clock() + deadlines_.settle, [&] { return awaited + " to be " + one.status; });
  wake_ = 0;
  if (still) return fmt::format("{} was never {}, and nothing moves any more", awaited, one.status);
  return done ? std::string()
              : fmt::format("{} was never {} within {} s", awaited, one.status,
                            deadlines_.settle / one_second);
}

std::string Driver::kill_in(const step::Kill& one, NodeEntry& member) {
  const bool direct = plan_.mode.access == Access::direct;
  // Without messages that would show it, the database does: the next write is taken for this node's.
  const bool creating = one.when == step::Moment::mid_create;
  const auto* made = creating ? made_by_engines(*setup_.catalog) : nullptr;
  if (direct) record_.watch(creating ? "insert" : "update", made ? made->table : "");
  trigger_ = Trigger{member.peer(), one.when, false};
  const auto fired = [&] {
    if (!direct) return trigger_->fired || !member.lives();
    see_changes();
    wake_ = clock() + look_every;
    return record_.seen() || !member.lives();
  };
  moved_ = clock();
  bool still = false;
  const bool done =
      run_until([&] { return fired() || (still = stands_still()); }, clock() + deadlines_.settle,
                [&] { return member.peer() + " to be " + name(one.when); });
  wake_ = 0;
  trigger_.reset();
  if (member.lives()) kill(member, During::plan);
  if (still)
    return fmt::format("{} was never {}, and nothing moves any more; killed anyway", one.node,
                       name(one.when));
  return done ? std::string()
              : fmt::format("{} was never {} within {} s; killed anyway", one.node, name(one.when),
                            deadlines_.settle / one_second);
}

bool Driver::fires(const NodeEntry& member, const Envelope& envelope) {
  if (!trigger_ || trigger_->fired || trigger_->peer != member.peer() ||
      envelope.kind != Envelope::Kind::call || envelope.method != "object_action")
    return false;
  const auto text = [](const Json& map, const char* key) {
    return map.is_object() && map.contains(key) && map[key].is_string() ? map[key].get<std::string>()
                                                                        : std::string();
  };
  const auto method = text(envelope.args, "objmethod");
  const auto object =
      envelope.args.contains("objinst")
          ? text(envelope.args["objinst"], (setup_.catalog->serial_namespace + ".name").c_str())
          : std::string();
  const auto* made = made_by_engines(*setup_.catalog);
  trigger_->fired = trigger_->moment == step::Moment::mid_save
                        ? method == "save"
                        : method == "create" && made != nullptr && object == made->name;
  return trigger_->fired;
}

void Driver::kill_now(NodeEntry& member) {
  member.kill_requested = true;
  carrier_.signal(member.peer(), Signal::kill);
}

bool Driver::look_for_leaks() {
  const auto canaries = canaries_of(plan_, *setup_.catalog);
  const int before = interrupted_;
  const auto leaks = leaks_in(
      carrier_.logs(), [this](const Log& log) { return carrier_.read(log); }, canaries,
      [this, before] {
        handle(carrier_.wait(carrier_.now()));
        return interrupted_ > before;
      });
  if (!leaks) return false;
  for (const auto& leak : *leaks)
    record_.leak({{"node", leak.log.node},
                  {"incarnation", leak.log.incarnation},
                  {"file", leak.log.file},
                  {"line", leak.line},
                  {"operation", leak.canary->operation},
                  {"object", leak.canary->object},
                  {"field", leak.canary->field}});
  return true;
}

}  // namespace caravan::harness
