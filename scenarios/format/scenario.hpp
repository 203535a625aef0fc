// A scenario: what shall happen, as its author wrote it, checked. The planner makes every remaining choice.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "objects/base/embedded.hpp"
#include "objects/base/json.hpp"
#include "objects/catalog/catalog.hpp"
#include "objects/vocabulary/steps.hpp"
#include "scenarios/format/mode.hpp"
#include "scenarios/format/options.hpp"
#include "scenarios/format/programs.hpp"

namespace caravan::scenarios {

/// A word, for every mode or for some: "" -> "refused", "direct/none" -> "ok".
using WordOfMode = std::map<std::string, std::string>;
/// For a mode: its own word, or else the one for all, or else `absent`.
std::string word_for(const WordOfMode& words, const Mode& mode, const std::string& absent);

/// Clients at work, and how many operations they do in all.
struct Load {
  int clients = 4;
  int operations = 200;
};

/// `do:`, one operation.
struct Action {
  std::string method;  ///< create update read delete list scale run cancel suspend
  std::string target;  ///< create, list: a class; else the name of a row
  std::string as, via, engine;
  Json set = Json::object(), want, where_equal = Json::object();
  std::vector<std::string> load;
  WordOfMode expect;  ///< ok, refused
  bool raw = false;   ///< values are sent although their fields cannot hold them as they are
  std::map<std::string, std::string> places;  ///< "/set/description" -> file:line:column
  std::string where;                          ///< file:line:column of its step
};

/// What only a scenario says, and the planner spells out.
namespace written {

/// Stop and start at a release; empty: the one that nodes are upgraded to.
struct Upgrade {
  static constexpr const char* word = "upgrade";
  std::string release;
};
struct Rollback {
  static constexpr const char* word = "rollback";
};
struct Restart {
  static constexpr const char* word = "restart";
};
/// Kill and start again.
struct Crash {
  static constexpr const char* word = "crash";
  step::Moment when{};
  std::optional<Action> beside;
};
/// Until a row, by its name in the scenario, has had a status.
struct Wait {
  static constexpr const char* word = "wait";
  std::string row, status;
};
struct Do {
  static constexpr const char* word = "do";
  Action action;
};
/// Clients at work, and nothing else.
struct Work {
  static constexpr const char* word = "load";
};

/// Else a word of the plan, whose `node` and `expect` are still open.
using Deed = std::variant<Work, Do, Wait, Upgrade, Rollback, Restart, Crash, step::Action>;
const char* word(const Deed& deed);

}  // namespace written

/// A step as written: what is done, to whom, in which modes, and what is expected of it.
struct ScenarioStep {
  written::Deed deed;
  std::vector<std::string> nodes;  ///< that it is done to, as written: nodes, roles, "rest"
  WordOfMode expect;               ///< done, refused
  std::vector<std::string> modes;  ///< empty: all
  std::optional<Load> load;        ///< Work, or added to another
  std::string why;
  std::string where;  ///< file:line:column, for the planner's refusals
};

/// The release that it names, or empty.
const std::string& release_of(const ScenarioStep& step);

/// `upgrade:`, the short form: the planner makes the steps.
struct UpgradeForm {
  std::vector<std::string> order = {"conductors-first"};
  Load load;
  bool mix = true;
  bool turn_back = false;
  bool mix_named = false;  ///< the author wrote it: then it is an error if it cannot be done
  std::string where;       ///< of the order, if there is one
};

/// All that a scenario says. Releases and classes in it are known to the catalog that it was loaded with.
struct Scenario {
  std::string name, about;
  std::vector<std::pair<std::string, int>> nodes;  ///< conductor, engine, api
  Programs programs;
  std::string from, to;
  Mode mode;
  std::string database = "sqlite";  ///< a kind, or a URL as written
  std::string migration;            ///< phased, as-released; empty: what the access uses
  bool row_stamps = false;
  NodeOptions config;
  std::optional<UpgradeForm> upgrade;
  std::vector<ScenarioStep> steps;
  Json expect = "pass";  ///< for every mode, as written
  /// (mode as written, or empty; check) -> file:line:column of what is expected of it. Which checks there are
  /// is for the judge (harness/run/plan_check.hpp).
  std::map<std::pair<std::string, std::string>, std::string> expect_places;
  std::string where;  ///< the file
};

/// All but the places: two texts that say the same give the same.
Json to_json(const Scenario& scenario);

/// `format` is "yaml" or "json". Throws bad_request with file:line:column, what is wrong and what was meant.
Scenario load_scenario_text(std::string_view text, const std::string& where, const std::string& format,
                            const Catalog& catalog);
/// By the file's ending: .json is "json", all else "yaml".
std::string scenario_format(const std::filesystem::path& path);
Scenario load_scenario(const std::filesystem::path& path, const Catalog& catalog);

/// A path, or else the name of a shipped scenario ("kilo-to-liberty", "history/rename").
Scenario find_scenario(const std::string& name_or_path, const Catalog& catalog);
/// The shipped ones, compiled in.
std::span<const EmbeddedFile> shipped_scenario_files();
std::vector<std::string> shipped_scenario_names();
/// The cases of Sahara's history, compiled in too, as "history/NAME".
std::span<const EmbeddedFile> history_scenario_files();
std::vector<std::string> history_scenario_names();

}  // namespace caravan::scenarios
