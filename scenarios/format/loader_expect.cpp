// `expect`: what a scenario says will be found, for every mode or for some.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "objects/base/error.hpp"
#include "objects/base/nearest.hpp"
#include "objects/vocabulary/databases.hpp"
#include "scenarios/format/loader_parts.hpp"
#include "scenarios/format/schema.hpp"

namespace caravan::scenarios {
namespace {

using ValueKind = DocumentValue::Kind;

class Expectation : LoaderPart {
 public:
  Expectation(const std::string& where, const Catalog& catalog, Scenario& scenario)
      : LoaderPart(where, catalog), scenario_(scenario) {}

  /// `mode_name`: of the mode that it is for; empty for all.
  void check(const DocumentValue& value, const std::string& mode_name) {
    if (value.kind == ValueKind::text && value.scalar == "pass") return;
    if (value.kind != ValueKind::map)
      fail(value, fmt::format("expect: {} where pass or a map of checks was expected", describe(value)));
    for (std::size_t i = 0; i < value.keys.size(); ++i) {
      const std::string& key = value.keys[i];
      if (mode_name.empty() && key.find('/') != std::string::npos) {
        mode(value.key_places[i], key);
        check(value.values[i], key);
        continue;
      }
      entry(value.values[i]);
      scenario_.expect_places[{mode_name, key}] = place_text(where_, value.key_places[i]);
    }
  }

 private:
  void entry(const DocumentValue& item) const {
    if (item.kind == ValueKind::text && (item.scalar == "pass" || item.scalar == "idle")) return;
    const DocumentValue* place = item.kind == ValueKind::map ? item.find("fail") : nullptr;
    if (place == nullptr || place->kind != ValueKind::text)
      fail(item, fmt::format("expect: {} where pass, idle or {{fail: Object.field, at: STEP}} was expected",
                             describe(item)));
    for (std::size_t i = 0; i < item.keys.size(); ++i) {
      if (item.keys[i] != "fail" && item.keys[i] != "at")
        fail_at(item.key_places[i], fmt::format("expect: unknown key \"{}\"", item.keys[i]),
                did_you_mean(item.keys[i], {"fail", "at"}));
    }
    field(*place);
    if (const DocumentValue* at = item.find("at")) step(*at);
  }

  // "Object", "Object.field", "topic.method", or a key path further into a Json field.
  void field(const DocumentValue& value) const {
    const std::string name = value.scalar.get<std::string>();
    const std::size_t dot = name.find('.');
    const std::string object = name.substr(0, dot);
    std::vector<std::string> objects;
    std::set<std::string> fields;
    const auto in_play = releases_in_play();
    for (const ClassHistory& history : catalog_.histories) {
      const auto known = known_fields(history, in_play);
      if (known.empty()) continue;
      objects.push_back(history.name);
      if (history.name == object) fields = known;
    }
    // What goes wrong with a message is named by its topic and method.
    for (const RpcInterface& interface : in_play.back()->rpc) {
      objects.push_back(interface.topic);
      if (interface.topic != object) continue;
      for (const RpcMethod& method : interface.methods) fields.insert(method.name);
    }
    const std::string span = scenario_.from == scenario_.to
                                 ? "at " + scenario_.from
                                 : fmt::format("from {} to {}", scenario_.from, scenario_.to);
    if (std::find(objects.begin(), objects.end(), object) == objects.end())
      fail(value,
           catalog_.history(object) != nullptr
               ? fmt::format("expect: no release knows the object {} {}", object, span)
               : fmt::format("expect: unknown object \"{}\"", object),
           did_you_mean(object, objects));
    if (dot == std::string::npos) return;
    const std::string named = name.substr(dot + 1, name.find('.', dot + 1) - dot - 1);
    if (fields.count(named) == 0)
      fail(value, fmt::format("expect: {} has no field \"{}\" {}", object, named, span),
           did_you_mean(named, std::vector<std::string>(fields.begin(), fields.end())));
  }

  // Those between the releases of the scenario, and of its steps.
  std::vector<const Release*> releases_in_play() const {
    std::vector<std::string> named = {scenario_.from, scenario_.to};
    for (const ScenarioStep& step : scenario_.steps)
      if (const std::string& release = release_of(step); !release.empty()) named.push_back(release);
    int oldest = catalog_.release(scenario_.from)->index, newest = oldest;
    for (const std::string& name : named) {
      oldest = std::min(oldest, catalog_.release(name)->index);
      newest = std::max(newest, catalog_.release(name)->index);
    }
    std::vector<const Release*> result;
    for (const Release& release : catalog_.releases)
      if (oldest <= release.index && release.index <= newest) result.push_back(&release);
    return result;
  }

  // By every name that they have there, and lists of children; empty if no release knows the class.
  std::set<std::string> known_fields(const ClassHistory& history,
                                     const std::vector<const Release*>& releases) const {
    std::set<std::string> result;
    for (const Release* release : releases) {
      const auto known = release->manifest.find(history.name);
      const ClassSpec* spec =
          known == release->manifest.end() ? nullptr : catalog_.find(history.name, known->second);
      if (spec == nullptr) continue;
      for (const FieldSpec& field : spec->fields) result.insert(field.name);
      for (const auto& [list, child] : history.children) result.insert(list);
    }
    return result;
  }

  // Whether the plan has such a step is for the planner.
  void step(const DocumentValue& value) const {
    const bool number = value.kind == ValueKind::integer || value.kind == ValueKind::number;
    if (value.kind != ValueKind::text)
      fail(value, fmt::format("expect: at: {} where the number of a step was expected", describe(value)),
           number ? fmt::format("write it in quotes: \"{}\"", value.raw) : "");
    const std::string text = value.scalar.get<std::string>();
    if (text.empty() || text.find_first_not_of("0123456789.") != std::string::npos)
      fail(value, fmt::format("expect: at: \"{}\" is not a step number", text),
           "such as \"4\" or \"4.2\": `caravan plan` shows them");
  }

  void mode(const Place& place, const std::string& key) const {
    const std::size_t first = key.find('/'), second = key.find('/', first + 1);
    const std::string access = key.substr(0, first), compat = key.substr(first + 1, second - first - 1),
                      database =
                          second == std::string::npos ? database_table[0].word : key.substr(second + 1);
    const auto one_of = [&](const char* axis, const std::string& word,
                            const std::vector<std::string>& known) {
      if (std::find(known.begin(), known.end(), word) == known.end())
        fail_at(place, fmt::format("expect: unknown {} \"{}\"", axis, word), did_you_mean(word, known));
    };
    one_of("access", access, spelt_words<Access>());
    one_of("compat", compat, spelt_words<Compatibility>());
    one_of("database", database, database_kinds());
    const std::string why = unlawful(*word_from<Access>(access), *word_from<Compatibility>(compat));
    if (!why.empty()) fail_at(place, fmt::format("expect: there is no mode {}", key), why);
  }

  Scenario& scenario_;
};

}  // namespace

void read_expectation(const DocumentValue& value, const std::string& where, const Catalog& catalog,
                      Scenario& scenario) {
  Expectation(where, catalog, scenario).check(value, "");
  scenario.expect = value.to_json();
}

}  // namespace caravan::scenarios
