#include "objects/loader/loader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "objects/base/embedded.hpp"
#include "objects/base/error.hpp"
#include "objects/base/json_text.hpp"
#include "objects/loader/parts.hpp"

namespace caravan {

std::span<const EmbeddedFile> sahara_catalog_files();  // generated, cmake/embed.cmake

namespace {

using namespace catalog_parts;

// Names in one part that another part defines.
void check_parts(Catalog& catalog, const JsonAt& at) {
  std::vector<std::string> classes;
  for (const ClassHistory& history : catalog.histories) classes.push_back(history.name);
  for (std::size_t i = 0; i < catalog.histories.size(); ++i) {
    ClassHistory& history = catalog.histories[i];
    const JsonAt item = at.member("histories").items()[i];
    std::vector<std::string> fields;
    for (const ClassSpec& spec : catalog.classes) {
      if (spec.name != history.name) continue;
      for (const FieldSpec& field : spec.fields) fields.push_back(field.name);
    }
    for (const auto& [version, release] : history.versions) {
      if (catalog.find(history.name, version) != nullptr) continue;
      item.member("versions").fail(fmt::format("no class {} {} is listed", history.name, version.text()));
    }
    read_conduct(item, history, fields);
    check_conduct(history, catalog, classes, item);
    if (!item.has("contracts")) continue;
    for (const JsonAt& contract : item.member("contracts").items())
      contract.member("field").one_of(fields, "field");
  }
  std::vector<std::string> releases;
  for (std::size_t i = 0; i < catalog.releases.size(); ++i) {
    releases.push_back(catalog.releases[i].name);
    for (const auto& [object, version] : at.member("releases").items()[i].member("manifest").members()) {
      if (catalog.find(object, version.version()) == nullptr) {
        version.fail(fmt::format("no class {} {} is listed", object, version.text()));
      }
    }
  }
  if (at.has("transitions")) {
    for (const JsonAt& item : at.member("transitions").items()) {
      for (const char* key : {"since", "until"}) {
        if (item.has(key)) item.member(key).one_of(releases, "release");
      }
    }
  }
  if (at.has("consequences")) check_consequences(catalog, at.member("consequences"));
}

Catalog read_document(const JsonAt& at, bool recorded = false) {
  if (at.has("catalogs")) at.fail("this is a file of vectors", "its catalogs are under /catalogs");
  if (at.has("fields") || at.has("objects")) {
    at.fail("this is one file of a catalog folder", "load the folder that holds releases.json");
  }
  at.only({"format", "base", "classes", "histories", "releases", "transitions", "consequences", "migrations",
           "row_stamps"});
  if (at.has("format")) at.member("format").one_of({"caravan-catalog/1"}, "format");
  Catalog catalog;
  if (at.has("base")) {
    const JsonAt base = at.member("base");
    base.only({"name", "serial_namespace", "project_namespace"});
    catalog.base_name = base.text_or("name", catalog.base_name);
    catalog.serial_namespace = base.text_or("serial_namespace", catalog.serial_namespace);
    catalog.project_namespace = base.text_or("project_namespace", catalog.project_namespace);
  }
  for (const JsonAt& item : at.member("classes").items()) catalog.classes.push_back(read_class(item));
  check_classes(catalog.classes, at.member("classes"), recorded);
  if (at.has("histories")) {
    for (const JsonAt& item : at.member("histories").items()) catalog.histories.push_back(read_history(item));
  }
  if (at.has("releases")) {
    for (const JsonAt& item : at.member("releases").items()) catalog.releases.push_back(read_release(item));
  }
  if (at.has("transitions")) catalog.transitions = read_transitions(at.member("transitions"));
  if (at.has("consequences")) catalog.consequences = read_consequences(at.member("consequences"));
  check_parts(catalog, at);
  if (at.has("migrations")) {
    std::vector<std::string> releases;
    for (const Release& release : catalog.releases) releases.push_back(release.name);
    catalog.migrations = read_migrations(at.member("migrations"), releases);
  }
  catalog.row_stamps = at.flag_or("row_stamps", false);
  return catalog;
}

}  // namespace

Catalog load_catalog(const Json& document, const std::string& where) {
  return read_document(JsonAt(document, where));
}

Catalog load_recorded_catalog(const Json& document, const std::string& where) {
  return read_document(JsonAt(document, where), true);
}

Catalog load_catalog_text(std::string_view text, const std::string& where) {
  const Json document = parse_json_strict(text, where);
  return read_document(JsonAt(document, where, text));
}

Catalog load_catalog_folder(const std::filesystem::path& folder) {
  std::error_code code;
  if (!std::filesystem::is_directory(folder, code)) {
    throw bad_request(folder.string(), "no such folder",
                      "a catalog is a folder with releases.json and one file for each class");
  }
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder, code)) {
    if (entry.path().extension() == ".json") paths.push_back(entry.path());
  }
  if (code) throw machine_failed(folder.string(), "cannot be listed: " + code.message());
  std::sort(paths.begin(), paths.end());
  std::vector<NamedText> files;
  for (const auto& path : paths)
    files.push_back({path.filename().string(), path.string(), read_text_file(path)});
  return read_files(files, folder.string());
}

Catalog load_catalog_files(std::vector<NamedText> files) {
  const bool whole = std::any_of(files.begin(), files.end(),
                                 [](const NamedText& file) { return file.name == "releases.json"; });
  if (whole) return read_files(files, files.front().where);
  Json objects = Json::array(), releases = Json::array();
  for (NamedText& file : files) {
    const Json json = parse_json_strict(file.text, file.where);
    const JsonAt at(json, file.where, file.text);
    const std::string object = at.member("name").name();
    objects.push_back(object);
    file.name = object + ".json";
    std::size_t after = 0;  // a file names its releases oldest first
    for (const auto& [version, release] : at.member("versions").members()) {
      const std::string name = release.name();
      const auto known = std::find_if(releases.begin(), releases.end(),
                                      [&name](const Json& one) { return one.at("name") == name; });
      auto index = static_cast<std::size_t>(known - releases.begin());
      if (known == releases.end()) {
        index = after;
        releases.insert(releases.begin() + static_cast<std::ptrdiff_t>(index),
                        Json{{"name", name}, {"manifest", Json::object()}});
      } else if (index < after) {
        release.fail("the release " + name + " is older in another file",
                     "add releases.json, which gives the order of the releases");
      }
      releases[index]["manifest"][object] = version;
      after = index + 1;
    }
  }
  Json document{{"format", "caravan-releases/1"}, {"objects", std::move(objects)}};
  document["releases"] = std::move(releases);
  files.push_back({"releases.json", "releases of the class files", document.dump()});
  return read_files(files, files.front().where);
}

const Catalog& sahara_catalog() {
  static const Catalog catalog = [] {
    std::vector<NamedText> files;
    for (const EmbeddedFile& file : sahara_catalog_files()) {
      files.push_back(
          {std::string(file.name), "objects/sahara/" + std::string(file.name), std::string(file.text)});
    }
    return read_files(files, "objects/sahara");
  }();
  return catalog;
}

}  // namespace caravan
