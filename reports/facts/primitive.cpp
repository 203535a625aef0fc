// Primitives as they travel, read without any object.
// Independent of objects/model/serializer.hpp on purpose.
#include "objects/base/error.hpp"
#include "reports/facts/values.hpp"
#include "reports/facts/writes.hpp"

namespace caravan::reports {

const Json* Primitive::field(const std::string& field_name) const {
  const auto found = data->find(field_name);
  return found == data->end() ? nullptr : &*found;
}

std::string Primitive::id() const {
  const Json* id = field("id");
  return id && id->is_string() ? id->get<std::string>() : std::string();
}

std::optional<Primitive> read_primitive(const Json& json, const std::string& prefix) {
  if (!json.is_object()) return std::nullopt;
  const auto name = json.find(prefix + ".name");
  if (name == json.end() || !name->is_string()) return std::nullopt;
  const auto data = json.find(prefix + ".data");
  if (data == json.end() || !data->is_object()) return std::nullopt;
  Primitive out;
  out.json = &json;
  out.name = name->get<std::string>();
  out.space = text_at(json, (prefix + ".namespace").c_str());
  out.version = text_at(json, (prefix + ".version").c_str());
  out.data = &*data;
  const auto changes = json.find(prefix + ".changes");
  out.changes = changes == json.end() || !changes->is_array() ? nullptr : &*changes;
  return out;
}

std::optional<Version> read_version(const std::string& text) {
  try {
    const Version version(text);
    return version.parts().empty() ? std::nullopt : std::optional(version);
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace caravan::reports
