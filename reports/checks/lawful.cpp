// Which errors are right: refusals that the contract, or the state of a row at the time, calls for.
#include <fmt/format.h>

#include <algorithm>

#include "reports/checks/checks.hpp"
#include "reports/facts/lifecycle.hpp"
#include "reports/facts/projection.hpp"
#include "reports/facts/services.hpp"
#include "reports/facts/values.hpp"

namespace caravan {
namespace {

/// Whether the row, with its children, cannot be told at these versions.
bool refused_at(const RunFacts& c, const RowHistory& row, const std::string& release, const Version* stamp,
                Event at, std::string& why, int depth = 0) {
  if (!row.object || depth > 5) return false;
  const auto* known = c.releases.version(release, row.object->name);
  if (!stamp) stamp = known;
  if (!stamp) return false;
  for (const auto& field : row.object->fields) {
    if (!exists_at(*field.contract, *stamp)) continue;
    if (field.is_children()) {
      for (const auto* item : c.database.children(row, field, at))
        if (refused_at(c, *item, release, nullptr, at, why, depth + 1)) return true;
      continue;
    }
    const auto seen = project(*field.contract, c.database.value(row, field, at), *stamp);
    if (seen.kind != Projected::Kind::refused) continue;
    why = fmt::format("{}.{}: {}", row.object->name, field.contract->field, seen.why);
    return true;
  }
  return false;
}

bool ever_refused(const RunFacts& c, const RowHistory& row, const std::string& release, const Version* stamp,
                  Event from, Event to, std::string& why) {
  for (const Event at : c.database.moments(row, from, std::min(to, c.evidence.last)))
    if (refused_at(c, row, release, stamp, at, why)) return true;
  return false;
}

/// Whether a primitive (with its children) cannot be told at the versions of a manifest.
bool primitive_refused(const RunFacts& c, const Primitive& primitive, const Json& versions,
                       std::string& why) {
  const auto* object = c.releases.object(primitive.name);
  Version source, target;
  if (!object || !read_version(primitive.version, source) ||
      !read_version(text_at(versions, primitive.name.c_str()), target))
    return false;
  for (auto it = primitive.data->begin(); it != primitive.data->end(); ++it) {
    const auto* field = object->field(it.key(), source);
    if (!field || !exists_at(*field->contract, target)) continue;
    if (field->is_children() && it.value().is_array()) {
      for (const auto& item : it.value()) {
        Primitive child;
        if (read_primitive(item, c.releases.prefix(), child) && primitive_refused(c, child, versions, why))
          return true;
      }
      continue;
    }
    const auto seen = project(*field->contract, it.value(), target);
    if (seen.kind != Projected::Kind::refused) continue;
    why = fmt::format("{}.{}: {}", primitive.name, it.key(), seen.why);
    return true;
  }
  return false;
}

/// Another row that has the same values in a unique set of columns, or a reference that does not hold.
bool conflicts(const RunFacts& c, const ObjectHistory& object, const std::string& id, Event from, Event to,
               std::string& why) {
  const auto* row = c.database.row(object, id);
  const auto value_of = [&](const std::string& column) -> Json {
    return row ? c.database.stored(*row, column, to) : Json();
  };
  for (const auto& unique : object.newest->unique)
    for (const auto& column : unique) {
      const Json mine = value_of(column);
      if (!mine.is_string()) continue;
      for (const auto* other : c.database.ever(object.table, column, mine.get<std::string>()))
        if (other != row && other->alive_within(from, to)) {
          why = fmt::format("row {} shares {}", other->key, column);
          return true;
        }
    }
  // Somebody points here: a foreign key forbids the delete.
  for (const auto& other : c.releases.objects())
    for (const auto& field : other.fields) {
      if (field.is_children() || !field.spec->column || !field.spec->column->references) continue;
      if (field.spec->column->references->first != object.table) continue;
      for (const auto* pointing : c.database.ever(other.table, field.spec->name, id))
        if (pointing->alive_within(from, to)) {
          why = fmt::format("{} {} refers to it", other.name, pointing->key);
          return true;
        }
    }
  for (const auto& other : c.releases.objects())
    for (const auto& field : other.fields)
      if (!field.link_table.empty() && field.child == object.name &&
          !c.database.ever(field.link_table, field.link_child, id).empty()) {
        why = fmt::format("{} lists it", other.name);
        return true;
      }
  return false;
}

/// A create or save whose values meet another row's, or point to a row that is not there.
bool sent_conflicts(const RunFacts& c, const ObjectHistory& object, const Primitive& sent, Event from,
                    Event to, std::string& why) {
  for (const auto& unique : object.newest->unique)
    for (const auto& column : unique) {
      const Json* mine = sent.field(column);
      if (!mine || !mine->is_string()) continue;
      for (const auto* other : c.database.ever(object.table, column, mine->get<std::string>()))
        if (other->key != sent.id() && other->alive_within(from, to)) {
          why = fmt::format("row {} has the same {}", other->key, column);
          return true;
        }
    }
  for (const auto& field : object.fields) {
    if (field.is_children() || !field.spec->column || !field.spec->column->references) continue;
    const Json* points = sent.field(field.contract->field);
    if (!points || !points->is_string()) continue;
    const auto* target = c.database.row(field.spec->column->references->first, points->get<std::string>());
    if (!target || target->gone_within(from, to)) {
      why = fmt::format("{} names a row that is gone", field.contract->field);
      return true;
    }
  }
  return false;
}

bool unlawful_step(const RunFacts& c, const ObjectHistory& object, const std::string& id,
                   const Json& sent_status, Event from, Event to, std::string& why) {
  const auto* row = c.database.row(object, id);
  if (!row || !sent_status.is_string()) return false;
  const auto* field = object.status_field();
  if (!field) return false;
  const auto& life = *object.life();
  for (const Event at : c.database.moments(*row, *field, from, std::min(to, c.evidence.last))) {
    const std::string now = status_in(life, c.database.value(*row, *field, at));
    // What is being deleted stays so: what follows is refused, whatever the table has for any state.
    if (!now.empty() &&
        (now == life.deleting || !is_lawful_step(c.releases, life, now, sent_status.get<std::string>()))) {
      why = fmt::format("it was {}", now);
      return true;
    }
  }
  return false;
}

/// Only a cluster at work is scaled, though its life has the same step from elsewhere.
bool was_not_active(const RunFacts& c, const ObjectHistory& clusters, const std::string& id, Event from,
                    Event to, std::string& why) {
  const auto* row = c.database.row(clusters, id);
  const auto* field = row ? clusters.status_field() : nullptr;
  if (!field) return false;
  for (const Event at : c.database.moments(*row, *field, from, std::min(to, c.evidence.last))) {
    const std::string now = status_in(*clusters.life(), c.database.value(*row, *field, at));
    if (now.empty() || now == "Active") continue;
    why = fmt::format("it was {}", now);
    return true;
  }
  return false;
}

/// Whether the history keeps what the caller's version does not know from being acted on, here or in a child.
bool may_refuse_act(const RunFacts& c, const std::string& name, const Json* versions,
                    const std::string& label) {
  const auto* object = c.releases.object(name);
  Version known;
  if (!object || !object->history) return false;
  if (read_version(versions ? text_at(*versions, name.c_str()) : label, known))
    for (const Refusal& refusal : object->history->refusals)
      if (known < refusal.below) return true;
  const auto& children = object->history->children;
  return versions && std::any_of(children.begin(), children.end(), [&](const auto& child) {
           return may_refuse_act(c, child.second, versions, label);
         });
}

/// A row that the end of its owner has destroyed for good, as the history declares it.
bool owner_ended(const RunFacts& c, const ObjectHistory& object, const Primitive& sent, Event from,
                 Event to) {
  for (const auto& consequence : c.releases.newest().consequences) {
    const auto* owner_class = c.releases.object(consequence.on_object);
    const Json* id = sent.field(consequence.key);
    if (consequence.object != object.name || consequence.effect != "destroy" || consequence.on_when.empty() ||
        !owner_class || !id || !id->is_string())
      continue;
    const auto* owner = c.database.row(*owner_class, id->get<std::string>());
    const auto ended = [&](const Refusal::Condition& condition) {
      const auto* field = owner_class->by_name(condition.field);
      if (!owner || !field || condition.op != "true") return false;
      const auto moments = c.database.moments(*owner, *field, from, std::min(to, c.evidence.last));
      return std::any_of(moments.begin(), moments.end(),
                         [&](Event at) { return c.database.value(*owner, *field, at) == true; });
    };
    if (std::all_of(consequence.on_when.begin(), consequence.on_when.end(), ended)) return true;
  }
  return false;
}

/// Somebody who opens the database stood still in the meantime, perhaps with its lock, or a migration had it.
bool locked_out(const RunFacts& c, Event from, Event to) {
  const auto holds = [&](const Incarnation& one) {
    return (c.evidence.direct() || one.role == "conductor") && c.evidence.was_paused(one.node, from, to);
  };
  const auto migrates = [&](const StepSpan& step) {
    return step.as<step::Migrate>() && step.begin <= to && from <= step.end;
  };
  return std::any_of(c.evidence.incarnations.begin(), c.evidence.incarnations.end(), holds) ||
         std::any_of(c.evidence.steps.begin(), c.evidence.steps.end(), migrates);
}

bool nothing(std::string& why, const std::string& text) {
  why = text;
  return false;
}

}  // namespace

namespace {

/// What the api casts for it, if that is all that the operation does.
std::string cast_for(const ClientOp& op) {
  return op.method == "suspend"  ? "job_execution_suspend"
         : op.method == "cancel" ? "cancel_job_execution"
                                 : "";
}

bool lacks(const Release& release, const std::string& method) {
  return std::none_of(release.rpc.begin(), release.rpc.end(), [&](const RpcInterface& one) {
    return one.topic == "engine" && std::any_of(one.methods.begin(), one.methods.end(),
                                                [&](const RpcMethod& known) { return known.name == method; });
  });
}

/// `broad`: also what a release may refuse for the value's sake, though its objects do not enforce it.
bool refusable(const RunFacts& c, const ClientOp& op, bool broad, std::string& why) {
  const std::string release = c.release_of(op);
  const auto* version = c.releases.version(release, op.object);
  if (!version) {
    why = fmt::format("{} does not know {}", release, op.object);
    return true;
  }
  if (const auto method = cast_for(op); !method.empty()) {
    const auto* known = c.releases.release(release);
    if (!known || !lacks(*known, method)) return false;
    why = fmt::format("engines of {} have no method {}", release, method);
    return true;
  }
  if (op.method == "scale" || op.method == "delete") return false;
  const auto judge_fields = [&](const auto& self, const std::string& object_name, const Json& fields,
                                int depth) -> bool {
    const auto* known = c.releases.version(release, object_name);
    const auto* spec = known ? c.releases.spec(object_name, *known) : nullptr;
    const auto* object = c.releases.object(object_name);
    if (!spec || !object || !fields.is_object() || depth > 5) return false;
    for (auto it = fields.begin(); it != fields.end(); ++it) {
      const auto* field = find_field(*spec, it.key());
      if (!field) {
        why = fmt::format("{} {} of {} has no field {}", object_name, known->text(), release, it.key());
        return true;
      }
      const bool enforced = field->type.name == "Enum" || (it.value().is_null() && !field->default_value);
      std::string wrong = enforced || broad ? wrong_value(*field, it.value()) : std::string();
      if (const auto* releases = object->field(it.key(), *known); broad && wrong.empty() && releases)
        wrong = illegal_value(*releases->contract, *known, it.value());
      if (broad && wrong.empty()) wrong = too_long(c, release, object_name, it.key(), it.value());
      if (!wrong.empty()) {
        why = fmt::format("{}.{} at {}: {}", object_name, it.key(), release, wrong);
        return true;
      }
      if (field->type.name == "ListOfObjects" && it.value().is_array())
        for (const auto& item : it.value())
          if (self(self, field->type.object, item, depth + 1)) return true;
    }
    return false;
  };
  if (op.method != "read") return judge_fields(judge_fields, op.object, op.fields(), 0);
  const auto* spec = c.releases.spec(op.object, *version);
  for (const auto& name : member(op.fields(), "load"))
    if (spec && name.is_string() && !find_field(*spec, name.get<std::string>())) {
      why = fmt::format("{} {} has no field {} to load", op.object, version->text(), name.get<std::string>());
      return true;
    }
  return false;
}

}  // namespace

std::string forbidden_place(const RunFacts& c, const ClientOp& op) {
  const std::string release = c.release_of(op);
  const auto* version = c.releases.version(release, op.object);
  const auto* object = c.releases.object(op.object);
  if (!version || !object) return {};
  // A field that keeps older hands off the row.
  if (const auto* row = c.database.row(*object, op.row))
    for (const auto& refusal : object->history->refusals) {
      const bool act = std::find(refusal.acts.begin(), refusal.acts.end(), op.method) != refusal.acts.end();
      const auto* field = object->by_name(refusal.field);
      if (!act || !field || !(*version < refusal.below)) continue;
      const Json value = c.database.value(*row, *field, op.invoked);
      if (!value.is_null() && value != false && !(value.is_structured() && value.empty()))
        return refusal.field;
    }
  const auto* spec = c.releases.spec(op.object, *version);
  if (spec && op.fields().is_object() && op.method != "read" && op.method != "scale")
    for (auto it = op.fields().begin(); it != op.fields().end(); ++it) {
      const auto* field = find_field(*spec, it.key());
      if (!field || !wrong_value(*field, it.value()).empty()) return it.key();
      if (const auto* releases = object->field(it.key(), *version);
          releases && !illegal_value(*releases->contract, *version, it.value()).empty())
        return it.key();
    }
  return op.method;
}

bool must_refuse(const RunFacts& c, const ClientOp& op, std::string& why) {
  return refusable(c, op, false, why);
}

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
