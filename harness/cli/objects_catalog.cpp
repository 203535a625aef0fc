// Which catalog and which object of it is meant.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "harness/cli/objects.hpp"
#include "objects/base/json_text.hpp"
#include "objects/base/nearest.hpp"
#include "objects/loader/loader.hpp"
#include "objects/model/registry.hpp"

namespace caravan::harness {
namespace {

namespace fs = std::filesystem;

/// A catalog inside a file of vectors: FILE#ID, or the only one.
Catalog of_vectors(const Json& document, const std::string& path, const std::string& id) {
  const Json& catalogs = document.at("catalogs");
  std::vector<std::string> ids;
  if (catalogs.is_object())
    for (auto one = catalogs.begin(); one != catalogs.end(); ++one) ids.push_back(one.key());
  if (ids.empty()) throw bad_request(path + ": /catalogs", "there is no catalog in it");
  if (id.empty() && ids.size() > 1)
    throw bad_request(path, fmt::format("{} catalogs are in this file of vectors", ids.size()),
                      "name one: " + path + "#" + ids.front());
  const auto& chosen = id.empty() ? ids.front() : id;
  const auto found = catalogs.find(chosen);
  if (found == catalogs.end())
    throw bad_request(path, "there is no catalog '" + chosen + "' in it", did_you_mean(chosen, ids));
  return load_catalog(*found, path + ": /catalogs/" + chosen);
}

/// A file that was named, read once: a pipe gives its text once.
struct Document {
  NamedText file;
  Json json;
  bool is(const char* format) const {
    const auto found = json.is_object() ? json.find("format") : json.end();
    return found != json.end() && *found == format;
  }
  bool is_part_of_folder() const { return is("caravan-class/1") || is("caravan-releases/1"); }
};

Document read_document(const std::string& path) {
  Document out{{fs::path(path).filename().string(), path, read_text_file(path)}, {}};
  out.json = parse_json_strict(out.file.text, path);
  std::error_code ignored;
  if (fs::is_regular_file(path, ignored) || !out.is_part_of_folder()) return out;
  // The name of a pipe says nothing.
  const auto name = out.json.find("name");
  out.file.name = out.is("caravan-releases/1")                  ? "releases.json"
                  : name != out.json.end() && name->is_string() ? name->get<std::string>() + ".json"
                                                                : out.file.name;
  return out;
}

Catalog whole_catalog(const Document& document, const std::string& id) {
  const auto& path = document.file.where;
  if (document.json.is_object() && document.json.contains("catalogs"))
    return of_vectors(document.json, path, id);
  if (!id.empty()) throw bad_request(path, "this is not a file of vectors", "leave out #" + id);
  return load_catalog_text(document.file.text, path);
}

Catalog read_catalog(const std::vector<std::string>& paths) {
  std::error_code ignored;
  std::vector<NamedText> files;
  for (const auto& path : paths) {
    const bool alone = paths.size() == 1;
    if (fs::is_directory(path, ignored)) {
      if (alone) return load_catalog_folder(path);
      throw bad_request("--catalog " + path, "a folder cannot be combined with other inputs",
                        "give one folder, or files");
    }
    const auto mark = alone && !fs::exists(path, ignored) ? path.rfind('#') : std::string::npos;
    auto document = read_document(path.substr(0, mark));
    if (alone && !document.is_part_of_folder())
      return whole_catalog(document, mark == std::string::npos ? "" : path.substr(mark + 1));
    if (!document.is_part_of_folder())
      throw bad_request(path, "this is not part of a catalog folder",
                        "several files must be releases.json and class files; a whole catalog cannot be "
                        "combined with others");
    files.push_back(std::move(document.file));
  }
  return load_catalog_files(std::move(files));
}

}  // namespace

Catalog with_inherited_fields(Catalog catalog) {
  const bool inherits = std::any_of(catalog.classes.begin(), catalog.classes.end(), [](const ClassSpec& s) {
    return !s.parent.empty() || !s.mixins.empty();
  });
  if (!inherits) return catalog;
  const ClassRegistry registry(catalog);
  for (ClassSpec& spec : catalog.classes) {
    const auto made = registry.exact(spec.name, spec.version.text());
    if (!made) continue;
    spec.fields = made->spec.fields;
    spec.relationships = made->spec.relationships;
    spec.child_versions = made->spec.child_versions;
  }
  return catalog;
}

Catalog catalog_at(const std::vector<std::string>& paths) {
  if (paths.empty()) return sahara_catalog();
  auto catalog = read_catalog(paths);
  try {
    Registry::from(catalog);
  } catch (const ObjectError& error) {  // what the library refuses to register
    throw bad_request(paths.front(), error.type + ": " + error.what());
  }
  return catalog;
}

std::vector<std::string> object_names(const Catalog& catalog) {
  std::vector<std::string> names;
  for (const auto& spec : catalog.classes)
    if (spec.registered && std::find(names.begin(), names.end(), spec.name) == names.end())
      names.push_back(spec.name);
  return names;
}

std::vector<Version> versions_of(const Catalog& catalog, const std::string& object) {
  std::vector<Version> out;
  for (const auto& spec : catalog.classes)
    if (spec.name == object && spec.registered) out.push_back(spec.version);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::vector<std::string> releases_with(const Catalog& catalog, const std::string& object,
                                       const Version& version) {
  std::vector<std::string> out;
  for (const auto& release : catalog.releases) {
    const auto entry = release.manifest.find(object);
    if (entry != release.manifest.end() && entry->second == version) out.push_back(release.name);
  }
  return out;
}

ObjectVersion object_version(const Catalog& catalog, const std::string& word, const std::string& command) {
  const auto mark = word.find('@');
  ObjectVersion out{word.substr(0, mark), {}};
  const auto names = object_names(catalog);
  if (std::find(names.begin(), names.end(), out.name) == names.end())
    throw bad_request(command, "there is no object '" + out.name + "'", did_you_mean(out.name, names));
  if (mark == std::string::npos) return out;
  std::vector<std::string> known;
  for (const auto& version : versions_of(catalog, out.name)) {
    known.push_back(version.text());
    if (version.text() == word.substr(mark + 1)) out.version = version;
  }
  if (!out.version)
    throw bad_request(command, fmt::format("{} has no version '{}'", out.name, word.substr(mark + 1)),
                      did_you_mean(word.substr(mark + 1), known));
  return out;
}

const Release& release_named(const Catalog& catalog, const std::string& name, const std::string& option) {
  if (catalog.releases.empty()) throw bad_request(option, "this catalog has no releases");
  return catalog.require_release(name, option);
}

std::string release_span(const Catalog& catalog, const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size();) {
    std::size_t last = i;
    while (last + 1 < names.size() &&
           catalog.release(names[last + 1])->index == catalog.release(names[last])->index + 1)
      ++last;
    out += (out.empty() ? "" : ", ") + names[i] + (last == i ? "" : " to " + names[last]);
    i = last + 1;
  }
  return out;
}

std::string filled(const std::vector<std::string>& items, const std::string& first, const std::string& rest) {
  std::string text;
  for (auto item : items) {
    std::replace(item.begin(), item.end(), ' ', '\x01');  // an item is not broken
    text += (text.empty() ? "" : ", ") + item;
  }
  auto out = filled(text, first, rest);
  std::replace(out.begin(), out.end(), '\x01', ' ');
  return out;
}

std::string filled(const std::string& text, const std::string& first, const std::string& rest) {
  constexpr std::size_t columns = 80;
  std::string out = first;
  std::size_t line = first.size(), at = 0;
  bool begun = false;
  while (at < text.size()) {
    const auto end = std::min(text.find(' ', at), text.size());
    const auto word = text.substr(at, end - at);
    if (begun && line + 1 + word.size() > columns) {
      out += "\n" + rest;
      line = rest.size();
      begun = false;
    }
    if (begun) ++line;
    out += (begun ? " " : "") + word;
    line += word.size();
    begun = true;
    at = end + 1;
  }
  return out + "\n";
}

}  // namespace caravan::harness
