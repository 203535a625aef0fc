// One value against field and contract of one version.
#include "reports/lint/value.hpp"

#include <algorithm>
#include <set>

#include "reports/lint/facts.hpp"

namespace caravan::lint {
namespace {

Reason wrong_deeply(const FieldSpec& spec, const Json& value) {
  auto wrong = wrong_value(spec, value);
  if (wrong || !spec.type.element || value.is_null()) return wrong;
  for (const auto& item : value)
    if (auto inside = wrong_deeply(*spec.type.element, item)) return inside;
  return std::nullopt;
}

}  // namespace

bool same_type(const FieldSpec& a, const FieldSpec& b) {
  if (a.type.name != b.type.name || a.type.object != b.type.object) return false;
  if (static_cast<bool>(a.type.element) != static_cast<bool>(b.type.element)) return false;
  return !a.type.element || same_type(*a.type.element, *b.type.element);
}

bool sets_enough(const LintObject& object, std::size_t version, const Json& data, bool all) {
  const auto& fields = object.specs[version].fields;
  return std::all_of(fields.begin(), fields.end(), [&](const FieldSpec& field) {
    return data.contains(field.name) || (field.nullable && !all) || !held_classes(field).empty();
  });
}

std::optional<Misfit> misfit(const LintObject& object, const FieldSpec& spec, std::size_t version,
                             const Json& value) {
  if (auto wrong = wrong_deeply(spec, value)) {
    const bool closed = spec.type.values.is_array() && value.is_string();
    const bool time = spec.type.name == "DateTime" && value.is_string();
    return Misfit{value.is_null() ? "null-not-allowed"
                  : closed        ? "unknown-value"
                  : time          ? "time-without-zone"
                                  : "wrong-type",
                  std::move(*wrong)};
  }
  const auto* promised = object.field(spec.name, version);
  if (promised == nullptr || promised->derived) return std::nullopt;
  auto wrong = illegal_value(promised->contract, object.versions[version], value);
  if (!wrong) return std::nullopt;
  const auto& limits = promised->contract.limits;
  const bool length = std::any_of(limits.begin(), limits.end(), [&](const Contract::Limit& limit) {
    return limit.length && object.versions[version] < limit.below && value.is_string() &&
           wrong->find(" characters") != std::string::npos;
  });
  return Misfit{length ? "too-long" : "unknown-value", std::move(*wrong)};
}

Json reading_from(const Promised& promised, std::size_t from, std::size_t to, const Json& value) {
  Json out = value;
  const auto& older = promised.known_at[from].forward;  // what it knew already does not apply
  for (const auto& forward : promised.known_at[to].forward) {
    const bool before = std::any_of(older.begin(), older.end(),
                                    [&](const Contract::SeenAs& one) { return one.below == forward.below; });
    const auto part = part_at(out, forward.path);
    if (!before && part && same(*part, forward.value)) put_part(out, forward.path, forward.as);
  }
  return out;
}

Projected expected(const LintObject& object, const Promised& promised, std::size_t from, std::size_t to,
                   const Json& value) {
  if (from > to) {
    auto out = project(promised.known_at[from], value, object.versions[to]);
    out.name = promised.names[to];
    return out;
  }
  Projected out;
  out.name = promised.names[to];
  out.value = reading_from(promised, from, to, value);
  return out;
}

std::vector<std::string> paths_of(const Contract& contract) {
  std::set<std::string, std::greater<>> paths{""};
  for (const auto& legal : contract.legal) paths.insert(legal.path);
  for (const auto& limit : contract.limits) paths.insert(limit.path);
  for (const auto& seen : contract.seen_as) paths.insert(seen.path);
  for (const auto& forward : contract.forward) paths.insert(forward.path);
  return {paths.begin(), paths.end()};
}

void leave_out(Json& value, const std::string& path) {
  if (path != ":scheme") return put_part(value, path, Json());
  if (!value.is_string()) return;
  const auto text = value.get<std::string>();
  const auto at = text.find("://");
  if (at != std::string::npos) value = text.substr(at + 3);
}

}  // namespace caravan::lint
