// Defects in what a version or a release is: F05, F08, F09, F11.
#include <fmt/format.h>

#include <algorithm>

#include "harness/defects/plant_edits.hpp"

namespace caravan::harness {
namespace {

/// The field as both the older nodes' version and the first newer one have it.
const FieldSpec* common_field(const PlantGround& ground, const std::string& object,
                              bool (*wanted)(const FieldSpec&)) {
  const auto* known = older_version(ground, object);
  const auto* next = first_newer_version(ground, object);
  if (known == nullptr || next == nullptr) return nullptr;
  const auto* before = ground.whole.find(object, *known);
  const auto* after = ground.whole.find(object, *next);
  if (before == nullptr || after == nullptr) return nullptr;
  for (const auto& field : before->fields) {
    const bool key = field.column && (field.column->primary_key || field.column->references);
    const bool stays = std::any_of(after->fields.begin(), after->fields.end(),
                                   [&field](const FieldSpec& other) { return other.name == field.name; });
    if (!key && stays && wanted(field)) return &field;
  }
  return nullptr;
}

/// Edits that field in every newer class.
template <class Edit>
void edit_field(const PlantGround& ground, const std::string& object, const std::string& name, Edit edit) {
  for (auto* spec : newer_classes(ground, object))
    for (auto& field : spec->fields)
      if (field.name == name) edit(field);
}

}  // namespace

std::string forget_child_in_manifest(PlantGround ground) {
  for (const auto* history : plant_order(ground)) {
    if (older_version(ground, history->name) == nullptr) continue;
    for (const auto& child : history->children) {
      if (older_version(ground, child.second) == nullptr || newer_classes(ground, child.second).empty())
        continue;
      for (auto& release : ground.code.releases)
        if (release.name == ground.from.name && release.manifest.erase(child.second) != 0)
          return fmt::format("the manifest of {} lacks {}, a child of {}", release.name, child.second,
                             history->name);
    }
  }
  return {};
}

std::string add_field_without_bump(PlantGround ground) {
  if (ground.code.releases.size() != 1 || ground.code.releases.front().index <= ground.from.index) return {};
  const auto& release = ground.code.releases.front();
  for (const auto& history : ground.whole.histories) {
    const auto* known = older_version(ground, history.name);
    const auto now = release.manifest.find(history.name);
    if (known == nullptr || now == release.manifest.end() || now->second != *known) continue;
    // An object of one version shows it in every newer release.
    if (history.versions.back().first != *known) continue;
    for (auto& spec : ground.code.classes) {
      if (spec.name != history.name || spec.version != *known) continue;
      FieldSpec field;
      field.name = "severity";
      field.type.name = "String";
      field.nullable = true;
      spec.fields.push_back(field);
      return fmt::format("{} {} has a field {} in releases after {}, none before", history.name,
                         known->text(), field.name, ground.from.name);
    }
  }
  return {};
}

std::string change_type(PlantGround ground) {
  for (const auto* history : plant_order(ground)) {
    const auto* field =
        common_field(ground, history->name, [](const FieldSpec& one) { return one.type.name == "Integer"; });
    if (field == nullptr) continue;
    const auto name = field->name;
    edit_field(ground, history->name, name, [](FieldSpec& one) { one.type.name = "String"; });
    return fmt::format("{}.{} is an Integer until {} and a String since, no step casts it back",
                       history->name, name, older_version(ground, history->name)->text());
  }
  return {};
}

std::string allow_null(PlantGround ground) {
  for (const auto* history : plant_order(ground)) {
    const auto* field = common_field(ground, history->name, [](const FieldSpec& one) {
      return !one.nullable && (one.type.name == "String" || one.type.name == "Integer");
    });
    if (field == nullptr) continue;
    const auto name = field->name;
    edit_field(ground, history->name, name, [](FieldSpec& one) {
      one.nullable = true;
      if (one.column) one.column->nullable = true;
    });
    return fmt::format("{}.{} is nullable in versions after {}, no step fills it for older receivers",
                       history->name, name, older_version(ground, history->name)->text());
  }
  return {};
}

}  // namespace caravan::harness
