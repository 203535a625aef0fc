// From causes to findings.
#include "reports/lint/findings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "objects/base/text.hpp"
#include "reports/lint/facts.hpp"
#include "reports/lint/suggest.hpp"

namespace caravan::lint {
namespace {

std::string place_of(const Cause& one) {
  const auto& fault = one.fault;
  return fault.field.empty() ? fault.object->name : fmt::format("{}.{}", fault.object->name, fault.field);
}

bool is(const Cause& one, const char* type) { return std::strcmp(one.fault.type, type) == 0; }

std::string values_of(const Cause& one) {
  std::vector<std::string> words;
  for (const auto& value : one.values) words.push_back(shown(value, 40));
  return text::list(words);
}

std::string message_of(const Cause& one) {
  const auto& fault = one.fault;
  const auto& object = *fault.object;
  const std::string newer = object.versions[fault.newer].text(), older = object.versions[fault.older].text();
  const std::string place = place_of(one);
  const std::string way = fault.forward ? fmt::format("{} {} read as {}", object.name, older, newer)
                                        : fmt::format("{} {} sent as {}", object.name, newer, older);
  if (is(one, "leaked-field"))
    return fmt::format("{} carries {}, which {} does not have", way, fault.field,
                       fault.forward ? newer : older);
  if (is(one, "unknown-value"))
    return fmt::format("{} carries {}{} = {}, which {} does not know", way, fault.field,
                       fault.path.empty() || fault.path == ":scheme" ? fault.path : "." + fault.path,
                       values_of(one), fault.forward ? newer : older);
  if (is(one, "crash"))
    return fmt::format("{} crashes when {} is not as expected: {}", way,
                       fault.field.empty() ? "something" : fault.field, fault.text);
  if (is(one, "needless-refusal"))
    return fmt::format("{} is refused, and the contract does not say so: {}", way, fault.text);
  return fmt::format("{}: {}", way, fault.text);
}

Finding finding_of(const Promises& promise, const Cause& one) {
  Finding out;
  const auto& fault = one.fault;
  const auto& newer = fault.object->versions[fault.newer];
  const auto& older = fault.object->versions[fault.older];
  out.type = fault.type;
  out.object = fault.object->name;
  out.field = fault.field;
  out.from = (fault.forward ? older : newer).text();
  out.to = (fault.forward ? newer : older).text();
  out.message = message_of(one);
  out.hurts.assign(one.hurts.begin(), one.hurts.end());
  out.before = one.example.before;
  out.after = one.example.after;
  explain(promise, one, out);
  out.id = fmt::format("{}/{}/{}-{}", out.type, place_of(one), out.from, out.to);
  return out;
}

const LintObject* outermost_of(const Promises& promise, const Cause& one) {
  const auto opened = promise.open(one.example.before);
  return opened ? opened->object : nullptr;
}

/// Whether the finding is about a child that this fault misses.
bool misses_child(const Promises& promise, const Finding& finding, const Fault& fault) {
  const auto* object = promise.object(finding.object);
  const auto version = object == nullptr ? std::nullopt : object->index(Version(finding.from));
  const auto* spec = version ? object->spec(finding.field, *version) : nullptr;
  if (spec == nullptr) return false;
  const auto children = held_classes(*spec);
  return std::any_of(children.begin(), children.end(), [&](const std::string& child) {
    return fault.value == child ||
           (std::strcmp(fault.type, "crash") == 0 && fault.text.find(child) != std::string::npos);
  });
}

/// Whether a value holds a primitive of that object.
bool holds(const Promises& promise, const Json& value, const LintObject* object) {
  if (!value.is_structured()) return false;
  const auto opened = promise.open(value);
  if (opened && opened->object == object) return true;
  return std::any_of(value.begin(), value.end(),
                     [&](const Json& item) { return holds(promise, item, object); });
}

/// Whether the one value is what the other should have become on its way to where the one goes wrong.
bool becomes(const Cause& less, const Cause& more) {
  const auto& fault = less.fault;
  const Promised* promised = nullptr;
  for (const auto& field : fault.object->fields)
    if (field.contract.field == fault.field) promised = &field;
  if (promised == nullptr || fault.forward || less.values.empty()) return false;
  Json sent = less.values.front();
  if (fault.path == ":scheme" && sent.is_string()) sent = sent.get<std::string>() + "://";
  if (!fault.path.empty() && fault.path != ":scheme") sent = Json{{fault.path, sent}};
  const auto there = project(promised->known_at[fault.newer], sent, fault.object->versions[more.fault.newer]);
  const auto part = there.kind == Projected::Kind::value ? part_at(there.value, fault.path) : std::nullopt;
  return part && std::any_of(more.values.begin(), more.values.end(),
                             [&](const Json& value) { return same(*part, value); });
}

/// One cause, two sights of it: the one that says less goes.
bool explained_by(const Promises& promise, const Cause& less, const Cause& more) {
  if (&less == &more) return false;
  // Seen from outside only: it is the outer object that hands nothing on.
  if (is(less, "children-not-converted") && is(more, "children-not-converted"))
    return outermost_of(promise, less) != less.fault.object &&
           outermost_of(promise, less) == more.fault.object;
  // A child stumbles or refuses, and so its parents do.
  if ((is(less, "crash") || is(less, "needless-refusal")) && is(more, less.fault.type) &&
      less.fault.object != more.fault.object)
    return less.fault.text == more.fault.text && holds(promise, less.example.before, more.fault.object);
  if (less.fault.object != more.fault.object) return false;
  const bool step = less.fault.newer == more.fault.newer && less.fault.older == more.fault.older;
  const bool place = less.fault.field == more.fault.field;
  const bool inside = more.fault.newer < less.fault.newer && more.fault.older >= less.fault.older;
  if (place && inside && less.fault.path == more.fault.path && is(less, more.fault.type) &&
      is(less, "unknown-value"))
    return becomes(less, more);
  if (is(more, "rename-half-done"))
    return (place &&
            (is(less, "leaked-field") || is(less, "lost-value") || is(less, "removed-without-rule-back") ||
             is(less, "rename-half-done")) &&
            less.fault.forward && !more.fault.forward) ||
           (step && is(less, "leaked-field") &&
            (place || less.fault.object->field(less.fault.field, less.fault.newer) == nullptr));
  if (is(less, "triangle")) return (place || less.fault.field.empty()) && !is(more, "triangle");
  return false;
}

}  // namespace

void add_causes(const Promises& promise, const std::vector<Cause>& causes, std::vector<Finding>& findings) {
  for (const auto& one : causes) {
    if (std::any_of(causes.begin(), causes.end(),
                    [&](const Cause& more) { return explained_by(promise, one, more); }))
      continue;
    Finding fresh = finding_of(promise, one);
    // What the history says already: the case is its example.
    const auto known = std::find_if(findings.begin(), findings.end(), [&](const Finding& other) {
      if (other.type == "child-not-in-manifest" && misses_child(promise, other, one.fault)) return true;
      if (other.object != fresh.object) return false;
      if (other.type == "guard-on-wrong-name" || other.type == "rule-on-unknown-field")
        return (other.field == fresh.field || mends(other, fresh.field)) && other.before.is_null();
      return other.type == fresh.type && other.field == fresh.field && other.from == fresh.from &&
             other.to == fresh.to;
    });
    if (known == findings.end()) {
      findings.push_back(std::move(fresh));
      continue;
    }
    if (!known->before.is_null()) continue;
    known->before = std::move(fresh.before);
    known->after = std::move(fresh.after);
    if (known->hurts.empty()) known->hurts = std::move(fresh.hurts);
  }
}

void finish(const Promises& promise, std::vector<Finding>& findings) {
  std::map<std::string, std::string> oracles;
  for (const auto& type : finding_table()) oracles[type.type] = type.oracle;
  const auto rank = [&](const Finding& one) {
    for (std::size_t i = 0; i < promise.objects.size(); ++i)
      if (promise.objects[i].name == one.object) return i;
    return promise.objects.size();
  };
  // What one edit fixes is one cause.
  for (std::size_t i = 0; i < findings.size(); ++i)
    for (std::size_t j = i + 1; j < findings.size();) {
      auto &one = findings[i], &other = findings[j];
      const bool same_edit = one.suggestion && other.suggestion && !one.suggestion->patch.empty() &&
                             one.suggestion->file == other.suggestion->file &&
                             one.suggestion->patch == other.suggestion->patch;
      if (!same_edit) {
        ++j;
        continue;
      }
      one.hurts.insert(one.hurts.end(), other.hurts.begin(), other.hurts.end());
      findings.erase(findings.begin() + static_cast<std::ptrdiff_t>(j));
    }
  for (auto& one : findings) {
    one.oracle = oracles[one.type];
    for (const auto& type : finding_table())
      if (!one.suggestion && one.type == type.type)
        one.suggestion = Suggestion{type.mend, "", Json::array(), {}};
    std::sort(one.hurts.begin(), one.hurts.end(), [&](const auto& a, const auto& b) {
      const auto key = [&](const auto& pair) {
        const int writer = promise.age(pair.first), reader = promise.age(pair.second);
        return std::make_tuple(std::abs(writer - reader), -std::max(writer, reader), pair);
      };
      return key(a) < key(b);
    });
    one.hurts.erase(std::unique(one.hurts.begin(), one.hurts.end()), one.hurts.end());
  }
  std::stable_sort(findings.begin(), findings.end(), [&](const Finding& a, const Finding& b) {
    return std::make_tuple(rank(a), a.object, a.field, a.from, a.to, a.type) <
           std::make_tuple(rank(b), b.object, b.field, b.from, b.to, b.type);
  });
}

std::vector<Declared> declared_by(const Promises& promise) {
  std::vector<Declared> out;
  for (const auto& object : promise.objects) {
    for (const auto& promised : object.fields) {
      const auto& contract = promised.contract;
      if (promised.derived) continue;
      const auto add = [&](const Version& below, std::string what) {
        out.push_back({object.name, contract.field, below.text(), std::move(what)});
      };
      const auto at = [&](const std::string& path) {
        return path.empty() ? std::string() : path == ":scheme" ? "scheme " : path + " ";
      };
      if (contract.lost_below) add(*contract.lost_below, "lost");
      if (contract.until)
        add(*contract.until,
            fmt::format("gone from {} on; what an older peer says is dropped", contract.until->text()));
      for (const auto& seen : contract.seen_as)
        add(seen.below, fmt::format("{}{} is seen as {}", at(seen.path), shown(seen.value), shown(seen.as)));
      for (const auto& limit : contract.limits) {
        if (limit.length) {
          add(limit.below,
              fmt::format("{} {} characters", limit.cut ? "cut to" : "refused above", *limit.length));
          continue;
        }
        std::vector<std::string> words;
        for (const auto& value : limit.values) words.push_back(shown(value));
        add(limit.below, fmt::format("{}{} refused", at(limit.path), text::list(words)));
      }
      for (const auto& forward : contract.forward)
        add(forward.below,
            fmt::format("{}{} is read as {}", at(forward.path), shown(forward.value), shown(forward.as)));
    }
  }
  return out;
}

}  // namespace caravan::lint
