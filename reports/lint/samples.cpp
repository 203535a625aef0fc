// Samples for lint.
#include "reports/lint/samples.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "reports/lint/facts.hpp"
#include "reports/lint/value.hpp"

namespace caravan::lint {
namespace {

class Maker {
 public:
  Maker(const Promises& promise, const LintObject& object, const Speaker& speaker)
      : promise_(promise), object_(object), speaker_(speaker), spec_(object.specs[speaker.version]) {}

  std::vector<Sample> all() {
    whole();
    add(Json::object());
    for (const auto& field : spec_.fields) {
      alone(field);
      each_value(field);
    }
    return std::move(samples_);
  }

  Json full(const LintObject& object, std::size_t version, std::vector<std::string>& chain, bool only_key) {
    Json data = Json::object();
    chain.push_back(object.name);
    for (const auto& field : object.specs[version].fields) {
      if (only_key && !(field.column && field.column->primary_key)) continue;
      const Json value = value_of(object, version, field, chain);
      if (!value.is_discarded()) data[field.name] = value;
    }
    chain.pop_back();
    return primitive(object, version, std::move(data), chain.empty());
  }

 private:
  void whole() {
    std::vector<std::string> chain;
    Sample sample;
    sample.primitive = full(object_, speaker_.version, chain, false);
    sample.nested = holds_objects();
    samples_.push_back(std::move(sample));
    flat_ = samples_.front().primitive[promise_.data_key];  // the same without children
    for (const auto& field : spec_.fields)
      if (!held_classes(field).empty()) flat_.erase(field.name);
    if (samples_.front().nested) add(flat_);
  }

  bool holds_objects() const {
    return std::any_of(spec_.fields.begin(), spec_.fields.end(),
                       [](const FieldSpec& field) { return !held_classes(field).empty(); });
  }

  void alone(const FieldSpec& field) {
    std::vector<std::string> chain{object_.name};
    const Json value = value_of(object_, speaker_.version, field, chain);
    const bool nested = !held_classes(field).empty();
    if (!value.is_discarded()) add(Json{{field.name, value}}, nested);
    if (field.nullable) add(Json{{field.name, nullptr}});
    if (field.type.name == "ListOfObjects") add(Json{{field.name, Json::array()}});
    const auto* promised = object_.field(field.name, speaker_.version);
    if (promised != nullptr && !(field.column && field.column->primary_key))
      for (const auto& edge : edge_values(*promised, field)) add(Json{{field.name, edge}});
  }

  void each_value(const FieldSpec& field) {
    if (field.type.values.is_array())
      for (const auto& value : field.type.values)
        each_way(field.name, field.type.name == "ListOfEnum" ? Json::array({value}) : value);
    const auto* promised = object_.field(field.name, speaker_.version);
    if (promised == nullptr) return;
    auto values = special_values(*promised);
    for (auto& mentioned : values_in_rules(object_, field.name)) values.push_back(std::move(mentioned));
    for (const auto& [path, value] : values) {
      std::vector<std::string> chain{object_.name};
      Json whole_value = value_of(object_, speaker_.version, field, chain);
      if (whole_value.is_discarded()) continue;
      put(whole_value, path, value);
      if (!misfit(object_, field, speaker_.version, whole_value)) each_way(field.name, whole_value);
    }
    for (const auto& limit : promised->contract.limits) {
      if (!limit.length || !limit.path.empty()) continue;
      const auto most = static_cast<std::size_t>(*limit.length);
      for (const auto length : {most, most + 1})
        if (!(field.column && field.column->length &&
              static_cast<std::size_t>(*field.column->length) < length))
          add(Json{{field.name, text_of(length)}});
    }
  }

  /// Alone, and among all the others.
  void each_way(const std::string& field, const Json& value) {
    add(Json{{field, value}});
    Json among = flat_;
    among[field] = value;
    if (add(std::move(among))) samples_.back().around = false;
  }

  /// Every value at a path that the contract speaks of and that this version may hold.
  std::vector<std::pair<std::string, Json>> special_values(const Promised& promised) const {
    std::vector<std::pair<std::string, Json>> out;
    const auto add_once = [&](const std::string& path, const Json& value) {
      const auto same_value = [&](const auto& entry) {
        return entry.first == path && same(entry.second, value);
      };
      if (std::none_of(out.begin(), out.end(), same_value)) out.emplace_back(path, value);
    };
    for (const auto& [path, legal] : legal_at(promised, speaker_.version)) {
      for (const auto& value : legal->values) add_once(path, value);
      for (const auto& value : legal->passes) add_once(path, value);
    }
    const Contract& known_here = promised.known_at[speaker_.version];
    for (const auto& seen : known_here.seen_as) add_once(seen.path, seen.value);
    for (const auto& limit : known_here.limits)
      for (const auto& value : limit.values) add_once(limit.path, value);
    return out;
  }

  /// The closed sets that hold at a version, by path.
  std::vector<std::pair<std::string, const Contract::Legal*>> legal_at(const Promised& promised,
                                                                       std::size_t version) const {
    std::vector<std::pair<std::string, const Contract::Legal*>> out;
    for (const auto& legal : promised.contract.legal) {
      if (object_.versions[version] < legal.since) continue;
      const auto there =
          std::find_if(out.begin(), out.end(), [&](const auto& entry) { return entry.first == legal.path; });
      if (there != out.end()) {
        there->second = &legal;
      } else {
        out.emplace_back(legal.path, &legal);
      }
    }
    return out;
  }

  /// As put_part, but a key that is not there is made.
  static void put(Json& value, const std::string& path, const Json& part) {
    if (path.empty() || path == ":scheme" || part_at(value, path)) return put_part(value, path, part);
    Json* at = &value;
    std::size_t from = 0;
    while (true) {
      if (!at->is_object()) *at = Json::object();
      const auto dot = path.find('.', from);
      at = &(*at)[path.substr(from, dot == std::string::npos ? dot : dot - from)];
      if (dot == std::string::npos) break;
      from = dot + 1;
    }
    *at = part;
  }

  Json value_of(const LintObject& object, std::size_t version, const FieldSpec& field,
                std::vector<std::string>& chain) {
    if (field.type.name == "Object" || field.type.name == "ListOfObjects") {
      const auto* child = promise_.object(field.type.object);
      const auto spoken = speaker_.manifest.find(field.type.object);
      const bool list = field.type.name == "ListOfObjects";
      const bool circular = std::find(chain.begin(), chain.end(), field.type.object) != chain.end();
      if (child == nullptr || spoken == speaker_.manifest.end() || circular)
        return list ? Json::array() : Json(Json::value_t::discarded);
      const auto child_version = child->index(spoken->second);
      if (!child_version) return list ? Json::array() : Json(Json::value_t::discarded);
      Json item = full(*child, *child_version, chain, false);
      if (!list) return item;
      Json items = Json::array();
      items.push_back(std::move(item));
      items.push_back(full(*child, *child_version, chain, true));
      return items;
    }
    const auto* promised = object.field(field.name, version);
    Json value = plain_value(field, promised);
    if (promised == nullptr) return value;
    for (const auto& legal : promised->contract.legal) {
      if (object.versions[version] < legal.since || legal.values.empty() || field.type.values.is_array())
        continue;
      if (legal.path == ":scheme" && value.is_string() && !part_at(value, ":scheme")) value = "x://host/path";
      put(value, legal.path, legal.values.front());
    }
    return value;
  }

  Json plain_value(const FieldSpec& field, const Promised* promised) {
    const std::string& type = field.type.name;
    if (type == "List" || type == "Set" || type == "Dict") {
      if (!field.type.element) return type == "Dict" ? Json::object() : Json::array();
      std::vector<std::string> chain{object_.name};
      const Json element = !field.type.element->type.object.empty()
                               ? value_of(object_, speaker_.version, *field.type.element, chain)
                               : plain_value(*field.type.element, nullptr);
      if (element.is_discarded()) return type == "Dict" ? Json::object() : Json::array();
      return type == "Dict" ? Json{{"key", element}} : Json::array({element});
    }
    // A text that is or was a number elsewhere must read as one.
    if (type == "String" && promised != nullptr)
      for (const auto* spec : promised->specs)
        if (spec != nullptr && is_numeric(spec->type.name)) return "7";
    return neutral_value(field);
  }

  /// OVO does not look after the marks of nested objects, so they have none.
  Json primitive(const LintObject& object, std::size_t version, Json data, bool outermost) const {
    Json changes = Json::array();
    if (outermost)
      for (auto it = data.begin(); it != data.end(); ++it) changes.push_back(it.key());
    std::sort(changes.begin(), changes.end());
    Json out = Json::object();
    out[promise_.name_key] = object.name;
    out[promise_.space_key] = promise_.catalog.project_namespace;
    out[promise_.version_key] = object.versions[version].text();
    out[promise_.data_key] = std::move(data);
    if (!changes.empty()) out[promise_.changes_key] = std::move(changes);
    return out;
  }

  bool add(Json data, bool nested = false) {
    if (!seen_.insert(data.dump(-1, ' ', false, Json::error_handler_t::replace)).second) return false;
    samples_.push_back({primitive(object_, speaker_.version, std::move(data), true), nested, true, true});
    return true;
  }

  const Promises& promise_;
  const LintObject& object_;
  const Speaker& speaker_;
  const ClassSpec& spec_;
  std::vector<Sample> samples_;
  std::set<std::string> seen_;
  Json flat_;
};

}  // namespace

std::vector<Sample> samples_of(const Promises& promise, const LintObject& object, const Speaker& speaker) {
  return Maker(promise, object, speaker).all();
}

}  // namespace caravan::lint
