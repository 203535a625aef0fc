// objects backport: a primitive in, the primitive that an older receiver gets out.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <iterator>

#include "harness/cli_objects.hpp"
#include "objects/json_at.hpp"
#include "objects/json_text.hpp"
#include "objects/object_impl.hpp"

namespace caravan {
namespace {

std::string read_input(const std::string& name) {
  if (name != "-") return read_text_file(name);
  std::string text;
  std::vector<char> block(std::size_t{1} << 16);
  while (text.size() <= json_text_limit) {
    const auto got = ::read(STDIN_FILENO, block.data(), block.size());
    if (got < 0) throw machine_failed("stdin", std::strerror(errno));
    if (got == 0) break;
    text.append(block.data(), static_cast<std::size_t>(got));
  }
  return text;
}

/// OVO's own exceptions: an answer about versions. Anything else says that the file holds no good primitive.
bool is_refusal(const ObjectError& error) {
  for (const char* type : {"IncompatibleObjectVersion", "InvalidTargetVersion", "ObjectActionError",
                           "UnsupportedObjectError", "OrphanedObjectError", "UnregisteredSubobject"})
    if (error.type == type) return true;
  return false;
}

/// Where in the primitive the library stumbled: the innermost object, and the field if it is one.
class Finder {
 public:
  explicit Finder(const std::shared_ptr<const Registry>& registry)
      : registry_(registry), keys_(classes(*registry).keys()) {}

  /// A JSON pointer; empty for the whole.
  std::string place(const Json& primitive, const std::string& path = {}) const {
    if (!primitive.is_object()) return path;
    const auto data = primitive.find(keys_.data);
    const auto name = primitive.find(keys_.name), version = primitive.find(keys_.version);
    if (data == primitive.end() || !data->is_object() || name == primitive.end() || !name->is_string() ||
        version == primitive.end() || !version->is_string())
      return path;
    std::shared_ptr<const Class> type;
    try {
      type = registry_->lookup(name->get<std::string>(), version->get<std::string>());
    } catch (const ObjectError& error) {
      const bool unknown = error.type == "UnsupportedObjectError";
      return path + "/" + (unknown ? keys_.name : keys_.version);
    }
    if (primitive.value(keys_.name_space, Json()) != keys_.project) return path + "/" + keys_.name_space;
    for (const auto& field : type->fields) {
      const auto wire = data->find(field->name);
      if (wire == data->end() || loads(*field, *wire)) continue;
      return inside(*wire, path + "/" + keys_.data + "/" + field->name);
    }
    return path;
  }

 private:
  bool loads(const Field& field, const Json& wire) const {
    try {
      field.coerce(field.to_value(wire, LoadContext{registry_}));
      return true;
    } catch (const ObjectError&) {
      return false;
    }
  }
  /// The first object in it that does not load, else the value itself.
  std::string inside(const Json& value, const std::string& path) const {
    if (value.is_object() && value.contains(keys_.name)) return place(value, path);
    if (!value.is_structured()) return path;
    std::size_t index = 0;
    for (const auto& item : value.items()) {
      const auto step = path + "/" + (value.is_array() ? std::to_string(index) : item.key());
      ++index;
      if (!item.value().is_object() || !item.value().contains(keys_.name)) continue;
      try {
        load_object(item.value(), LoadContext{registry_});
      } catch (const ObjectError&) {
        return place(item.value(), step);
      }
    }
    return path;
  }

  std::shared_ptr<const Registry> registry_;
  const WireKeys& keys_;
};

std::string where_of(const std::string& name, const std::string& text, const std::string& pointer) {
  std::size_t line = 1, column = 1;
  const auto offset = offset_of(text, pointer);
  for (std::size_t i = 0; i < offset && i < text.size(); ++i) {
    const bool end = text[i] == '\n';
    line += end ? 1 : 0;
    column = end ? 1 : column + ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U ? 1 : 0);
  }
  return fmt::format("{}:{}:{}{}{}", name, line, column, pointer.empty() ? "" : ": ", pointer);
}

Error explained(const ObjectError& error, std::string where) {
  return Error(is_refusal(error) ? Exit::not_as_expected : Exit::bad_request, std::move(where),
               error.type + ": " + error.what());
}

struct Target {
  std::string version;
  std::optional<Manifest> manifest;  ///< absent: children by obj_relationships
};

/// --to is obj_to_primitive(target_version): children as obj_relationships say. --release is what a conductor
/// sends to a node of that release: every object at the version of its manifest, but never newer than it is.
Target target_of(const Options& options, const Catalog& catalog, const Object& object) {
  if (!options.target.empty()) return {options.target, {}};
  const auto& release = release_named(catalog, options.release, "--release");
  const auto entry = release.manifest.find(object.name());
  if (entry == release.manifest.end())
    throw Error(Exit::not_as_expected, "--release " + release.name,
                "UnsupportedObjectError: " + release.name + " does not know " + object.name());
  Target out{entry->second.text(), Manifest()};
  if (version_key(out.version) > version_key(object.version())) out.version = object.version();
  for (const auto& [name, version] : release.manifest) out.manifest->emplace(name, version.text());
  return out;
}

}  // namespace

int cli_objects_backport(const Options& options) {
  const std::string command = "caravan objects backport";
  if (options.target.empty() == options.release.empty())
    throw bad_request(command, "to which version?", "--to 1.2 or --release kilo, one of them");
  const auto registry = Registry::from(catalog_at(options.catalogs));
  const auto& input = options.inputs.front();
  const auto name = input == "-" ? std::string("stdin") : input;
  const auto text = read_input(input);
  const Json primitive = parse_json_strict(text, name);
  std::optional<Object> object;
  try {
    object = Object::from_primitive(registry, primitive);
  } catch (const ObjectError& error) {
    throw explained(error, where_of(name, text, Finder(registry).place(primitive)));
  }
  const auto target = target_of(options, registry->catalog(), *object);
  Json out;
  try {
    out = object->to_primitive(target.version, target.manifest ? &*target.manifest : nullptr);
  } catch (const ObjectError& error) {
    if (error.type == "ValueError")
      throw bad_request("--to", fmt::format("'{}' is no version", options.target), "1.2, for example");
    throw explained(error,
                    fmt::format("{}: {} {} to {}", name, object->name(), object->version(), target.version));
  }
  print_out(out.dump(options.json ? -1 : 2) + "\n");
  return 0;
}

}  // namespace caravan
