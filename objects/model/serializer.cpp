// The walk over an entity, and the three ways out of an IncompatibleObjectVersion.
#include "objects/model/serializer.hpp"

#include <algorithm>

#include "objects/model/encoded.hpp"

namespace caravan {
namespace {

/// Unwinds a walk whose question is noted; never leaves Deserializer::run.
struct Paused {};

std::vector<Value> serialize_items(const std::vector<Value>& items) {
  std::vector<Value> out;
  out.reserve(items.size());
  for (const Value& item : items) out.push_back(serialize_entity(item));
  return out;
}

}  // namespace

Value serialize_entity(const Value& entity) {
  if (const auto* object = entity.maybe<Object>()) return make_json(object->to_primitive());
  if (const auto* list = entity.maybe<List>()) return List{serialize_items(list->items)};
  if (const auto* tuple = entity.maybe<Tuple>()) return Tuple{serialize_items(tuple->items)};
  if (const auto* set = entity.maybe<Set>()) return List{serialize_items(set->items)};
  if (const auto* dict = entity.maybe<Dict>()) {
    Dict out;
    for (const auto& [key, held] : dict->items) out.items.emplace_back(key, serialize_entity(held));
    return out;
  }
  if (const auto* mapping = entity.maybe<Mapping>()) {
    Mapping out;
    for (const auto& [key, held] : mapping->items) out.items.emplace_back(key, serialize_entity(held));
    return out;
  }
  return entity;
}

Deserializer::Deserializer(Reader reader, Json entity)
    : reader_(std::move(reader)), entity_(std::move(entity)) {}

std::optional<ConductorCall> Deserializer::run() {
  used_ = 0;
  depth_ = 0;
  question_.reset();
  try {
    result_ = walk(entity_);
  } catch (const Paused&) {
  }
  return question_;
}

void Deserializer::answer(Json reply) { replies_.push_back({false, std::move(reply)}); }
void Deserializer::not_implemented() { replies_.push_back({true, std::nullopt}); }

std::vector<Value> Deserializer::walk_items(Deserializer& self, Json& items) {
  std::vector<Value> out;
  out.reserve(items.size());
  for (Json& item : items) out.push_back(self.walk(item));
  return out;
}

Value Deserializer::walk(Json& entity) {
  if (entity.is_array()) return List{walk_items(*this, entity)};
  if (!entity.is_object()) return from_json(entity);
  if (entity.contains(classes(*reader_.registry).keys().name)) return read_object(entity);
  if (reader_.encoded && entity.size() == 1) {
    if (entity.contains("$tuple")) return Tuple{walk_items(*this, entity["$tuple"])};
    if (entity.contains("$set")) {  // a set becomes a list
      List list{walk_items(*this, entity["$set"])};
      sort_set(list.items);
      return list;
    }
    if (entity.begin().key().substr(0, 1) == "$") return decode(entity, reader_.registry);
  }
  Dict dict;
  dict.items.reserve(entity.size());
  for (auto item = entity.begin(); item != entity.end(); ++item)
    dict.items.emplace_back(item.key(), walk(item.value()));
  return dict;
}

Value Deserializer::read_object(Json& primitive) {
  const WireKeys& keys = classes(*reader_.registry).keys();
  try {
    return load(primitive);
  } catch (const ObjectError& error) {
    if (error.type != "IncompatibleObjectVersion") throw;
    const std::string version = primitive.at(keys.version).get<std::string>();
    if (std::count(version.begin(), version.end(), '.') == 2) {
      primitive[keys.version] = version.substr(0, version.rfind('.'));
    } else {
      const bool known =
          !classes(*reader_.registry).versions(primitive.at(keys.name).get<std::string>()).empty();
      if (!reader_.conductor || !known) throw;
      return ask(primitive);
    }
  }
  return read_object(primitive);
}

Object Deserializer::load(const Json& primitive) const {
  const LoadContext load{reader_.registry, &reader_.context, reader_.encoded};
  return reader_.forward ? load_object(Object::forward(*reader_.registry, primitive), load)
                         : load_object(primitive, load);
}

Value Deserializer::ask(const Json& primitive) {
  const std::string name = primitive.at(classes(*reader_.registry).keys().name).get<std::string>();
  const bool single = used_ < replies_.size() && replies_[used_].single;
  if (single) ++used_;
  if (used_ < replies_.size()) {
    // What a conductor answers is an entity that arrived, too.
    Json reply = replies_[used_++].entity.value_or(Json());
    // One that sends back what cannot be read would be asked for ever; the library runs out of stack.
    constexpr int enough = 50;
    if (depth_ == enough) throw ObjectError("RecursionError", "maximum recursion depth exceeded");
    ++depth_;
    Value read = walk(reply);
    --depth_;
    return read;
  }
  question_ =
      ConductorCall{single ? "object_backport" : "object_backport_versions", {{"objinst", primitive}}};
  if (single) {
    question_->args["target_version"] = reader_.registry->newest(name)->version();
  } else {
    question_->args["object_versions"] = reader_.registry->manifest(name);
  }
  throw Paused{};
}

}  // namespace caravan
