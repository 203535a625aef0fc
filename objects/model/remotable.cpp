// What an object takes over from the far side, and what the far side says has changed.
#include "objects/model/remotable.hpp"

#include "objects/model/encoded.hpp"

namespace caravan {
namespace {

const Value* member(const Value& dict, const std::string& key) {
  for (const auto& [name, value] : dict.as<Dict>().items)
    if (name == key) return &value;
  return nullptr;
}

}  // namespace

void require_context(const Object& object, const std::string& method) {
  if (object.impl().context) return;
  throw ObjectError("OrphanedObjectError",
                    "Cannot call " + method + " on orphaned " + object.name() + " object",
                    Json{{"method", method}, {"objtype", object.name()}});
}

RemotableCall::RemotableCall(Reader reader, const Object& object, const std::string& method, Json args,
                             Json kwargs)
    : reader_(std::move(reader)), object_(object) {
  require_context(object, method);
  call_ = {"object_action",
           {{"objinst", object.to_primitive()},
            {"objmethod", method},
            {"args", std::move(args)},
            {"kwargs", std::move(kwargs)}}};
}

RemotableCall::RemotableCall(Reader reader, const std::string& name, const std::string& method, Json args,
                             Json kwargs)
    : reader_(std::move(reader)) {
  call_ = {"object_class_action_versions",
           {{"objname", name},
            {"objmethod", method},
            {"object_versions", reader_.registry->manifest(name)},
            {"args", std::move(args)},
            {"kwargs", std::move(kwargs)}}};
}

std::optional<ConductorCall> RemotableCall::run() {
  if (!reply_) return call_;
  if (reading_) {
    if (auto question = reading_->run()) return question;
  }
  finish();
  return std::nullopt;
}

void RemotableCall::answer(Json reply) {
  if (reply_) return reading_->answer(std::move(reply));
  reply_ = std::move(reply);
  if (!reader_.conductor) return;
  if (!object_) {
    reading_.emplace(reader_, *reply_);
    return;
  }
  // Plain values are left to their fields; only what holds objects needs the serializer.
  Json entity{{"updates", Json::object()}, {"result", reply_->value("result", Json())}};
  const Class& type = *object_->impl().type;
  const Json updates = reply_->value("updates", Json::object());
  for (auto update = updates.begin(); update != updates.end(); ++update) {
    const int index = type.index(update.key());
    if (index >= 0 && type.fields[static_cast<std::size_t>(index)]->holds_objects())
      entity["updates"][update.key()] = update.value();
  }
  reading_.emplace(reader_, std::move(entity));
}

void RemotableCall::not_implemented() {
  if (reply_) return reading_->not_implemented();
  const std::string name = call_.args.at("objname").get<std::string>();
  call_.method = "object_class_action";
  call_.args.erase("object_versions");
  call_.args["objver"] = reader_.registry->newest(name)->version();
}

void RemotableCall::finish() {
  const auto plain = [&](const Json& value) {
    return reader_.encoded ? decode(value, reader_.registry) : from_json(value);
  };
  if (!object_) {
    result_ = reading_ ? reading_->result() : plain(*reply_);
    return;
  }
  apply(reply_->value("updates", Json::object()), reading_ ? member(reading_->result(), "updates") : nullptr);
  result_ = reading_ ? *member(reading_->result(), "result") : plain(reply_->value("result", Json()));
}

void RemotableCall::apply(const Json& updates, const Value* read) const {
  Object::Impl& impl = object_->impl();
  const LoadContext load{impl.registry, &impl.context, reader_.encoded};
  for (auto update = updates.begin(); update != updates.end(); ++update) {
    const int index = impl.type->index(update.key());
    if (index < 0) continue;
    const Field& field = *impl.type->fields[static_cast<std::size_t>(index)];
    const Value* arrived = read != nullptr ? member(*read, update.key()) : nullptr;
    assign(*object_, index, arrived != nullptr ? *arrived : field.to_value(update.value(), load));
  }
  std::vector<std::string> changed;
  if (const auto names = updates.find("obj_what_changed"); names != updates.end()) {
    for (const Json& name : *names) changed.push_back(name.get<std::string>());
  }
  set_changed(*object_, changed);
}

LazyLoad::LazyLoad(Reader reader, Object object, std::string field)
    : reader_(std::move(reader)), object_(std::move(object)), field_(std::move(field)) {}

std::optional<ConductorCall> LazyLoad::run() {
  if (!reader_.conductor || object_.impl().type->index(field_) < 0 || object_.is_set(field_)) {
    read(object_, field_);
    return std::nullopt;
  }
  if (!call_) call_.emplace(reader_, object_, "obj_load_attr", Json::array({field_}));
  return call_->run();
}

const Value& LazyLoad::result() const { return read(object_, field_); }

Json updates_since(const Object& before, const Object& after) {
  Json updates = Json::object();
  const auto& fields = after.impl().type->fields;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const Value& held = after.impl().values[i];
    if (held.is<Unset>() || equal(before.impl().values[i], held)) continue;
    append_member(updates, fields[i]->name, fields[i]->to_primitive(held));
  }
  Json changed = Json::array();
  for (std::string& name : after.what_changed()) changed.push_back(std::move(name));
  append_member(updates, "obj_what_changed", std::move(changed));
  return updates;
}

}  // namespace caravan
