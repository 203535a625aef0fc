// How to renumber versions: a changed contract gets its own version, a gap is closed. Class file and
// releases.json change together.
#include <fmt/format.h>

#include <algorithm>

#include "reports/lint/facts.hpp"
#include "reports/lint/history.hpp"
#include "reports/lint/rules.hpp"

namespace caravan::lint {
namespace {

Json edit(const char* op, std::string pointer, Json value) {
  Json out = Json::object();
  out["op"] = op;
  out["path"] = std::move(pointer);
  out["value"] = std::move(value);
  return out;
}

Json move_key(const std::string& holder, const std::string& from, const std::string& to) {
  Json out = Json::object();
  out["op"] = "move";
  out["from"] = holder + "/" + from;
  out["path"] = holder + "/" + to;
  return out;
}

/// Fields of a class file in their order: each version lists those that it has.
std::vector<std::string> file_order(const LintObject& object) {
  std::vector<std::string> order;
  for (auto spec = object.specs.rbegin(); spec != object.specs.rend(); ++spec) {
    std::size_t at = 0;
    for (const auto& field : spec->fields) {
      const auto found = std::find(order.begin(), order.end(), field.name);
      if (found != order.end()) {
        at = static_cast<std::size_t>(found - order.begin()) + 1;
      } else {
        order.insert(order.begin() + static_cast<std::ptrdiff_t>(at++), field.name);
      }
    }
  }
  return order;
}

/// Guards a pointer by number: the patch fails rather than change another field.
void test_name(Json& patch, const std::string& holder, const char* key, const std::string& name) {
  patch.push_back(edit("test", holder + "/" + key, name));
}

Version next_minor(const Version& version) {
  const auto& parts = version.parts();
  return Version(fmt::format("{}.{}", parts.empty() ? 1 : parts[0], parts.size() < 2 ? 1 : parts[1] + 1));
}

/// The releases that have that version, from `first` on, get another.
Suggestion in_manifests(const Promises& promise, const std::string& object, const Version& from,
                        const Version& to, int first) {
  Suggestion out{"", "releases.json", Json::array(), {}};
  const Version* before = nullptr;
  for (std::size_t i = 0; i < promise.catalog.releases.size(); ++i) {
    const auto& manifest = promise.catalog.releases[i].manifest;
    const auto known = manifest.find(object);
    if (known == manifest.end()) continue;
    const bool carried = before != nullptr && *before == known->second && static_cast<int>(i) != first;
    before = &known->second;
    if (known->second != from || static_cast<int>(i) < first || carried) continue;
    // A release that changed nothing may have no manifest of its own.
    const bool same_as_before = i > 0 && promise.catalog.releases[i - 1].manifest == manifest;
    if (same_as_before) {
      out.patch.push_back(edit("add", fmt::format("/releases/{}/manifest", i), Json{{object, to.text()}}));
    } else {
      out.patch.push_back(edit("add", fmt::format("/releases/{}/manifest/{}", i, object), to.text()));
    }
  }
  return out;
}

/// Renames one version everywhere in a class file.
class Renumber {
 public:
  Renumber(const Promises& promise, const LintObject& object) : promise_(promise), object_(object) {
    order_ = file_order(object);
  }

  void rename(const Version& from, const Version& to) {
    patch_.push_back(move_key("/versions", from.text(), to.text()));
    fields(from, to);
    rules(from, to);
    contracts(from, to);
    const auto manifests = in_manifests(promise_, object_.name, from, to, 0);
    for (const auto& one : manifests.patch) releases_.push_back(one);
  }

  Suggestion done(std::string text) const {
    Suggestion out{std::move(text), object_.name + ".json", patch_, {}};
    if (!releases_.empty()) out.also.push_back({"", "releases.json", releases_, {}});
    return out;
  }

 private:
  const FieldSpec* spec_of(const std::string& name, std::size_t version) const {
    return object_.spec(name, version);
  }

  void fields(const Version& from, const Version& to) {
    const auto at = object_.index(from);
    if (!at) return;
    for (std::size_t i = 0; i < order_.size(); ++i) {
      const auto& name = order_[i];
      const auto* here = spec_of(name, *at);
      const auto* before = *at > 0 ? spec_of(name, *at - 1) : nullptr;
      const auto holder = fmt::format("/fields/{}", i);
      const auto starts = here != nullptr && before == nullptr && *at > 0;
      const auto stops = here == nullptr && before != nullptr;
      if (starts || stops) {
        test_name(patch_, holder, "name", name);
        patch_.push_back(edit("replace", holder + (starts ? "/since" : "/until"), to.text()));
      }
      if (here == nullptr || before == nullptr) continue;
      const auto by_version = [&](const char* key, bool differs) {
        if (!differs) return;
        test_name(patch_, holder, "name", name);
        patch_.push_back(move_key(holder + "/" + key, from.text(), to.text()));
      };
      by_version("values", here->type.values != before->type.values);
      by_version("type", here->type.name != before->type.name);
      by_version("nullable", here->nullable != before->nullable);
      by_version("sql", here->column && before->column && here->column->sql != before->column->sql);
      const auto pairs = object_.specs[*at].relationships.find(name);
      by_version("child_versions", pairs != object_.specs[*at].relationships.end() &&
                                       std::any_of(pairs->second.begin(), pairs->second.end(),
                                                   [&](const auto& pair) { return pair.first == from; }));
    }
  }

  void rules(const Version& from, const Version& to) {
    for (const bool forward : {false, true}) {
      const auto list = rules_of(object_, forward);
      for (std::size_t i = 0; i < list.size(); ++i)
        if (list[i].below == from)
          patch_.push_back(
              edit("replace", fmt::format("/{}/{}/below", forward ? "forward" : "backport", i), to.text()));
    }
  }

  void contracts(const Version& from, const Version& to) {
    const auto& contracts = object_.history->contracts;
    for (std::size_t i = 0; i < contracts.size(); ++i) {
      const auto& contract = contracts[i];
      const auto holder = fmt::format("/contracts/{}", i);
      const auto put = [&](const std::string& path) {
        patch_.push_back(edit("replace", holder + path, to.text()));
      };
      if (contract.since == from) put("/since");
      if (contract.until == from) put("/until");
      if (contract.lost_below == from) put("/lost_below");
      if (contract.was_called && contract.was_called->second == from) put("/was_called/1");
      const auto each = [&](const char* list, const auto& entries, const char* key, auto version_of) {
        for (std::size_t k = 0; k < entries.size(); ++k)
          if (version_of(entries[k]) == from) put(fmt::format("/{}/{}/{}", list, k, key));
      };
      each("seen_as", contract.seen_as, "below", [](const auto& one) { return one.below; });
      each("limits", contract.limits, "below", [](const auto& one) { return one.below; });
      each("forward", contract.forward, "below", [](const auto& one) { return one.below; });
      each("legal", contract.legal, "since", [](const auto& one) { return one.since; });
    }
    const auto& refusals = object_.history->refusals;
    for (std::size_t i = 0; i < refusals.size(); ++i)
      if (refusals[i].below == from)
        patch_.push_back(edit("replace", fmt::format("/refusals/{}/below", i), to.text()));
  }

  const Promises& promise_;
  const LintObject& object_;
  std::vector<std::string> order_;
  Json patch_ = Json::array(), releases_ = Json::array();
};

}  // namespace

void suggest_renumbering(const Promises& promise, const LintObject& object, std::size_t first,
                         Finding& finding) {
  if (object.history == nullptr) return;
  Renumber renumber(promise, object);
  Version last = object.versions[first - 1];
  for (std::size_t i = first; i < object.versions.size(); ++i) {
    last = next_minor(last);
    renumber.rename(object.versions[i], last);
  }
  finding.suggestion =
      renumber.done(fmt::format("call it {}", next_minor(object.versions[first - 1]).text()));
}

void suggest_bump(const Promises& promise, const LintObject& object, const Version& version,
                  const std::string& before_release, const std::string& after_release, const Catalog& changed,
                  Finding& finding) {
  const Version fresh = next_minor(object.versions.back());
  finding.suggestion =
      Suggestion{fmt::format("leave {} {} as it was in {}; what {} changes is {} {}", object.name,
                             version.text(), before_release, after_release, object.name, fresh.text()),
                 "",
                 Json::array(),
                 {}};
  // What can be pasted: fields that are new, in the newest version of a class file.
  const auto* spec = changed.find(object.name, version);
  const bool only_new = std::all_of(finding.before.begin(), finding.before.end(),
                                    [](const Json& before) { return before.is_null(); });
  const int first = promise.age(after_release);
  if (!only_new || spec == nullptr || object.history == nullptr || version != object.versions.back() ||
      first < 0 || object.spec(finding.field, object.versions.size() - 1) == nullptr)
    return;
  Editor editor(promise, object);
  editor.edit("add", "/versions/" + fresh.text(), after_release);
  const auto order = file_order(object);
  for (const auto& item : finding.after.items()) {
    const auto at = std::find(order.begin(), order.end(), item.key());
    if (at == order.end()) return;
    const auto holder = fmt::format("/fields/{}", at - order.begin());
    editor.edit("test", holder + "/name", item.key());
    editor.edit("add", holder + "/since", fresh.text());
    editor.promise(item.key(), "since", fresh.text());
    editor.insert(false, Json{{"below", fresh.text()}, {"op", "remove"}, {"field", item.key()}});
  }
  auto done = editor.done(finding.suggestion->text);
  done.also.push_back(in_manifests(promise, object.name, version, fresh, first));
  finding.suggestion = std::move(done);
}

void suggest_relationship(const LintObject& object, const std::string& field, const Version& own,
                          const Version& child, Finding& finding) {
  if (object.history == nullptr) return;
  const auto order = file_order(object);
  const auto at = std::find(order.begin(), order.end(), field);
  if (at == order.end()) return;
  const auto holder = fmt::format("/fields/{}", at - order.begin());
  Suggestion out{fmt::format("{} went with it", child.text()), object.name + ".json", Json::array(), {}};
  test_name(out.patch, holder, "name", field);
  out.patch.push_back(edit("replace", fmt::format("{}/child_versions/{}", holder, own.text()), child.text()));
  finding.suggestion = std::move(out);
}

void suggest_rpc_bump(const Promises& promise, const std::string& release, const RpcInterface& changed,
                      Finding& finding) {
  const int first = promise.age(release);
  const auto* own = promise.catalog.release(release);
  Version highest = changed.version;
  for (const auto& other : promise.catalog.releases)
    for (const auto& interface : other.rpc)
      if (interface.topic == changed.topic && highest < interface.version) highest = interface.version;
  const Version fresh = next_minor(highest);
  finding.suggestion = Suggestion{fmt::format("what {} changes is {} {}; what is new in it has a default",
                                              release, changed.topic, fresh.text()),
                                  "",
                                  Json::array(),
                                  {}};
  if (first < 0 || own == nullptr) return;
  Json patch = Json::array();
  std::size_t topic = 0;
  while (topic < own->rpc.size() && own->rpc[topic].topic != changed.topic) ++topic;
  patch.push_back(edit("test", fmt::format("/interfaces/{}/topic", topic), changed.topic));
  for (const auto& item : finding.after.items()) {
    const auto method = std::find_if(changed.methods.begin(), changed.methods.end(),
                                     [&](const RpcMethod& one) { return one.name == item.key(); });
    if (method == changed.methods.end()) return;  // gone: nothing to paste
    const auto holder = fmt::format("/interfaces/{}/methods/{}", topic, method - changed.methods.begin());
    test_name(patch, holder, "name", method->name);
    const Json& before = finding.before[item.key()];
    if (before.is_null()) {
      patch.push_back(edit("replace", holder + "/since", fresh.text()));
      continue;
    }
    const Json& known = member(before, "args");
    for (std::size_t i = 0; i < method->args.size(); ++i) {
      const auto& arg = method->args[i];
      if (known.is_object() && known.contains(arg.name)) continue;
      if (!arg.default_value)
        patch.push_back(edit("add", fmt::format("{}/args/{}/default", holder, i), nullptr));
      patch.push_back(edit("add", fmt::format("{}/args/{}/since", holder, i), fresh.text()));
    }
  }
  Json versions = Json::object();
  for (const auto& interface : own->rpc)
    versions[interface.topic] = interface.topic == changed.topic ? fresh.text() : interface.version.text();
  patch.push_back(edit("add", fmt::format("/releases/{}/rpc", first), versions));
  finding.suggestion->file = "releases.json";
  finding.suggestion->patch = std::move(patch);
}

}  // namespace caravan::lint
