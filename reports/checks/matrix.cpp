// The matrix object x writer's release x later writer's release: how often a field that one release wrote was
// checked to survive a save by another one that did not name it.
#include <fmt/format.h>

#include <algorithm>

#include "reports/checks/counts.hpp"
#include "reports/facts/projection.hpp"

namespace caravan::reports {
namespace {

struct Pair {
  std::string object, first, later;
  bool newer_only = false;  ///< the field is one that the later writer's version does not have
};

/// Every (earlier writer, later save that does not name the field) of every row, once a field.
std::vector<Pair> pairs(const RunFacts& c) {
  std::vector<Pair> out;
  std::map<std::pair<std::string, std::string>, std::map<const FieldHistory*, const Write*>> last;
  std::vector<const Write*> order;
  for (const auto& write : c.writes.all())
    if (write.outcome == Write::Outcome::acknowledged && write.action != "destroy") order.push_back(&write);
  std::stable_sort(order.begin(), order.end(),
                   [](const Write* a, const Write* b) { return a->begin < b->begin; });
  for (const auto* write : order) {
    auto& fields = last[{write->object->name, write->row}];
    if (write->action == "save")
      for (const auto& entry : fields)
        if (!write->names(entry.first)) {
          Pair pair;
          pair.object = write->object->name;
          pair.first = entry.second->sender_release;
          pair.later = write->sender_release;
          pair.newer_only = !exists_at(*entry.first->contract, write->version);
          out.push_back(std::move(pair));
        }
    for (const auto& named : write->named) fields[named.field] = write;
  }
  return out;
}

}  // namespace

Json mixed_counts(const RunFacts& c) {
  std::map<std::string, std::int64_t> counts;
  for (const auto& pair : pairs(c)) counts[pair.object] += pair.newer_only ? 1 : 0;
  Json out = Json::object();
  for (const auto& object : c.releases.objects()) {
    const auto found = counts.find(object.name);
    if (found != counts.end() && found->second > 0) out[object.name] = found->second;
  }
  return out;
}

Json mix_matrix(const RunFacts& c) {
  std::map<std::string, std::map<std::string, std::map<std::string, std::int64_t>>> counts;
  for (const auto& pair : pairs(c)) ++counts[pair.object][pair.first][pair.later];
  std::map<std::pair<std::string, std::string>, std::int64_t> writes, saves;
  for (const auto& write : c.writes.all()) {
    if (write.outcome != Write::Outcome::acknowledged) continue;
    if (write.action != "destroy") ++writes[{write.object->name, write.sender_release}];
    if (write.action == "save") ++saves[{write.object->name, write.sender_release}];
  }
  Json out = Json::object();
  for (const auto& object : c.releases.objects()) {
    if (!object.history->core) continue;
    Json rows = Json::object();
    for (const auto& first : c.releases.releases()) {
      Json cells = Json::object();
      for (const auto& later : c.releases.releases()) {
        const auto count = counts[object.name][first][later];
        if (count > 0) {
          cells[later] = count;
          continue;
        }
        std::string why;
        const std::pair<std::string, std::string> by_first{object.name, first}, by_later{object.name, later};
        if (!c.releases.version(first, object.name))
          why = fmt::format("{} does not know {}", first, object.name);
        else if (!c.releases.version(later, object.name))
          why = fmt::format("{} does not know {}", later, object.name);
        else if (writes[by_first] == 0)
          why = fmt::format("no {} node wrote one", first);
        else if (saves[by_later] == 0)
          why = fmt::format("no {} node saved one", later);
        else
          why = fmt::format("no row written by {} was saved by {} afterwards", first, later);
        cells[later] = Json::object();
        cells[later]["not_exercised"] = why;
      }
      rows[first] = std::move(cells);
    }
    out[object.name] = std::move(rows);
  }
  return out;
}

}  // namespace caravan::reports
