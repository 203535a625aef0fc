// What a run was made of.
#include "reports/checks/counts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reports/facts/values.hpp"

namespace caravan::reports {
namespace {

void add(Json& object, const std::string& key, std::int64_t number = 1) {
  const auto found = object.find(key);
  if (found == object.end())
    object[key] = number;
  else
    *found = found->get<std::int64_t>() + number;
}

Json sorted(const Json& object) {
  std::map<std::string, Json> items;
  for (auto it = object.begin(); it != object.end(); ++it) items[it.key()] = it.value();
  Json out = Json::object();
  for (const auto& item : items) out[item.first] = item.second;
  return out;
}

Json operations(const RunFacts& c, const std::set<std::string>& troubled) {
  std::int64_t ok = 0, refused = 0, failed = 0, info = 0, verified = 0;
  Json methods = Json::object();
  for (const auto& op : c.evidence.operations) {
    if (op.outcome == OpEdge::ok) {
      ++ok;
      verified += troubled.count(op.row) == 0 ? 1 : 0;
    } else if (op.outcome == OpEdge::fail) {
      ++(refused_lawfully(c, op) ? refused : failed);
    } else {
      ++info;
    }
    add(methods, op.method);
  }
  Json out = Json::object();
  out["total"] = c.evidence.operations.size();
  out["acknowledged"] = ok;
  out["verified"] = verified;
  out["refused"] = refused;
  out["failed"] = failed;
  out["indeterminate"] = info;
  out["by_method"] = sorted(methods);
  return out;
}

Json messages(const RunFacts& c) {
  Json kinds = Json::object(), versions = Json::object(), refused = Json::object(),
       requested = Json::object(), direct = Json::object();
  std::int64_t to_older = 0, to_same = 0, waited = 0;
  std::int64_t total = 0;
  for (const auto& message : c.evidence.messages) {
    if (is_heartbeat(message)) continue;
    if (message.answers >= 0 && is_heartbeat(c.evidence.messages[static_cast<std::size_t>(message.answers)]))
      continue;
    ++total;
    add(kinds, message.kind);
    const auto found = primitives_in(message, c.releases.prefix());
    for (const auto& item : found) add(versions, item.primitive.name + " " + item.primitive.version);
    for (const auto& delivery : message.deliveries) {
      const auto* receiver = c.evidence.incarnation(delivery.receiver);
      if (!receiver) continue;
      for (const auto& item : found)
        if (too_new(c.releases, item.primitive, delivery.release) &&
            refused_by(c, message, delivery, item.primitive))
          add(refused,
              fmt::format("{} {} by {}", item.primitive.name, item.primitive.version, delivery.release));
      if (message.kind == "cast" && receiver->number > 1 && receiver->ready != never &&
          message.sent < receiver->ready)
        ++waited;
    }
    if (!message.is_reply() || message.answers < 0 || !message.error().is_null() ||
        message.deliveries.empty())
      continue;
    const auto& question = c.evidence.messages[static_cast<std::size_t>(message.answers)];
    const auto* conductor = c.evidence.incarnation(message.from);
    const auto* caller = c.evidence.incarnation(question.from);
    if (!conductor || !caller) continue;
    if (question.method == "object_backport_versions") {
      if (const auto asked = read_primitive(member(question.args(), "objinst"), c.releases.prefix()))
        for (const auto& item : found)
          if (item.path == "result")
            add(requested, fmt::format("{} {} to {}", asked->name, asked->version, item.primitive.version));
    } else if (question.method == "object_class_action_versions") {
      ++(c.releases.age(caller->release) < c.releases.age(conductor->release) ? to_older : to_same);
      for (const auto& item : found) {
        const auto stamp = read_version(item.primitive.version);
        const auto* own = c.releases.version(conductor->release, item.primitive.name);
        if (own && stamp && *stamp < *own)
          add(direct, fmt::format("{} {} to {}", item.primitive.name, own->text(), item.primitive.version));
      }
    }
  }
  Json out = Json::object();
  out["total"] = total;
  out["by_kind"] = sorted(kinds);
  out["by_version"] = sorted(versions);
  out["refused"] = sorted(refused);
  out["backports_on_request"] = sorted(requested);
  out["backports_in_replies"] = sorted(direct);
  out["replies_to_older_callers"] = to_older;
  out["replies_to_other_callers"] = to_same;
  out["casts_that_waited_for_a_restart"] = waited;
  return out;
}

}  // namespace

Json count_run(const RunFacts& c, const std::set<std::string>& troubled) {
  Json out = Json::object();
  out["events"] = c.evidence.run.events.size();
  out["seconds"] = static_cast<double>(c.evidence.time(c.evidence.last)) / 1e6;
  out["operations"] = operations(c, troubled);
  out["messages"] = messages(c);
  std::int64_t acknowledged = 0, refused = 0, unknown = 0;
  for (const auto& write : c.writes.all()) {
    if (write.parent >= 0) continue;
    ++(write.outcome == Write::Outcome::acknowledged ? acknowledged
       : write.outcome == Write::Outcome::refused    ? refused
                                                     : unknown);
  }
  Json writes = Json::object();
  writes["acknowledged"] = acknowledged;
  writes["refused"] = refused;
  writes["indeterminate"] = unknown;
  writes["committed_changes"] = c.database.changes().size();
  writes["guessed"] = c.writes.guessed();
  out["writes"] = std::move(writes);
  out["incarnations"] = c.evidence.incarnations.size();
  out["faults"] = Json::array();
  for (const auto& step : c.evidence.steps)
    if (step.is_one_of<step::Kill, step::Pause>())
      out["faults"].push_back(
          Json{{"verb", step::word(step.action)}, {"node", step.node()}, {"step", step.number}});
  out["mixed"] = mixed_counts(c);
  return out;
}

Json upgrade_order(const RunFacts& c) {
  std::vector<const Incarnation*> ready;
  for (const auto& one : c.evidence.incarnations)
    if (one.ready != never) ready.push_back(&one);
  std::sort(ready.begin(), ready.end(),
            [](const Incarnation* a, const Incarnation* b) { return a->ready < b->ready; });
  std::map<std::string, std::string> release;
  Json out = Json::array();
  for (const auto* one : ready) {
    const auto before = release.find(one->node);
    if (before != release.end() && before->second != one->release) {
      Json entry = Json::object();
      entry["node"] = one->node;
      entry["from"] = before->second;
      entry["to"] = one->release;
      entry["step"] = c.evidence.step_at(one->ready);
      entry["t"] = c.evidence.time(one->ready);
      out.push_back(std::move(entry));
    }
    release[one->node] = one->release;
  }
  return out;
}

}  // namespace caravan::reports
