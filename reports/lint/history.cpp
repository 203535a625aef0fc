// Versions over releases, and the closure of manifests.
#include "reports/lint/history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "objects/base/nearest.hpp"
#include "objects/base/text.hpp"

namespace caravan::lint {
namespace {

/// 1.2 -> 1.3, 1.2.1 -> 1.2.2, 1.2.x -> 1.3, 1.x -> 2.0.
bool follows(const Version& before, const Version& after) {
  const auto part = [](const Version& version, std::size_t i) {
    return i < version.parts().size() ? version.parts()[i] : 0;
  };
  if (part(after, 0) == part(before, 0) + 1) return part(after, 1) == 0;
  if (part(after, 0) != part(before, 0)) return false;
  if (part(after, 1) == part(before, 1)) return part(after, 2) == part(before, 2) + 1;
  return part(after, 1) == part(before, 1) + 1 && part(after, 2) == 0;
}

Json replace(const std::string& pointer, Json value) {
  return Json::array({Json{{"op", "replace"}, {"path", pointer}, {"value", std::move(value)}}});
}

std::string manifest_pointer(std::size_t release, const std::string& object) {
  return fmt::format("/releases/{}/manifest/{}", release, object);
}

Finding finding(const char* type, const std::string& object, const std::string& where) {
  Finding one;
  one.type = type;
  one.object = object;
  one.id = fmt::format("{}/{}{}{}", type, object, where.empty() ? "" : "/", where);
  return one;
}

void never_down(const Catalog& catalog, const LintObject& object, std::vector<Finding>& findings) {
  const Version* highest = nullptr;
  for (std::size_t i = 0; i < catalog.releases.size(); ++i) {
    const auto& release = catalog.releases[i];
    const auto known = release.manifest.find(object.name);
    if (known == release.manifest.end()) continue;
    if (highest != nullptr && known->second < *highest) {
      auto one = finding("version-went-down", object.name, release.name);
      one.from = highest->text();
      one.to = known->second.text();
      one.message = fmt::format("{} is at {} in {}, after {} in {}", object.name, one.to, release.name,
                                one.from, catalog.releases[i - 1].name);
      one.hurts.emplace_back(catalog.releases[i - 1].name, release.name);
      one.suggestion = Suggestion{fmt::format("keep {} {} in {}", object.name, one.from, release.name),
                                  "releases.json", replace(manifest_pointer(i, object.name), one.from)};
      findings.push_back(std::move(one));
      return;
    }
    highest = &known->second;
  }
}

void no_gap(const Promises& promise, const LintObject& object, std::vector<Finding>& findings) {
  for (std::size_t i = 1; i < object.versions.size(); ++i) {
    const auto& before = object.versions[i - 1];
    const auto& after = object.versions[i];
    if (follows(before, after)) continue;
    auto one = finding("version-gap", object.name, before.text() + "-" + after.text());
    one.from = before.text();
    one.to = after.text();
    one.message =
        fmt::format("{} goes from {} to {}: what was in between is unknown", object.name, one.from, one.to);
    suggest_renumbering(promise, object, i, one);
    findings.push_back(std::move(one));
  }
}

void used_once(const Catalog& catalog, const LintObject& object, std::vector<Finding>& findings) {
  std::map<Version, std::size_t> first;
  for (std::size_t i = 0; i < catalog.classes.size(); ++i) {
    const auto& spec = catalog.classes[i];
    if (spec.name != object.name || !spec.registered) continue;
    if (first.emplace(spec.version, i).second) continue;
    auto one = finding("version-used-twice", object.name, spec.version.text());
    one.from = one.to = spec.version.text();
    one.message = fmt::format("two classes are called {} {}: the second silently replaces the first",
                              object.name, spec.version.text());
    one.suggestion = Suggestion{
        "remove the first, which nothing can reach", "",
        Json::array({Json{{"op", "remove"}, {"path", fmt::format("/classes/{}", first[spec.version])}}})};
    findings.push_back(std::move(one));
    return;
  }
}

void manifests_exist(const Promises& promise, std::vector<Finding>& findings) {
  std::set<std::string> said;
  for (std::size_t i = 0; i < promise.catalog.releases.size(); ++i) {
    const auto& release = promise.catalog.releases[i];
    for (const auto& [name, version] : release.manifest) {
      const auto* object = promise.object(name);
      if (object != nullptr && object->index(version)) continue;
      if (!said.insert(name + version.text()).second) continue;  // carried over
      auto one = finding("unknown-version-in-manifest", name, release.name);
      one.from = one.to = version.text();
      one.message = fmt::format("the manifest of {} has {} {}, and there is no such {}", release.name, name,
                                version.text(), object == nullptr ? "object" : "version");
      if (object != nullptr) {
        std::vector<std::string> known;
        for (const auto& other : object->versions) known.push_back(other.text());
        auto meant = nearest(version.text(), known);
        if (meant.empty()) meant = known.back();
        one.suggestion = Suggestion{fmt::format("{} {} was probably meant", name, meant), "releases.json",
                                    replace(manifest_pointer(i, name), meant)};
      }
      findings.push_back(std::move(one));
    }
  }
}

/// obj_relationships say which child goes with a parent where nobody sent a manifest: no newer one than its
/// readers know.
void relationships_hold(const Promises& promise, const LintObject& object, std::vector<Finding>& findings) {
  for (const auto& release : promise.catalog.releases) {
    const auto own = release.manifest.find(object.name);
    const auto version = own == release.manifest.end() ? std::nullopt : object.index(own->second);
    if (!version) continue;
    for (const auto& [field, pairs] : object.specs[*version].relationships) {
      const auto* spec = object.spec(field, *version);
      const std::pair<Version, Version>* holds = nullptr;
      for (const auto& pair : pairs)
        if (pair.first <= own->second) holds = &pair;
      const auto child = spec == nullptr ? release.manifest.end() : release.manifest.find(spec->type.object);
      if (holds == nullptr || child == release.manifest.end() || holds->second <= child->second) continue;
      auto one =
          finding("relationship-too-new", fmt::format("{}.{}", object.name, field), holds->first.text());
      const bool known = std::any_of(findings.begin(), findings.end(),
                                     [&](const Finding& other) { return other.id == one.id; });
      if (known) continue;
      one.object = object.name;
      one.field = field;
      one.from = one.to = holds->first.text();
      one.message =
          fmt::format("{} {} goes with {} {}, says {}, but {} knows {}", object.name, one.from,
                      spec->type.object, holds->second.text(), field, release.name, child->second.text());
      suggest_relationship(object, field, holds->first, child->second, one);
      findings.push_back(std::move(one));
    }
  }
}

/// The version of a missing child that went with that release, as well as one can tell.
std::string version_for(const Promises& promise, const LintObject& child, std::size_t release) {
  if (child.history != nullptr)
    for (auto it = child.history->versions.rbegin(); it != child.history->versions.rend(); ++it)
      if (promise.age(it->second) >= 0 && promise.age(it->second) <= static_cast<int>(release))
        return it->first.text();
  for (std::size_t i = release; i-- > 0;) {
    const auto& manifest = promise.catalog.releases[i].manifest;
    if (const auto known = manifest.find(child.name); known != manifest.end()) return known->second.text();
  }
  return child.versions.front().text();
}

struct Missing {
  std::string object, field, version;  ///< the first parent that holds it
  std::size_t release = 0;
  std::vector<std::string> releases;
};

}  // namespace

void check_versions(const Promises& promise, std::vector<Finding>& findings) {
  for (const auto& object : promise.objects) {
    never_down(promise.catalog, object, findings);
    no_gap(promise, object, findings);
    used_once(promise.catalog, object, findings);
    relationships_hold(promise, object, findings);
  }
  manifests_exist(promise, findings);
}

void check_closure(const Promises& promise, std::vector<Finding>& findings) {
  std::map<std::string, Missing> missing;  // by child
  const auto& releases = promise.catalog.releases;
  for (std::size_t i = 0; i < releases.size(); ++i) {
    const auto& manifest = releases[i].manifest;
    for (const auto& object : promise.objects) {
      const auto own = manifest.find(object.name);
      const auto version = own == manifest.end() ? std::nullopt : object.index(own->second);
      if (!version) continue;
      for (const auto& field : object.specs[*version].fields) {
        for (const auto& child : held_classes(field)) {
          if (manifest.count(child) != 0) continue;
          auto& one = missing[child];
          if (one.releases.empty()) one = {object.name, field.name, own->second.text(), i, {}};
          if (one.releases.empty() || one.releases.back() != releases[i].name)
            one.releases.push_back(releases[i].name);
        }
      }
    }
  }
  for (const auto& [child, one] : missing) {
    auto out = finding("child-not-in-manifest", fmt::format("{}.{}", one.object, one.field),
                       releases[one.release].name);
    out.object = one.object;
    out.field = one.field;
    out.from = out.to = one.version;
    out.message = fmt::format("{} knows {} {}, whose {} holds {}, and its manifest has no {}",
                              text::list(one.releases), one.object, one.version, one.field, child, child);
    for (const auto& writer : releases)
      for (const auto& reader : one.releases)
        if (promise.age(reader) < promise.age(writer.name) && writer.manifest.count(child) != 0)
          out.hurts.emplace_back(writer.name, reader);
    if (const auto* known = promise.object(child)) {
      const auto version = version_for(promise, *known, one.release);
      out.suggestion = Suggestion{
          fmt::format("{} {} went with {}", child, version, releases[one.release].name), "releases.json",
          Json::array(
              {Json{{"op", "add"}, {"path", manifest_pointer(one.release, child)}, {"value", version}}})};
    }
    findings.push_back(std::move(out));
  }
}

}  // namespace caravan::lint
