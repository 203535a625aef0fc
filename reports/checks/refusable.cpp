// What the contract of an api's release, or of an older peer, has it refuse.
// Independent of nodes/data/refusals.hpp on purpose.
#include <fmt/format.h>

#include <algorithm>

#include "reports/checks/lawful_reasons.hpp"
#include "reports/facts/projection.hpp"
#include "reports/facts/values.hpp"

namespace caravan::reports {
namespace {

/// Whether the catalog says what is cast for it. No release of the run has the engine's method if its name is
/// missing; but where none is named, the catalog lists the client's methods alone.
bool is_told(const LifeSpec& life, const std::string& method) {
  return life.is_cast(method) && std::any_of(life.casts.begin(), life.casts.end(),
                                             [](const auto& entry) { return !entry.second.empty(); });
}

}  // namespace

Reason refusable(const RunFacts& c, const ClientOp& op, bool broad) {
  const std::string release = c.release_of(op);
  const auto* version = c.releases.version(release, op.object);
  if (!version) return fmt::format("{} does not know {}", release, op.object);
  const bool reads = op.method == "read" || op.method == "list";
  if (!op.writes_fields() && !reads) {
    const auto* known = c.releases.release(release);
    const auto* life = c.releases.life(op.object);
    if (!known || !life || !is_told(*life, op.method)) return std::nullopt;
    if (known->method(name(Role::engine), life->cast_for(op.method))) return std::nullopt;
    return fmt::format("engines of {} have no method for {}", release, op.method);
  }
  const auto judge_fields = [&](const auto& self, const std::string& object_name, const Json& fields,
                                int depth) -> Reason {
    const auto* known = c.releases.version(release, object_name);
    const auto* spec = known ? c.releases.spec(object_name, *known) : nullptr;
    const auto* object = c.releases.object(object_name);
    if (!spec || !object || !fields.is_object() || depth > 5) return std::nullopt;
    for (auto it = fields.begin(); it != fields.end(); ++it) {
      const auto* field = spec->field(it.key());
      if (!field)
        return fmt::format("{} {} of {} has no field {}", object_name, known->text(), release, it.key());
      const bool enforced = field->type.name == "Enum" || (it.value().is_null() && !field->default_value);
      Reason wrong = enforced || broad ? wrong_value(*field, it.value()) : std::nullopt;
      if (const auto* field_history = object->field(it.key(), *known); broad && !wrong && field_history)
        wrong = illegal_value(*field_history->contract, *known, it.value());
      if (broad && !wrong) wrong = too_long(c, release, object_name, it.key(), it.value());
      if (wrong) return fmt::format("{}.{} at {}: {}", object_name, it.key(), release, *wrong);
      if (field->type.name == "ListOfObjects" && it.value().is_array())
        for (const auto& item : it.value())
          if (auto why = self(self, field->type.object, item, depth + 1)) return why;
    }
    return std::nullopt;
  };
  if (op.method != "read") return judge_fields(judge_fields, op.object, op.fields(), 0);
  const auto* spec = c.releases.spec(op.object, *version);
  for (const auto& name : member(op.fields(), "load"))
    if (spec && name.is_string() && !spec->field(name.get<std::string>()))
      return fmt::format("{} {} has no field {} to load", op.object, version->text(),
                         name.get<std::string>());
  return std::nullopt;
}

std::string forbidden_place(const RunFacts& c, const ClientOp& op) {
  const std::string release = c.release_of(op);
  const auto* version = c.releases.version(release, op.object);
  const auto* object = c.releases.object(op.object);
  if (!version || !object) return {};
  // A field that keeps older hands off the row.
  if (const auto* row = c.database.row(*object, op.row))
    for (const auto& refusal : object->history->refusals) {
      const bool act = std::find(refusal.acts.begin(), refusal.acts.end(), op.method) != refusal.acts.end();
      const auto* field = object->by_name(refusal.field);
      if (!act || !field || !(*version < refusal.below)) continue;
      const Json value = c.database.value(*row, *field, op.invoked);
      if (!value.is_null() && value != false && !(value.is_structured() && value.empty()))
        return refusal.field;
    }
  const auto* spec = c.releases.spec(op.object, *version);
  if (spec && op.fields().is_object() && op.method != "read" && op.method != "scale")
    for (auto it = op.fields().begin(); it != op.fields().end(); ++it) {
      const auto* field = spec->field(it.key());
      if (!field || wrong_value(*field, it.value())) return it.key();
      if (const auto* field_history = object->field(it.key(), *version);
          field_history && illegal_value(*field_history->contract, *version, it.value()))
        return it.key();
    }
  return op.method;
}

Reason must_refuse(const RunFacts& c, const ClientOp& op) { return refusable(c, op, false); }

}  // namespace caravan::reports
