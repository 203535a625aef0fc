// Which errors are right.
#include <fmt/format.h>

#include <algorithm>

#include "reports/checks/lawful_reasons.hpp"
#include "reports/facts/lifecycle.hpp"
#include "reports/facts/services.hpp"
#include "reports/facts/values.hpp"

namespace caravan {
namespace {

bool nothing(std::string& why, const std::string& text) {
  why = text;
  return false;
}

}  // namespace

bool lawful_error(const RunFacts& c, const Message& reply, const Message& question, std::string& why) {
  const std::string& type = text_at(reply.error(), "type");
  const Event from = question.deliveries.empty() ? question.sent : question.deliveries.front().event;
  const Event to = reply.sent;
  if (question.kind == "request") {
    const auto op = c.evidence.operation_by_id.find(question.operation);
    if (op == c.evidence.operation_by_id.end()) return nothing(why, "the request belongs to no operation");
    return lawful_failure(c, c.evidence.operations[static_cast<std::size_t>(op->second)], why);
  }
  const std::string& receiver_release =
      question.deliveries.empty() ? text_at(question.args(), "") : question.deliveries.front().release;
  const Json& args = question.args();
  Primitive sent;
  const bool has_object = read_primitive(member(args, "objinst"), c.releases.prefix(), sent);
  const std::string name = has_object ? sent.name : text_at(args, "objname");
  const std::string id = has_object ? sent.id() : text_at(member(args, "kwargs"), "id");
  const std::string& action = text_at(args, "objmethod");
  const auto* object = c.releases.object(name);
  const auto* row = object ? c.database.row(*object, id) : nullptr;

  if (type == "IncompatibleObjectVersion") {
    if (has_object && !too_new(c.releases, sent, receiver_release).empty()) return true;
    return nothing(why, fmt::format("{} knows the version it was given", receiver_release));
  }
  if (type == "ActRefused") {
    const Json* versions =
        args.is_object() && args.contains("object_versions") ? &args.at("object_versions") : nullptr;
    return may_refuse_act(c, name, versions, sent.version) ||
           nothing(why, fmt::format("the history lets every version of {} do it", name));
  }
  if (type == "DatabaseBusy")
    return locked_out(c, question.sent, to) || nothing(why, "nobody stood still with the database's lock");
  if (is_heartbeat(question)) return type == "JoinRefused";  // the gate check says whether it had to be
  if (type == "UnsupportedObjectError") {
    if (!c.releases.version(receiver_release, name)) return true;
    const Json& versions = member(args, "object_versions");
    if (versions.is_object() && !versions.contains(name)) return true;
    return nothing(why, fmt::format("both sides know {}", name));
  }
  if (type == "ObjectActionError") {
    if (question.method == "object_backport_versions")
      return (has_object && primitive_refused(c, sent, member(args, "object_versions"), why)) ||
             nothing(why, "the contract lets every value of it be told at that version");
    const auto* sender = c.evidence.incarnation(question.from);
    const std::string caller = sender ? sender->release : receiver_release;
    if (action == "list" && object) {
      for (const auto& entry : c.database.rows())
        if (entry.first.first == object->table && entry.second.alive_within(from, to) &&
            ever_refused(c, entry.second, caller, nullptr, from, to, why))
          return true;
      return nothing(why, "every row can be told to the caller");
    }
    Version stamp;
    const bool stamped = has_object && read_version(sent.version, stamp);
    if (row && ever_refused(c, *row, caller, stamped ? &stamp : nullptr, from, to, why)) return true;
    // Children that hang by a column of theirs are saved one by one.
    if (action == "save" && sent.changes && object)
      for (const auto& changed : *sent.changes)
        if (const auto* field =
                changed.is_string() && stamped ? object->field(changed.get<std::string>(), stamp) : nullptr;
            field && !field->child_column.empty())
          return true;
    return nothing(why, fmt::format("the contract lets {} {} be told to the caller", name, id));
  }
  if (type == "NotFound") {
    if (action != "list" && (!row || row->gone_within(from, to))) return true;
    return nothing(why, fmt::format("{} {} was there all the time", name, id));
  }
  if (type == "DuplicateId") {
    if (row && !row->lives.empty() && row->lives.front().first <= to) return true;
    return nothing(why, fmt::format("no {} {} was there", name, id));
  }
  if (type == "Conflict" && object) {
    if (action == "destroy")
      return conflicts(c, *object, id, from, to, why) || nothing(why, "nothing refers to it");
    if (has_object && sent_conflicts(c, *object, sent, from, to, why)) return true;
    if (has_object && action == "create" && owner_ended(c, *object, sent, from, to)) return true;
    const auto* life = object->life();
    const Json* value = has_object && life ? sent.field(life->field) : nullptr;
    if (action == "save" && value &&
        unlawful_step(c, *object, id, Json(status_in(*life, *value)), from, to, why))
      return true;
    return nothing(why, "no row has the same unique values, and the step is in the table");
  }
  if (type == "ValueError" && has_object) {
    for (auto it = sent.data->begin(); it != sent.data->end(); ++it)
      if (!too_long(c, receiver_release, name, it.key(), it.value()).empty()) return true;
    return nothing(why, "every value fits its column");
  }
  return nothing(why, fmt::format("{} is no error that a node may answer with",
                                  type.empty() ? "an error without a type" : type));
}

namespace {

/// The RPC version of the engine's topic that the operation cannot do without; 0.0: any will do.
Version needed_of_engine(const RunFacts& c, const ClientOp& op) {
  const bool chosen = op.method == "scale" && op.fields().contains("instances");
  const std::string method = chosen ? "provision_scaled_cluster" : cast_for(op);
  for (const auto& interface : c.releases.newest().releases.back().rpc)
    for (const auto& known : interface.methods) {
      if (interface.topic != "engine" || known.name != method) continue;
      Version since = known.since;
      for (const auto& arg : known.args)
        if (chosen && arg.name == "node_group_instance_map" && arg.since) since = *arg.since;
      return since;
    }
  return Version();
}

/// The api's own record names a cap below that.
bool beyond_the_cap(const RunFacts& c, const ClientOp& op) {
  const Version needed = needed_of_engine(c, op);
  for (const Event at : {op.invoked, std::min(op.ended, c.evidence.last)}) {
    ServiceRecord record;
    Version cap;
    if (record_at(c, op.via, at, record) && record.rpc_cap("engine", cap) && cap < needed) return true;
  }
  return false;
}

}  // namespace

bool lawful_failure(const RunFacts& c, const ClientOp& op, std::string& why) {
  std::string reason;
  if (refusable(c, op, true, reason)) {
    why = reason;
    return true;
  }
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
    if (const auto above = above_cap(c, op); !above.empty()) {
      why = above;
      return true;
    }
  if (type == "RPCVersionCapError")
    return beyond_the_cap(c, op) || nothing(why, "its RPC cap has what the operation needs");
  // A value that is the id of a secret cannot be told from the secret itself at any version.
  if (type == "UntypedSecret") {
    const Json& config = member(member(c.evidence.run.header, "config"), op.via.c_str());
    return member(config, "castellan") == true || nothing(why, op.via + " keeps its secrets in the rows");
  }
  // refuse_act_when of the history: an older peer keeps its hands off what it would not understand.
  if (type == "ActRefused" && object) {
    for (const auto& refusal : object->history->refusals)
      if (stamp < refusal.below) return true;
    return nothing(why, "the history lets this version do it");
  }
  if (type == "DatabaseBusy")
    return locked_out(c, op.invoked, to) || nothing(why, "nobody stood still with the database's lock");
  if (type == "NotFound" && op.method != "list")
    return !row || row->gone_within(op.invoked, to) || nothing(why, "the row was there all the time");
  if (type == "DuplicateId")
    return (row && row->alive_within(op.invoked, to)) || nothing(why, "no such row was there");
  if (c.evidence.direct() && (type == "UpdateFailed" || type == "DeletionFailed") && row) {
    // Without objects each release protects rows by its own code.
    const auto* release = c.releases.release(c.release_of(op));
    for (const char* name : {"is_default", "is_protected"}) {
      const auto* field = object->by_name(name);
      if (!release || !field || !release->does(std::string(name) + "_protects")) continue;
      for (const Event at : c.database.moments(*row, *field, op.invoked, to))
        if (c.database.value(*row, *field, at) == true) return true;
    }
    return nothing(why, "its release does not protect the row");
  }
  if (type == "ObjectActionError" && row)
    return ever_refused(c, *row, c.release_of(op), &stamp, op.invoked, to, why) ||
           nothing(why, "the contract lets the row be told to the api");
  if (type == "Conflict" && object) {
    if (op.method == "delete" && conflicts(c, *object, op.row, op.invoked, to, why)) return true;
    const auto* life = object->life();
    if (life && op.method == "scale") {
      if (was_not_active(c, *object, op.row, op.invoked, to, why)) return true;
    } else if (life && !life->deleting.empty()) {
      const Json wanted =
          op.method == "delete" ? Json(life->deleting) : member(op.fields(), life->field.c_str());
      if (unlawful_step(c, *object, op.row, wanted, op.invoked, to, why)) return true;
    }
    Json as_sent = {{c.releases.prefix() + ".name", op.object}, {c.releases.prefix() + ".data", op.fields()}};
    Primitive sent;
    if (op.fields().is_object() && read_primitive(as_sent, c.releases.prefix(), sent) &&
        (op.method == "create" || op.method == "update" || op.method == "run"))
      if (sent_conflicts(c, *object, sent, op.invoked, to, why)) return true;
    return nothing(why, "nothing stood in its way");
  }
  return nothing(why, fmt::format("the contract does not refuse it; the answer was {}",
                                  error.is_null() ? "none" : shown(error, 160)));
}

}  // namespace caravan
