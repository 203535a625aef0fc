// The walk over an entity, and the three ways out of an IncompatibleObjectVersion.
#include "objects/serializer.hpp"

#include <algorithm>

#include "objects/encoded.hpp"

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

Deserializer::Deserializer(std::shared_ptr<const Registry> registry, Json entity, bool has_conductor,
                           std::optional<std::string> context, bool encoded)
    : registry_(std::move(registry)),
      entity_(std::move(entity)),
      has_conductor_(has_conductor),
      context_(std::move(context)),
      encoded_(encoded) {}

std::optional<Deserializer::Question> Deserializer::run() {
  used_ = 0;
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
  if (entity.contains(classes(*registry_).keys().name)) return read_object(entity);
  if (encoded_ && entity.size() == 1) {
    if (entity.contains("$tuple")) return Tuple{walk_items(*this, entity["$tuple"])};
    if (entity.contains("$set")) {  // a set becomes a list
      List list{walk_items(*this, entity["$set"])};
      sort_set(list.items);
      return list;
    }
    if (entity.begin().key().substr(0, 1) == "$") return decode(entity, registry_);
  }
  Dict dict;
  dict.items.reserve(entity.size());
  for (auto item = entity.begin(); item != entity.end(); ++item)
    dict.items.emplace_back(item.key(), walk(item.value()));
  return dict;
}

Value Deserializer::read_object(Json& primitive) {
  const WireKeys& keys = classes(*registry_).keys();
  try {
    return load_object(primitive, LoadContext{registry_, &context_, encoded_});
  } catch (const ObjectError& error) {
    if (error.type != "IncompatibleObjectVersion") throw;
    const std::string version = primitive.at(keys.version).get<std::string>();
    if (std::count(version.begin(), version.end(), '.') == 2) {
      primitive[keys.version] = version.substr(0, version.rfind('.'));
    } else {
      const bool known = !classes(*registry_).versions(primitive.at(keys.name).get<std::string>()).empty();
      if (!has_conductor_ || !known) throw;
      return ask(primitive);
    }
  }
  return read_object(primitive);
}

Value Deserializer::ask(const Json& primitive) {
  const WireKeys& keys = classes(*registry_).keys();
  Question question;
  question.primitive = primitive;
  question.name = primitive.at(keys.name).get<std::string>();
  question.version = primitive.at(keys.version).get<std::string>();
  const bool single = used_ < replies_.size() && replies_[used_].single;
  if (single) {
    ++used_;
    question.target = registry_->newest(question.name)->version();
  } else {
    question.versions = registry_->manifest(question.name);
  }
  return wait(std::move(question));
}

Value Deserializer::wait(Question question) {
  if (used_ == replies_.size()) {
    question_ = std::move(question);
    throw Paused{};
  }
  // What a conductor answers is an entity that arrived, too.
  Json reply = replies_[used_++].entity.value_or(Json());
  return walk(reply);
}

}  // namespace caravan
