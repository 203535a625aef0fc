// The service records of a run.
#include "reports/facts/services.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reports/facts/values.hpp"

namespace caravan::reports {
namespace {

std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : ""; }

/// The first class or field of these that the cap does not know.
Reason beyond(const RunFacts& c, const ServiceRecord& api, const std::string& object, const Json& fields,
              int depth) {
  const Json& caps = member(member(api.report, "caps"), "objects");
  if (!caps.is_object() || caps.empty()) return std::nullopt;
  const auto cap = api.object_cap(object);
  if (!cap) return fmt::format("the cap of {} knows no {}", api.node, object);
  const auto* spec = c.releases.spec(object, *cap);
  if (!spec || !fields.is_object() || depth > 5) return std::nullopt;
  for (auto it = fields.begin(); it != fields.end(); ++it) {
    const auto* field = spec->field(it.key());
    if (!field)
      return fmt::format("{} is capped at {} {}, which has no field {}", api.node, object, cap->text(),
                         it.key());
    if (field->type.name != "ListOfObjects" || !it.value().is_array()) continue;
    for (const auto& item : it.value())
      if (auto inside = beyond(c, api, field->type.object, item, depth + 1)) return inside;
  }
  return std::nullopt;
}

/// The fields that the operation names: values, equalities of a list, what a read loads lazily.
Json named_fields(const ClientOp& op) {
  if (op.writes_fields() || op.method == "list") return op.fields();
  Json out = Json::object();
  if (op.method == "read")
    for (const auto& name : member(op.fields(), "load"))
      if (name.is_string()) out[name.get<std::string>()] = nullptr;
  return out;
}

}  // namespace

std::optional<Version> ServiceRecord::object_cap(const std::string& object) const {
  return read_version(text_at(member(member(report, "caps"), "objects"), object.c_str()));
}
std::optional<Version> ServiceRecord::rpc_cap(const std::string& topic) const {
  return read_version(text_at(member(member(report, "caps"), "rpc"), topic.c_str()));
}

std::optional<ServiceRecord> record_at(const RunFacts& c, const std::string& node, Event at) {
  const auto* row = c.database.row(services_table, node);
  if (!row || !row->alive(at)) return std::nullopt;
  ServiceRecord out;
  out.node = node;
  out.role = text_of(c.database.stored(*row, "role", at));
  out.release = text_of(c.database.stored(*row, "release_name", at));
  out.report = Json::parse(text_of(c.database.stored(*row, "report", at)), nullptr, false);
  if (out.report.is_discarded()) out.report = Json::object();
  const auto after = std::upper_bound(row->events.begin(), row->events.end(), at);
  out.written = after == row->events.begin() ? 0 : *std::prev(after);
  return out;
}

std::vector<ServiceRecord> records_at(const RunFacts& c, Event at) {
  std::vector<ServiceRecord> out;
  for (auto it = c.database.rows().lower_bound({services_table, ""});
       it != c.database.rows().end() && it->first.first == services_table; ++it)
    if (auto record = record_at(c, it->first.second, at)) out.push_back(std::move(*record));
  return out;
}

Reason above_cap(const RunFacts& c, const ClientOp& op) {
  if (c.evidence.compat() != Compatibility::pin) return std::nullopt;
  // The cap may have been renewed while the operation was under way, or just before and be on record only
  // with the next message: either of them will do.
  const Event ended = std::min(op.ended, c.evidence.last);
  std::vector<Event> moments{op.invoked, ended};
  if (const auto* row = c.database.row(services_table, op.via)) {
    const auto next = std::upper_bound(row->events.begin(), row->events.end(), ended);
    for (auto it = next; it != row->events.end() && it - next < 4; ++it) moments.push_back(*it);
  }
  for (const Event at : moments) {
    const auto api = record_at(c, op.via, at);
    if (!api) continue;
    if (auto why = beyond(c, *api, op.object, named_fields(op), 0)) return why;
  }
  return std::nullopt;
}

}  // namespace caravan::reports
