#include "nodes/data/secrets.hpp"

#include <set>

namespace caravan::nodes {
namespace {

/// `path` is "", "key", "key.key" or "key[].key".
void erase_path(Json& holder, const std::string& key, const std::string& path) {
  if (!holder.is_object()) return;
  const auto held = holder.find(key);
  if (held == holder.end()) return;
  if (path.empty()) {
    holder.erase(held);
    return;
  }
  const auto dot = path.find('.');
  std::string next = path.substr(0, dot);
  const std::string rest = dot == std::string::npos ? "" : path.substr(dot + 1);
  const bool each = next.size() > 2 && next.compare(next.size() - 2, 2, "[]") == 0;
  if (!each) return erase_path(*held, next, rest);
  next.resize(next.size() - 2);
  if (!held->is_object() || !held->contains(next) || !held->at(next).is_array()) return;
  for (Json& item : held->at(next)) {
    const auto step = rest.find('.');
    erase_path(item, rest.substr(0, step), step == std::string::npos ? "" : rest.substr(step + 1));
  }
}

/// Classes that an engine's work is about, with all that hangs below them.
std::set<std::string> engine_classes(const Catalog& catalog) {
  std::set<std::string> known;
  const auto add = [&](const auto& self, const std::string& name) -> void {
    if (!known.insert(name).second) return;
    const ClassHistory* history = catalog.history(name);
    if (history == nullptr) return;
    for (const auto& child : history->children) self(self, child.second);
  };
  for (const Release& release : catalog.releases)
    for (const RpcInterface& interface : release.rpc)
      for (const RpcMethod& method : interface.methods)
        for (const RpcArg& arg : method.args)
          if (interface.topic == "engine" && !arg.object.empty() && arg.object != "*") add(add, arg.object);
  return known;
}

void withhold(const Catalog& catalog, const std::set<std::string>& needed, Json& value) {
  if (value.is_array()) {
    for (Json& item : value) withhold(catalog, needed, item);
    return;
  }
  const std::string prefix = catalog.serial_namespace;
  if (!value.is_object() || !value.contains(prefix + ".name") || !value.contains(prefix + ".data")) return;
  Json& data = value.at(prefix + ".data");
  const ClassHistory* history = catalog.history(value.at(prefix + ".name").get<std::string>());
  if (history == nullptr || !data.is_object()) return;
  if (needed.count(history->name) == 0) {
    for (const Contract& contract : history->contracts)
      for (const std::string& path : contract.secret)
        if (path.empty() && !contract.rest_shown) data.erase(contract.field);
  }
  for (const auto& child : history->children)
    if (data.contains(child.first)) withhold(catalog, needed, data.at(child.first));
}

}  // namespace

void hide_secrets(const Catalog& catalog, const std::string& name, Json& data) {
  const ClassHistory* history = catalog.history(name);
  if (history == nullptr) return;
  for (const Contract& contract : history->contracts)
    for (const std::string& path : contract.secret)
      if (!contract.rest_shown) erase_path(data, contract.field, path);
  const std::string inner = catalog.serial_namespace + ".data";
  for (const auto& [field, child] : history->children) {
    const auto items = data.find(field);
    if (items == data.end() || !items->is_array()) continue;
    for (Json& item : *items)
      if (item.is_object() && item.contains(inner)) hide_secrets(catalog, child, item.at(inner));
  }
}

void withhold_secrets(const Catalog& catalog, Json& primitives) {
  withhold(catalog, engine_classes(catalog), primitives);
}

}  // namespace caravan::nodes
