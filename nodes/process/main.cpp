// caravan-node: one simulated Sahara service, one migration phase, or a change of the service records.
// Command line: docs/node-protocol.md.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "nodes/core/node.hpp"
#include "nodes/core/turn_plants.hpp"
#include "nodes/data/service_records.hpp"
#include "nodes/process/runner.hpp"
#include "nodes/store/database.hpp"
#include "nodes/store/migration/migration.hpp"
#include "nodes/store/store.hpp"
#include "objects/base/error.hpp"
#include "objects/base/json_text.hpp"
#include "objects/base/printable.hpp"
#include "objects/base/send_signal.hpp"
#include "objects/loader/loader.hpp"

namespace caravan::nodes {
namespace {

struct Options {
  Identity identity;
  std::string release, snapshot, connect, database;
  std::string access = "conductor", compat = "backport", config;
  Instant request_deadline = Deadlines{}.request;
  std::string migrate, from, to, catalog;
  int batch = 100, batches = 0, die_in = 0;
  bool no_gate = false;
  std::string announce, forget;
  bool force = false;

  /// With what a tool's changes are stamped; by hand it has no name, and they are not.
  std::string writer() const { return identity.node.empty() ? "" : identity.peer(); }
  bool serves() const { return migrate.empty() && announce.empty() && forget.empty(); }
  bool opens_database() const {
    return !serves() || caravan::opens_database(identity.role, *word_from<Access>(access));
  }
};

std::string slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw bad_request(path, "cannot be read");
  return {std::istreambuf_iterator<char>(file), {}};
}

int migrate(const Options& options) {
  const Catalog catalog =
      options.catalog.empty() ? sahara_catalog() : load_catalog_text(slurp(options.catalog), options.catalog);
  const MigrationRequest request{
      catalog,         options.migrate, options.from,     options.to,
      options.batch,   options.batches, !options.no_gate, {options.die_in, die_at_once},
      options.writer()};
  const MigrationOutcome outcome = migrate(*database_at(options.database), request);
  fmt::print("{}\n", printable(to_json(request, outcome).dump()));
  for (const std::string& problem : outcome.problems)
    fmt::print(stderr, "caravan-node: {}\n", one_line(problem));
  if (!outcome.refused.empty()) fmt::print(stderr, "caravan-node: {}\n", one_line(outcome.refused));
  return outcome.status;
}

// What the environment says goes once it is read: it is nobody else's to see, children's neither.
std::string take_from_environment(const char* name) {
  char* value = std::getenv(name);
  if (value == nullptr) return {};
  std::string taken = value;
  std::memset(value, 0, taken.size());  // /proc/PID/environ shows this memory
  ::unsetenv(name);
  return taken;
}

Catalog load_snapshot(const std::string& file, const std::string& release) {
  Catalog snapshot = load_catalog_text(slurp(file), file);
  if (snapshot.release(release) == nullptr)
    throw bad_request(file, fmt::format("is not a snapshot of {}", release));
  return snapshot;
}

// A release that the levels are fixed at is known by its snapshot, which lies beside the node's own.
Json with_levels(Json config, const std::string& snapshot) {
  const auto levels = config.find("upgrade_levels");
  if (levels == config.end() || !levels->is_string()) return config;
  const std::string release = levels->get<std::string>();
  const auto file = std::filesystem::path(snapshot).parent_path() / (release + ".json");
  *levels = caps_of(*load_snapshot(file.string(), release).release(release));
  return config;
}

Modes modes_of(const Options& options) {
  Modes modes;
  modes.access = *word_from<Access>(options.access);
  modes.compat = *word_from<Compatibility>(options.compat);
  if (modes.access == Access::direct && modes.compat != Compatibility::none)
    throw bad_request("", "direct access has no versions", "--access direct goes with --compat none");
  if (!options.config.empty())
    modes.config = with_levels(parse_json_strict(options.config, "--config"), options.snapshot);
  if (!modes.config.is_object()) throw bad_request("--config", "is not an object");
  return modes;
}

int say_service(const std::string& node, const std::string& refused) {
  const Json said = {{"node", node}, {"refused", refused.empty() ? Json() : Json(refused)}};
  fmt::print("{}\n", printable(Json{{"service", said}}.dump()));
  return refused.empty() ? 0 : 3;
}

int run_tool(const Options& options) {
  const auto store = open_store(options.database);
  store->work_on(options.writer(),
                 options.forget.empty() ? "announce " + options.announce : "forget " + options.forget);
  if (!options.forget.empty())
    return say_service(options.forget, forget_service(*store, options.forget, wall_clock(), options.force));
  const Catalog snapshot = load_snapshot(options.snapshot, options.release);
  const std::string role = options.identity.role;
  const Service coming = service_of(options.announce, role, *snapshot.release(options.release), 0);
  return say_service(options.announce, announce_service(*store, coming, wall_clock()));
}

int run(const Options& options) {
  if (!options.migrate.empty()) return migrate(options);
  if (!options.serves()) return run_tool(options);
  const std::string token = take_from_environment("CARAVAN_TOKEN");
  if (token.empty())
    throw bad_request("", "the variable CARAVAN_TOKEN is missing", "docs/node-protocol.md, \"Transport\"");
  const Catalog snapshot = load_snapshot(options.snapshot, options.release);
  Identity identity = options.identity;
  identity.modes = modes_of(options);
  if (options.request_deadline <= 0) throw bad_request("--request-deadline", "is not above 0");
  identity.deadlines.request = options.request_deadline;
  std::unique_ptr<Store> store;
  if (options.opens_database()) store = open_store(options.database, lock_timeout(identity));
  const auto node = make_node(identity, snapshot, store.get());
  return run_node(identity, *node, store.get(), options.connect, token);
}

}  // namespace
}  // namespace caravan::nodes

int main(int argc, char** argv) {
  caravan::nodes::Options options;
  CLI::App app{"One simulated Sahara service of a Caravan run, one migration phase, or a service record."};
  app.add_option("--node", options.identity.node,
                 "name, such as engine.2; for a tool, what its changes are stamped with");
  app.add_option("--incarnation", options.identity.incarnation, "how many times this node has been started");
  app.add_option("--role", options.identity.role, "api, engine or conductor");
  app.add_option("--release", options.release, "such as kilo");
  app.add_option("--snapshot", options.snapshot, "catalog of that release");
  app.add_option("--connect", options.connect, "the harness's endpoint");
  app.add_option("--database", options.database,
                 "URL; for conductors and tools, and with direct access for every node")
      ->envname("CARAVAN_DATABASE");
  app.add_option("--access", options.access, "how nodes reach the data: conductor or direct")
      ->check(CLI::IsMember(caravan::spelt_words<caravan::Access>()));
  app.add_option("--compat", options.compat, "what they do about versions: backport, pin or none")
      ->check(CLI::IsMember(caravan::spelt_words<caravan::Compatibility>()));
  app.add_option("--config", options.config, "JSON object: option to value");
  app.add_option("--seed", options.identity.seed, "of the run");
  app.add_option("--plant", options.identity.plant, "a planted defect");
  app.add_option("--request-deadline", options.request_deadline,
                 "microseconds after which a call without a reply is indeterminate");
  app.add_option("--migrate", options.migrate,
                 "run one phase and exit: expand, data, contract or as-released");
  app.add_option("--from", options.from, "release to migrate from");
  app.add_option("--to", options.to, "release to migrate to");
  app.add_option("--catalog", options.catalog, "catalog that knows both releases");
  app.add_option("--batch", options.batch, "rows per transaction in the phase data");
  app.add_option("--batches", options.batches, "stop after this many batches; 0: at the end");
  app.add_option("--die-in", options.die_in, "kill this process inside that transaction (for tests)");
  app.add_flag("--no-gate", options.no_gate, "contract although older nodes are registered");
  app.add_option("--announce", options.announce, "write the record of a node that is about to join");
  app.add_option("--forget", options.forget, "remove a node's record");
  app.add_flag("--force", options.force, "forget it although its heartbeat is fresh");
  CLI11_PARSE(app, argc, argv);
  try {
    const bool migrating = !options.migrate.empty(), serves = options.serves();
    const bool introduces = serves || !options.announce.empty();
    for (const auto& [name, value] :
         {std::pair{"--database", options.opens_database() ? options.database : "-"},
          {"--from", migrating ? options.from : "-"},
          {"--to", migrating ? options.to : "-"},
          {"--node", serves ? options.identity.node : "-"},
          {"--role", introduces ? options.identity.role : "-"},
          {"--release", introduces ? options.release : "-"},
          {"--snapshot", introduces ? options.snapshot : "-"},
          {"--connect", serves ? options.connect : "-"}}) {
      if (value.empty())
        throw caravan::bad_request("", fmt::format("{} is missing", name),
                                   "docs/node-protocol.md has the command line");
    }
    return caravan::nodes::run(options);
  } catch (const caravan::Error& error) {
    fmt::print(stderr, "caravan-node: {}\n", caravan::one_line(error.what()));
    return static_cast<int>(error.exit());
  } catch (const std::exception& error) {
    fmt::print(stderr, "caravan-node: {}\n", caravan::one_line(error.what()));
    return static_cast<int>(caravan::Exit::machine);
  }
}
