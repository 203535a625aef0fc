// Round trips, and two ways to one version.
#include <fmt/format.h>

#include <set>

#include "reports/lint/value.hpp"

namespace caravan::lint {
namespace {

/// OVO does not look after the marks of nested objects.
void drop_marks(Json& value, const std::string& key) {
  if (!value.is_structured()) return;
  if (value.is_object()) value.erase(key);
  for (auto& item : value) drop_marks(item, key);
}

}  // namespace

std::vector<Fault> Judge::compare_round(const Json& first, const Json& last, std::size_t middle) const {
  std::vector<Fault> faults;
  const auto was = promise_.open(first), is = promise_.open(last);
  if (!was || !is || !was->version || !is->version || *was->version != *is->version) return faults;
  const auto& object = *was->object;
  const std::size_t end = *was->version;
  for (const auto& promised : object.fields) {
    if (promised.specs[end] == nullptr || promised.specs[middle] == nullptr) continue;
    if (same_type(*promised.specs[end], *promised.specs[middle])) continue;  // each way was judged by itself
    const auto before = was->data->find(promised.names[end]), after = is->data->find(promised.names[end]);
    if (before == was->data->end() || before->is_null()) continue;
    if (after != is->data->end() && same(*before, *after)) continue;
    const std::size_t newer = std::max(end, middle), older = std::min(end, middle);
    faults.push_back({"changed-value", &object, promised.contract.field, newer, older, end < middle, "",
                      *before,
                      fmt::format("{} was {}, and came back as {}", promised.contract.field, shown(*before),
                                  after == is->data->end() ? "nothing" : shown(*after))});
  }
  return faults;
}

std::vector<Fault> Judge::compare_ways(const Json& origin, const Conversion& direct, const Conversion& around,
                                       const Version& target, const std::string& via) const {
  std::vector<Fault> faults;
  const auto opened = promise_.open(origin);
  if (!opened || !opened->version || direct.kind == Conversion::Kind::unknown ||
      around.kind == Conversion::Kind::unknown)
    return faults;
  const auto& object = *opened->object;
  const auto to = object.index(target);
  if (!to) return faults;
  const auto differ = [&](const std::string& field, const std::string& text) {
    faults.push_back({"triangle", &object, field, *opened->version, *to, false, "", Json(), text});
  };
  if (direct.kind != around.kind) {
    const auto say = [](const Conversion& one) {
      return one.kind == Conversion::Kind::primitive ? std::string("works") : one.error;
    };
    differ("", fmt::format("straight it {}, by way of {} it {}", say(direct), via, say(around)));
    return faults;
  }
  if (direct.kind != Conversion::Kind::primitive || same(direct.primitive, around.primitive)) return faults;
  Json one_way = direct.primitive, other_way = around.primitive;
  for (auto* way : {&one_way, &other_way}) drop_marks(*way, promise_.changes_key);
  const auto a = promise_.open(one_way), b = promise_.open(other_way);
  if (!a || !b) return faults;
  std::set<std::string> names;
  for (auto it = a->data->begin(); it != a->data->end(); ++it) names.insert(it.key());
  for (auto it = b->data->begin(); it != b->data->end(); ++it) names.insert(it.key());
  for (const auto& name : names) {
    const auto x = a->data->find(name), y = b->data->find(name);
    const bool in_a = x != a->data->end(), in_b = y != b->data->end();
    if (in_a && in_b && same(*x, *y)) continue;
    const auto* promised = object.field(name, *to);
    differ(promised ? promised->contract.field : name,
           fmt::format("straight, {} becomes {}; by way of {} {}", name, in_a ? shown(*x) : "absent", via,
                       in_b ? shown(*y) : "absent"));
  }
  return faults;
}

}  // namespace caravan::lint
