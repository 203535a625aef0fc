// Faults as they are seen, put together to causes.
#include "reports/lint/sightings.hpp"

#include <algorithm>
#include <cstring>

namespace caravan::lint {
namespace {

std::size_t size_of(const Json& json) {
  if (!json.is_structured()) return 1;
  std::size_t size = 1;
  for (const auto& item : json) size += size_of(item);
  return size;
}

constexpr std::size_t many = 1000000;  // more versions than anybody has

/// How causes of a type are told apart: some do not belong to a step.
bool by_value(const char* type) {
  return std::strcmp(type, "unknown-value") == 0 || std::strcmp(type, "crash") == 0 ||
         std::strcmp(type, "needless-refusal") == 0;
}
bool stepless(const std::string& type) {
  return type == "children-not-converted" || type == "child-not-in-manifest" || type == "triangle" ||
         type == "wrong-stamp";
}

}  // namespace

void Sightings::note(const std::vector<Fault>& faults, const Asked& asked, const Conversion& result,
                     const Speaker& writer, const Speaker& reader) {
  for (const auto& fault : faults) {
    Key key{fault.type,
            fault.object->name,
            fault.field,
            fault.path,
            by_value(fault.type) ? fault.value.dump(-1, ' ', false, Json::error_handler_t::replace) : "",
            fault.forward};
    auto& seen = seen_[key][{fault.newer, fault.older}];
    for (const auto& from : writer.releases)
      for (const auto& to : reader.releases)
        if (from != to && (promise_.age(to) < promise_.age(from)) != asked.forward)
          seen.hurts.emplace(from, to);
    const std::size_t size = size_of(asked.before);
    if (seen.size != 0 && seen.size <= size) continue;
    seen.fault = fault;
    seen.example = asked;
    seen.example.after = result.kind == Conversion::Kind::primitive ? result.primitive : Json(result.error);
    seen.size = size;
  }
}

template <class Belongs>
Cause Sightings::cause_of(const Seen& seen, const std::map<Pair, Seen>& by_pair, Belongs belongs) {
  Cause one;
  one.fault = seen.fault;
  one.example = seen.example;
  if (!seen.fault.value.is_null()) one.values.push_back(seen.fault.value);
  for (const auto& [pair, also] : by_pair) {
    if (!belongs(pair)) continue;
    one.pairs.insert(pair);
    one.hurts.insert(also.hurts.begin(), also.hurts.end());
  }
  return one;
}

std::vector<Cause> Sightings::causes() const {
  std::vector<Cause> out;
  for (const auto& [key, by_pair] : seen_) {
    if (stepless(key.type)) {
      // The newest pair that is next to each other says it best.
      const auto distance = [](const auto& entry) {
        const auto apart = entry.first.first - entry.first.second;
        return std::make_pair(apart == 0 ? many : apart, many - entry.first.first);
      };
      const auto best = std::min_element(by_pair.begin(), by_pair.end(), [&](const auto& a, const auto& b) {
        return distance(a) < distance(b);
      });
      merge(cause_of(best->second, by_pair, [](const Pair&) { return true; }), out);
      continue;
    }
    for (const auto& [pair, seen] : by_pair) {
      const Pair step = pair;
      const bool innermost = std::none_of(by_pair.begin(), by_pair.end(), [&](const auto& other) {
        const Pair& inner = other.first;
        return inner != step && inner.first <= step.first && inner.second >= step.second;
      });
      if (!innermost) continue;
      Cause one = cause_of(seen, by_pair, [&](const Pair& other) {
        return other.first >= step.first && other.second <= step.second;
      });
      for (const auto& [other, also] : by_pair)
        if (other.first >= step.first && other.second <= step.second &&
            size_of(also.example.before) < size_of(one.example.before))
          one.example = also.example;
      merge(std::move(one), out);
    }
  }
  return out;
}

/// Several values at one step, or several lists of a parent that swallows its children: one cause.
void Sightings::merge(Cause one, std::vector<Cause>& causes) {
  const auto& type = one.fault.type;
  for (auto& other : causes) {
    if (std::strcmp(other.fault.type, type) != 0 || other.fault.object != one.fault.object ||
        other.fault.forward != one.fault.forward)
      continue;
    const bool step = other.fault.newer == one.fault.newer && other.fault.older == one.fault.older;
    const bool place = other.fault.field == one.fault.field && other.fault.path == one.fault.path;
    const bool parent = std::strcmp(type, "children-not-converted") == 0;
    if (!(step && place) && !parent) continue;
    for (auto& value : one.values)
      if (std::find(other.values.begin(), other.values.end(), value) == other.values.end())
        other.values.push_back(std::move(value));
    other.pairs.insert(one.pairs.begin(), one.pairs.end());
    other.hurts.insert(one.hurts.begin(), one.hurts.end());
    return;
  }
  causes.push_back(std::move(one));
}

}  // namespace caravan::lint
