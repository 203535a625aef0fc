#include "harness/defects/plant_edits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "objects/catalog/describe.hpp"

namespace caravan::harness {
namespace {

/// A field that came with the first version after `from` and that a remove rule takes away again.
struct Removal {
  std::string object, field;
};

std::vector<Removal> removals(const PlantGround& ground) {
  std::vector<Removal> out;
  for (const auto* history : plant_order(ground)) {
    const auto* first = first_newer_version(ground, history->name);
    if (first == nullptr) continue;
    for (const auto& contract : history->contracts) {
      if (!contract.since || *contract.since != *first || contract.was_called) continue;
      for (const auto* spec : newer_classes(ground, history->name)) {
        const auto& rules = spec->compat ? spec->compat->rules : std::vector<Rule>();
        const bool removed = std::any_of(rules.begin(), rules.end(), [&](const Rule& rule) {
          return rule.op == "remove" && rule.field == contract.field;
        });
        if (!removed) continue;
        out.push_back({history->name, contract.field});
        break;
      }
    }
  }
  return out;
}

std::string told(const PlantGround& ground, const std::string& object, const std::string& what) {
  return fmt::format("{} of releases after {}: {}", object, ground.from.name, what);
}

/// Edits the rules of an object's newer classes that `chosen` picks; false if there was none.
bool edit_rules(const PlantGround& ground, const std::string& object,
                const std::function<bool(const Rule&)>& chosen, const std::function<void(Rule&)>& edit) {
  bool done = false;
  for (auto* spec : newer_classes(ground, object)) {
    if (!spec->compat) continue;
    for (auto& rule : spec->compat->rules) {
      if (!chosen(rule)) continue;
      edit(rule);
      done = true;
    }
  }
  return done;
}

bool drop_rules(const PlantGround& ground, const std::string& object,
                const std::function<bool(const Rule&)>& chosen) {
  bool done = false;
  for (auto* spec : newer_classes(ground, object)) {
    if (!spec->compat) continue;
    auto& rules = spec->compat->rules;
    const auto kept = std::remove_if(rules.begin(), rules.end(), chosen);
    done = done || kept != rules.end();
    rules.erase(kept, rules.end());
  }
  return done;
}

std::function<bool(const Rule&)> removal_of(const std::string& field) {
  return [field](const Rule& rule) { return rule.op == "remove" && rule.field == field; };
}

/// Different defects sit in different fields where there are enough.
const Removal* pick(const std::vector<Removal>& all, std::size_t index) {
  return all.empty() ? nullptr : &all[std::min(index, all.size() - 1)];
}

}  // namespace

std::vector<const ClassHistory*> plant_order(const PlantGround& ground) {
  std::vector<const ClassHistory*> order;
  for (const auto& history : ground.whole.histories) order.push_back(&history);
  return order;
}

const Version* older_version(const PlantGround& ground, const std::string& object) {
  const auto known = ground.from.manifest.find(object);
  return known == ground.from.manifest.end() ? nullptr : &known->second;
}

const Version* first_newer_version(const PlantGround& ground, const std::string& object) {
  const auto* known = older_version(ground, object);
  const auto* history = ground.whole.history(object);
  if (known == nullptr || history == nullptr) return nullptr;
  for (const auto& entry : history->versions)
    if (*known < entry.first) return &entry.first;
  return nullptr;
}

std::vector<ClassSpec*> newer_classes(const PlantGround& ground, const std::string& object) {
  std::vector<ClassSpec*> out;
  const auto* known = older_version(ground, object);
  for (auto& spec : ground.code.classes)
    if (spec.name == object && known != nullptr && *known < spec.version) out.push_back(&spec);
  return out;
}

std::string leak_a_field(PlantGround ground) {
  const auto all = removals(ground);
  const auto* one = pick(all, 0);
  if (one == nullptr || !drop_rules(ground, one->object, removal_of(one->field))) return {};
  return told(ground, one->object, "the step that removes " + one->field + " is gone");
}

std::string lower_a_threshold(PlantGround ground) {
  const auto all = removals(ground);
  const auto* one = pick(all, 1);
  if (one == nullptr) return {};
  const auto& versions = ground.whole.history(one->object)->versions;
  std::string done;
  edit_rules(ground, one->object, removal_of(one->field), [&](Rule& rule) {
    const auto at = std::find_if(versions.begin(), versions.end(),
                                 [&rule](const auto& entry) { return entry.first == rule.below; });
    if (at == versions.end() || at == versions.begin()) return;
    const auto right = rule.below;
    rule.below = std::prev(at)->first;
    rule.args["below"] = rule.below.text();
    done =
        fmt::format("{} is removed below {}, it came with {}", one->field, rule.below.text(), right.text());
  });
  return done.empty() ? done : told(ground, one->object, done);
}

std::string guard_on_wrong_name(PlantGround ground) {
  const auto all = removals(ground);
  const auto* one = pick(all, 2);
  if (one == nullptr) return {};
  const auto wrong = "x_" + one->field;
  const bool done = edit_rules(ground, one->object, removal_of(one->field),
                               [&wrong](Rule& rule) { rule.args["if_set"] = wrong; });
  return done ? told(ground, one->object, fmt::format("{} is removed if {} is there", one->field, wrong))
              : "";
}

std::string swallow_children(PlantGround ground) {
  for (const auto* history : plant_order(ground)) {
    const auto newer = newer_classes(ground, history->name);
    const bool parent = std::any_of(newer.begin(), newer.end(), [&](const ClassSpec* spec) {
      return std::any_of(spec->fields.begin(), spec->fields.end(), [&](const FieldSpec& field) {
        return !field.type.object.empty() && !newer_classes(ground, field.type.object).empty();
      });
    });
    if (!parent) continue;
    // One method of one class in the newer code, whatever version a primitive has.
    for (auto& spec : ground.code.classes) {
      if (spec.name != history->name) continue;
      if (!spec.compat) spec.compat.emplace();
      spec.compat->super = "none";
    }
    return told(ground, history->name,
                "its conversion does not call the inherited one, so children stay new");
  }
  return {};
}

std::string leave_value_unguarded(PlantGround ground) {
  for (const auto* history : plant_order(ground)) {
    const auto* first = first_newer_version(ground, history->name);
    if (first == nullptr) continue;
    for (const auto& contract : history->contracts) {
      for (const auto& seen : contract.seen_as) {
        if (seen.below != *first) continue;
        const auto place = place_in_field(contract.field, seen.path);
        const bool done = drop_rules(ground, history->name, [&](const Rule& rule) {
          return rule.op == "map_value" && rule.field == place && rule.below == seen.below;
        });
        if (done)
          return told(ground, history->name,
                      fmt::format("{} {} goes to older receivers as it is", place, seen.value.dump()));
      }
    }
  }
  return {};
}

std::string rename_half_done(PlantGround ground) {
  for (const auto* history : plant_order(ground)) {
    std::string done;
    edit_rules(
        ground, history->name,
        [&](const Rule& rule) {
          return rule.op == "rename" && *older_version(ground, history->name) < rule.below;
        },
        [&](Rule& rule) {
          const auto was = rule.args.at("to").get<std::string>();
          rule.op = "remove";
          rule.args = Json{{"below", rule.below.text()}, {"op", "remove"}, {"field", rule.field}};
          done = fmt::format("{} is removed for older receivers and {} is not put back", rule.field, was);
        });
    if (!done.empty()) return told(ground, history->name, done);
  }
  return {};
}

std::string stumble_when_unset(PlantGround ground) {
  const auto all = removals(ground);
  const auto* one = pick(all, 3);
  if (one == nullptr) return {};
  const bool done = edit_rules(ground, one->object, removal_of(one->field),
                               [](Rule& rule) { rule.args["unguarded"] = true; });
  return done ? told(ground, one->object,
                     fmt::format("the step reads {} whether it is set or not", one->field))
              : "";
}

std::string strip_time_zone(PlantGround ground) {
  for (const auto* history : plant_order(ground)) {
    const auto* first = first_newer_version(ground, history->name);
    std::string done;
    for (auto* spec : newer_classes(ground, history->name)) {
      const auto time = std::find_if(spec->fields.begin(), spec->fields.end(), [](const FieldSpec& field) {
        return field.type.name == "DateTime" && field.type.tzinfo_aware;
      });
      if (time == spec->fields.end() || !spec->compat) continue;
      Rule rule;
      rule.below = *first;
      rule.op = "strip_zone";
      rule.field = time->name;
      rule.args = Json{{"below", rule.below.text()}, {"op", rule.op}, {"field", rule.field}};
      spec->compat->rules.insert(spec->compat->rules.begin(), rule);
      done = time->name + " loses its time zone on the way to older receivers";
    }
    if (!done.empty()) return told(ground, history->name, done);
  }
  return {};
}

}  // namespace caravan::harness
