// From a checked document to a Scenario: what the table of keys cannot say (roles, releases, classes, fields,
// rows).
#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "objects/base/error.hpp"
#include "objects/base/json_text.hpp"
#include "objects/vocabulary/databases.hpp"
#include "objects/vocabulary/roles.hpp"
#include "scenarios/format/loader_parts.hpp"
#include "scenarios/format/schema.hpp"

namespace caravan::scenarios {

void LoaderPart::fail_at(const Place& place, const std::string& message, const std::string& hint) const {
  throw bad_request(place_text(where_, place), message, hint);
}

void LoaderPart::fail(const DocumentValue& value, const std::string& message, const std::string& hint) const {
  fail_at(value.place, message, hint);
}

std::string LoaderPart::text(const DocumentValue& map, const char* key, const std::string& absent) {
  const DocumentValue* value = map.find(key);
  return value == nullptr ? absent : value->scalar.get<std::string>();
}

const Release& LoaderPart::release(const DocumentValue& value) const {
  const std::string name = value.scalar.get<std::string>();
  const Release& found = catalog_.require_release(name, place_text(where_, value.place));
  if (!found.rpc.empty()) return found;
  const auto oldest = std::find_if(catalog_.releases.begin(), catalog_.releases.end(),
                                   [](const Release& release) { return !release.rpc.empty(); });
  fail(value, fmt::format("{} has no RPC: one process{}", name,
                          oldest == catalog_.releases.end()
                              ? std::string()
                              : "; the oldest release that can run is " + oldest->name));
}

namespace {

class Loader : LoaderPart {
 public:
  using LoaderPart::LoaderPart;

  Scenario scenario(const DocumentValue& document) {
    check_document(document, "scenario", where_);
    scenario_.where = where_;
    scenario_.name = text(document, "name");
    scenario_.about = text(document, "about");
    nodes(document.find("nodes"));
    programs(document.find("programs"));
    releases(*document.find("releases"));
    mode(document);
    config(document.find("config"));
    const DocumentValue* upgrade = document.find("upgrade");
    const DocumentValue* steps = document.find("steps");
    if (upgrade != nullptr && steps != nullptr) {
      fail(*steps, "both `upgrade` and `steps`",
           "`upgrade` lets the planner make the steps: write one of them");
    }
    if (upgrade == nullptr && steps == nullptr) {
      fail(document, "neither `upgrade` nor `steps`",
           "`upgrade: {}` is a rolling upgrade with the usual load");
    }
    StepLoader loader(where_, catalog_, scenario_);
    if (upgrade != nullptr) scenario_.upgrade = loader.upgrade_form(*upgrade);
    if (steps != nullptr) {
      if (steps->values.empty()) fail(*steps, "steps: an empty list", "nothing would happen");
      for (const DocumentValue& value : steps->values) scenario_.steps.push_back(loader.step(value));
    }
    if (const DocumentValue* expect = document.find("expect"))
      read_expectation(*expect, where_, catalog_, scenario_);
    return std::move(scenario_);
  }

 private:
  void nodes(const DocumentValue* map) {
    for (const RoleSpec& role : role_table) scenario_.nodes.emplace_back(role.word, role.count);
    if (map == nullptr) return;
    for (auto& [role, count] : scenario_.nodes) {
      if (const DocumentValue* value = map->find(role)) count = value->scalar.get<int>();
    }
  }

  void programs(const DocumentValue* map) {
    if (map == nullptr) return;
    for (std::size_t i = 0; i < map->keys.size(); ++i) {
      const DocumentValue& program = map->values[i];
      if (program.kind != DocumentValue::Kind::text)
        fail(program, fmt::format("programs: {} where a program was expected", describe(program)));
      add_program(scenario_.programs, scenario_.nodes, map->keys[i], program.scalar.get<std::string>(),
                  place_text(where_, map->key_places[i]));
    }
  }

  void releases(const DocumentValue& map) {
    const Release& from = release(*map.find("from"));
    const Release& to = release(*map.find("to"));
    if (from.index > to.index) {
      fail(*map.find("from"), fmt::format("from {} is newer than to {}", from.name, to.name),
           "an upgrade goes from the older to the newer release: did you swap them?");
    }
    scenario_.from = from.name;
    scenario_.to = to.name;
  }

  void mode(const DocumentValue& document) {
    Mode& mode = scenario_.mode;
    mode.access = *word_from<Access>(text(document, "access", name(Access::conductor)));
    mode.compat = *word_from<Compatibility>(
        text(document, "compat", mode.access == Access::direct ? "none" : "backport"));
    scenario_.database = text(document, "database", database_table[0].word);
    mode.database = database_kind(scenario_.database);
    scenario_.migration = text(document, "migration");
    if (const DocumentValue* stamps = document.find("row_stamps"))
      scenario_.row_stamps = stamps->scalar.get<bool>();
    const std::string why = unlawful(mode.access, mode.compat);
    if (!why.empty())
      fail(*document.find("compat"), fmt::format("there is no mode {}", mode_name(mode)), why);
  }

  // Roles first: what a node is given by its own name wins.
  void config(const DocumentValue* map) {
    if (map == nullptr) return;
    for (const bool of_roles : {true, false}) {
      for (std::size_t i = 0; i < map->keys.size(); ++i) {
        const std::string& who = map->keys[i];
        if ((who.find('.') == std::string::npos) != of_roles) continue;
        const DocumentValue& options = map->values[i];
        if (options.kind != DocumentValue::Kind::map)
          fail(options, fmt::format("config: {} where a map of options was expected", describe(options)));
        for (std::size_t j = 0; j < options.keys.size(); ++j) {
          add_option(scenario_.config, scenario_.nodes, who, options.keys[j], options.values[j].to_json(),
                     catalog_, place_text(where_, options.key_places[j]));
        }
      }
    }
  }

  Scenario scenario_;
};

Json load_json(const Load& load) { return {{"clients", load.clients}, {"operations", load.operations}}; }

Json action_json(const Action& a) {
  return {{"method", a.method}, {"target", a.target}, {"as", a.as},     {"via", a.via},
          {"engine", a.engine}, {"set", a.set},       {"want", a.want}, {"where", a.where_equal},
          {"load", a.load},     {"expect", a.expect}, {"raw", a.raw}};
}

Json step_json(const ScenarioStep& step) {
  Json json = {{"verb", written::word(step.deed)},
               {"nodes", step.nodes},
               {"why", step.why},
               {"expect", step.expect},
               {"modes", step.modes}};
  json["load"] = step.load ? load_json(*step.load) : Json();
  step::match(
      step.deed, [&](const step::Action& action) { step::write(action, json); },
      [&](const written::Upgrade& upgrade) { json["release"] = upgrade.release; },
      [&](const written::Wait& wait) {
        json["row"] = wait.row;
        json["status"] = wait.status;
      },
      [&](const written::Do& one) { json["do"] = action_json(one.action); },
      [&](const written::Crash& crash) {
        json["when"] = name(crash.when);
        if (crash.beside) json["do"] = action_json(*crash.beside);
      },
      [](const auto&) {});
  return json;
}

}  // namespace

const char* written::word(const Deed& deed) {
  return step::match(
      deed, [](const step::Action& action) { return step::word(action); },
      [](const auto& one) { return one.word; });
}

const std::string& release_of(const ScenarioStep& step) {
  if (const auto* upgrade = std::get_if<written::Upgrade>(&step.deed)) return upgrade->release;
  static const std::string none;
  const auto* action = std::get_if<step::Action>(&step.deed);
  return action == nullptr ? none : step::text_member(*action, "release");
}

Json to_json(const Scenario& scenario) {
  Json json = {
      {"name", scenario.name},     {"about", scenario.about},          {"from", scenario.from},
      {"to", scenario.to},         {"mode", mode_name(scenario.mode)}, {"database", scenario.database},
      {"expect", scenario.expect}, {"migration", scenario.migration},  {"row_stamps", scenario.row_stamps}};
  for (const auto& [role, count] : scenario.nodes) json["nodes"][role] = count;
  for (const auto& [node, program] : scenario.programs) json["programs"][node] = program;
  for (const auto& [node, options] : scenario.config) json["config"][node] = options;
  if (scenario.upgrade) {
    json["upgrade"] = {{"order", scenario.upgrade->order},
                       {"load", load_json(scenario.upgrade->load)},
                       {"mix", scenario.upgrade->mix},
                       {"turn_back", scenario.upgrade->turn_back}};
  }
  for (const ScenarioStep& step : scenario.steps) json["steps"].push_back(step_json(step));
  return json;
}

std::string word_for(const WordOfMode& words, const Mode& mode, const std::string& absent) {
  for (const std::string& key : {mode_name(mode), std::string()}) {
    const auto found = words.find(key);
    if (found != words.end()) return found->second;
  }
  return absent;
}

Scenario load_scenario_text(std::string_view text, const std::string& where, const std::string& format,
                            const Catalog& catalog) {
  if (format != "yaml" && format != "json")
    throw bad_request(where, fmt::format("unknown format \"{}\"", format), "yaml or json");
  const DocumentValue document =
      read_document(text, where, format == "json" ? TextFormat::json : TextFormat::yaml);
  return Loader(where, catalog).scenario(document);
}

std::string scenario_format(const std::filesystem::path& path) {
  return path.extension() == ".json" ? "json" : "yaml";
}

Scenario load_scenario(const std::filesystem::path& path, const Catalog& catalog) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored) || std::filesystem::is_directory(path, ignored)) {
    read_text_file(path);  // refuses both, naming the nearest file
  }
  // Not the size of the file but what can be read: a device or a pipe has none.
  std::ifstream stream(path, std::ios::binary);
  std::string text(document_size_limit + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad() || !stream.is_open()) throw bad_request(path.string(), "cannot be read");
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > document_size_limit) {
    throw bad_request(
        path.string(),
        fmt::format("more than {} bytes; a scenario has at most that many", document_size_limit),
        "is this a scenario at all?");
  }
  return load_scenario_text(text, path.string(), scenario_format(path), catalog);
}

}  // namespace caravan::scenarios
