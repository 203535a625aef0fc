#include "reports/checks/lawful_reasons.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reports/facts/lifecycle.hpp"
#include "reports/facts/projection.hpp"
#include "reports/facts/values.hpp"

namespace caravan::reports {
namespace {

/// Why the row, with its children, cannot be told at these versions.
Reason refused_at(const RunFacts& c, const RowHistory& row, const std::string& release, const Version* stamp,
                  Event at, int depth = 0) {
  if (!row.object || depth > 5) return std::nullopt;
  const auto* known = c.releases.version(release, row.object->name);
  if (!stamp) stamp = known;
  if (!stamp) return std::nullopt;
  for (const auto& field : row.object->fields) {
    if (!exists_at(*field.contract, *stamp)) continue;
    if (field.is_children()) {
      for (const auto* item : c.database.children(row, field, at))
        if (auto why = refused_at(c, *item, release, nullptr, at, depth + 1)) return why;
      continue;
    }
    const auto seen = project(*field.contract, c.database.value(row, field, at), *stamp);
    if (seen.kind != Projected::Kind::refused) continue;
    return fmt::format("{}.{}: {}", row.object->name, field.contract->field, seen.why);
  }
  return std::nullopt;
}

}  // namespace

Reason ever_refused(const RunFacts& c, const RowHistory& row, const std::string& release,
                    const Version* stamp, Event from, Event to) {
  for (const Event at : c.database.moments(row, from, std::min(to, c.evidence.last)))
    if (auto why = refused_at(c, row, release, stamp, at)) return why;
  return std::nullopt;
}

Reason primitive_refused(const RunFacts& c, const Primitive& primitive, const Json& versions) {
  const auto* object = c.releases.object(primitive.name);
  const auto source = read_version(primitive.version);
  const auto target = read_version(text_at(versions, primitive.name.c_str()));
  if (!object || !source || !target) return std::nullopt;
  for (auto it = primitive.data->begin(); it != primitive.data->end(); ++it) {
    const auto* field = object->field(it.key(), *source);
    if (!field || !exists_at(*field->contract, *target)) continue;
    if (field->is_children() && it.value().is_array()) {
      for (const auto& item : it.value())
        if (const auto child = read_primitive(item, c.releases.prefix()))
          if (auto why = primitive_refused(c, *child, versions)) return why;
      continue;
    }
    const auto seen = project(*field->contract, it.value(), *target);
    if (seen.kind != Projected::Kind::refused) continue;
    return fmt::format("{}.{}: {}", primitive.name, it.key(), seen.why);
  }
  return std::nullopt;
}

Reason conflicts(const RunFacts& c, const ObjectHistory& object, const std::string& id, Event from,
                 Event to) {
  const auto* row = c.database.row(object, id);
  const auto value_of = [&](const std::string& column) -> Json {
    return row ? c.database.stored(*row, column, to) : Json();
  };
  for (const auto& unique : object.newest->unique)
    for (const auto& column : unique) {
      const Json mine = value_of(column);
      if (!mine.is_string()) continue;
      for (const auto* other : c.database.ever(object.table, column, mine.get<std::string>()))
        if (other != row && other->alive_within(from, to))
          return fmt::format("row {} shares {}", other->key, column);
    }
  // Somebody points here: a foreign key forbids the delete.
  for (const auto& other : c.releases.objects())
    for (const auto& field : other.fields) {
      if (field.is_children() || !field.spec->column || !field.spec->column->references) continue;
      if (field.spec->column->references->first != object.table) continue;
      for (const auto* pointing : c.database.ever(other.table, field.spec->name, id))
        if (pointing->alive_within(from, to))
          return fmt::format("{} {} refers to it", other.name, pointing->key);
    }
  for (const auto& other : c.releases.objects())
    for (const auto& field : other.fields)
      if (!field.link_table.empty() && field.child == object.name &&
          !c.database.ever(field.link_table, field.link_child, id).empty())
        return fmt::format("{} lists it", other.name);
  return std::nullopt;
}

Reason sent_conflicts(const RunFacts& c, const ObjectHistory& object, const Primitive& sent, Event from,
                      Event to) {
  for (const auto& unique : object.newest->unique)
    for (const auto& column : unique) {
      const Json* mine = sent.field(column);
      if (!mine || !mine->is_string()) continue;
      for (const auto* other : c.database.ever(object.table, column, mine->get<std::string>()))
        if (other->key != sent.id() && other->alive_within(from, to))
          return fmt::format("row {} has the same {}", other->key, column);
    }
  for (const auto& field : object.fields) {
    if (field.is_children() || !field.spec->column || !field.spec->column->references) continue;
    const Json* points = sent.field(field.contract->field);
    if (!points || !points->is_string()) continue;
    const auto* target = c.database.row(field.spec->column->references->first, points->get<std::string>());
    if (!target || target->gone_within(from, to))
      return fmt::format("{} names a row that is gone", field.contract->field);
  }
  return std::nullopt;
}

Reason unlawful_step(const RunFacts& c, const ObjectHistory& object, const std::string& id,
                     const Json& sent_status, Event from, Event to) {
  const auto* row = c.database.row(object, id);
  if (!row || !sent_status.is_string()) return std::nullopt;
  const auto* field = object.status_field();
  if (!field) return std::nullopt;
  const auto& life = *object.life();
  for (const Event at : c.database.moments(*row, *field, from, std::min(to, c.evidence.last))) {
    const std::string now = status_in(life, c.database.value(*row, *field, at));
    // What is being deleted stays so: what follows is refused, whatever the table has for any state.
    if (!now.empty() &&
        (now == life.deleting || !is_lawful_step(c.releases, life, now, sent_status.get<std::string>())))
      return fmt::format("it was {}", now);
  }
  return std::nullopt;
}

Reason not_taken(const RunFacts& c, const ObjectHistory& object, const std::string& id,
                 const std::string& method, Event from, Event to) {
  const auto* row = c.database.row(object, id);
  const auto* field = row ? object.status_field() : nullptr;
  if (!field) return std::nullopt;
  for (const Event at : c.database.moments(*row, *field, from, std::min(to, c.evidence.last))) {
    const std::string now = status_in(*object.life(), c.database.value(*row, *field, at));
    if (!now.empty() && !object.life()->takes(method, now)) return fmt::format("it was {}", now);
  }
  return std::nullopt;
}

bool may_refuse_act(const RunFacts& c, const std::string& name, const Json* versions,
                    const std::string& label) {
  const auto* object = c.releases.object(name);
  if (!object || !object->history) return false;
  if (const auto known = read_version(versions ? text_at(*versions, name.c_str()) : label))
    for (const Refusal& refusal : object->history->refusals)
      if (*known < refusal.below) return true;
  const auto& children = object->history->children;
  return versions && std::any_of(children.begin(), children.end(), [&](const auto& child) {
           return may_refuse_act(c, child.second, versions, label);
         });
}

bool owner_ended(const RunFacts& c, const ObjectHistory& object, const Primitive& sent, Event from,
                 Event to) {
  for (const auto& consequence : c.releases.newest().consequences) {
    const auto* owner_class = c.releases.object(consequence.on_object);
    const Json* id = sent.field(consequence.key);
    if (consequence.object != object.name || consequence.effect != "destroy" || consequence.on_when.empty() ||
        !owner_class || !id || !id->is_string())
      continue;
    const auto* owner = c.database.row(*owner_class, id->get<std::string>());
    const auto ended = [&](const Refusal::Condition& condition) {
      const auto* field = owner_class->by_name(condition.field);
      if (!owner || !field || condition.op != "true") return false;
      const auto moments = c.database.moments(*owner, *field, from, std::min(to, c.evidence.last));
      return std::any_of(moments.begin(), moments.end(),
                         [&](Event at) { return c.database.value(*owner, *field, at) == true; });
    };
    if (std::all_of(consequence.on_when.begin(), consequence.on_when.end(), ended)) return true;
  }
  return false;
}

bool locked_out(const RunFacts& c, Event from, Event to) {
  const auto holds = [&](const Incarnation& one) {
    return c.evidence.opens_database(one) && c.evidence.was_paused(one.node, from, to);
  };
  const auto migrates = [&](const StepSpan& step) {
    return step.as<step::Migrate>() && step.begin <= to && from <= step.end;
  };
  return std::any_of(c.evidence.incarnations.begin(), c.evidence.incarnations.end(), holds) ||
         std::any_of(c.evidence.steps.begin(), c.evidence.steps.end(), migrates);
}

}  // namespace caravan::reports
