#include "harness/run/recorder.hpp"

#include <algorithm>

#include "objects/base/digest.hpp"

namespace caravan::harness {
namespace {

constexpr std::size_t large_text = 4096;
constexpr Instant flush_every = 50'000;

}  // namespace

void Recorder::changes() {
  if (!witness_) return;
  for (const auto& change : witness_->changes_after(last_change_)) {
    last_change_ = change.sequence;
    quiescence_.see(change);
    const bool work = change.table != "caravan_services";
    if (work) ++worked_;
    seen_ = seen_ || (change.action == watched_action_ && work &&
                      (watched_table_.empty() || change.table == watched_table_));
    Json members = {{"sequence", change.sequence}, {"action", change.action}, {"table", change.table},
                    {"key", change.key},           {"column", change.column}, {"old", change.old_value},
                    {"new", change.new_value}};
    stamp(change, members);
    append("change", members);
  }
}

// A transaction is called by its first change. One writer works at a time, so its changes come in a row.
void Recorder::stamp(const nodes::Change& change, Json& members) {
  const nodes::Stamp& stamp = change.stamp;
  if (stamp.writer.empty()) return;
  if (stamp.writer != last_stamp_.writer || stamp.transaction != last_stamp_.transaction)
    transaction_ = change.sequence;
  last_stamp_ = stamp;
  members["transaction"] = transaction_;
  members["writer"] = stamp.writer;
  members["cause"] = stamp.cause;
}

void Recorder::schema() {
  Json tables = Json::object();
  for (const auto& table : witness_->tables()) tables[table] = witness_->columns(table);
  append("schema", {{"tables", tables}});
}

void Recorder::final_contents() {
  if (!witness_) return;
  changes();
  for (const auto& table : witness_->tables()) {
    Json rows = Json::array();
    for (const auto& row : witness_->list(table, {})) {
      Json members = Json::object();
      for (const auto& column : row) {
        const auto& value = column.second;
        if (value.is_string() && value.get_ref<const std::string&>().size() > large_text) {
          const auto& text = value.get_ref<const std::string&>();
          members[column.first] = {{"$sha256", sha256(text)}, {"length", text.size()}};
        } else {
          members[column.first] = value;
        }
      }
      rows.push_back(std::move(members));
    }
    append("final", {{"table", table}, {"rows", rows}});
  }
}

void Recorder::step(const PlanStep& step, const char* edge, const std::string& outcome) {
  Json members = {{"step", step.number}, {"edge", edge}, {"verb", step::word(step.action)}};
  step::write(step.action, members);
  if (const auto& why = outcome.empty() ? step.why : outcome; !why.empty()) members["why"] = why;
  append("step", members);
  flush();
}

void Recorder::node(const NodeEntry& member, const std::string& state, const Json& extra) {
  Json members = {{"node", member.name},
                  {"incarnation", member.incarnation},
                  {"release", member.release},
                  {"role", member.role},
                  {"state", state}};
  members.update(extra);
  append("node", members);
}

void Recorder::migration(const step::Migrate& step, const Json& said, int status, bool killed) {
  Json members = {{"phase", name(step.phase)}, {"from", step.from},         {"to", step.to},
                  {"status", status},          {"done", nullptr},           {"left", nullptr},
                  {"failed", nullptr},         {"problems", Json::array()}, {"refused", nullptr},
                  {"killed", killed}};
  for (const char* name : {"done", "left", "failed", "problems", "refused"})
    if (said.is_object() && said.contains(name)) members[name] = said[name];
  append("migration", members);
}

void Recorder::gate(const step::Action& action, const Json& said) {
  Json members = {{"verb", step::word(action)}, {"node", step::node_of(action)}};
  members["refused"] = said.is_object() ? said.value("refused", Json()) : Json();
  append("gate", members);
}

void Recorder::leak(const Json& members) { append("leak", members); }

void Recorder::watch(const std::string& action, const std::string& table) {
  watched_action_ = action;
  watched_table_ = table;
  seen_ = false;
}

void Recorder::send(const Envelope& envelope) { append("send", {{"message", to_json(envelope)}}); }

void Recorder::deliver(const std::string& id, const std::string& receiver, const std::string& release) {
  append("deliver", {{"id", id}, {"receiver", receiver}, {"release", release}});
}

void Recorder::drop(const Drop& drop) { append("drop", {{"id", drop.id}, {"why", drop.why}}); }

void Recorder::starved(const Taken& taken) {
  if (taken.shares.empty()) return;
  Json took = Json::object();
  for (const auto& share : taken.shares) took[share.who][share.cause] = share.micros;
  append("starved",
         {{"from", std::max<Instant>(0, taken.from - began_)}, {"to", taken.to - began_}, {"took", took}});
}

void Recorder::trouble(const std::string& node, int incarnation, const std::string& what,
                       const Envelope* told) {
  Json members = {{"node", node}, {"incarnation", incarnation}, {"what", what}};
  if (told != nullptr) {
    const auto error = told->args.find("error");
    if (error != told->args.end() && error->is_string()) members["error"] = *error;
    if (!told->operation.empty()) members["operation"] = told->operation;
    if (!told->cause.empty()) members["cause"] = told->cause;
  }
  append("trouble", members);
}

void Recorder::invoke(const Clients::Task& task, const std::string& api, const std::string& release,
                      Instant waited) {
  const auto& operation = *task.operation;
  Json members = {{"op", operation.id},         {"edge", "invoke"},
                  {"client", operation.client}, {"via", api},
                  {"release", release},         {"method", operation.method},
                  {"object", operation.object}, {"row", operation.row},
                  {"fields", operation.fields}, {"expect", operation.expect},
                  {"want", operation.want},     {"purpose", operation.purpose},
                  {"step", task.step}};
  if (!operation.engine.empty()) members["engine"] = operation.engine;
  if (waited > 0) members["waited"] = waited;
  append("op", members);
}

void Recorder::ok(const Operation& operation, const Json& result) {
  append("op", {{"op", operation.id}, {"edge", "ok"}, {"result", result}});
}

void Recorder::fail(const Operation& operation, const Json& error) {
  append("op", {{"op", operation.id}, {"edge", "fail"}, {"error", error}});
}

void Recorder::info(const Operation& operation, const std::string& why) {
  append("op", {{"op", operation.id}, {"edge", "info"}, {"why", why}});
}

void Recorder::shutdown(const std::string& why) {
  append("shutdown", {{"why", why}});
  flush();
}

void Recorder::end(const std::string& outcome, const std::string& why) {
  Json members = {{"outcome", outcome}};
  if (!why.empty()) members["why"] = why;
  append("end", members);
  flush();
}

Instant Recorder::tick(Instant now, Instant next) {
  time(now);
  if (dirty_ && t_ - flushed_ >= flush_every) flush();
  return dirty_ ? std::min(next, now + flush_every) : next;
}

void Recorder::flush() {
  flushed_ = t_;
  dirty_ = false;
  writer_.flush();
}

}  // namespace caravan::harness
