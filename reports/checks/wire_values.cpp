// Are the values in messages what the contracts make of the stored ones?
#include "reports/checks/wire_values.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reports/facts/projection.hpp"
#include "reports/facts/values.hpp"

namespace caravan::reports {

Witness wire_witness(const Message& message, const Delivery& delivery, const Primitive& primitive,
                     const std::string& field) {
  Witness witness;
  witness.event = delivery.event;
  witness.object = primitive.name;
  witness.field = field;
  witness.row = primitive.id();
  witness.argument.push_back(fmt::format("event {}: {} sent message {} ({}{})", message.sent, message.from,
                                         message.id, message.kind,
                                         message.method.empty() ? "" : " " + message.method));
  witness.argument.push_back(fmt::format("event {}: it was delivered to {}, release {}", delivery.event,
                                         delivery.receiver, delivery.release));
  return witness;
}

WireValues::WireValues(const RunFacts& facts, Findings& findings) : c_(facts), findings_(findings) {
  const auto add = [&](const auto& self, const std::string& name) -> void {
    const auto* object = c_.releases.object(name);
    if (!object || !engine_classes_.insert(name).second) return;
    for (const auto& field : object->fields)
      if (field.is_children()) self(self, field.child);
  };
  for (const auto& release : c_.releases.releases())
    for (const auto& interface : c_.releases.release(release)->rpc)
      for (const auto& method : interface.methods)
        for (const auto& arg : method.args)
          if (interface.topic == name(Role::engine)) add(add, arg.object);
}

bool WireValues::withheld(const ObjectHistory& object, const Contract& contract) const {
  return to_api_ && engine_classes_.count(object.name) == 0 && !contract.rest_shown &&
         std::count(contract.secret.begin(), contract.secret.end(), "") > 0;
}

void WireValues::report(const Message& message, const Delivery& delivery, const Primitive& primitive,
                        const Mismatch& mismatch, const std::string& summary,
                        std::vector<std::string> argument) {
  Witness witness = wire_witness(message, delivery, primitive, mismatch.field);
  witness.object = mismatch.object;
  if (!mismatch.row.empty()) witness.row = mismatch.row;
  witness.summary = fmt::format("{}: {}", summary, mismatch.text);
  for (auto& sentence : argument) witness.argument.push_back(std::move(sentence));
  findings_.fail(std::move(witness));
}

std::optional<WireValues::Mismatch> WireValues::match_children(const RowHistory& row,
                                                               const FieldHistory& field, const Json& value,
                                                               Event at) const {
  const auto* child = c_.releases.object(field.child);
  if (!child || !value.is_array()) return std::nullopt;
  const auto wrong = [&](const std::string& text) {
    return Mismatch{row.object->name, row.key, field.contract->field, text};
  };
  std::set<std::string> there;
  for (const auto* item : c_.database.children(row, field, at)) there.insert(item->key);
  std::set<std::string> told;
  for (const auto& element : value) {
    const auto primitive = read_primitive(element, c_.releases.prefix());
    if (!primitive) continue;
    const std::string id = primitive->id();
    told.insert(id);
    if (!there.count(id))
      return wrong(
          fmt::format("{} lists {} {}, which is not stored there", field.contract->field, field.child, id));
    const auto stamp = read_version(primitive->version);
    const auto* item = c_.database.row(*child, id);
    if (!item || !stamp) continue;
    if (auto mismatch = match(*child, *item, *primitive->data, *stamp, at, true, true)) return mismatch;
  }
  for (const auto& id : there)
    if (!told.count(id))
      return wrong(
          fmt::format("{} lacks {} {}, which is stored there", field.contract->field, field.child, id));
  return std::nullopt;
}

std::optional<WireValues::Mismatch> WireValues::match(const ObjectHistory& object, const RowHistory& row,
                                                      const Json& data, const Version& stamp, Event at,
                                                      bool whole, bool with_children) const {
  for (const auto& field : object.fields) {
    if (!exists_at(*field.contract, stamp)) continue;
    const std::string& name = name_at(*field.contract, stamp);
    const auto found = data.find(name);
    if (found == data.end()) {
      const bool wanted =
          whole && !field.spec->deferred && (!field.is_children() || with_children) &&
          !(field.contract->lost_below && stamp < *field.contract->lost_below) &&
          (field.is_children() ||
           c_.database.has_column(object.table, c_.database.truth_column(object, field, at), at));
      if (wanted && !withheld(object, *field.contract))
        return Mismatch{object.name, row.key, name, fmt::format("{} is missing", name)};
      continue;
    }
    if (field.is_children()) {
      if (auto mismatch = match_children(row, field, *found, at)) return mismatch;
      continue;
    }
    const Json stored = c_.database.value(row, field, at);
    auto expected = project(*field.contract, stored, stamp);
    if (expected.kind == Projected::Kind::absent) continue;  // a declared loss may be carried anyway
    if (expected.kind == Projected::Kind::refused)
      return Mismatch{object.name, row.key, name,
                      fmt::format("{} is {}, but the stored {} must be refused to {}: {}", name,
                                  shown(*found), shown(stored), stamp.text(), expected.why)};
    // Gone from newer versions: nothing maintains it, null stands for it.
    if (field.contract->until && found->is_null()) continue;
    if (expected.value.is_null() && field.contract->absent_means)
      expected.value = *field.contract->absent_means;
    const Json told = canonical(*field.spec, *found);
    if (!same(told, expected.value) &&
        !(field.spec->deferred && equal_to_user(*field.contract, told, expected.value)))
      return Mismatch{object.name, row.key, name,
                      fmt::format("{} is {}, but stored is {}, which {} {} carries as {}", name, shown(told),
                                  shown(stored), object.name, stamp.text(), shown(expected.value))};
  }
  return std::nullopt;
}

void WireValues::get_reply(const Message& reply, const Delivery& delivery, const Message& question,
                           const Primitive& primitive, bool with_children) {
  const auto* object = c_.releases.object(primitive.name);
  const auto stamp = read_version(primitive.version);
  if (!object || question.deliveries.empty() || !stamp) return;
  findings_.owe();
  const Event from = question.deliveries.front().event, to = reply.sent;
  const auto* row = c_.database.row(*object, primitive.id());
  if (!row || !row->alive_within(from, to)) {
    report(reply, delivery, primitive,
           Mismatch{primitive.name, primitive.id(), "id", "no such row is stored"},
           fmt::format("a reply told of {} {}", primitive.name, primitive.id()), {});
    return;
  }
  std::optional<Mismatch> mismatch;
  for (const Event at : c_.database.moments(*row, from, to)) {
    if (!row->alive(at)) continue;
    mismatch = match(*object, *row, *primitive.data, *stamp, at, true, with_children);
    if (!mismatch) return;
  }
  if (!mismatch) return;
  report(reply, delivery, primitive, *mismatch,
         fmt::format("a reply told {} ({}) what {} {} never was during the call", delivery.receiver,
                     delivery.release, primitive.name, primitive.id()),
         {fmt::format("event {}: the call {} was delivered to {}; at no moment until event {} the row was so",
                      from, question.id, question.deliveries.front().receiver, to)});
}

void WireValues::list_reply(const Message& reply, const Delivery& delivery, const Message& question,
                            const std::vector<Found>& found) {
  const auto* object = c_.releases.object(text_at(question.args(), "objname"));
  if (!object || question.deliveries.empty()) return;
  std::set<std::string> told;
  for (const auto& item : found) {
    told.insert(item.primitive.id());
    get_reply(reply, delivery, question, item.primitive, false);
  }
  const Event from = question.deliveries.front().event, to = reply.sent;
  const Json& where = member(question.args(), "kwargs");
  const std::string& release = question.deliveries.front().release;
  const Version version = c_.version_at(release, object->name);
  // Only rows that one filter names by value: a walk over all rows for each list would be quadratic.
  const RowHistory* must = nullptr;
  std::vector<const RowHistory*> candidates;
  if (!where.is_object() || where.empty()) return;
  for (auto it = where.begin(); it != where.end(); ++it) {
    if (!it.value().is_string()) continue;
    const auto& indexed = c_.database.ever(object->table, it.key(), it.value().get<std::string>());
    if (!indexed.empty()) candidates = indexed;
  }
  for (const auto* row : candidates) {
    if (told.count(row->key) || !row->alive(from) || row->gone_within(from, to)) continue;
    bool always = true;
    for (auto it = where.begin(); it != where.end() && always; ++it) {
      const auto* field = object->field(it.key(), version);
      if (!field || field->is_children()) {
        always = false;
        break;
      }
      for (const Event at : c_.database.moments(*row, *field, from, to))
        always = always && same(c_.database.value(*row, *field, at), canonical(*field->spec, it.value()));
    }
    if (always) must = row;
    if (must) break;
  }
  findings_.owe();
  if (!must) return;
  Witness witness;
  witness.event = delivery.event;
  witness.object = object->name;
  witness.row = must->key;
  witness.summary =
      fmt::format("a list of {} lacks row {}, which matched all the time", object->name, must->key);
  witness.argument = {fmt::format("event {}: the call {} asked for {}", from, question.id, shown(where)),
                      fmt::format("event {}: the reply {} does not hold the row", to, reply.id)};
  findings_.fail(std::move(witness));
}

void WireValues::action_reply(const Message& reply, const Delivery& delivery, const Message& question) {
  const auto told = read_primitive(member(question.args(), "objinst"), c_.releases.prefix());
  const auto version = told ? read_version(told->version) : std::nullopt;
  if (question.deliveries.empty() || !version) return;
  const Primitive& sent = *told;
  const Version& stamp = *version;
  const auto* object = c_.releases.object(sent.name);
  const Json& updates = member(reply.result(), "updates");
  if (!object || !updates.is_object()) return;
  const auto* row = c_.database.row(*object, sent.id());
  const auto* spec = c_.releases.spec(sent.name, stamp);
  if (!row || !spec || text_at(question.args(), "objmethod") == "destroy") return;
  const bool loads = text_at(question.args(), "objmethod") == "obj_load_attr";
  const Event from = question.deliveries.front().event, to = reply.sent;
  for (auto it = updates.begin(); it != updates.end(); ++it) {
    if (it.key() == "obj_what_changed") continue;
    findings_.owe();
    const auto* field = object->field(it.key(), stamp);
    if (!field) {
      report(reply, delivery, sent,
             Mismatch{sent.name, sent.id(), it.key(), "its caller's version has no such field"},
             fmt::format("the updates of {} {} name {}", sent.name, sent.version, it.key()), {});
      continue;
    }
    if (!field->is_children()) {
      auto wrong = wrong_value(*spec->field(it.key()), it.value());
      if (!wrong) wrong = illegal_value(*field->contract, stamp, it.value());
      // What a lazy load gives is the field's value: it may be null where absence has a meaning.
      if (wrong && !(loads && it.value().is_null() && field->contract->absent_means)) {
        report(reply, delivery, sent, Mismatch{sent.name, sent.id(), it.key(), *wrong},
               fmt::format("the updates told to {} ({}) for {} {}", delivery.receiver, delivery.release,
                           sent.name, sent.version),
               {});
        continue;
      }
    }
    std::optional<Mismatch> mismatch;
    Json alone = Json::object();
    alone[it.key()] = it.value();
    for (const Event at : c_.database.moments(*row, from, to)) {
      if (!row->alive(at)) continue;
      mismatch = match(*object, *row, alone, stamp, at, false, true);
      if (!mismatch) break;
    }
    if (mismatch && loads && it.value().is_null() && field->contract->absent_means) mismatch.reset();
    if (mismatch)
      report(reply, delivery, sent, *mismatch,
             fmt::format("the updates told to {} for {} {} were never so during the call", delivery.receiver,
                         sent.name, sent.id()),
             {fmt::format("event {}: the call {} was delivered; event {}: its reply was sent", from,
                          question.id, to)});
  }
}

std::optional<WireValues::Mismatch> WireValues::compare_backport(const Primitive& before,
                                                                 const Primitive& after) const {
  const auto wrong = [&](const std::string& field, const std::string& text) {
    return Mismatch{before.name, before.id(), field, text};
  };
  const auto* object = c_.releases.object(before.name);
  const auto older = read_version(after.version), newer = read_version(before.version);
  if (!object || !newer || !older) return std::nullopt;
  const Version &source = *newer, &target = *older;
  if (after.name != before.name)
    return wrong("", fmt::format("a {} came back for a {}", after.name, before.name));
  std::set<std::string> explained;
  std::set<std::string> marks, marks_after;
  if (after.changes)
    for (const auto& name : *after.changes)
      marks_after.insert(name.is_string() ? name.get<std::string>() : name.dump());
  if (before.changes)
    for (const auto& name : *before.changes)
      marks.insert(name.is_string() ? name.get<std::string>() : name.dump());
  for (auto it = before.data->begin(); it != before.data->end(); ++it) {
    const auto* field = object->field(it.key(), source);
    if (!field) continue;
    const auto expected = project(*field->contract, it.value(), target);
    const Json* got = after.field(expected.name);
    if (expected.kind == Projected::Kind::refused)
      return wrong(it.key(), fmt::format("{} must be refused: {}", it.key(), expected.why));
    if (expected.kind == Projected::Kind::absent) {
      if (got && !exists_at(*field->contract, target))
        return wrong(it.key(), fmt::format("{} must not be there: {}", it.key(), expected.why));
      continue;
    }
    explained.insert(expected.name);
    if (!got)
      return wrong(expected.name, fmt::format("{} was {}, and is missing at {}", it.key(), shown(it.value()),
                                              target.text()));
    if (field->is_children() && it.value().is_array() && got->is_array()) {
      if (it.value().size() != got->size())
        return wrong(expected.name,
                     fmt::format("{} had {} items, and has {}", it.key(), it.value().size(), got->size()));
      for (std::size_t i = 0; i < got->size(); ++i) {
        const auto child_before = read_primitive(it.value()[i], c_.releases.prefix());
        const auto child_after = read_primitive((*got)[i], c_.releases.prefix());
        if (!child_before || !child_after) continue;
        if (auto mismatch = compare_backport(*child_before, *child_after)) return mismatch;
      }
    } else if (!equal_to_user(*field->contract, *got, expected.value)) {
      return wrong(expected.name, fmt::format("{} was {}, which {} {} carries as {}; it came back as {}",
                                              it.key(), shown(it.value()), before.name, target.text(),
                                              shown(expected.value), shown(*got)));
    }
    const bool renamed = expected.name != it.key();
    if (marks.count(it.key()) && !renamed && !marks_after.count(expected.name))
      return wrong(expected.name, fmt::format("{} was marked as changed, and no longer is", it.key()));
    if (!marks.count(it.key()) && marks_after.count(expected.name))
      return wrong(expected.name, fmt::format("{} is marked as changed, and was not", expected.name));
  }
  for (auto it = after.data->begin(); it != after.data->end(); ++it) {
    if (explained.count(it.key())) continue;
    const auto* field = object->field(it.key(), target);
    if (field && (it.value().is_null() ||
                  (field->contract->absent_means && same(it.value(), *field->contract->absent_means))))
      continue;
    if (field && field->contract->lost_below && target < *field->contract->lost_below) continue;
    if (!field) continue;  // reported as an unknown field
    return wrong(it.key(), fmt::format("{} was not set, and came back as {}", it.key(), shown(it.value())));
  }
  return std::nullopt;
}

void WireValues::backport_reply(const Message& reply, const Delivery& delivery, const Message& question) {
  const auto before = read_primitive(member(question.args(), "objinst"), c_.releases.prefix());
  if (!before) return;
  findings_.owe();
  const auto after = read_primitive(reply.result(), c_.releases.prefix());
  const auto mismatch = after ? compare_backport(*before, *after) : std::nullopt;
  if (!mismatch) return;
  report(reply, delivery, *after, *mismatch,
         fmt::format("the backport of {} {} to {} for {} ({}) is not what the contracts say", before->name,
                     before->version, after->version, delivery.receiver, delivery.release),
         {fmt::format("event {}: {} asked for it with message {}", question.sent, question.from, question.id),
          fmt::format("event {}: {} answered", reply.sent, reply.from)});
}

/// A value that was on its way for a while: the row held it at some time before it was sent.
void WireValues::in_passing(const Message& message, const Delivery& delivery, const Primitive& primitive,
                            bool outermost) {
  const auto* object = c_.releases.object(primitive.name);
  const auto stamped = read_version(primitive.version);
  if (!object || !stamped) return;
  const Version& stamp = *stamped;
  std::set<std::string> marked;
  if (primitive.changes)
    for (const auto& name : *primitive.changes)
      marked.insert(name.is_string() ? name.get<std::string>() : name.dump());
  const auto* row = c_.database.row(*object, primitive.id());
  const bool stored_by_then = row && !row->lives.empty() && row->lives.front().first < message.sent;
  if (message.kind != "call" && primitive.field("id") && !stored_by_then) {
    findings_.owe();
    report(message, delivery, primitive,
           Mismatch{primitive.name, primitive.id(), "id", "no such row had been committed"},
           fmt::format("message {} is about {} {}", message.id, primitive.name, primitive.id()), {});
    return;
  }
  const auto spoken = c_.releases.spoken(primitive.name, stamp);
  for (auto it = primitive.data->begin(); it != primitive.data->end(); ++it) {
    const auto* field = object->field(it.key(), stamp);
    if (!field) continue;
    if (field->is_children()) {
      if (!it.value().is_array()) continue;
      for (const auto& element : it.value())
        if (const auto child = read_primitive(element, c_.releases.prefix()))
          in_passing(message, delivery, *child, false);
      continue;
    }
    if (marked.count(it.key()) || !row || row->lives.empty() || row->lives.front().first > message.sent)
      continue;
    findings_.owe();
    const Json told = canonical(*field->spec, it.value());
    const auto held_within = [&](Event from) {
      const auto moments = c_.database.moments(*row, *field, from, message.sent);
      return std::any_of(moments.rbegin(), moments.rend(), [&](Event at) {
        const Json stored = c_.database.value(*row, *field, at);
        // An older node may have been told it, and have passed it on to a newer one.
        return std::any_of(spoken.begin(), spoken.end(), [&](const Version& version) {
          return is_seen_as(*field->contract, stored, version, told);
        });
      });
    };
    const Event born = row->lives.front().first;
    // Nearly always it is a value of just now.
    const bool held = (field->contract->until && told.is_null()) ||
                      held_within(std::max(born, message.sent - 500)) || held_within(born);
    if (held) continue;
    report(message, delivery, primitive,
           Mismatch{primitive.name, primitive.id(), it.key(),
                    fmt::format("{} is {}; stored is {}", it.key(), shown(told),
                                shown_as(c_, *row, *field, stamp, message.sent))},
           fmt::format("message {} carries a value that the row never held up to then", message.id), {});
    if (!outermost) return;
  }
}

void WireValues::message(const Message& message, const Delivery& delivery, const std::vector<Found>& found) {
  const auto role = role_of(delivery.receiver);
  to_api_ = role && role_spec(*role).serves_clients;
  if (!message.is_reply()) {
    // A create says what shall be; there is nothing to compare it with. A backport is compared when it is
    // answered.
    const bool creates =
        message.method == "object_action" && text_at(message.args(), "objmethod") == "create";
    if (creates || message.method == "object_backport_versions") return;
    for (const auto& item : found) in_passing(message, delivery, item.primitive, true);
    return;
  }
  if (message.answers < 0 || !message.error().is_null()) return;
  const auto& question = c_.evidence.messages[static_cast<std::size_t>(message.answers)];
  if (question.method == "object_backport_versions") {
    backport_reply(message, delivery, question);
  } else if (question.method == "object_action") {
    action_reply(message, delivery, question);
  } else if (question.method == "object_class_action_versions") {
    if (text_at(question.args(), "objmethod") == "list")
      list_reply(message, delivery, question, found);
    else
      for (const auto& item : found) get_reply(message, delivery, question, item.primitive, true);
  } else {
    for (const auto& item : found) in_passing(message, delivery, item.primitive, true);
  }
}

}  // namespace caravan::reports
