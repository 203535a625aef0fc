// net-cluster PLAN: a plan in the tests' in-process cluster (virtual time, one thread). Prints every message
// that a node sent, in order, and every row there is at the end: nodes must not change in what they say and
// write.
//
// It is no carrier: kills come at rest, pauses and announcements are left out, and of the operations of a
// step a share comes before each of its sub-steps.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

#include "objects/base/error.hpp"
#include "scenarios/plan/plan.hpp"
#include "tests/nodes/world.hpp"

namespace caravan {
namespace {

class Cluster {
 public:
  explicit Cluster(const Plan& plan) : plan_(plan), world_(plan.from) {
    modes_.access = plan.mode.access;
    modes_.compat = plan.mode.compat;
  }

  void run() {
    for (const PlanStep& step : plan_.steps) take(step);
    world_.settle();
    std::set<std::string> heartbeats;  // as many as time that passes
    for (const Envelope& message : world_.sent) {
      if (message.method == "service_update" && message.operation.empty()) heartbeats.insert(message.id);
      if (heartbeats.count(message.id) + heartbeats.count(message.to) == 0)
        fmt::print("{}\n", encode(message));
    }
    std::set<std::string> tables = {"caravan_services"};
    for (const ClassSpec& cls : sahara_catalog().classes)
      if (!cls.table.empty()) tables.insert(cls.table);
    for (const std::string& table : tables) print_rows(table);
  }

 private:
  void take(const PlanStep& step) {
    act(step);
    const std::size_t shares = step.steps.size() + 1;
    std::size_t next = 0;
    for (std::size_t i = 0; i < shares; ++i) {
      const std::size_t end = step.operations.size() * (i + 1) / shares;
      ask({step.operations.begin() + static_cast<std::ptrdiff_t>(next),
           step.operations.begin() + static_cast<std::ptrdiff_t>(end)});
      next = end;
      if (i < step.steps.size()) take(step.steps[i]);
    }
  }

  /// Clients work beside each other, and each on one at a time.
  void ask(const std::vector<Operation>& operations) {
    std::map<int, bool> busy;
    for (const Operation& operation : operations) {
      if (std::exchange(busy[operation.client], true)) {
        world_.settle();
        busy = {{operation.client, true}};
      }
      const std::string via = operation.via == "api" ? serving_api() : operation.via;
      if (!via.empty())
        world_.ask(via, operation.method, operation.object, operation.row, operation.fields,
                   operation.engine);
    }
    world_.settle();
  }

  std::string serving_api() const {
    for (const auto& [node, there] : there_)
      if (there && node.rfind("api.", 0) == 0) return node;
    return {};
  }

  void act(const PlanStep& one) {
    const auto gone = [&](const std::string& node) {
      world_.settle();
      world_.remove(node);
      there_[node] = false;
    };
    const auto rest = [&](const auto&) {
      world_.settle();
      world_.pass(1'000'000);
    };
    step::match(
        one.action,
        [&](const step::Start& start) {
          world_.add(start.node, start.release, {}, modes_);
          there_[start.node] = true;
        },
        [&](const step::Stop& stop) { world_.drain(stop.node), gone(stop.node); },
        [&](const step::Kill& kill) { gone(kill.node); },
        [&](const step::Reload& reload) { world_.reload(reload.node); },
        [&](const step::Migrate& phase) {
          world_.settle();
          const MigrationRequest request{
              sahara_catalog(), name(phase.phase), phase.from, phase.to, phase.batch > 0 ? phase.batch : 100,
              phase.batches};
          const auto outcome = migrate(*database_at(world_.url()), request);
          fmt::print("{}\n", to_json(request, outcome).dump());
        },
        [&](const step::Settle& all) { rest(all); }, [&](const step::Wait& row) { rest(row); },
        [](const auto&) {});
  }

  void print_rows(const std::string& table) {
    try {
      for (const Row& row : world_.rows(table)) fmt::print("{} {}\n", table, Json(row).dump());
    } catch (const StoreError&) {  // the release does not have it
    }
  }

  const Plan& plan_;
  testing::World world_;
  Modes modes_;
  std::map<std::string, bool> there_;
};

}  // namespace
}  // namespace caravan

int main(int argc, char** argv) try {
  if (argc != 2) return 2;
  std::ifstream file(argv[1]);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto plan = caravan::parse_plan(text, argv[1]);
  caravan::Cluster(plan).run();
  return 0;
} catch (const caravan::Error& error) {
  fmt::print(stderr, "net-cluster: {}\n", error.what());
  return 1;
}
