// What holds for the plan of whatever scenario is taken: it is read as it was printed, its steps can be done
// one after the other, and each operation has its own id and an api that serves. The plan's text is what is
// looked at, as somebody does who carries it out.
#include <fmt/format.h>

#include <map>
#include <set>
#include <sstream>

#include "tests/property.hpp"
#include "tests/scenarios/support.hpp"

namespace caravan::scenarios::tests {
namespace {

using test::holds;

struct Line {
  std::size_t depth = 0;
  bool operation = false;
  std::vector<std::string> words;
  std::vector<Line> below;

  /// Of "node=engine.1".
  std::string member(const std::string& name) const {
    for (const std::string& word : words) {
      if (word == ":") break;
      if (word.rfind(name + "=", 0) == 0) return word.substr(name.size() + 1);
    }
    return "";
  }
};

/// The tree under the header.
std::vector<Line> tree_of(const std::string& printed) {
  Line root;
  std::vector<Line*> open = {&root};
  std::istringstream text(printed.substr(printed.find("\n\n") + 2));
  for (std::string line; std::getline(text, line);) {
    Line made;
    made.depth = line.find_first_not_of(' ') / 2;
    std::istringstream words(line);
    for (std::string word; words >> word;) made.words.push_back(word);
    made.operation = made.words.front() == "-";
    RC_ASSERT(made.depth < open.size());
    open.resize(made.depth + 1);
    open.back()->below.push_back(std::move(made));
    open.push_back(&open.back()->below.back());
  }
  return root.below;
}

/// Does what it reads, and says what cannot be done.
class Walk {
 public:
  void steps(const std::vector<Line>& lines, const std::string& above) {
    int number = 0;
    for (const Line& line : lines) {
      if (line.operation) continue;
      RC_ASSERT(line.words.at(0) == fmt::format("{}{}", above, ++number));
      step(line);
    }
  }

  std::map<std::string, std::string> up;  ///< node -> release
  std::set<std::string> operations;

 private:
  void step(const Line& line) {
    const std::string& verb = line.words.at(1);
    const std::string node = line.member("node");
    const bool refused = line.member("expect") == "refused";
    if (verb == "start") {
      RC_ASSERT(up.count(node) == 0);
      if (!refused) up[node] = line.member("release");
    }
    if (verb == "stop" || verb == "kill") {
      RC_ASSERT(up.erase(node) == 1);
      paused_.erase(node);
    }
    if (verb == "pause") RC_ASSERT(up.count(node) == 1 && paused_.insert(node).second);
    if (verb == "resume") RC_ASSERT(paused_.erase(node) == 1);
    auto serving = up;
    steps(line.below, line.words.at(0) + ".");
    for (const auto& [other, release] : std::map(serving))
      if (up.count(other) == 0 || up.at(other) != release) serving.erase(other);
    for (const Line& below : line.below) {
      if (!below.operation) continue;
      RC_ASSERT(operations.insert(below.words.at(1)).second);
      const std::string& via = below.words.at(2);
      RC_ASSERT(via == "api" || serving.count(via) == 1);
    }
  }

  std::set<std::string> paused_;
};

Json any_load() { return {{"clients", *rc::gen::inRange(1, 5)}, {"operations", *rc::gen::inRange(0, 30)}}; }

std::string any_node(const Json& nodes) {
  std::vector<std::string> all = {"rest"};
  for (const auto& role : nodes.items()) {
    all.push_back(role.key());
    for (int i = 1; i <= role.value().get<int>(); ++i) all.push_back(fmt::format("{}.{}", role.key(), i));
  }
  return *rc::gen::elementOf(all);
}

Json any_step(const Json& nodes) {
  const auto verb = *rc::gen::weightedElement<std::string>({{6, "upgrade"},
                                                            {2, "restart"},
                                                            {1, "rollback"},
                                                            {1, "stop"},
                                                            {1, "start"},
                                                            {1, "kill"},
                                                            {2, "migrate"},
                                                            {1, "wait"},
                                                            {2, "do"},
                                                            {2, "load"}});
  if (verb == "migrate") return {{verb, *rc::gen::element<std::string>("expand", "data", "contract")}};
  if (verb == "wait") return {{verb, "settle"}};
  if (verb == "load") return {{verb, any_load()}};
  if (verb == "do")
    return {{verb, {{"create", *rc::gen::element<std::string>("ClusterTemplate", "DataSource", "Job")}}}};
  Json step{{verb, any_node(nodes)}};
  if (*rc::gen::inRange(0, 4) == 3) step["load"] = any_load();
  return step;
}

Json any_scenario() {
  const auto& releases = sahara_catalog().releases;
  const auto from = *rc::gen::inRange<std::size_t>(1, releases.size());
  const auto to = std::min(from + *rc::gen::inRange<std::size_t>(0, 3), releases.size() - 1);
  Json made{{"format", 1}, {"name", "any"}};
  Json nodes{{"conductor", *rc::gen::inRange(1, 3)},
             {"engine", *rc::gen::inRange(1, 4)},
             {"api", *rc::gen::inRange(1, 4)}};
  made["releases"] = {{"from", releases[from].name}, {"to", releases[to].name}};
  if (*rc::gen::inRange(0, 4) == 3) {
    made["access"] = "direct";
    nodes.erase("conductor");
  } else {
    made["compat"] = *rc::gen::element<std::string>("backport", "pin");
  }
  made["nodes"] = nodes;
  if (*rc::gen::inRange(0, 4) == 3) made["row_stamps"] = true;
  if (*rc::gen::arbitrary<bool>()) {
    Json upgrade{{"load", any_load()}};
    if (*rc::gen::inRange(0, 3) == 2) upgrade["mix"] = false;
    if (*rc::gen::inRange(0, 4) == 3) upgrade["turn_back"] = true;
    if (*rc::gen::inRange(0, 4) == 3)
      upgrade["order"] = Json::array({any_node(nodes), any_node(nodes), "rest"});
    made["upgrade"] = upgrade;
  } else {
    Json steps = Json::array();
    for (int left = *rc::gen::inRange(1, 9); left > 0; --left) steps.push_back(any_step(nodes));
    made["steps"] = steps;
  }
  return made;
}

TEST(PlanProperties, WhateverIsTakenCanBeDoneAndIsReadAsItWasPrinted) {
  holds([] {
    const Json scenario = any_scenario();
    const auto seed = *rc::gen::arbitrary<std::uint64_t>();
    RC_LOG(scenario.dump());
    Plan plan;
    try {
      plan = plan_of(json(scenario.dump()), seed);
    } catch (const Error& error) {
      RC_ASSERT(error.exit() == Exit::bad_request);
      RC_ASSERT(error.where().rfind("s.json", 0) == 0);
      RC_TAG("refused");
      return;
    }
    RC_TAG(scenario.contains("upgrade") ? "upgrade" : "steps");
    const std::string printed = print(plan);
    RC_ASSERT(parse_plan(printed, "printed") == plan);
    RC_ASSERT(print(plan_of(json(scenario.dump()), seed)) == printed);
    const auto tree = tree_of(printed);
    Walk walk;
    walk.steps(tree, "");
    RC_ASSERT(tree.back().words.at(1) == "settle");
    if (!scenario.contains("upgrade")) return;
    for (const auto& [node, release] : walk.up) RC_ASSERT(release == plan.to);
    std::size_t nodes = 0;
    for (const auto& [role, count] : plan.nodes) nodes += static_cast<std::size_t>(count);
    RC_ASSERT(walk.up.size() == nodes);
  });
}

}  // namespace
}  // namespace caravan::scenarios::tests
