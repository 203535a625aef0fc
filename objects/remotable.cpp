// What an object takes over from the far side, and what the far side says has changed.
#include "objects/remotable.hpp"

namespace caravan {

void require_context(const Object& object, const std::string& method) {
  if (object.impl().context) return;
  throw ObjectError("OrphanedObjectError",
                    "Cannot call " + method + " on orphaned " + object.name() + " object",
                    Json{{"method", method}, {"objtype", object.name()}});
}

void apply_updates(const Object& object, const Json& updates, bool encoded) {
  Object::Impl& impl = object.impl();
  const LoadContext load{impl.registry, &impl.context, encoded};
  for (auto update = updates.begin(); update != updates.end(); ++update) {
    const int index = impl.type->index(update.key());
    if (index < 0) continue;
    const Field& field = *impl.type->fields[static_cast<std::size_t>(index)];
    assign(object, index, field.to_value(update.value(), load));
  }
  std::vector<std::string> changed;
  if (const auto names = updates.find("obj_what_changed"); names != updates.end()) {
    for (const Json& name : *names) changed.push_back(name.get<std::string>());
  }
  set_changed(object, changed);
}

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
