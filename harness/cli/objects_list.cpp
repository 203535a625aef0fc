// objects list, objects fingerprint: what has versions, and OVO's fingerprint of each.
#include <fmt/format.h>

#include <algorithm>

#include "harness/cli/objects.hpp"
#include "objects/model/fingerprint.hpp"
#include "objects/model/registry.hpp"
#include "reports/formats/render.hpp"

namespace caravan::harness {
namespace {

Json object_row(const Catalog& catalog, const std::string& name) {
  const auto* history = catalog.history(name);
  Json out{{"name", name}};
  if (history != nullptr) {
    out["core"] = history->core;
    out["table"] = history->table;
  }
  Json versions = Json::array();
  for (const auto& version : versions_of(catalog, name)) {
    Json one{{"version", version.text()},
             {"fields", catalog.find(name, version)->fields.size()},
             {"releases", releases_with(catalog, name, version)}};
    versions.push_back(std::move(one));
  }
  out["versions"] = std::move(versions);
  return out;
}

/// "1.0 icehouse to 1.6 pike": each with the release that first has it.
std::string line_of(const Json& row, std::size_t width) {
  const Json& versions = row.at("versions");
  const auto end = [](const Json& version) {
    const Json& releases = version.at("releases");
    const auto first = releases.empty() ? std::string() : " " + releases.front().get<std::string>();
    return version.at("version").get<std::string>() + first;
  };
  const auto span = versions.size() == 1
                        ? end(versions.front())
                        : fmt::format("{} to {}", end(versions.front()), end(versions.back()));
  const auto fields = versions.back().at("fields").get<int>();
  return fmt::format("  {:<{}}  {:>2} field{}  {}", row.at("name").get<std::string>(), width, fields,
                     fields == 1 ? " " : "s", span);
}

std::string section(const std::string& title, const Json& rows, std::size_t width) {
  if (rows.empty()) return {};
  std::string out = title + "\n";
  for (const Json& row : rows) out += line_of(row, width) + "\n";
  return out;
}

}  // namespace

int cli_objects_list(const Options& options) {
  const auto catalog = with_inherited_fields(catalog_at(options.catalogs));
  Json all = Json::array(), core = Json::array(), auxiliary = Json::array();
  std::size_t width = 0;
  for (const auto& name : object_names(catalog)) {
    all.push_back(object_row(catalog, name));
    (all.back().value("core", true) ? core : auxiliary).push_back(all.back());
    width = std::max(width, name.size());
  }
  if (options.json) {
    print_out(all.dump(2) + "\n");
    return 0;
  }
  show_out(reports::folded(section("objects", core, width) + section("auxiliary objects", auxiliary, width) +
                               "caravan objects show OBJECT@VERSION says more about one\n",
                           screen().width));
  return 0;
}

int cli_objects_fingerprint(const Options& options) {
  const auto catalog = catalog_at(options.catalogs);
  const ClassRegistry registry(catalog);
  const bool many = options.inputs.empty();
  const auto* release =
      options.release.empty() ? nullptr : &release_named(catalog, options.release, "--release");
  Json out = Json::object();
  std::string text;
  const auto add = [&](const std::string& name, const std::string& version) {
    const auto hash = fingerprint(*registry.exact(name, version));
    text += fmt::format("{} {}\n", name, hash);
    if (options.all_versions)
      out[name].push_back(hash);
    else
      out[name] = hash;
  };
  const auto names = object_names(catalog);
  std::vector<ObjectVersion> wanted;
  if (many)
    for (const auto& name : names) wanted.push_back({name, {}});
  for (const auto& word : options.inputs)
    wanted.push_back(object_version(catalog, word, "caravan objects fingerprint"));
  for (const auto& one : wanted) {
    const auto known = versions_of(catalog, one.name);
    if (one.version) {
      add(one.name, one.version->text());
    } else if (release != nullptr) {
      const auto entry = release->manifest.find(one.name);
      if (entry != release->manifest.end())
        add(one.name, entry->second.text());
      else if (!many)
        throw bad_request("--release", release->name + " does not know " + one.name);
    } else if (options.all_versions) {
      for (const auto& version : known) add(one.name, version.text());
    } else {
      add(one.name, known.back().text());
    }
  }
  options.json ? print_out(out.dump(2) + "\n") : show_out(text);
  return 0;
}

}  // namespace caravan::harness
