// caravan-node: one simulated Sahara service, or one migration phase. Command line: docs/node-protocol.md.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "nodes/node.hpp"
#include "nodes/runner.hpp"
#include "nodes/store/migration.hpp"
#include "nodes/store/store.hpp"
#include "objects/catalog_loader.hpp"
#include "objects/error.hpp"

namespace caravan {
namespace {

struct Options {
  Identity identity;
  std::string release, snapshot, connect, database;
  std::string migrate, from, to, catalog;
  int batch = 100, batches = 0, die_in = 0;
  bool no_gate = false;
};

std::string slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw bad_request(path, "cannot be read");
  return {std::istreambuf_iterator<char>(file), {}};
}

int migrate(const Options& options) {
  const Catalog catalog =
      options.catalog.empty() ? sahara_catalog() : load_catalog_text(slurp(options.catalog), options.catalog);
  const MigrationRequest request{options.database, catalog,        options.migrate,
                                 options.from,     options.to,     options.batch,
                                 options.batches,  options.die_in, !options.no_gate};
  const MigrationOutcome outcome = migrate(request);
  fmt::print("{}\n", to_json(request, outcome).dump());
  for (const std::string& problem : outcome.problems) fmt::print(stderr, "caravan-node: {}\n", problem);
  if (!outcome.refused.empty()) fmt::print(stderr, "caravan-node: {}\n", outcome.refused);
  return outcome.status;
}

int run(const Options& options) {
  if (!options.migrate.empty()) return migrate(options);
  const Catalog snapshot = load_catalog_text(slurp(options.snapshot), options.snapshot);
  if (snapshot.release(options.release) == nullptr) {
    throw bad_request(options.snapshot, fmt::format("is not a snapshot of {}", options.release));
  }
  std::unique_ptr<Store> store;
  if (!options.database.empty()) store = open_store(options.database);
  const auto node = make_node(options.identity, snapshot, store.get());
  return run_node(options.identity, *node, store.get(), options.connect);
}

}  // namespace
}  // namespace caravan

int main(int argc, char** argv) {
  caravan::Options options;
  CLI::App app{"One simulated Sahara service of a Caravan run, or one migration phase."};
  app.add_option("--node", options.identity.node, "name, such as engine.2");
  app.add_option("--incarnation", options.identity.incarnation, "how often this node was started");
  app.add_option("--role", options.identity.role, "api, engine or conductor");
  app.add_option("--release", options.release, "such as kilo");
  app.add_option("--snapshot", options.snapshot, "catalog of that release");
  app.add_option("--connect", options.connect, "the harness's endpoint");
  app.add_option("--database", options.database, "URL; conductors and migrations only");
  app.add_option("--seed", options.identity.seed, "of the run");
  app.add_option("--plant", options.identity.plant, "a planted defect");
  app.add_option("--migrate", options.migrate,
                 "run one phase and exit: expand, data, contract or as-released");
  app.add_option("--from", options.from, "release to migrate from");
  app.add_option("--to", options.to, "release to migrate to");
  app.add_option("--catalog", options.catalog, "catalog that knows both releases");
  app.add_option("--batch", options.batch, "rows a transaction of the phase data");
  app.add_option("--batches", options.batches, "stop after so many; 0: at the end");
  app.add_option("--die-in", options.die_in, "kill this process inside that transaction (for tests)");
  app.add_flag("--no-gate", options.no_gate, "contract although older nodes are registered");
  CLI11_PARSE(app, argc, argv);
  try {
    const bool migrating = !options.migrate.empty();
    for (const auto& [name, value] : {std::pair{"--database", migrating ? options.database : "-"},
                                      {"--from", migrating ? options.from : "-"},
                                      {"--to", migrating ? options.to : "-"},
                                      {"--node", migrating ? "-" : options.identity.node},
                                      {"--role", migrating ? "-" : options.identity.role},
                                      {"--release", migrating ? "-" : options.release},
                                      {"--snapshot", migrating ? "-" : options.snapshot},
                                      {"--connect", migrating ? "-" : options.connect}}) {
      if (value.empty())
        throw caravan::bad_request("", fmt::format("{} is missing", name),
                                   "docs/node-protocol.md has the command line");
    }
    return caravan::run(options);
  } catch (const caravan::Error& error) {
    fmt::print(stderr, "caravan-node: {}\n", error.what());
    return static_cast<int>(error.exit());
  } catch (const std::exception& error) {
    fmt::print(stderr, "caravan-node: {}\n", error.what());
    return static_cast<int>(caravan::Exit::machine);
  }
}
