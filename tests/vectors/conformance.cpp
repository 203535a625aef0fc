// Reading files of vectors, and the table of categories.
#include "tests/vectors/conformance.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

#include "objects/catalog_loader.hpp"
#include "objects/error.hpp"

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

Runner runner_of(const std::string& category) {
  const auto found = std::find_if(categories.begin(), categories.end(),
                                  [&category](const Category& c) { return category == c.name; });
  return found == categories.end() ? nullptr : found->run;
}

bool has_tag(const Json& test, const char* tag) {
  const Json& tags = test.at("tags");
  return std::find(tags.begin(), tags.end(), Json(tag)) != tags.end();
}

Json parse_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw machine_failed(path.string(), "cannot be read");
  try {
    return Json::parse(in);
  } catch (const Json::exception& error) {
    throw bad_request(path.string(), error.what());
  }
}

}  // namespace

VectorFile::VectorFile(const std::filesystem::path& path) : path_(path), document_(parse_file(path)) {
  if (!document_.is_object() || document_.value("format", "") != "ovo-vectors/1") {
    throw bad_request(path.string(), "no file of vectors",
                      "its member \"format\" should be \"ovo-vectors/1\"");
  }
  category_ = document_.at("category").get<std::string>();
}

std::shared_ptr<const Registry> VectorFile::registry(const std::string& name) const {
  auto& made = registries_[name];
  if (!made) made = Registry::from(load_catalog(catalog(name), where() + ": /catalogs/" + name));
  return made;
}

const Json& VectorFile::catalog(const std::string& name) const {
  const Json& catalogs = document_.at("catalogs");
  const auto found = catalogs.find(name);
  if (found == catalogs.end()) throw bad_request(where(), "no catalog \"" + name + "\"");
  return *found;
}

std::shared_ptr<const Registry> VectorFile::load(const Json& catalog) const {
  return Registry::from(load_catalog(catalog, where() + ": catalog of a case"));
}

bool is_known(const std::string& category) { return runner_of(category) != nullptr; }

Outcome run_case(const VectorFile& file, const Json& test) {
  using Verdict = Outcome::Verdict;
  const Runner run = runner_of(file.category());
  if (run == nullptr) return {Verdict::skipped, "unknown category " + file.category()};
  const Json& expect = test.at("expect");
  const bool quirk = has_tag(test, "quirk");
  Json actual;
  try {
    actual = run(file, test);
  } catch (const ObjectError& error) {
    actual = error_json(error);
  } catch (const std::exception& error) {  // our own fault: no Python exception looks like this
    return {Verdict::failed, std::string("internal error: ") + error.what()};
  }
  if (quirk && expect.contains("error") && actual.contains("error")) return {};
  const std::string why = difference(expect, actual);
  if (why.empty()) return {};
  return {quirk ? Verdict::skipped : Verdict::failed, why};
}

std::vector<std::filesystem::path> vector_files(const std::filesystem::path& folder) {
  std::error_code trouble;
  if (!std::filesystem::is_directory(folder, trouble)) throw bad_request(folder.string(), "is not a folder");
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    const Json document = parse_file(entry.path());
    if (document.is_object() && document.value("format", "") == "ovo-vectors/1")
      files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace caravan::conformance
