// A folder of a catalog: releases.json, read here, and one file a class. docs/objects.md.
#include <fmt/format.h>

#include <algorithm>

#include "objects/base/json_text.hpp"
#include "objects/base/nearest.hpp"
#include "objects/loader/parts.hpp"

namespace caravan::catalog_parts {
namespace {

// An interface with all its methods, cut to what `version` of it has.
RpcInterface interface_at(const RpcInterface& whole, const Version& version) {
  RpcInterface result = whole;
  result.version = version;
  result.methods.clear();
  for (RpcMethod method : whole.methods) {
    if (version < method.since) continue;
    method.args.erase(std::remove_if(method.args.begin(), method.args.end(),
                                     [&](const RpcArg& arg) { return arg.since && version < *arg.since; }),
                      method.args.end());
    result.methods.push_back(method);
  }
  return result;
}

std::vector<RpcInterface> read_interfaces(const JsonAt& at) {
  std::vector<RpcInterface> result;
  for (const JsonAt& item : at.items()) {
    item.only({"topic", "methods"});
    RpcInterface interface;
    interface.topic = item.member("topic").name();
    for (const JsonAt& method : item.member("methods").items())
      interface.methods.push_back(read_method(method));
    result.push_back(interface);
  }
  return result;
}

// A release says what changed since the one before; the rest is carried over.
Release next_release(const JsonAt& at, const Release* before, const std::vector<RpcInterface>& interfaces,
                     const std::vector<std::string>& objects) {
  at.only({"name", "title", "manifest", "rpc", "database_revision", "engine_version", "behaviours", "enums"});
  Release release = before != nullptr ? *before : Release{};
  release.index = before != nullptr ? before->index + 1 : 0;
  release.name = at.member("name").name();
  release.title = at.text_or("title", release.name);
  release.hooks.clear();  // they have a table of their own
  release.behaviours = at.has("behaviours") ? at.member("behaviours").texts() : std::vector<std::string>{};
  if (at.has("database_revision")) release.database_revision = at.member("database_revision").name();
  if (at.has("engine_version")) release.engine_version = at.member("engine_version").text();
  if (at.has("manifest")) {
    for (const auto& [object, version] : at.member("manifest").members()) {
      if (std::find(objects.begin(), objects.end(), object) == objects.end()) {
        version.fail(fmt::format("unknown object \"{}\"", object), did_you_mean(object, objects));
      }
      release.manifest[object] = version.version();
    }
  }
  if (at.has("enums")) {
    for (const auto& [name, values] : at.member("enums").members()) release.enums[name] = values.texts();
  }
  if (!at.has("rpc")) return release;
  std::vector<std::string> topics;
  for (const RpcInterface& interface : interfaces) topics.push_back(interface.topic);
  release.rpc.clear();
  for (const auto& [topic, version] : at.member("rpc").members()) {
    const auto found = std::find(topics.begin(), topics.end(), topic);
    if (found == topics.end())
      version.fail(fmt::format("unknown topic \"{}\"", topic), did_you_mean(topic, topics));
    release.rpc.push_back(
        interface_at(interfaces[static_cast<std::size_t>(found - topics.begin())], version.version()));
  }
  return release;
}

std::vector<Transition> read_lives(const JsonAt& at, const std::vector<std::string>& releases) {
  std::vector<Transition> result;
  for (const auto& [life, rows] : at.members()) {
    for (const JsonAt& row : rows.items()) {
      const auto cells = row.items();
      if (cells.size() < 3 || cells.size() > 4)
        row.fail("[from, to, who] or [from, to, who, {since, until}] was expected");
      Transition transition;
      transition.life = life;
      transition.from = cells[0].name();
      transition.to = cells[1].name();
      transition.who = cells[2].name();
      if (cells.size() == 4) {
        cells[3].only({"since", "until"});
        if (cells[3].has("since")) transition.since = cells[3].member("since").one_of(releases, "release");
        if (cells[3].has("until")) transition.until = cells[3].member("until").one_of(releases, "release");
      }
      result.push_back(transition);
    }
  }
  return result;
}

// Each hook says from which release on it holds, and until which; a release has those that hold at it.
void read_hooks(const JsonAt& at, std::vector<Release>& releases, const std::vector<std::string>& names) {
  for (const JsonAt& item : at.items()) {
    item.only({"name", "since", "until", "why"});
    const auto index = [&](const char* key, std::size_t otherwise) {
      if (!item.has(key)) return otherwise;
      const std::string name = item.member(key).one_of(names, "release");
      return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
    };
    const Hook hook{item.member("name").name(), item.member("why").text()};
    const std::size_t until = index("until", releases.size());
    for (std::size_t i = index("since", 0); i < until; ++i) releases[i].hooks.push_back(hook);
  }
}

void check_against_releases(const ClassFile& file, const JsonAt& at, const Catalog& catalog) {
  std::vector<std::string> names;
  for (const Release& release : catalog.releases) names.push_back(release.name);
  for (const auto& [version, first] : file.history.versions) {
    const JsonAt place = at.member("versions").member(version.text());
    place.one_of(names, "release");
    const auto& manifest = catalog.release(first)->manifest;
    const auto found = manifest.find(file.history.name);
    if (found == manifest.end() || found->second != version) {
      place.fail(fmt::format("{} {} first came with {}, but that release's manifest has {}",
                             file.history.name, version.text(), first,
                             found == manifest.end() ? "no such object" : found->second.text()));
    }
  }
}

// What only the whole can tell: releases name versions that there are, consequences name objects.
void check_whole(const Catalog& catalog, const JsonAt& at) {
  const auto releases = at.member("releases").items();
  for (std::size_t i = 0; i < releases.size(); ++i) {
    if (!releases[i].has("manifest")) continue;
    for (const auto& [object, version] : releases[i].member("manifest").members()) {
      if (catalog.find(object, version.version()) != nullptr) continue;
      version.fail(fmt::format("{} has no version {}", object, version.text()));
    }
  }
  if (at.has("consequences")) check_consequences(catalog, at.member("consequences"));
}

}  // namespace

Catalog read_files(const std::vector<NamedText>& files, const std::string& where) {
  const auto file = [&](const std::string& name) {
    const auto found =
        std::find_if(files.begin(), files.end(), [&](const NamedText& f) { return f.name == name; });
    return found == files.end() ? nullptr : &*found;
  };
  std::vector<std::string> file_names;
  for (const NamedText& f : files) file_names.push_back(f.name);
  const NamedText* releases_file = file("releases.json");
  if (releases_file == nullptr)
    throw bad_request(where, "the catalog folder has no releases.json",
                      did_you_mean("releases.json", file_names));

  const Json document = parse_json_strict(releases_file->text, releases_file->where);
  const JsonAt at(document, releases_file->where, releases_file->text);
  at.only({"format", "about", "base", "objects", "interfaces", "releases", "hooks", "transitions",
           "consequences", "row_stamps"});
  at.member("format").one_of({"caravan-releases/1"}, "format");
  Catalog catalog;
  if (at.has("base")) {
    const JsonAt base = at.member("base");
    base.only({"name", "serial_namespace", "project_namespace"});
    catalog.base_name = base.text_or("name", catalog.base_name);
    catalog.serial_namespace = base.text_or("serial_namespace", catalog.serial_namespace);
    catalog.project_namespace = base.text_or("project_namespace", catalog.project_namespace);
  }
  const std::vector<std::string> objects = at.member("objects").texts();
  std::vector<RpcInterface> interfaces;
  if (at.has("interfaces")) interfaces = read_interfaces(at.member("interfaces"));
  std::vector<std::string> release_names;
  for (const JsonAt& item : at.member("releases").items()) {
    catalog.releases.push_back(next_release(
        item, catalog.releases.empty() ? nullptr : &catalog.releases.back(), interfaces, objects));
    const std::string& name = catalog.releases.back().name;
    if (std::find(release_names.begin(), release_names.end(), name) != release_names.end()) {
      item.fail(fmt::format("the release {} is listed twice", name));
    }
    release_names.push_back(name);
  }
  if (at.has("hooks")) read_hooks(at.member("hooks"), catalog.releases, release_names);
  if (at.has("transitions")) catalog.transitions = read_lives(at.member("transitions"), release_names);
  if (at.has("consequences")) catalog.consequences = read_consequences(at.member("consequences"));

  for (const JsonAt& item : at.member("objects").items()) {
    const std::string object = item.text();
    const NamedText* source = file(object + ".json");
    if (source == nullptr)
      item.fail(fmt::format("there is no file {}.json", object), did_you_mean(object + ".json", file_names));
    const Json json = parse_json_strict(source->text, source->where);
    const JsonAt class_at(json, source->where, source->text);
    ClassFile read = read_class_file(class_at);
    if (read.history.name != object)
      class_at.member("name").fail(fmt::format("the file is named {}.json", object));
    if (catalog.history(object) != nullptr) item.fail(fmt::format("{} is listed twice", object));
    check_against_releases(read, class_at, catalog);
    check_conduct(read.history, catalog, objects, class_at);
    for (const auto& [field, child] : read.history.children) {
      if (std::find(objects.begin(), objects.end(), child) == objects.end()) {
        class_at.member("fields").fail(fmt::format("{} is a list of the unknown class {}", field, child),
                                       did_you_mean(child, objects));
      }
    }
    catalog.histories.push_back(read.history);
    catalog.classes.insert(catalog.classes.end(), read.classes.begin(), read.classes.end());
  }
  check_whole(catalog, at);
  catalog.row_stamps = at.flag_or("row_stamps", false);
  if (const NamedText* source = file("migrations.json")) {
    const Json json = parse_json_strict(source->text, source->where);
    catalog.migrations = read_migrations_file(JsonAt(json, source->where, source->text), release_names);
  }
  for (const std::string& name : file_names) {
    const std::string stem = name.substr(0, name.rfind('.'));
    if (name != "releases.json" && name != "migrations.json" &&
        std::find(objects.begin(), objects.end(), stem) == objects.end()) {
      at.member("objects").fail(fmt::format("the file {} is not listed here", name),
                                did_you_mean(stem, objects));
    }
  }
  return catalog;
}

}  // namespace caravan::catalog_parts
