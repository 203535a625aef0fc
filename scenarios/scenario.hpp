// A scenario: what shall happen, as its author wrote it, checked. The planner makes every remaining choice.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "objects/catalog.hpp"
#include "objects/embedded.hpp"
#include "objects/json.hpp"
#include "scenarios/mode.hpp"
#include "scenarios/options.hpp"
#include "scenarios/programs.hpp"

namespace caravan {

/// A word, for every mode or for some: "" -> "refused", "direct/none" -> "ok".
using WordOfMode = std::map<std::string, std::string>;
/// For a mode: its own word, or else the one for all, or else `absent`.
std::string word_for(const WordOfMode& words, const Mode& mode, const std::string& absent);

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
};

struct ScenarioStep {
  /// upgrade rollback restart stop start kill pause resume crash migrate wait do load reload announce forget
  std::string verb;
  std::vector<std::string> nodes;          ///< as written: nodes, roles, "rest"
  std::string phase;                       ///< migrate; wait: settle, or empty
  int batch = 0, batches = 0, die_in = 0;  ///< migrate data; 0: not given
  std::string release;                     ///< announce, start, upgrade
  std::string moment;                      ///< crash: mid-save, mid-create
  std::string row, status;                 ///< wait
  WordOfMode expect;                       ///< done, refused
  std::vector<std::string> modes;          ///< empty: all
  std::optional<Load> load;                ///< the verb load, or beside another
  std::optional<Action> action;            ///< do, or beside a crash
  std::string why;
  std::string where;  ///< file:line:column, for the planner's refusals
};

struct UpgradeForm {
  std::vector<std::string> order = {"conductors-first"};
  Load load;
  bool mix = true;
  bool turn_back = false;
  bool mix_named = false;  ///< the author wrote it: then it is an error if it cannot be done
  std::string where;       ///< of the order, if there is one
};

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
  /// (mode as written, or empty; check) -> file:line:column of what is expected of it.
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

}  // namespace caravan
