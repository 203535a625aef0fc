// Cases about one field: what assignment or loading stores, its wire form and its text.
#include "objects/model/field.hpp"
#include "tests/vectors/conformance.hpp"

namespace caravan::conformance {
namespace {

/// The catalog of the case with a fresh class `Holder` of the one field `f` (the last one made).
std::shared_ptr<const Registry> with_holder(const VectorFile& file, const Json& test) {
  Json field = test.at("field");
  field["name"] = "f";
  Json document = file.catalog(test.at("catalog").get<std::string>());
  document["classes"].push_back(Json{{"name", "Holder"},
                                     {"version", "1.0"},
                                     {"label", "fresh"},
                                     {"register", false},
                                     {"fields", Json::array({field})}});
  return file.load(document);
}

}  // namespace

Json run_field(const VectorFile& file, const Json& test) {
  const auto registry = with_holder(file, test);
  const auto type = classes(*registry).exact("Holder", "1.0");
  const Object holder = make_object(registry, type);
  const Field& field = *type->fields.front();
  if (test.contains("before")) {
    for (const Json& value : test.at("before")) assign(holder, 0, decode(value, registry));
  }
  Value value = decode(test.at("input"), registry);
  if (test.at("op") == "from_primitive")
    value = field.to_value(std::move(value), LoadContext{registry, nullptr, true});
  assign(holder, 0, std::move(value));

  Json done = Json::object();
  const Value& held = stored(holder, 0);
  done["value"] = encode(held);
  try {
    done["primitive"] = held.is<Null>() ? Json() : field.to_primitive(held);
  } catch (const ObjectError& error) {
    done["primitive_error"] = error_json(error).at("error");
  }
  try {
    done["text"] = field.text(held);
  } catch (const ObjectError& error) {
    done["text_error"] = error_json(error).at("error");
  }
  if (warns(holder)) done["warnings"] = Json::array({"FutureWarning"});
  return done;
}

}  // namespace caravan::conformance
