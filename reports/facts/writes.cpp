// The writes that conductors were asked for.
#include "reports/facts/writes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "reports/facts/values.hpp"

namespace caravan::reports {

const Named* Write::names(const FieldHistory* field) const {
  for (const auto& entry : named)
    if (entry.field == field) return &entry;
  return nullptr;
}

Writes::Writes(const Evidence& evidence, const ReleaseModel& releases, const DatabaseHistory& database)
    : evidence_(evidence), releases_(releases), database_(database) {
  if (const Json& config = member(evidence_.run.header, "config"); config.is_object())
    for (const auto& node : config)
      migrates_on_read_ = migrates_on_read_ || member(node, "migrate_on_read") == true;
  if (evidence_.direct())
    collect_operations();
  else
    collect();
  for (auto& row : by_row_)
    std::stable_sort(row.second.begin(), row.second.end(), [&](int a, int b) {
      return writes_[static_cast<std::size_t>(a)].begin < writes_[static_cast<std::size_t>(b)].begin;
    });
  accounts_.reserve(database_.changes().size());
  for (const auto& change : database_.changes()) {
    auto found = account(change);
    if ((!change.stamp || evidence_.direct()) && change.row->table != services_table) ++guessed_;
    if (found.kind == Account::Kind::asked && found.write >= 0)
      ++writes_[static_cast<std::size_t>(found.write)].effects[change.column];
    accounts_.push_back(found);
  }
}

void Writes::collect() {
  for (std::size_t i = 0; i < evidence_.messages.size(); ++i) {
    const auto& message = evidence_.messages[i];
    if (message.kind != "call" || message.method != "object_action" || message.deliveries.empty()) continue;
    const std::string& action = text_at(message.args(), "objmethod");
    if (action != "create" && action != "save" && action != "destroy") continue;
    Write write;
    write.message = static_cast<int>(i);
    write.begin = message.deliveries.front().event;
    write.action = action;
    write.sender = message.from;
    write.receiver = message.deliveries.front().receiver;
    write.receiver_release = message.deliveries.front().release;
    write.operation = message.operation;
    if (const auto* sender = evidence_.incarnation(message.from)) write.sender_release = sender->release;
    if (message.reply >= 0) {
      const auto& reply = evidence_.messages[static_cast<std::size_t>(message.reply)];
      write.end = reply.sent;
      write.outcome = reply.error().is_null() ? Write::Outcome::acknowledged : Write::Outcome::refused;
    }
    add(member(message.args(), "objinst"), write);
  }
}

void Writes::add(const Json& json, Write write) {
  const auto primitive = read_primitive(json, releases_.prefix());
  const auto version = primitive ? read_version(primitive->version) : std::nullopt;
  if (!version) return;
  write.version = *version;
  write.object = releases_.object(primitive->name);
  write.row = primitive->id();
  if (!write.object || write.row.empty()) return;
  std::set<std::string> changed;
  const bool all = !primitive->changes && write.action == "create";
  if (primitive->changes)
    for (const auto& name : *primitive->changes)
      if (name.is_string()) changed.insert(name.get<std::string>());
  std::vector<std::pair<const FieldHistory*, const Json*>> items;
  if (write.action != "destroy")
    for (auto it = primitive->data->begin(); it != primitive->data->end(); ++it) {
      const auto* field = write.object->field(it.key(), write.version);
      if (!field) continue;
      // A child sent with a create is part of it, whatever its own marks say.
      if (all || changed.count(it.key()) || (write.action == "create" && write.parent >= 0))
        write.named.push_back(Named{field, it.key(), &it.value()});
      if (field->is_children() && it.value().is_array()) items.emplace_back(field, &it.value());
    }
  const int index = static_cast<int>(writes_.size());
  by_row_[{write.object->name, write.row}].push_back(index);
  Write child = write;
  writes_.push_back(std::move(write));
  if (child.action != "create") return;
  child.parent = index;
  child.named.clear();
  for (const auto& item : items) {
    if (!item.first->link_table.empty()) continue;  // linked, not created
    for (const auto& element : *item.second) add(element, child);
  }
}

const Account* Writes::account_of(Event change) const {
  const auto found =
      std::lower_bound(accounts_.begin(), accounts_.end(), change,
                       [](const Account& account, Event at) { return account.change->event < at; });
  return found == accounts_.end() || found->change->event != change ? nullptr : &*found;
}

const std::vector<int>& Writes::of_row(const std::string& object, const std::string& row) const {
  static const std::vector<int> none;
  const auto found = by_row_.find({object, row});
  return found == by_row_.end() ? none : found->second;
}

int Writes::last_named(const std::string& object, const std::string& row, const FieldHistory* field, Event at,
                       int but) const {
  int best = -1;
  for (const int index : of_row(object, row)) {
    const auto& write = writes_[static_cast<std::size_t>(index)];
    if (write.begin >= at) break;
    if (index != but && write.outcome == Write::Outcome::acknowledged && write.names(field)) best = index;
  }
  return best;
}

std::string Writes::describe(int index) const {
  const auto& write = writes_[static_cast<std::size_t>(index)];
  const auto& message = evidence_.messages[static_cast<std::size_t>(write.message)];
  return fmt::format("the {} of {} {} by {} ({}, version {}), message {} delivered to {} ({}) at event {}",
                     write.action, write.object->name, write.row, write.sender, write.sender_release,
                     write.version.text(), message.id, write.receiver, write.receiver_release, write.begin);
}

}  // namespace caravan::reports
