// objects backport: a primitive in, the primitive that an older receiver gets out.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "harness/cli/objects.hpp"
#include "objects/base/json_at.hpp"
#include "objects/base/json_text.hpp"
#include "objects/base/nearest.hpp"
#include "objects/base/utf8.hpp"
#include "objects/model/object_impl.hpp"

namespace caravan::harness {
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

/// Where the library stumbled, as a JSON pointer, and what was probably meant.
struct Place {
  std::string pointer, hint;
};

class Finder {
 public:
  explicit Finder(const std::shared_ptr<const Registry>& registry)
      : registry_(registry), keys_(classes(*registry).keys()) {}

  /// The innermost object that does not load, and the member or field of it that is at fault.
  Place place(const Json& primitive, const std::string& path = {}) const {
    const auto whole = fmt::format("a primitive is a JSON object with {}, {}, {} and {}", keys_.name,
                                   keys_.name_space, keys_.version, keys_.data);
    if (!primitive.is_object()) return {path, whole};
    for (const auto* key : {&keys_.name_space, &keys_.name, &keys_.version})
      if (!primitive.contains(*key)) return {path, whole};
    for (const auto* key : {&keys_.name, &keys_.version})
      if (!primitive[*key].is_string()) return {path + "/" + *key, ""};
    if (primitive[keys_.name_space] != keys_.project)
      return {path + "/" + keys_.name_space, "the objects of this catalog are of namespace " + keys_.project};
    const auto name = primitive[keys_.name].get<std::string>();
    std::shared_ptr<const Class> type;
    try {
      type = registry_->lookup(name, primitive[keys_.version].get<std::string>());
    } catch (const ObjectError& error) {
      if (error.type != "UnsupportedObjectError") return {path + "/" + keys_.version, ""};
      return {path + "/" + keys_.name, did_you_mean(name, object_names(registry_->catalog()))};
    }
    const auto data = primitive.find(keys_.data);
    if (data == primitive.end()) return {path, whole};
    if (!data->is_object()) return {path + "/" + keys_.data, ""};
    for (const auto& field : type->fields) {
      const auto wire = data->find(field->name);
      if (wire == data->end() || loads(*field, *wire)) continue;
      auto found = inside(*wire, path + "/" + keys_.data + "/" + field->name);
      if (found.hint.empty() && wire->is_string()) found.hint = near_value(*field, wire->get<std::string>());
      return found;
    }
    return {path + (primitive.contains(keys_.changes) ? "/" + keys_.changes : ""), ""};
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
  static std::string near_value(const Field& field, const std::string& value) {
    std::vector<std::string> known;
    for (const auto& one : field.values) known.push_back(python_str(one));
    return known.empty() ? "" : did_you_mean(value, known);
  }
  /// The first object in it that does not load, else the value itself.
  Place inside(const Json& value, const std::string& path) const {
    if (value.is_object() && value.contains(keys_.name)) return place(value, path);
    if (!value.is_structured()) return {path, ""};
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
    return {path, ""};
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
    column = end ? 1 : column + (utf8::is_tail(text[i]) ? 0 : 1);
  }
  return fmt::format("{}:{}:{}{}{}", name, line, column, pointer.empty() ? "" : ": ", pointer);
}

Error explained(const ObjectError& error, std::string where, std::string hint = {}) {
  return Error(is_refusal(error) ? Exit::not_as_expected : Exit::bad_request, std::move(where),
               error.type + ": " + error.what(), std::move(hint));
}

struct Target {
  std::string version;
  std::optional<Manifest> manifest;  ///< absent: children by obj_relationships
};

/// The newest version of each object in the tree.
void collect(const Object& object, std::map<std::string, std::string>& newest);

void collect(const Value& value, std::map<std::string, std::string>& newest) {
  if (const auto* object = value.maybe<Object>()) return collect(*object, newest);
  if (const auto* items = sequence(value))
    for (const auto& item : *items) collect(item, newest);
  if (const auto* dict = value.maybe<Dict>())
    for (const auto& entry : dict->items) collect(entry.second, newest);
}

void collect(const Object& object, std::map<std::string, std::string>& newest) {
  auto& version = newest.emplace(object.name(), object.version()).first->second;
  if (version_key(version) < version_key(object.version())) version = object.version();
  for (const auto& value : object.impl().values) collect(value, newest);
}

/// --to is obj_to_primitive(target_version): children as obj_relationships say. --release is what a conductor
/// sends to a node of that release: every object at the version of its manifest, but none newer than it is
/// (OVO would relabel it).
Target target_of(const Options& options, const Catalog& catalog, const Object& object) {
  if (!options.target.empty()) return {options.target, {}};
  const auto& release = release_named(catalog, options.release, "--release");
  std::map<std::string, std::string> newest;
  collect(object, newest);
  Target out{object.version(), Manifest()};
  for (const auto& [name, version] : newest) {
    const auto entry = release.manifest.find(name);
    if (entry == release.manifest.end()) continue;
    const bool older = version_key(entry->second.text()) < version_key(version);
    out.manifest->emplace(name, older ? entry->second.text() : version);
  }
  const auto own = out.manifest->find(object.name());
  if (own == out.manifest->end())
    throw Error(Exit::not_as_expected, "--release " + release.name,
                "UnsupportedObjectError: " + release.name + " does not know " + object.name());
  if (version_key(own->second) < version_key(object.version())) out.version = own->second;
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
    const auto place = Finder(registry).place(primitive);
    throw explained(error, where_of(name, text, place.pointer), place.hint);
  }
  const auto target = target_of(options, registry->catalog(), *object);
  Json out;
  try {
    out = object->to_primitive(target.version, target.manifest ? &*target.manifest : nullptr);
  } catch (const ObjectError& error) {
    if (error.type == "ValueError")
      throw bad_request("--to", fmt::format("'{}' is not a version", options.target), "1.2, for example");
    throw explained(error,
                    fmt::format("{}: {} {} to {}", name, object->name(), object->version(), target.version));
  }
  print_out(out.dump(options.json ? -1 : 2) + "\n");
  return 0;
}

}  // namespace caravan::harness
