// Cases about whole objects: wire form and back, backports, manifests, look-ups.
#include "tests/vectors/conformance.hpp"

namespace caravan::conformance {
namespace {

std::string text_of(const Json& test, const char* member) { return test.at(member).get<std::string>(); }

Object object_of(const Json& test, const std::shared_ptr<const Registry>& registry) {
  return build_object(test.at("object").at("$object"), registry);
}

/// Through text, as on a wire; then loaded with the context.
Object reload(const Json& primitive, const std::shared_ptr<const Registry>& registry) {
  static const std::optional<std::string> context = "ctx";
  return load_object(Json::parse(primitive.dump()), LoadContext{registry, &context, true});
}

/// `expected` where it says "same": Python calls 1, 1.0 and True equal.
Json again(const Object& loaded, const Json& sent, const Json& expected) {
  Json primitive = loaded.to_primitive();
  if (difference(Json{{"p", sent}}, Json{{"p", primitive}}).empty()) return "same";
  if (expected.value("again", Json()) == "same" && equal(from_json(sent), from_json(primitive)))
    return "same";
  return primitive;
}

bool all_have_context(const Object& object) {
  if (object.impl().context != "ctx") return false;
  for (const Value& value : object.impl().values) {
    if (const auto* child = value.maybe<Object>(); child != nullptr && !all_have_context(*child))
      return false;
    if (const auto* items = sequence(value)) {
      for (const Value& item : *items) {
        if (item.is<Object>() && !all_have_context(item.as<Object>())) return false;
      }
    }
  }
  return true;
}

}  // namespace

Json run_roundtrip(const VectorFile& file, const Json& test) {
  const auto registry = file.registry(text_of(test, "catalog"));
  Json done = Json::object();
  Json sent;
  if (test.contains("object")) {
    sent = object_of(test, registry).to_primitive();
    done["primitive"] = sent;
  } else {
    sent = test.at("primitive");
  }
  const Object loaded = reload(sent, registry);
  done["object"] = Json{{"$object", describe_object(loaded)}};
  done["again"] = again(loaded, sent, test.at("expect"));
  done["context_propagated"] = all_have_context(loaded);
  done["repr"] = repr(loaded);
  if (warns(loaded)) done["warnings"] = Json::array({"FutureWarning"});
  return done;
}

Json run_backport(const VectorFile& file, const Json& test) {
  const auto registry = file.registry(text_of(test, "catalog"));
  const Object object = object_of(test, registry);
  const Json before = describe_object(object);
  const Json& wanted = test.at("target_version");
  std::optional<std::string> target;
  if (!wanted.is_null()) target = wanted.get<std::string>();
  std::optional<Manifest> manifest;
  if (test.contains("manifest") && !test.at("manifest").is_null())
    manifest = test.at("manifest").get<Manifest>();

  Json done = Json::object();
  const Json primitive = primitive_of(object, target, manifest ? &*manifest : nullptr);
  done["primitive"] = primitive;
  done["source_unchanged"] = describe_object(object) == before;
  if (!test.at("expect").contains("load")) return done;
  try {
    const Object loaded = reload(primitive, file.registry(text_of(test, "load_catalog")));
    done["load"] = Json{{"object", Json{{"$object", describe_object(loaded)}}},
                        {"again", again(loaded, primitive, test.at("expect").at("load"))}};
  } catch (const ObjectError& error) {
    done["load"] = error_json(error);
  }
  return done;
}

Json run_manifest(const VectorFile& file, const Json& test) {
  return Json{{"result", file.registry(text_of(test, "catalog"))->manifest(text_of(test, "class"))}};
}

Json run_registry(const VectorFile& file, const Json& test) {
  const auto registry = file.registry(text_of(test, "catalog"));
  const auto label = [](const Class& type) {
    return type.spec.label.empty() ? Json() : Json(type.spec.label);
  };
  if (text_of(test, "op") == "order") {
    Json order = Json::array();
    for (const auto& type : classes(*registry).versions(text_of(test, "name"))) {
      order.push_back(Json{{"version", type->version()}, {"label", label(*type)}});
    }
    return Json{{"result", order}};
  }
  const auto type = registry->lookup(text_of(test, "name"), text_of(test, "version"));
  return Json{
      {"result", Json{{"class", type->name()}, {"version", type->version()}, {"label", label(*type)}}}};
}

}  // namespace caravan::conformance
