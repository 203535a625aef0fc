// O3: equal object and version, equal contract, whoever built it; the same for RPC methods. The library's
// fingerprint is not a substitute: it keeps the order of enum values and ignores nested types.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "objects/base/text.hpp"
#include "reports/lint/facts.hpp"
#include "reports/lint/history.hpp"

namespace caravan::lint {
namespace {

Json as_set(const Json& values) {
  Json sorted = values;
  std::sort(sorted.begin(), sorted.end(), [](const Json& a, const Json& b) { return a.dump() < b.dump(); });
  return sorted;
}

Json contract_of(const FieldSpec& field) {
  Json out = Json::object();
  out["type"] = field.type.name;
  if (!field.type.object.empty()) out["class"] = field.type.object;
  if (field.type.subclasses) out["subclasses"] = true;
  if (field.type.element) out["element"] = contract_of(*field.type.element);
  if (field.type.values.is_array()) out["values"] = as_set(field.type.values);
  if (!field.type.transitions.is_null()) out["transitions"] = field.type.transitions;
  if (!field.type.tzinfo_aware) out["tzinfo_aware"] = false;
  if (field.nullable) out["nullable"] = true;
  if (field.read_only) out["read_only"] = true;
  if (field.default_value) out["default"] = *field.default_value;
  return out;
}

/// The closed sets that hold at that version, by path.
Json legal_of(const Contract& contract, const Version& version) {
  Json out = Json::object();
  for (const auto& legal : contract.legal)
    if (legal.since <= version) out[legal.path] = as_set(Json(legal.values));
  return out;
}

/// Member by member; null: not there.
using Parts = std::map<std::string, Json>;

Parts contract_of(const Catalog& catalog, const ClassSpec& spec, bool with_legal) {
  Parts out;
  const ClassSpec whole = resolved(catalog, spec);
  for (const auto& field : whole.fields) {
    Json contract = contract_of(field);
    const auto* promised = with_legal ? catalog.contract(spec.name, field.name) : nullptr;
    if (promised != nullptr) {
      Json legal = legal_of(*promised, spec.version);
      if (!legal.empty()) contract["legal"] = std::move(legal);
    }
    out[field.name] = std::move(contract);
  }
  for (const auto& method : whole.methods) {
    Json contract = method;
    contract.erase("body");
    out[text_at(method, "name") + "()"] = std::move(contract);
  }
  return out;
}

/// What differs, as two objects: what the one says and what the other says.
std::pair<Json, Json> differences(const Parts& a, const Parts& b) {
  std::pair<Json, Json> out{Json::object(), Json::object()};
  std::set<std::string> names;
  for (const auto& [name, part] : a) names.insert(name);
  for (const auto& [name, part] : b) names.insert(name);
  for (const auto& name : names) {
    const auto x = a.find(name), y = b.find(name);
    const Json in_a = x == a.end() ? Json() : x->second, in_b = y == b.end() ? Json() : y->second;
    if (same(in_a, in_b)) continue;
    out.first[name] = in_a;
    out.second[name] = in_b;
  }
  return out;
}

struct Source {
  std::string release;
  const Catalog* catalog;
};

/// "is new", "goes", "changes" for each name.
std::string in_words(const Json& before, const Json& after) {
  std::vector<std::string> words;
  for (const auto& item : before.items()) {
    const Json& there = after[item.key()];
    words.push_back(item.value().is_null() ? item.key() + " is new"
                    : there.is_null()      ? item.key() + " is gone"
                                           : item.key() + " is another");
  }
  return text::list(words);
}

/// A later build has the newest version of an earlier one, or a newer one.
void never_older(const Promises& promise, const std::vector<Source>& sources,
                 std::vector<Finding>& findings) {
  for (const auto& object : promise.objects) {
    const Version* highest = nullptr;
    const Source* had_it = nullptr;
    for (const auto& source : sources) {
      const Version* newest = nullptr;
      for (const auto& spec : source.catalog->classes)
        if (spec.name == object.name && spec.registered && (newest == nullptr || *newest < spec.version))
          newest = &spec.version;
      if (newest == nullptr) continue;
      if (highest != nullptr && *newest < *highest) {
        const auto id = fmt::format("version-went-down/{}/{}", object.name, source.release);
        const bool known =
            std::any_of(findings.begin(), findings.end(), [&](const Finding& one) { return one.id == id; });
        if (known) break;
        Finding one;
        one.type = "version-went-down";
        one.id = id;
        one.object = object.name;
        one.from = highest->text();
        one.to = newest->text();
        one.message = fmt::format("{} is at {} in {}, after {} in {}", object.name, one.to, source.release,
                                  one.from, had_it->release);
        if (had_it->release != source.release) one.hurts.emplace_back(had_it->release, source.release);
        findings.push_back(std::move(one));
        break;
      }
      highest = newest;
      had_it = &source;
    }
  }
}

void compare_classes(const Promises& promise, const std::vector<Source>& sources,
                     std::vector<Finding>& findings) {
  for (const auto& object : promise.objects) {
    std::set<Version> versions(object.versions.begin(), object.versions.end());
    for (const auto& source : sources)
      for (const auto& spec : source.catalog->classes)
        if (spec.name == object.name && spec.registered) versions.insert(spec.version);
    for (const auto& version : versions) {
      const bool legal = std::all_of(sources.begin(), sources.end(), [&](const Source& source) {
        const auto* history = source.catalog->history(object.name);
        return source.catalog->find(object.name, version) == nullptr ||
               (history != nullptr && !history->contracts.empty());
      });
      const Source* first = nullptr;
      Parts expected;
      Finding one;
      for (const auto& source : sources) {
        const auto* spec = source.catalog->find(object.name, version);
        if (spec == nullptr) continue;
        auto parts = contract_of(*source.catalog, *spec, legal);
        if (first == nullptr) {
          first = &source;
          expected = std::move(parts);
          continue;
        }
        auto [before, after] = differences(expected, parts);
        if (before.empty()) continue;
        if (first->release != source.release) one.hurts.emplace_back(source.release, first->release);
        if (!one.type.empty()) continue;
        one.type = "contract-changed";
        one.id = fmt::format("contract-changed/{}/{}", object.name, version.text());
        one.object = object.name;
        one.field = before.begin().key();
        one.from = one.to = version.text();
        one.message =
            fmt::format("{} {} of {} is not {} {} of {}: {}", object.name, version.text(), source.release,
                        object.name, version.text(), first->release, in_words(before, after));
        one.before = std::move(before);
        one.after = std::move(after);
        suggest_bump(promise, object, version, first->release, source.release, *source.catalog, one);
      }
      if (one.type.empty()) continue;
      // The same change in several versions is one cause: the newest is where it can be fixed.
      if (!findings.empty() && findings.back().type == one.type && findings.back().object == one.object &&
          findings.back().before == one.before && findings.back().after == one.after) {
        one.hurts.insert(one.hurts.end(), findings.back().hurts.begin(), findings.back().hurts.end());
        findings.pop_back();
      }
      findings.push_back(std::move(one));
    }
  }
}

/// A patch-level version (x.y.z) says that the contract is the same.
void compare_patch_levels(const Promises& promise, std::vector<Finding>& findings) {
  for (const auto& object : promise.objects)
    for (std::size_t i = 1; i < object.versions.size(); ++i) {
      const auto &a = object.versions[i - 1].parts(), &b = object.versions[i].parts();
      if (b.size() < 3 || a.size() < 2 || a[0] != b[0] || a[1] != b[1]) continue;
      auto [before, after] = differences(contract_of(promise.catalog, object.specs[i - 1], true),
                                         contract_of(promise.catalog, object.specs[i], true));
      if (before.empty()) continue;
      Finding one;
      one.type = "contract-changed";
      one.id = fmt::format("contract-changed/{}/{}", object.name, object.versions[i].text());
      one.object = object.name;
      one.field = before.begin().key();
      one.from = object.versions[i - 1].text();
      one.to = object.versions[i].text();
      one.message = fmt::format("{} {} is a patch level of {}, and yet {}", object.name, one.to, one.from,
                                in_words(before, after));
      one.before = std::move(before);
      one.after = std::move(after);
      suggest_renumbering(promise, object, i, one);
      findings.push_back(std::move(one));
    }
}

Parts methods_of(const RpcInterface& interface) {
  Parts out;
  for (const auto& method : interface.methods) {
    Json one = Json::object();
    one["style"] = method.call ? "call" : "cast";
    Json args = Json::object();
    for (const auto& arg : method.args) {
      Json what = Json::object();
      if (!arg.object.empty()) what["object"] = arg.object;
      if (arg.default_value) what["default"] = *arg.default_value;
      args[arg.name] = std::move(what);
    }
    if (!args.empty()) one["args"] = std::move(args);
    out[method.name] = std::move(one);
  }
  return out;
}

struct Spoken {
  std::string release;
  const RpcInterface* interface;
};

void compare_rpc(const Promises& promise, const std::map<std::string, std::vector<Spoken>>& topics,
                 std::vector<Finding>& findings) {
  for (const auto& [topic, all] : topics) {
    std::map<Version, const Spoken*> first;
    std::set<Version> said;
    const Spoken* highest = nullptr;
    for (const auto& spoken : all) {
      if (highest != nullptr && spoken.interface->version < highest->interface->version && said.empty()) {
        Finding one;
        one.type = "version-went-down";
        one.id = fmt::format("version-went-down/rpc.{}/{}", topic, spoken.release);
        one.object = topic;
        one.from = highest->interface->version.text();
        one.to = spoken.interface->version.text();
        one.message = fmt::format("the methods of the {} are at {} in {}, after {} in {}", topic, one.to,
                                  spoken.release, one.from, highest->release);
        one.hurts.emplace_back(highest->release, spoken.release);
        findings.push_back(std::move(one));
        said.insert(spoken.interface->version);
      }
      if (highest == nullptr || highest->interface->version < spoken.interface->version) highest = &spoken;
      const auto [at, fresh] = first.emplace(spoken.interface->version, &spoken);
      if (fresh) continue;
      auto [before, after] = differences(methods_of(*at->second->interface), methods_of(*spoken.interface));
      if (before.empty() || !said.insert(spoken.interface->version).second) continue;
      Finding one;
      one.type = "rpc-changed";
      one.id =
          fmt::format("rpc-changed/{}.{}/{}", topic, before.begin().key(), spoken.interface->version.text());
      one.object = topic;
      one.field = before.begin().key();
      one.from = one.to = spoken.interface->version.text();
      one.message = fmt::format("{} of {} says {} {} too, but {}", topic, spoken.release, topic, one.to,
                                in_words(before, after));
      one.hurts.emplace_back(at->second->release, spoken.release);
      one.before = std::move(before);
      one.after = std::move(after);
      suggest_rpc_bump(promise, spoken.release, *spoken.interface, one);
      findings.push_back(std::move(one));
    }
  }
}

}  // namespace

void check_builds(const Promises& promise, const std::vector<Build>& builds, std::vector<Finding>& findings) {
  std::vector<Source> sources;
  for (const auto& build : builds) sources.push_back({build.release, &build.catalog});
  std::stable_sort(sources.begin(), sources.end(), [&](const Source& a, const Source& b) {
    return promise.age(a.release) < promise.age(b.release);
  });
  const auto& releases = promise.catalog.releases;
  // Snapshots of one catalog share their classes: without builds there is nothing to compare.
  if (!sources.empty()) {
    sources.push_back({releases.empty() ? "this catalog" : releases.back().name, &promise.catalog});
    compare_classes(promise, sources, findings);
    never_older(promise, sources, findings);
  }
  compare_patch_levels(promise, findings);

  std::map<std::string, std::vector<Spoken>> topics;
  const auto add = [&](const Release& release) {
    for (const auto& interface : release.rpc) topics[interface.topic].push_back({release.name, &interface});
  };
  for (const auto& release : releases) add(release);
  compare_rpc(promise, topics, findings);
}

}  // namespace caravan::lint
