// The catalog loader in its three forms: whatever it takes can be used, and written and read again.
#include "objects/base/error.hpp"
#include "objects/base/json_text.hpp"
#include "objects/loader/loader.hpp"
#include "objects/loader/parts.hpp"
#include "objects/model/fingerprint.hpp"
#include "objects/model/registry.hpp"
#include "tests/fuzz/targets.hpp"

namespace caravan::fuzz {
namespace {

void use(const Catalog& catalog) {
  const auto registry = Registry::from(catalog);
  for (const ClassSpec& spec : catalog.classes) {
    if (!spec.registered) continue;
    refused([&] { (void)fingerprint(*registry->newest(spec.name)); });
    refused([&] { (void)registry->manifest(spec.name); });
    refused([&] { (void)Object::create(registry, spec.name).to_primitive(); });
  }
  for (const Release& release : catalog.releases) refused([&] { (void)snapshot(catalog, release.name); });
}

void check(const Catalog& catalog) {
  const std::string text = to_json(catalog).dump();
  try {
    if (to_json(load_catalog_text(text, "written")).dump() != text)
      throw Violation("a catalog is read as it was written: " + text);
  } catch (const Error& error) {
    throw Violation("what was written can be read: " + std::string(error.what()) + " in " + text);
  }
  use(catalog);
}

/// The releases that a lone class file needs: those that it names.
std::string releases_of(const Json& file) {
  Json releases = Json::array();
  if (const auto versions = file.find("versions"); versions != file.end() && versions->is_object()) {
    for (auto version = versions->begin(); version != versions->end(); ++version) {
      releases.push_back(Json{{"name", version.value()},
                              {"title", version.value()},
                              {"database_revision", "1"},
                              {"manifest", {{file.value("name", "?"), version.key()}}}});
    }
  }
  return Json{{"format", "caravan-releases/1"},
              {"objects", Json::array({file.value("name", "?")})},
              {"releases", std::move(releases)}}
      .dump();
}

}  // namespace

void catalog(std::string_view text) {
  Json document;
  if (refused([&] { document = parse_json_strict(text, "input"); })) return;
  const auto name = document.is_object() ? document.find("name") : document.end();
  const bool class_file = document.is_object() && name != document.end() && name->is_string();
  refused([&] {
    if (!class_file) return check(load_catalog_text(text, "input"));
    const auto file = name->get<std::string>() + ".json";
    check(catalog_parts::read_files(
        {{file, file, std::string(text)}, {"releases.json", "releases.json", releases_of(document)}},
        "folder"));
  });
}

}  // namespace caravan::fuzz
