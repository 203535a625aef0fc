// A node or a tool as a command line.
#include "harness/process/process_carrier.hpp"
#include "harness/process/run_paths.hpp"
#include "nodes/store/database_url.hpp"

namespace caravan::harness {
namespace {

constexpr const char* database_variable = "CARAVAN_DATABASE";

void give_database(Launch& launch, const std::string& url) {
  // A command line is everybody's to read; an environment is its owner's.
  if (nodes::parse_database_url(url).password.empty())
    launch.args.insert(launch.args.end(), {"--database", url});
  else
    launch.environment.emplace_back(database_variable, url);
}

Launch launch_as(const std::string& node, int incarnation, const ProcessSetup& setup) {
  Launch launch;
  launch.node = node;
  launch.incarnation = incarnation;
  launch.program = setup.program;
  launch.log = log_path(setup.folder, node, incarnation);
  return launch;
}

}  // namespace

Launch launch_of(const NodeSpec& spec, const ProcessSetup& setup) {
  const Identity& identity = spec.identity;
  Launch launch = launch_as(identity.node, identity.incarnation, setup);
  if (const auto another = setup.programs.find(identity.node); another != setup.programs.end())
    launch.program = another->second;
  launch.args = {"--node",        identity.node,
                 "--incarnation", std::to_string(identity.incarnation),
                 "--role",        identity.role,
                 "--release",     spec.release,
                 "--snapshot",    snapshot_path(setup.folder, spec.release),
                 "--seed",        std::to_string(identity.seed)};
  const auto add = [&launch](const char* option, const std::string& value) {
    launch.args.insert(launch.args.end(), {option, value});
  };
  const Modes& modes = identity.modes;
  if (modes.access != Access::conductor) add("--access", name(modes.access));
  if (modes.compat != Compatibility::backport) add("--compat", name(modes.compat));
  if (!modes.config.empty()) add("--config", modes.config.dump());
  if (opens_database(identity.role, modes.access)) give_database(launch, setup.database);
  if (!identity.plant.empty()) add("--plant", identity.plant);
  if (identity.deadlines.request != Deadlines{}.request)
    add("--request-deadline", std::to_string(identity.deadlines.request));
  return launch;
}

Launch launch_of(const Tool& tool, const ProcessSetup& setup) {
  Launch launch = launch_as(tool.name(), tool.number, setup);
  launch.connect = false;
  const auto add = [&launch](const char* option, const std::string& value) {
    launch.args.insert(launch.args.end(), {option, value});
  };
  const auto add_number = [&add](const char* option, int value) {
    if (value != 0) add(option, std::to_string(value));
  };
  add("--node", tool.name());
  add("--incarnation", std::to_string(tool.number));
  step::match(
      tool.work,
      [&](const step::Migrate& phase) {
        add("--migrate", name(phase.phase));
        add("--from", phase.from);
        add("--to", phase.to);
        add("--catalog", catalog_path(setup.folder));
        add_number("--batch", phase.batch);
        add_number("--batches", phase.batches);
        add_number("--die-in", phase.die_in);
      },
      [&](const step::Announce& coming) {
        add("--announce", coming.node);
        add("--role", name(*role_of(coming.node)));
        add("--release", coming.release);
        add("--snapshot", snapshot_path(setup.folder, coming.release));
      },
      [&](const step::Forget& gone) { add("--forget", gone.node); });
  give_database(launch, setup.database);
  return launch;
}

}  // namespace caravan::harness
