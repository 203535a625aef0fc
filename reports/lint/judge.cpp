// One conversion against the contracts.
#include "reports/lint/judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "reports/lint/facts.hpp"
#include "reports/lint/value.hpp"

namespace caravan::lint {
namespace {

std::set<std::string> names_in(const Json* changes) {
  std::set<std::string> names;
  if (changes != nullptr)
    for (const auto& name : *changes) names.insert(name.is_string() ? name.get<std::string>() : name.dump());
  return names;
}

/// 'x' of an error text, if it is a field of the object.
const Promised* field_in(const LintObject& object, std::size_t version, const std::string& error) {
  std::string word;
  const Promised* best = nullptr;
  for (const char c : error + " ") {
    const bool part = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (part) {
      word += c;
      continue;
    }
    if (const auto* found = object.field(word, version); found != nullptr && best == nullptr) best = found;
    word.clear();
  }
  return best;
}

/// Walks one primitive and what became of it.
class Walk {
 public:
  Walk(const Promises& promise, const Leg& leg, std::vector<Fault>& faults)
      : promise_(promise), leg_(leg), faults_(faults) {}

  void outermost(const Conversion& result) {
    const auto before = promise_.open(*leg_.before);
    if (!before || !before->version) return;
    const auto& object = *before->object;
    const auto target = object.index(leg_.target);
    if (!target) return;
    outermost_ = before->data;
    from_ = before->version.value();
    to_ = *target;
    switch (result.kind) {
      case Conversion::Kind::unknown:
        return;
      case Conversion::Kind::crashed:
        return stumbled(object, *before->data, result.error);
      case Conversion::Kind::refused:
        return refused(object, *before, result.error);
      case Conversion::Kind::primitive:
        pair(*before, result.primitive, leg_.target);
    }
  }

 private:
  Fault make(const char* type, const LintObject& object, std::size_t from, std::size_t to,
             const std::string& field, std::string text) const {
    const std::size_t newer = std::max(from, to), older = std::min(from, to);
    return Fault{type, &object, field, newer, older, leg_.forward, "", Json(), std::move(text)};
  }
  void fault(Fault one) { faults_.push_back(std::move(one)); }

  void stumbled(const LintObject& object, const Json& data, const std::string& error) {
    // Null, or a word that the newer version has dropped, does not fit any more: that is what the load says.
    if (leg_.forward)
      for (auto it = data.begin(); it != data.end(); ++it) {
        const auto* promised = object.field(it.key(), from_);
        if (promised == nullptr || promised->specs[to_] == nullptr) continue;
        const auto& spec = *promised->specs[to_];
        const auto wrong = misfit(object, spec, to_, reading_from(*promised, from_, to_, it.value()));
        if (!wrong) continue;
        const bool null = it.value().is_null();
        auto one =
            make(null ? "no-default-forward" : wrong->type, object, from_, to_, promised->contract.field,
                 null ? fmt::format("{} may be null at {}, not at {}, and nothing fills it", it.key(),
                                    object.versions[from_].text(), object.versions[to_].text())
                      : wrong->text);
        name_culprit(one, promised->contract, it.value(), [](const std::string&) { return true; });
        return fault(std::move(one));
      }
    const auto* named = field_in(object, from_, error);
    auto one = make("crash", object, from_, to_, named ? named->contract.field : "", error);
    one.value = error;
    fault(std::move(one));
  }

  /// Whether a refusal is right: the contracts call for it, or the other version cannot hold the value.
  bool may_refuse(const Promises::Opened& before, std::size_t to) const {
    const std::size_t from = *before.version;
    for (auto it = before.data->begin(); it != before.data->end(); ++it) {
      const auto* promised = before.object->field(it.key(), from);
      if (promised == nullptr || it.value().is_null()) continue;
      const auto* spec = promised->specs[to];
      if (spec == nullptr) {
        if (from > to && !promised->contract.lost_below) return true;
        continue;
      }
      const auto want = expected(*before.object, *promised, from, to, it.value());
      if (want.kind == Projected::Kind::refused) return true;
      if (want.kind == Projected::Kind::value && misfit(*before.object, *spec, to, want.value)) return true;
      if (child_may_refuse(it.value())) return true;
    }
    return false;
  }
  bool child_may_refuse(const Json& value) const {
    if (value.is_array())
      return std::any_of(value.begin(), value.end(),
                         [&](const Json& item) { return child_may_refuse(item); });
    const auto child = promise_.open(value);
    if (!child || !child->version || leg_.manifest == nullptr) return false;
    const auto spoken = leg_.manifest->find(child->object->name);
    if (spoken == leg_.manifest->end()) return false;
    const auto to = child->object->index(spoken->second);
    return to && may_refuse(*child, *to);
  }

  void refused(const LintObject& object, const Promises::Opened& before, const std::string& error) {
    if (!leg_.forward && may_refuse(before, to_)) return;
    const auto* named = field_in(object, from_, error);
    std::string field = named ? named->contract.field : "";
    if (field.empty() && before.data->size() == 1) field = before.data->begin().key();
    auto one = make("needless-refusal", object, from_, to_, field, error);
    if (const auto* promised = object.field(field, from_)) {
      const auto value = before.data->find(promised->names[from_]);
      if (value != before.data->end())
        name_culprit(one, promised->contract, *value, [](const std::string&) { return true; });
    }
    fault(std::move(one));
  }

  void pair(const Promises::Opened& before, const Json& after_json, const Version& target) {
    const auto& object = *before.object;
    const auto after = promise_.open(after_json);
    const std::string stamp = text_at(after_json, promise_.version_key.c_str());
    if (!after || after->object != &object || !after->version || object.versions[*after->version] != target ||
        text_at(after_json, promise_.space_key.c_str()) != promise_.catalog.project_namespace)
      return fault(make("wrong-stamp", object, *before.version, to_of(object, target, *before.version), "",
                        fmt::format("{} {} was asked for, {} {} came back", object.name, target.text(),
                                    text_at(after_json, promise_.name_key.c_str()), stamp)));
    const std::size_t from = *before.version, to = *after->version;
    const auto bad = contents(object, from, to, *after, before);
    for (const auto& promised : object.fields) field(object, promised, from, to, before, *after, bad);
    // OVO leaves the marks of nested objects as they are, and drops those it does not know when it reads.
    if (before.data == outermost_) changes(object, from, to, before, *after);
  }
  static std::size_t to_of(const LintObject& object, const Version& target, std::size_t otherwise) {
    return object.index(target).value_or(otherwise);
  }

  /// Only fields of that version, each with a value that fits it. Returns those that are not so.
  std::set<std::string> contents(const LintObject& object, std::size_t from, std::size_t to,
                                 const Promises::Opened& after, const Promises::Opened& before) {
    std::set<std::string> bad;
    for (auto it = after.data->begin(); it != after.data->end(); ++it) {
      const auto* spec = object.spec(it.key(), to);
      const auto* promised = object.field(it.key(), to);
      if (spec == nullptr) {
        const auto* origin = object.field(it.key(), from);
        fault(make("leaked-field", object, from, to, origin ? origin->contract.field : it.key(),
                   fmt::format("{} {} has no field {}", object.name, object.versions[to].text(), it.key())));
        bad.insert(it.key());
        continue;
      }
      const auto wrong = misfit(object, *spec, to, it.value());
      if (!wrong) continue;
      bad.insert(it.key());
      auto one =
          make(wrong->type, object, from, to, promised ? promised->contract.field : it.key(), wrong->text);
      // The value that was sent, if it became this one; else this one.
      const auto was = promised ? before.data->find(promised->names[from]) : before.data->end();
      const Json& sent = was != before.data->end() && !was->is_null() ? *was : it.value();
      name_culprit(one, promised ? promised->contract : Contract(), sent, [&](const std::string& path) {
        Json lone = it.value();
        const auto part = part_at(lone, path);
        const auto other = part_at(sent, path);
        if (part && other && !same(*part, *other)) return true;
        leave_out(lone, path);
        return !misfit(object, *spec, to, lone);
      });
      if (it.value().is_null()) one.value = Json();
      const auto part = promised != nullptr ? part_at(it.value(), one.path) : std::nullopt;
      if (part && came_on_the_way(object, *promised, from, to, sent, one.path, *part)) one.value = *part;
      fault(std::move(one));
    }
    return bad;
  }

  /// Whether some version on the way back has that part: then the step after that one is at fault.
  static bool came_on_the_way(const LintObject& object, const Promised& promised, std::size_t from,
                              std::size_t to, const Json& sent, const std::string& path, const Json& part) {
    for (std::size_t version = to + 1; version < from; ++version) {
      const auto there = project(promised.known_at[from], sent, object.versions[version]);
      const auto wanted = there.kind == Projected::Kind::value ? part_at(there.value, path) : std::nullopt;
      if (wanted && same(part, *wanted)) return true;
    }
    return false;
  }

  void field(const LintObject& object, const Promised& promised, std::size_t from, std::size_t to,
             const Promises::Opened& before, const Promises::Opened& after,
             const std::set<std::string>& bad) {
    const auto* was_spec = promised.specs[from];
    const auto* is_spec = promised.specs[to];
    const auto& contract = promised.contract;
    if (is_spec == nullptr) return;  // a leak is seen by contents()
    const auto got = after.data->find(promised.names[to]);
    const bool has = got != after.data->end();
    if (has && bad.count(promised.names[to]) != 0) return;
    if (was_spec == nullptr) return appeared(object, promised, from, to, *before.data, has ? &*got : nullptr);
    const auto was = before.data->find(promised.names[from]);
    if (was == before.data->end()) return unset(object, promised, from, to, has ? &*got : nullptr);
    const auto want = expected(object, promised, from, to, *was);
    if (want.kind == Projected::Kind::absent) return;
    if (want.kind == Projected::Kind::refused) {
      if (has && same(*got, *was)) {  // changed to something that fits: better than the contract asks
        auto one = make("unknown-value", object, from, to, contract.field, want.why);
        name_culprit(one, contract, *was, [&](const std::string& path) {
          Json lone = *was;
          leave_out(lone, path);
          return expected(object, promised, from, to, lone).kind != Projected::Kind::refused;
        });
        fault(std::move(one));
      }
      return;
    }
    if (!has) {
      const bool renamed = promised.names[from] != promised.names[to];
      return fault(make(renamed ? "rename-half-done" : "lost-value", object, from, to, contract.field,
                        renamed ? fmt::format("{} is called {} at {}, and is not there", promised.names[from],
                                              promised.names[to], object.versions[to].text())
                                : fmt::format("{} was {}, and is missing at {}", contract.field, shown(*was),
                                              object.versions[to].text())));
    }
    if (!held_classes(*is_spec).empty() && same_type(*was_spec, *is_spec))
      return children(object, promised, from, to, *was, *got);
    if (!same_type(*was_spec, *is_spec)) return;  // the way back shows it
    if (equal_to_user(contract, *got, want.value)) return;
    if (was->is_null() && !is_spec->nullable) {
      if (contract.absent_means && !same(*got, *contract.absent_means))
        fault(make(
            "default-differs", object, from, to, contract.field,
            fmt::format("null becomes {}, but stands for {}", shown(*got), shown(*contract.absent_means))));
      return;
    }
    if (promised.derived && from > to && misfit(object, *is_spec, to, *was)) return;  // had to change
    auto one = make(got->is_null() ? "lost-value" : "changed-value", object, from, to, contract.field,
                    fmt::format("{} was {}, which {} carries as {}; it became {}", contract.field,
                                shown(*was), object.versions[to].text(), shown(want.value), shown(*got)));
    name_culprit(one, contract, *was, [&](const std::string& path) {
      const auto x = part_at(want.value, path), y = part_at(*got, path);
      return x && y && !same(*x, *y);
    });
    fault(std::move(one));
  }

  /// A field that the other side does not know.
  void appeared(const LintObject& object, const Promised& promised, std::size_t from, std::size_t to,
                const Json& sent, const Json* got) {
    const auto& spec = *promised.specs[to];
    const auto& contract = promised.contract;
    if (got == nullptr) {
      const bool enough = leg_.whole == Whole::taken ||
                          (leg_.whole == Whole::by_sight && sets_enough(object, from, sent, spec.nullable));
      if (!enough) return;
      if (!leg_.forward && contract.until && !contract.lost_below)
        fault(make("removed-without-rule-back", object, from, to, contract.field,
                   fmt::format("{} reads {}, and nothing brings it back", object.versions[to].text(),
                               promised.names[to])));
      // That its absence has a meaning does not set it: who reads it stumbles.
      const bool has_default = spec.default_value || (spec.create_default && !spec.create_default->is_null());
      if (leg_.forward && !spec.nullable && !has_default && held_classes(spec).empty())
        fault(
            make("no-default-forward", object, from, to, contract.field,
                 fmt::format("{} needs {}, which {} does not have, and nothing fills it",
                             object.versions[to].text(), promised.names[to], object.versions[from].text())));
      return;
    }
    if (got->is_null() || promised.derived || !contract.absent_means || same(*got, *contract.absent_means))
      return;
    fault(make("default-differs", object, from, to, contract.field,
               fmt::format("{} is filled with {}, but its absence stands for {}", promised.names[to],
                           shown(*got), shown(*contract.absent_means))));
  }

  /// A field that both know and that was not set.
  void unset(const LintObject& object, const Promised& promised, std::size_t from, std::size_t to,
             const Json* got) {
    const auto& was = promised.specs[from]->default_value;
    const auto& is = promised.specs[to]->default_value;
    const bool plain = was && !was->is_structured();
    if (leg_.forward && plain && is && !same(*was, *is) && (got == nullptr || !same(*got, *was)))
      return fault(make("default-differs", object, from, to, promised.contract.field,
                        fmt::format("absent, {} means {} at {} and {} at {}, and nothing writes it out",
                                    promised.contract.field, shown(*was), object.versions[from].text(),
                                    shown(*is), object.versions[to].text())));
    if (got == nullptr || got->is_null() || promised.derived) return;
    const auto& means = promised.contract.absent_means;
    if (plain && same(*got, *was)) return;
    if (means && !same(*got, *means))
      return fault(make(
          "default-differs", object, from, to, promised.contract.field,
          fmt::format("absent, it became {}, but its absence stands for {}", shown(*got), shown(*means))));
  }

  void children(const LintObject& object, const Promised& promised, std::size_t from, std::size_t to,
                const Json& was, const Json& got) {
    if (was.is_array() && got.is_array()) {
      if (was.size() != got.size())
        return fault(
            make("lost-value", object, from, to, promised.contract.field,
                 fmt::format("{} held {} and holds {}", promised.contract.field, was.size(), got.size())));
      for (std::size_t i = 0; i < was.size(); ++i) children(object, promised, from, to, was[i], got[i]);
      return;
    }
    const auto before = promise_.open(was);
    if (!before || !before->version) {
      if (was.is_object() && got.is_object())
        for (auto it = was.begin(); it != was.end(); ++it)
          if (const auto other = got.find(it.key()); other != got.end())
            children(object, promised, from, to, it.value(), *other);
      return;
    }
    const auto stamp = read_version(text_at(got, promise_.version_key.c_str())).value_or(Version());
    if (!leg_.forward && leg_.manifest != nullptr) {
      const auto spoken = leg_.manifest->find(before->object->name);
      if (spoken == leg_.manifest->end()) {
        auto one = make("child-not-in-manifest", object, from, to, promised.contract.field,
                        fmt::format("the reader's manifest has no {}", before->object->name));
        one.value = before->object->name;
        return fault(std::move(one));
      }
      if (spoken->second < stamp) {
        auto one = make("children-not-converted", object, from, to, promised.contract.field,
                        fmt::format("{} stays at {}; the reader knows {}", before->object->name, stamp.text(),
                                    spoken->second.text()));
        one.value = before->object->name;
        return fault(std::move(one));
      }
    }
    pair(*before, got, stamp);
  }

  void changes(const LintObject& object, std::size_t from, std::size_t to, const Promises::Opened& before,
               const Promises::Opened& after) {
    const auto marks = names_in(before.changes), left = names_in(after.changes);
    for (const auto& name : left) {
      if (object.spec(name, to) == nullptr && !after.data->contains(name))
        fault(make(
            "wrong-changes", object, from, to, name,
            fmt::format("`changes` names {}, which is not a field of {}", name, object.versions[to].text())));
      const auto* promised = object.field(name, to);
      if (promised == nullptr || promised->specs[from] == nullptr) continue;
      if (marks.count(promised->names[from]) == 0)
        fault(make("wrong-changes", object, from, to, promised->contract.field,
                   fmt::format("{} is marked as changed, and was not", name)));
    }
    for (const auto& name : marks) {
      const auto* promised = object.field(name, from);
      // OVO itself loses the mark of a field that was renamed.
      if (promised == nullptr || promised->specs[to] == nullptr || promised->names[to] != name) continue;
      if (after.data->contains(name) && left.count(name) == 0)
        fault(make("wrong-changes", object, from, to, promised->contract.field,
                   fmt::format("{} was marked as changed, and no longer is", name)));
    }
  }

  const Promises& promise_;
  const Leg& leg_;
  std::vector<Fault>& faults_;
  const Json* outermost_ = nullptr;
  std::size_t from_ = 0, to_ = 0;
};

}  // namespace

std::vector<Fault> Judge::judge(const Leg& leg, const Conversion& result) const {
  std::vector<Fault> faults;
  Walk(promise_, leg, faults).outermost(result);
  return faults;
}

}  // namespace caravan::lint
