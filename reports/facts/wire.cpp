// Primitives in messages: where they are, whether a release can know them, whether the receiver turned them
// down.
#include "reports/facts/wire.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "objects/base/text.hpp"
#include "reports/facts/values.hpp"

namespace caravan::reports {
namespace {

void collect(const Json& json, const std::string& path, const std::string& prefix, std::vector<Found>& out,
             int depth) {
  if (depth > 60) return;
  if (auto primitive = read_primitive(json, prefix)) {
    out.push_back(Found{path, std::move(*primitive)});
  } else if (json.is_object()) {
    for (auto it = json.begin(); it != json.end(); ++it)
      collect(it.value(), path + "." + it.key(), prefix, out, depth + 1);
  } else if (json.is_array()) {
    for (std::size_t i = 0; i < json.size(); ++i)
      collect(json[i], fmt::format("{}[{}]", path, i), prefix, out, depth + 1);
  }
}

bool is_datetime(const std::string& text) {
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
      text[16] != ':')
    return false;
  for (const std::size_t i : {0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18})
    if (text[i] < '0' || text[i] > '9') return false;
  return text.back() == 'Z' || text.find_last_of("+-") > 18;
}

}  // namespace

std::vector<Found> primitives_in(const Message& message, const std::string& prefix) {
  std::vector<Found> out;
  if (message.kind == "request") return out;
  collect(message.args(), "args", prefix, out, 0);
  if (message.is_reply()) collect(message.result(), "result", prefix, out, 0);
  return out;
}

Reason too_new(const ReleaseModel& releases, const Primitive& primitive, const std::string& release) {
  const auto* known = releases.version(release, primitive.name);
  const auto stamp = read_version(primitive.version);
  if (!known)
    return fmt::format("{} {}, but {} does not know the object", primitive.name, primitive.version, release);
  if (!stamp) return fmt::format("{} has the stamp \"{}\"", primitive.name, primitive.version);
  if (*known < *stamp || known->major() != stamp->major())
    return fmt::format("{} {}, but {} knows {}", primitive.name, primitive.version, release, known->text());
  for (auto it = primitive.data->begin(); it != primitive.data->end(); ++it) {
    std::vector<Found> inside;
    collect(it.value(), it.key(), releases.prefix(), inside, 0);
    for (const auto& child : inside)
      if (auto wrong = too_new(releases, child.primitive, release)) return wrong;
  }
  return std::nullopt;
}

const Message* refused_by(const RunFacts& c, const Message& message, const Delivery& delivery,
                          const Primitive& primitive) {
  const auto& evidence = c.evidence;
  // What was caused by the message itself first; a reply is handled under the message that its question was
  // for.
  const auto is_it = [&](const Message& other) {
    if (other.kind != "call" || other.method != "object_backport_versions" || other.from != delivery.receiver)
      return false;
    if (other.sent < delivery.event) return false;
    const auto asked = read_primitive(member(other.args(), "objinst"), c.releases.prefix());
    return asked && asked->name == primitive.name && asked->version == primitive.version &&
           asked->id() == primitive.id() && same(*asked->data, *primitive.data);
  };
  for (const int index : message.caused)
    if (is_it(evidence.messages[static_cast<std::size_t>(index)]))
      return &evidence.messages[static_cast<std::size_t>(index)];
  if (!message.is_reply() || message.answers < 0) return nullptr;
  const auto& question = evidence.messages[static_cast<std::size_t>(message.answers)];
  const auto root = evidence.message_by_id.find(question.cause);
  if (root == evidence.message_by_id.end()) return nullptr;
  for (const int index : evidence.messages[static_cast<std::size_t>(root->second)].caused)
    if (is_it(evidence.messages[static_cast<std::size_t>(index)]))
      return &evidence.messages[static_cast<std::size_t>(index)];
  return nullptr;
}

Reason wrong_value(const FieldSpec& spec, const Json& wire) {
  if (wire.is_null()) return spec.nullable ? std::nullopt : Reason("null in a field that is not nullable");
  const std::string& type = spec.type.name;
  const auto must = [&](bool fits, const char* what) {
    return fits ? std::nullopt : Reason(fmt::format("{} is not of type {}", shown(wire, 40), what));
  };
  if (type == "String" || type == "SensitiveString" || type == "UUID" || type == "MACAddress" ||
      type.substr(0, 2) == "IP")
    return must(wire.is_string(), "String");
  if (type == "Integer" || type == "NonNegativeInteger") return must(wire.is_number_integer(), "Integer");
  if (type == "Float" || type == "NonNegativeFloat") return must(wire.is_number(), "Float");
  if (type == "Boolean" || type == "FlexibleBoolean") return must(wire.is_boolean(), "Boolean");
  if (type == "DateTime")
    return must(wire.is_string() && is_datetime(wire.get_ref<const std::string&>()),
                "DateTime (YYYY-MM-DDTHH:MM:SSZ)");
  if (type == "Enum" || type == "StateMachine") {
    if (!wire.is_string()) return must(false, "text");
    const auto& legal = spec.type.values;
    if (legal.is_array() && std::find(legal.begin(), legal.end(), wire) == legal.end())
      return fmt::format("{} is not one of its values {}", shown(wire), shown(legal, 120));
    return std::nullopt;
  }
  if (type == "ListOfObjects" || type == "List" || type == "ListOfEnum" || type == "Set")
    return must(wire.is_array(), "list");
  if (type == "Dict" || type == "Object") return must(wire.is_object(), "object");
  return std::nullopt;
}

Reason illegal_value(const Contract& contract, const Version& version, const Json& wire) {
  if (wire.is_null()) return std::nullopt;
  std::set<std::string> judged;
  for (auto it = contract.legal.rbegin(); it != contract.legal.rend(); ++it) {
    if (version < it->since || !judged.insert(it->path).second) continue;
    const auto part = part_at(wire, it->path);
    if (!part || part->is_null()) continue;
    const auto among = [&](const std::vector<Json>& values) {
      return std::any_of(values.begin(), values.end(), [&](const Json& value) { return same(value, *part); });
    };
    if (among(it->values) || among(it->passes)) continue;
    return fmt::format("{}{} is not one of the values that version {} knows: {}",
                       it->path.empty() ? "" : it->path + " ", shown(*part), version.text(),
                       shown(Json(it->values), 160));
  }
  for (const auto& seen : contract.seen_as) {
    const auto part = part_at(wire, seen.path);
    if (version < seen.below && part && same(*part, seen.value))
      return fmt::format("{} is not a valid value below {}", shown(*part), seen.below.text());
  }
  for (const auto& limit : contract.limits) {
    if (!(version < limit.below)) continue;
    const auto part = part_at(wire, limit.path);
    if (!part) continue;
    for (const auto& value : limit.values)
      if (same(*part, value))
        return fmt::format("{} is not a valid value below {}", shown(*part), limit.below.text());
    if (limit.length && part->is_string() &&
        text::length(part->get_ref<const std::string&>()) > static_cast<std::size_t>(*limit.length))
      return fmt::format("{} characters, but below {} there are at most {}",
                         text::length(part->get_ref<const std::string&>()), limit.below.text(),
                         *limit.length);
  }
  return std::nullopt;
}

Reason too_long(const RunFacts& c, const std::string& release, const std::string& object,
                const std::string& field, const Json& wire) {
  const auto* version = c.releases.version(release, object);
  const auto* spec = version ? c.releases.spec(object, *version) : nullptr;
  const auto* known = spec ? spec->field(field) : nullptr;
  if (!known || !known->column || !known->column->length || !wire.is_string()) return std::nullopt;
  const auto length = text::length(wire.get_ref<const std::string&>());
  if (length <= static_cast<std::size_t>(*known->column->length)) return std::nullopt;
  return fmt::format("{} characters, the column takes {}", length, *known->column->length);
}

}  // namespace caravan::reports
