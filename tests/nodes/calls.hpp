// What an api asks a conductor, and the one answer.
#pragma once

#include "nodes/core/turn.hpp"
#include "objects/model/object.hpp"

namespace caravan::nodes::testing {

inline Input call(const std::string& method, const Json& args, const std::string& from = "api.1#1") {
  Envelope call;
  call.kind = Envelope::Kind::call;
  call.id = from + "/1";
  call.from = from;
  call.to = "conductor";
  call.method = method;
  call.args = args;
  return {Input::Kind::message, call, 0};
}

inline Input act(const std::string& method, const Json& primitive, const Json& args = Json::array()) {
  return call("object_action", {{"objinst", primitive}, {"objmethod", method}, {"args", args}});
}

inline Json manifest_of(const Release& release) {
  Json json = Json::object();
  for (const auto& [name, version] : release.manifest) json[name] = version.text();
  return json;
}

/// Asks for objects at the versions of a release: get or list.
inline Input ask_for(const std::string& name, const std::string& method, const Json& kwargs,
                     const Release& release) {
  return call("object_class_action_versions", {{"objname", name},
                                               {"objmethod", method},
                                               {"object_versions", manifest_of(release)},
                                               {"kwargs", kwargs}});
}

inline Envelope answer(Node& node, Store& store, const Input& input) {
  TurnPlants none({});
  Turn turn = take_turn("conductor.1#1", node, &store, none, 1'430'000'000'000'000, input);
  for (Envelope& message : turn.output.messages)
    if (message.kind == Envelope::Kind::reply) return std::move(message);
  return {};
}

}  // namespace caravan::nodes::testing
