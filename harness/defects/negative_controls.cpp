// Benign twins: changes that look like a defect and are right. They edit promise and code alike.
#include <fmt/format.h>

#include <algorithm>

#include "harness/defects/plant_edits.hpp"
#include "objects/base/lookup.hpp"

namespace caravan::harness {
namespace {

Rule rule_of(const Version& below, const std::string& op, const std::string& field) {
  Rule rule;
  rule.below = below;
  rule.op = op;
  rule.field = field;
  rule.args = Json{{"below", below.text()}, {"op", op}, {"field", field}};
  return rule;
}

/// A nullable Integer that the versions from `since` on have, with its promise and its removal step.
void add_field(Catalog& code, const std::string& object, const Version& since, const std::string& name) {
  FieldSpec field;
  field.name = name;
  field.type.name = "Integer";
  field.nullable = true;
  for (auto& spec : code.classes) {
    if (spec.name != object || spec.version < since) continue;
    spec.fields.push_back(field);
    if (!spec.compat) spec.compat.emplace();
    spec.compat->rules.insert(spec.compat->rules.begin(), rule_of(since, "remove", name));
  }
  Contract contract;
  contract.field = name;
  contract.since = since;
  contract.absent_means = Json(0);
  contract.lost_below = since;
  find_named(code.histories, object)->contracts.push_back(contract);
}

/// The first object that got a new version after `from`.
std::string bumped_object(const PlantGround& ground) {
  for (const auto* history : plant_order(ground))
    if (!newer_classes(ground, history->name).empty()) return history->name;
  return {};
}

}  // namespace

std::string add_field_properly(PlantGround ground) {
  const auto object = bumped_object(ground);
  if (object.empty()) return {};
  const auto since = *first_newer_version(ground, object);
  add_field(ground.code, object, since, "priority");
  for (auto* spec : newer_classes(ground, object)) {
    auto rule = rule_of(since, "set_default", "priority");
    rule.args["value"] = 0;
    spec->forward.insert(spec->forward.begin(), rule);
  }
  return fmt::format("{} {} has a field priority, removed below it and filled with 0 when it comes back",
                     object, since.text());
}

std::string add_lossy_field(PlantGround ground) {
  const auto object = bumped_object(ground);
  if (object.empty()) return {};
  const auto since = *first_newer_version(ground, object);
  add_field(ground.code, object, since, "hint");
  return fmt::format("{} {} has a field hint that is declared as lost below it", object, since.text());
}

std::string refuse_new_value(PlantGround ground) {
  for (const auto* history : plant_order(ground)) {
    const auto newer = newer_classes(ground, history->name);
    if (newer.empty()) continue;
    const auto since = *first_newer_version(ground, history->name);
    for (auto& contract : find_named(ground.code.histories, history->name)->contracts) {
      std::vector<FieldSpec*> fields;
      for (auto* spec : newer)
        for (auto& field : spec->fields)
          if (field.name == contract.field && field.type.name == "Enum") fields.push_back(&field);
      if (fields.size() != newer.size()) continue;
      const Json value = "quantum";
      for (auto* field : fields) field->type.values.push_back(value);
      for (auto* spec : newer) {
        auto rule = rule_of(since, "reject_value", contract.field);
        rule.args["values"] = Json::array({value});
        if (!spec->compat) spec->compat.emplace();
        spec->compat->rules.insert(spec->compat->rules.begin(), rule);
      }
      Contract::Limit limit;
      limit.below = since;
      limit.values = {value};
      contract.limits.insert(contract.limits.begin(), limit);
      // A closed set of that version, with what it writes now.
      auto at = std::find_if(contract.legal.begin(), contract.legal.end(), [&](const Contract::Legal& legal) {
        return legal.path.empty() && !(legal.since < since);
      });
      if (at == contract.legal.end() || at->since != since) {
        Contract::Legal legal;
        for (const auto& earlier : contract.legal)
          if (earlier.path.empty() && earlier.since < since) legal = earlier;
        legal.since = since;
        contract.legal.insert(at, legal);
      }
      for (auto& legal : contract.legal)
        if (legal.path.empty() && !(legal.since < since)) legal.values.push_back(value);
      return fmt::format("{}.{} can be {} since {}, and is refused below", history->name, contract.field,
                         value.dump(), since.text());
    }
  }
  return {};
}

std::string bump_patch_level(PlantGround ground) {
  for (const auto* history : plant_order(ground)) {
    // A version that two releases in a row have: the second one gets the patch.
    for (std::size_t i = 1; i < ground.code.releases.size(); ++i) {
      const auto& before = ground.code.releases[i - 1];
      const auto then = before.manifest.find(history->name);
      const auto now = ground.code.releases[i].manifest.find(history->name);
      if (before.index < ground.from.index || then == before.manifest.end() || then->second != now->second)
        continue;
      const auto old = then->second;
      const Version patched(old.text() + ".1");
      const auto at =
          std::find_if(ground.code.classes.begin(), ground.code.classes.end(),
                       [&](const ClassSpec& s) { return s.name == history->name && s.version == old; });
      ClassSpec spec = *at;
      spec.version = patched;
      ground.code.classes.insert(at + 1, spec);
      for (auto& release : ground.code.releases) {
        const auto entry = release.manifest.find(history->name);
        if (release.index > before.index && entry != release.manifest.end() && entry->second == old)
          entry->second = patched;
      }
      auto& versions = find_named(ground.code.histories, history->name)->versions;
      const auto place = std::find_if(versions.begin(), versions.end(),
                                      [&patched](const auto& one) { return patched < one.first; });
      versions.insert(place, {patched, ground.code.releases[i].name});
      return fmt::format("{} {} follows {} in {}, with nothing else changed", history->name, patched.text(),
                         old.text(), ground.code.releases[i].name);
    }
  }
  return {};
}

std::string reorder(PlantGround ground) {
  if (ground.code.releases.size() != 1 || ground.code.releases.front().index <= ground.from.index) return {};
  for (auto& spec : ground.code.classes) {
    std::reverse(spec.fields.begin(), spec.fields.end());
    for (auto& field : spec.fields) std::reverse(field.type.values.begin(), field.type.values.end());
  }
  return "fields and enum values of releases after " + ground.from.name + " are in another order";
}

std::string add_optional_argument(PlantGround ground) {
  for (const auto& first : ground.code.releases) {
    if (first.index <= ground.from.index) continue;
    for (const auto& interface : first.rpc) {
      const auto same = [&](const RpcInterface& one) { return one.topic == interface.topic; };
      const auto old = std::find_if(ground.from.rpc.begin(), ground.from.rpc.end(), same);
      if (old == ground.from.rpc.end() || !(old->version < interface.version) || interface.methods.empty())
        continue;
      const auto version = interface.version;
      const auto topic = interface.topic, method = interface.methods.front().name;
      RpcArg arg;
      arg.name = "trace";
      arg.default_value = Json();
      arg.since = version;
      for (auto& release : ground.code.releases)
        for (auto& one : release.rpc)
          for (auto& candidate : one.methods)
            if (one.topic == topic && !(one.version < version) && candidate.name == method)
              candidate.args.push_back(arg);
      return fmt::format("{} of topic {} takes trace=null since {}", method, topic, version.text());
    }
  }
  return {};
}

std::string bump_child_alone(PlantGround ground) {
  for (const auto* history : plant_order(ground)) {
    for (const auto& child : history->children) {
      // Two releases in a row that agree on parent and child: the child moves in the second.
      for (std::size_t i = ground.code.releases.size() - 1; i > 0; --i) {
        const auto& before = ground.code.releases[i - 1];
        const auto& after = ground.code.releases[i];
        const auto same = [&](const std::string& object) {
          const auto a = before.manifest.find(object), b = after.manifest.find(object);
          return a != before.manifest.end() && b != after.manifest.end() && a->second == b->second;
        };
        if (before.index < ground.from.index || !same(history->name) || !same(child.second)) continue;
        const auto old = before.manifest.at(child.second);
        if (ground.whole.history(child.second)->versions.back().first != old) continue;
        const Version bumped(fmt::format("{}.{}", old.major(), old.parts().at(1) + 1));
        ClassSpec spec = *ground.whole.find(child.second, old);
        spec.version = bumped;
        const auto at =
            std::find_if(ground.code.classes.begin(), ground.code.classes.end(),
                         [&](const ClassSpec& s) { return s.name == child.second && s.version == old; });
        ground.code.classes.insert(at + 1, spec);
        const auto name = after.name;
        for (auto& release : ground.code.releases)
          if (release.index > before.index) release.manifest[child.second] = bumped;
        find_named(ground.code.histories, child.second)->versions.emplace_back(bumped, name);
        add_field(ground.code, child.second, bumped, "weight");
        return fmt::format("{} {} comes with {} and {} stays as it is", child.second, bumped.text(), name,
                           history->name);
      }
    }
  }
  return {};
}

}  // namespace caravan::harness
