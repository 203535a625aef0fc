// Which errors are right.
#include <fmt/format.h>

#include <algorithm>

#include "reports/checks/lawful_reasons.hpp"
#include "reports/facts/lifecycle.hpp"
#include "reports/facts/services.hpp"
#include "reports/facts/values.hpp"

namespace caravan::reports {
namespace {

Lawful unlawful(std::string why) { return tl::make_unexpected(std::move(why)); }

Lawful lawful_if(bool holds, std::string otherwise) {
  return holds ? Lawful() : unlawful(std::move(otherwise));
}

Lawful lawful_if(Reason reason, std::string otherwise) {
  return reason ? Lawful(std::move(*reason)) : unlawful(std::move(otherwise));
}

}  // namespace

Lawful lawful_error(const RunFacts& c, const Message& reply, const Message& question) {
  const std::string& type = text_at(reply.error(), "type");
  const Event from = question.deliveries.empty() ? question.sent : question.deliveries.front().event;
  const Event to = reply.sent;
  if (question.kind == "request") {
    const auto op = c.evidence.operation_by_id.find(question.operation);
    if (op == c.evidence.operation_by_id.end()) return unlawful("the request belongs to no operation");
    return lawful_failure(c, c.evidence.operations[static_cast<std::size_t>(op->second)]);
  }
  const std::string& receiver_release =
      question.deliveries.empty() ? text_at(question.args(), "") : question.deliveries.front().release;
  const Json& args = question.args();
  const auto sent = read_primitive(member(args, "objinst"), c.releases.prefix());
  const auto stamp = sent ? read_version(sent->version) : std::nullopt;
  const std::string name = sent ? sent->name : text_at(args, "objname");
  const std::string id = sent ? sent->id() : text_at(member(args, "kwargs"), "id");
  const std::string& action = text_at(args, "objmethod");
  const auto* object = c.releases.object(name);
  const auto* row = object ? c.database.row(*object, id) : nullptr;

  if (type == "IncompatibleObjectVersion")
    return lawful_if(sent && too_new(c.releases, *sent, receiver_release),
                     fmt::format("{} knows the version it was given", receiver_release));
  if (type == "ActRefused") {
    const Json* versions =
        args.is_object() && args.contains("object_versions") ? &args.at("object_versions") : nullptr;
    return lawful_if(may_refuse_act(c, name, versions, sent ? sent->version : ""),
                     fmt::format("the history lets every version of {} do it", name));
  }
  if (type == "DatabaseBusy")
    return lawful_if(locked_out(c, question.sent, to), "no stopped node held the database's lock");
  // The gate check says whether a join had to be refused.
  if (is_heartbeat(question)) return lawful_if(type == "JoinRefused", "it does not say that it may not join");
  if (type == "UnsupportedObjectError") {
    const Json& versions = member(args, "object_versions");
    return lawful_if(
        !c.releases.version(receiver_release, name) || (versions.is_object() && !versions.contains(name)),
        fmt::format("both sides know {}", name));
  }
  if (type == "ObjectActionError") {
    if (question.method == "object_backport_versions")
      return lawful_if(sent ? primitive_refused(c, *sent, member(args, "object_versions")) : std::nullopt,
                       "the contract lets every value of it be told at that version");
    const auto* sender = c.evidence.incarnation(question.from);
    const std::string caller = sender ? sender->release : receiver_release;
    if (action == "list" && object) {
      for (const auto& entry : c.database.rows())
        if (entry.first.first == object->table && entry.second.alive_within(from, to))
          if (auto why = ever_refused(c, entry.second, caller, nullptr, from, to)) return std::move(*why);
      return unlawful("every row can be told to the caller");
    }
    if (row)
      if (auto why = ever_refused(c, *row, caller, stamp ? &*stamp : nullptr, from, to))
        return std::move(*why);
    // Children that hang by a column of theirs are saved one by one.
    if (action == "save" && stamp && sent->changes && object)
      for (const auto& changed : *sent->changes)
        if (const auto* field =
                changed.is_string() ? object->field(changed.get<std::string>(), *stamp) : nullptr;
            field && !field->child_column.empty())
          return {};
    return unlawful(fmt::format("the contract lets {} {} be told to the caller", name, id));
  }
  if (type == "NotFound")
    return lawful_if(action != "list" && (!row || row->gone_within(from, to)),
                     fmt::format("{} {} was there all the time", name, id));
  if (type == "DuplicateId")
    return lawful_if(row && !row->lives.empty() && row->lives.front().first <= to,
                     fmt::format("no {} {} was there", name, id));
  if (type == "Conflict" && object) {
    if (action == "destroy") return lawful_if(conflicts(c, *object, id, from, to), "nothing refers to it");
    if (sent)
      if (auto why = sent_conflicts(c, *object, *sent, from, to)) return std::move(*why);
    if (sent && action == "create" && owner_ended(c, *object, *sent, from, to)) return {};
    const auto* life = object->life();
    if (const Json* value = sent && life ? sent->field(life->field) : nullptr; action == "save" && value)
      if (auto why = unlawful_step(c, *object, id, Json(status_in(*life, *value)), from, to))
        return std::move(*why);
    return unlawful("no row has the same unique values, and the step is in the table");
  }
  if (type == "ValueError" && sent) {
    for (auto it = sent->data->begin(); it != sent->data->end(); ++it)
      if (auto why = too_long(c, receiver_release, name, it.key(), it.value())) return std::move(*why);
    return unlawful("every value fits its column");
  }
  return unlawful(fmt::format("{} is not an error that a node may answer with",
                              type.empty() ? "an error without a type" : type));
}

namespace {

/// The RPC version of the engine's topic that the operation cannot do without; 0.0: any will do.
Version needed_of_engine(const RunFacts& c, const ClientOp& op) {
  const auto* life = c.releases.life(op.object);
  if (!life) return Version();
  const auto travels_in = [&](const std::string& argument) {
    return op.fields().is_object() &&
           std::any_of(life->carries.begin(), life->carries.end(), [&](const auto& entry) {
             return entry.second == argument && op.fields().contains(entry.first);
           });
  };
  const auto* known =
      c.releases.newest().releases.back().method(name(Role::engine), life->cast_for(op.method));
  if (!known) return Version();
  Version since = known->since;
  for (const auto& arg : known->args)
    if (arg.since && travels_in(arg.name)) since = std::max(since, *arg.since);
  return since;
}

/// The api's own record names a cap below that.
bool beyond_the_cap(const RunFacts& c, const ClientOp& op) {
  const Version needed = needed_of_engine(c, op);
  for (const Event at : {op.invoked, std::min(op.ended, c.evidence.last)}) {
    const auto record = record_at(c, op.via, at);
    const auto cap = record ? record->rpc_cap(name(Role::engine)) : std::nullopt;
    if (cap && *cap < needed) return true;
  }
  return false;
}

}  // namespace

Lawful lawful_failure(const RunFacts& c, const ClientOp& op) {
  if (auto why = refusable(c, op, true)) return std::move(*why);
  Json error = op.end ? member(*op.end, "error") : Json();
  if (op.request >= 0)
    if (const auto& request = c.evidence.messages[static_cast<std::size_t>(op.request)]; request.reply >= 0)
      error = c.evidence.messages[static_cast<std::size_t>(request.reply)].error();
  const std::string& type = text_at(error, "type");
  const auto* object = c.releases.object(op.object);
  const auto* row = object ? c.database.row(*object, op.row) : nullptr;
  const Event to = std::min(op.ended, c.evidence.last);
  const Version stamp = c.version_at(c.release_of(op), op.object);
  if (type == "UnknownField" || type == "UnsupportedObjectError")
    if (auto why = above_cap(c, op)) return std::move(*why);
  if (type == "RPCVersionCapError")
    return lawful_if(beyond_the_cap(c, op), "its RPC cap has what the operation needs");
  // A value that is the id of a secret cannot be told from the secret itself at any version.
  if (type == "UntypedSecret") {
    return lawful_if(c.evidence.option(op.via, "castellan") == true,
                     op.via + " keeps its secrets in the rows");
  }
  // refuse_act_when of the history: an older peer keeps its hands off what it would not understand.
  if (type == "ActRefused" && object) {
    for (const auto& refusal : object->history->refusals)
      if (stamp < refusal.below) return {};
    return unlawful("the history lets this version do it");
  }
  if (type == "DatabaseBusy")
    return lawful_if(locked_out(c, op.invoked, to), "no stopped node held the database's lock");
  if (type == "NotFound" && op.method != "list")
    return lawful_if(!row || row->gone_within(op.invoked, to), "the row was there all the time");
  if (type == "DuplicateId")
    return lawful_if(row && row->alive_within(op.invoked, to), "no such row was there");
  if (c.evidence.direct() && (type == "UpdateFailed" || type == "DeletionFailed") && row) {
    // Without objects each release protects rows by its own code: by its hook FIELD_protects.
    const auto* release = c.releases.release(c.release_of(op));
    for (const auto& field : object->fields) {
      if (!release || !release->does(field.contract->field + "_protects")) continue;
      for (const Event at : c.database.moments(*row, field, op.invoked, to))
        if (c.database.value(*row, field, at) == true) return {};
    }
    return unlawful("its release does not protect the row");
  }
  if (type == "ObjectActionError" && row)
    return lawful_if(ever_refused(c, *row, c.release_of(op), &stamp, op.invoked, to),
                     "the contract lets the row be told to the api");
  if (type == "Conflict" && object) {
    if (op.method == "delete")
      if (auto why = conflicts(c, *object, op.row, op.invoked, to)) return std::move(*why);
    const auto* life = object->life();
    if (life && op.method == "scale") {
      if (auto why = not_taken(c, *object, op.row, op.method, op.invoked, to)) return std::move(*why);
    } else if (life && !life->deleting.empty()) {
      const Json wanted =
          op.method == "delete" ? Json(life->deleting) : member(op.fields(), life->field.c_str());
      if (auto why = unlawful_step(c, *object, op.row, wanted, op.invoked, to)) return std::move(*why);
    }
    Json as_sent = {{c.releases.prefix() + ".name", op.object}, {c.releases.prefix() + ".data", op.fields()}};
    if (const auto sent = read_primitive(as_sent, c.releases.prefix()); sent && op.writes_fields())
      if (auto why = sent_conflicts(c, *object, *sent, op.invoked, to)) return std::move(*why);
    return unlawful("nothing stood in its way");
  }
  return unlawful(fmt::format("the contract does not refuse it; the answer was {}",
                              error.is_null() ? "none" : shown(error, 160)));
}

}  // namespace caravan::reports
