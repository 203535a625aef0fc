// A plan: scenario plus seed with every choice made. Plain values; it prints as text and reads back.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "objects/base/json.hpp"
#include "objects/vocabulary/steps.hpp"
#include "scenarios/format/mode.hpp"
#include "scenarios/format/options.hpp"
#include "scenarios/format/programs.hpp"

namespace caravan::scenarios {

/// One operation of a client: what it asks of one api, and what the plan lets it expect.
struct Operation {
  std::string id;      ///< unique in the plan: "c2-17" (client 2) or "s4" (from the scenario's own steps)
  int client = 0;      ///< operations of one client run one after the other; 0 is the scenario's own
  std::string via;     ///< "api.2"; "api": whichever serves when it is sent
  std::string method;  ///< create update read list delete; scale run cancel suspend, where the class has them
  std::string object;  ///< "ClusterTemplate"
  std::string row;     ///< id of the row (made by the planner from seed and operation id); empty for list
  Json fields = Json::object();  ///< create, update, run, scale: values. read: {"load": [names]} to load
                                 ///< lazily. list: equalities
  std::string engine;            ///< server that the api's cast is addressed to, or empty for the topic
  Json want;                     ///< read: values the reply must carry, in the reading api's terms; or null
  bool raw = false;              ///< its fields need not hold the values as they are
  std::string expect = "ok";     ///< "ok", or "refused": the contract says that this release cannot take it
  std::string purpose;           ///< "mix", "load", "do": why it is in the plan
  bool operator==(const Operation&) const = default;
};

/// A step: its sub-steps run one after the other while its operations run alongside them; it ends when both
/// have.
struct PlanStep {
  std::string number;   ///< "3.2"
  step::Action action;  ///< what it does
  std::string why;      ///< the reason, shown in the tree
  std::vector<Operation> operations;
  std::vector<PlanStep> steps;
  bool operator==(const PlanStep&) const = default;
};

/// A step that does this, with no number, operations or steps so far.
inline PlanStep plan_step(step::Action action, std::string why) {
  PlanStep out;
  out.action = std::move(action);
  out.why = std::move(why);
  return out;
}
/// A start that is to be done, and nothing else: several in a row go together.
bool starts_alone(const PlanStep& step);

/// All that a run needs to know besides the catalog and the database.
struct Plan {
  std::string scenario;  ///< name
  std::string about;
  std::uint64_t seed = 1;
  std::string from, to;  ///< releases
  Mode mode;
  std::string migration = "phased";  ///< or as-released
  bool row_stamps = false;           ///< every table says at which version its rows were written
  std::vector<std::pair<std::string, int>> nodes;  ///< role, how many; in starting order
  Programs programs;                               ///< nodes that are not caravan-node
  NodeOptions config;                              ///< nodes that are configured
  int clients = 0;
  Json expect = "pass";  ///< "pass", or {CHECK: {"fail": "Object.field", "at": STEP}}
  std::vector<PlanStep> steps;
  bool operator==(const Plan&) const = default;
};

/// Where the steps and operations of a plan were written, and what their author calls them.
struct PlanPlaces {
  std::string otherwise;                          ///< of what has no place of its own
  std::map<std::string, std::string> steps;       ///< number -> file:line; that of "3" holds for "3.1"
  std::map<std::string, std::string> operations;  ///< id -> file:line; else that of its step
  std::map<std::string, std::string> names;       ///< id of an operation or row -> "run J"

  /// The place of a step, or of the nearest above that has one; of an operation, else of its step.
  std::string of(const PlanStep& step) const;
  std::string of(const PlanStep& step, const Operation& op) const;
  /// What the author calls the operation or row of this id; `unnamed` if nothing.
  std::string name(const std::string& id, const std::string& unnamed) const;
};

/// The numbered tree. parse_plan(print(plan)) == plan.
std::string print(const Plan& plan);
/// Throws bad_request with file:line. `places`: is given the lines.
Plan parse_plan(std::string_view text, const std::string& where, PlanPlaces* places = nullptr);

}  // namespace caravan::scenarios
