// Reading files of vectors, and the table of categories.
#include "tests/vectors/conformance.hpp"

#include <algorithm>
#include <array>

#include "objects/base/error.hpp"
#include "objects/base/json_text.hpp"
#include "objects/loader/loader.hpp"

namespace caravan::conformance {
namespace {

struct Category {
  const char* name;
  Runner run;
};
constexpr std::array<Category, 9> categories = {{{"fields", run_field},
                                                 {"roundtrip", run_roundtrip},
                                                 {"backport", run_backport},
                                                 {"manifest", run_manifest},
                                                 {"registry", run_registry},
                                                 {"fingerprint", run_fingerprint},
                                                 {"changes", run_changes},
                                                 {"serializer", run_serializer},
                                                 {"remotable", run_remotable}}};

const std::string project_prefix = "fingerprints-";

Runner runner_of(const std::string& category) {
  if (category.rfind(project_prefix, 0) == 0) return run_project_fingerprint;
  const auto found = std::find_if(categories.begin(), categories.end(),
                                  [&category](const Category& c) { return category == c.name; });
  return found == categories.end() ? nullptr : found->run;
}

using Members = std::initializer_list<const char*>;

/// A recording may say more about a class than these tests know (its title, where it comes from); what a
/// member means shows in the cases.
Json only(const Json& object, Members known) {
  if (!object.is_object()) return object;
  Json out = Json::object();
  for (const char* name : known)
    if (object.contains(name)) out[name] = object[name];
  return out;
}

Json known_field(const Json& field) {
  Json out = only(field, {"name", "type", "nullable", "default", "read_only", "tzinfo_aware", "values",
                          "transitions", "element", "class", "subclasses"});
  if (out.is_object() && out.contains("element")) out["element"] = known_field(out["element"]);
  return out;
}

template <class Change>
void each(Json& holder, const char* member, Change change) {
  if (!holder.is_object() || !holder.contains(member) || !holder[member].is_array()) return;
  for (Json& one : holder[member]) one = change(one);
}

Json with_known_members(const Json& catalog) {
  Json out = only(catalog, {"base", "classes"});
  if (out.is_object() && out.contains("base"))
    out["base"] = only(out["base"], {"name", "serial_namespace", "project_namespace"});
  each(out, "classes", [](const Json& one) {
    Json spec = only(one, {"name", "version", "label", "parent", "mixins", "fields", "relationships",
                           "child_versions", "extra_fields", "lazy", "compat", "methods", "register"});
    each(spec, "fields", known_field);
    each(spec, "methods", [](const Json& method) {
      return only(method, {"name", "kind", "args", "varargs", "keywords", "defaults", "kwonly",
                           "kwonly_defaults", "body"});
    });
    return spec;
  });
  return out;
}

/// What every case needs, whatever its category.
void check_cases(const JsonAt& document) {
  document.member("catalogs").members();
  for (const JsonAt& test : document.member("cases").items()) {
    test.member("id").name();
    if (test.has("tags")) test.member("tags").texts();
    test.member("expect").members();
    test.member("catalog").name();
  }
}

std::string format_of(const Json& document) {
  const auto format = document.is_object() ? document.find("format") : document.end();
  return format != document.end() && format->is_string() ? format->get<std::string>() : "";
}

const std::vector<std::string> formats = {"ovo-vectors/1", "ovo-fingerprints/1"};

bool is_format(const std::string& format) {
  return std::find(formats.begin(), formats.end(), format) != formats.end();
}

std::vector<std::filesystem::path> json_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  std::error_code trouble;
  for (const auto& entry : std::filesystem::directory_iterator(folder, trouble)) {
    if (entry.path().extension() == ".json") paths.push_back(entry.path());
  }
  if (trouble) throw bad_request(folder.string(), "cannot be listed: " + trouble.message());
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

bool has_tag(const Json& test, const char* tag) {
  const auto tags = test.find("tags");
  return tags != test.end() && std::find(tags->begin(), tags->end(), Json(tag)) != tags->end();
}

VectorFile::VectorFile(const std::filesystem::path& path) : path_(path) {
  const std::string text = read_text_file(path);
  *this = VectorFile(path, parse_json_strict(text, path.string()), text);
}

VectorFile::VectorFile(std::filesystem::path path, Json document, std::string_view text)
    : path_(std::move(path)), document_(std::move(document)) {
  const JsonAt at(document_, path_.string(), text);
  at.member("format").one_of(formats, "format of vectors");
  if (format_of(document_) == "ovo-fingerprints/1") {
    category_ = project_category(at);
    Json cases = project_cases(at);
    document_ = Json{{"cases", std::move(cases)}, {"catalogs", Json::object()}};
    return;
  }
  std::vector<std::string> names;
  for (const Category& known : categories) names.emplace_back(known.name);
  category_ = at.member("category").one_of(names, "category");
  check_cases(at);
}

std::shared_ptr<const Registry> VectorFile::registry(const std::string& name) const {
  auto& made = registries_[name];
  if (!made)
    made = Registry::from(
        load_recorded_catalog(with_known_members(catalog(name)), where() + ": /catalogs/" + name));
  return made;
}

const Json& VectorFile::catalog(const std::string& name) const {
  const Json& catalogs = document_.at("catalogs");
  const auto found = catalogs.find(name);
  if (found == catalogs.end()) throw bad_request(where(), "no catalog \"" + name + "\"");
  return *found;
}

std::shared_ptr<const Registry> VectorFile::load(const Json& catalog) const {
  return Registry::from(load_recorded_catalog(with_known_members(catalog), where() + ": catalog of a case"));
}

bool is_known(const std::string& category) { return runner_of(category) != nullptr; }

Outcome run_case(const VectorFile& file, const Json& test) {
  using Verdict = Outcome::Verdict;
  const Runner run = runner_of(file.category());
  const Json& expect = test.at("expect");
  const bool quirk = has_tag(test, "quirk");
  Json actual;
  try {
    actual = run(file, test);
  } catch (const ObjectError& error) {
    actual = error_json(error);
  } catch (const Error& error) {  // a catalog that cannot be loaded, with its place
    return {Verdict::failed, error.what()};
  } catch (const Json::exception& error) {  // a member that the case should have
    return {Verdict::failed, std::string("the case cannot be read: ") + error.what()};
  } catch (const std::exception& error) {  // our own fault: no Python exception looks like this
    return {Verdict::failed, std::string("internal error: ") + error.what()};
  }
  if (quirk && expect.contains("error") && actual.contains("error")) return {};
  const std::string why = difference(expect, actual);
  if (why.empty()) return {};
  return {quirk ? Verdict::skipped : Verdict::failed, why};
}

std::vector<std::shared_ptr<const VectorFile>> vector_files(const std::filesystem::path& path) {
  std::vector<std::shared_ptr<const VectorFile>> files;
  std::error_code trouble;
  if (!std::filesystem::is_directory(path, trouble)) {
    files.push_back(std::make_shared<const VectorFile>(path));
    return files;
  }
  for (const auto& one : json_files(path)) {
    const std::string text = read_text_file(one);
    Json document = parse_json_strict(text, one.string());
    if (is_format(format_of(document)))
      files.push_back(std::make_shared<const VectorFile>(one, std::move(document), text));
  }
  if (files.empty()) {
    throw bad_request(path.string(), "no vectors in this folder",
                      "files *.json of format ovo-vectors/1 or ovo-fingerprints/1 are looked for");
  }
  return files;
}

}  // namespace caravan::conformance
