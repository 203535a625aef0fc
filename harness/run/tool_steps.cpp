// Steps that are no node's life: tools (migrations, announce, forget), waiting for a row, reloading, and
// crashes in a moment that only the traffic shows.
#include <fmt/format.h>

#include "harness/run/logs.hpp"
#include "harness/run/plan_runner.hpp"
#include "nodes/store/database_url.hpp"

namespace caravan {
namespace {

constexpr const char* database_variable = "CARAVAN_DATABASE";
constexpr int most_repetitions = 1000;  ///< of a data phase that says that there is more to do

/// The class whose rows engines make until there are as many as another row counts; null if there is none.
const ClassHistory* made_by_engines(const Catalog& catalog) {
  for (const auto& history : catalog.histories)
    for (const auto& counted : history.conduct.counts)
      return catalog.history(history.children.at(counted.first));
  return nullptr;
}

}  // namespace

void Driver::give_database(Launch& launch) const {
  // A command line is everybody's to read; an environment is its owner's.
  if (parse_database_url(setup_.database).password.empty())
    launch.args.insert(launch.args.end(), {"--database", setup_.database});
  else
    launch.environment.emplace_back(database_variable, setup_.database);
}

Driver::ToolRun Driver::use_tool(const std::string& name, std::vector<std::string> args, const char* member,
                                 Instant limit) {
  Launch launch;
  launch.node = name;
  launch.incarnation = ++tool_runs_;
  launch.program = setup_.program;
  launch.log = log_path(setup_.folder, launch.node, launch.incarnation);
  launch.args = std::move(args);
  give_database(launch);
  launch.connect = false;
  const auto peer = launch.node + "#" + std::to_string(launch.incarnation);
  tools_[peer] = std::nullopt;
  setup_.ground.check();
  carrier_.start(launch);
  const auto ended = [&] { return tools_[peer].has_value(); };
  const auto whom = [&] { return "the end of " + name; };
  if (!run_until(ended, clock() + limit, whom)) {
    carrier_.signal(peer, Signal::kill);
    run_until(ended, clock() + deadlines_.stop, whom);
    throw machine_failed(name, fmt::format("not done within {} s", limit / one_second));
  }
  poll();
  return {*tools_[peer], said_in(launch.log, member), launch.log};
}

std::string Driver::migrate(const step::Migrate& one) {
  const std::string phase = name(one.phase);
  std::vector<std::string> args = {"--migrate", phase,  "--from",    one.from,
                                   "--to",      one.to, "--catalog", catalog_path(setup_.folder)};
  for (const auto& [option, value] : {std::pair("--batch", one.batch), std::pair("--batches", one.batches),
                                      std::pair("--die-in", one.die_in)})
    if (value != 0) args.insert(args.end(), {option, std::to_string(value)});
  for (int again = 0;; ++again) {
    const auto run = use_tool("migrate-" + phase, args, "migration", deadlines_.migration);
    const bool killed = run.exited.signalled && one.die_in != 0;
    if ((run.exited.signalled && !killed) || (!run.exited.signalled && run.exited.code > refused_exit))
      throw machine_failed(
          "migration " + phase + " " + one.from + " to " + one.to,
          with_last_line(fmt::format("{} {}", run.exited.signalled ? "signal" : "exit code", run.exited.code),
                         run.log));
    record_.changes();
    record_.migration(one, run.said, run.exited.code, killed);
    record_.schema();
    if (killed) return "killed in batch " + std::to_string(one.die_in);
    if (run.exited.code == refused_exit)
      return "refused: " +
             (run.said.is_object() ? run.said.value("refused", Json()).dump() : "without a word");
    // Who gave no number of batches wants all of them.
    const bool more = run.exited.code == 1 && one.batches == 0 && again < most_repetitions;
    if (!more) return run.exited.code == 0 ? std::string() : fmt::format("exit code {}", run.exited.code);
  }
}

std::string Driver::announce(const step::Announce& one) {
  return gate(one, {"--role", nodes_.find(one.node)->role, "--release", one.release, "--snapshot",
                    snapshot_path(setup_.folder, one.release)});
}

std::string Driver::forget(const step::Forget& one) { return gate(one, {}); }

std::string Driver::gate(const step::Action& action, std::vector<std::string> args) {
  const std::string verb = step::word(action), &node = step::node_of(action);
  args.insert(args.begin(), {"--" + verb, node});
  const auto run = use_tool(verb + "-" + nodes_.find(node)->role, args, "service", deadlines_.request);
  if (run.exited.signalled || (run.exited.code != 0 && run.exited.code != refused_exit))
    throw machine_failed(
        verb + " " + node,
        with_last_line(fmt::format("{} {}", run.exited.signalled ? "signal" : "exit code", run.exited.code),
                       run.log));
  record_.changes();
  record_.gate(action, run.said);
  return run.exited.code == 0 ? std::string() : "refused";
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
    return fmt::format("{} was never {}, and nothing moves any more; killed all the same", one.node,
                       name(one.when));
  return done ? std::string()
              : fmt::format("{} was never {} within {} s; killed all the same", one.node, name(one.when),
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
  const auto leaks = leaks_in(setup_.folder + "/logs", canaries, [this, before] {
    handle(carrier_.wait(carrier_.now()));
    return interrupted_ > before;
  });
  if (!leaks) return false;
  for (const auto& leak : *leaks)
    record_.leak({{"node", leak.node},
                  {"incarnation", leak.incarnation},
                  {"file", leak.file},
                  {"line", leak.line},
                  {"operation", leak.canary->operation},
                  {"object", leak.canary->object},
                  {"field", leak.canary->field}});
  return true;
}

}  // namespace caravan
