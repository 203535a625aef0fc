#include "tests/reports/run_builder.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "objects/loader/loader.hpp"

namespace caravan::reports {
namespace {

const Catalog& snapshot_of(const std::string& release) {
  static std::map<std::string, Catalog> known;
  auto found = known.find(release);
  if (found == known.end()) found = known.emplace(release, snapshot(sahara_catalog(), release)).first;
  return found->second;
}

const Json& snapshot_json(const std::string& release) {
  static std::map<std::string, Json> known;
  auto found = known.find(release);
  if (found == known.end()) found = known.emplace(release, to_json(snapshot_of(release))).first;
  return found->second;
}

const ClassSpec& spec_of(const std::string& release, const std::string& object) {
  const auto& catalog = snapshot_of(release);
  return *catalog.find(object, catalog.releases.front().manifest.at(object));
}

}  // namespace

RunBuilder::RunBuilder(std::string from, std::string to, Json expect)
    : from_(std::move(from)), to_(std::move(to)) {
  Json releases = Json::object();
  for (const auto& release : {from_, to_}) {
    snapshots_[release] = snapshot_of(release);
    releases[release] = {{"digest", "0123456789abcdef"}, {"catalog", snapshot_json(release)}};
    for (const auto& entry : snapshots_[release].releases.front().manifest) {
      const auto& spec = spec_of(release, entry.first);
      auto& columns = columns_[spec.table];
      for (const auto& field : spec.fields)
        if (field.column && std::find(columns.begin(), columns.end(), field.name) == columns.end())
          columns.push_back(field.name);
    }
  }
  columns_["mains_association"] = {"Job_id", "JobBinary_id"};
  columns_["libs_association"] = {"Job_id", "JobBinary_id"};
  event("header", {{"format", 1},
                   {"caravan", "0.1.0"},
                   {"scenario", "a-tale"},
                   {"seed", 1},
                   {"plan", ""},
                   {"from", from_},
                   {"to", to_},
                   {"access", "conductor"},
                   {"compat", "backport"},
                   {"carrier", "process"},
                   {"database", "sqlite"},
                   {"nodes", Json::parse(R"([["conductor",1],["engine",1],["api",2]])")},
                   {"plant", nullptr},
                   {"expect", expect},
                   {"releases", releases},
                   {"command", "caravan run a-tale --seed 1"},
                   {"began", "2015-10-15 00:00:00"}});
  schema();
  migrate("0", "expand");
}

std::int64_t RunBuilder::event(const std::string& kind, Json members) {
  Json out = {{"n", events.size()}, {"t", t_}, {"kind", kind}};
  out.update(members);
  if (kind == "change") out.update(stamp_);
  events.push_back(std::move(out));
  return static_cast<std::int64_t>(events.size()) - 1;
}

void RunBuilder::stamp(const std::string& writer, const std::string& cause) {
  stamp_ = Json::object();
  if (!writer.empty()) stamp_ = {{"transaction", sequence_ + 1}, {"writer", writer}, {"cause", cause}};
}

void RunBuilder::begin(const std::string& step, const std::string& verb, Json more) {
  Json members = {{"step", step}, {"edge", "begin"}, {"verb", verb}};
  members.update(more);
  event("step", members);
}
void RunBuilder::end(const std::string& step, const std::string& verb) {
  event("step", {{"step", step}, {"edge", "end"}, {"verb", verb}});
}

void RunBuilder::migrate(const std::string& step, const std::string& phase, Json outcome) {
  begin(step, "migrate", {{"phase", phase}, {"from", from_}, {"to", to_}});
  if (!outcome.is_null()) {
    Json members = {{"phase", phase},     {"from", from_},  {"to", to_},   {"status", 0},
                    {"done", 0},          {"left", 0},      {"failed", 0}, {"problems", Json::array()},
                    {"refused", nullptr}, {"killed", false}};
    members.update(outcome);
    event("migration", members);
  }
  end(step, "migrate");
}

void RunBuilder::record(const std::string& node, const std::string& release, const std::string& capped_at) {
  const Json report = {{"incarnation", 1},
                       {"rpc", Json::object()},
                       {"objects", manifest(release)},
                       {"caps", {{"rpc", Json::object()}, {"objects", manifest(capped_at)}}}};
  const Json values = {{"id", node},
                       {"role", node.substr(0, node.find('.'))},
                       {"release_name", release},
                       {"report", report.dump()},
                       {"updated_at", fmt::format("2015-10-15 00:00:00.{:06}", t_ % 1'000'000)}};
  auto& stored = rows_["caravan_services"][node];
  const bool there = !stored.empty();
  for (const auto& [column, value] : values.items()) {
    event("change", {{"sequence", ++sequence_},
                     {"action", there ? "update" : "insert"},
                     {"table", "caravan_services"},
                     {"key", node},
                     {"column", column},
                     {"old", there ? stored[column] : Json()},
                     {"new", value}});
    stored[column] = value;
  }
}

void RunBuilder::node(const std::string& peer, const std::string& release, const std::string& state,
                      Json more) {
  const auto mark = peer.find('#');
  Json members = {{"node", peer.substr(0, mark)},
                  {"incarnation", std::stoi(peer.substr(mark + 1))},
                  {"release", release},
                  {"role", peer.substr(0, peer.find('.'))},
                  {"state", state}};
  members.update(more);
  release_[peer] = release;
  event("node", members);
}
void RunBuilder::start(const std::string& peer, const std::string& release) {
  node(peer, release, "starting");
  node(peer, release, "ready");
}

RunBuilder& RunBuilder::usual() {
  start("conductor.1#1", to_);
  start("engine.1#1", from_);
  start("api.1#1", from_);
  start("api.2#1", to_);
  return *this;
}

std::string RunBuilder::send(const std::string& kind, const std::string& from, const std::string& to,
                             const std::string& method, Json args, const std::string& operation,
                             const std::string& cause) {
  const std::string id = fmt::format("{}/{}", from, ++messages_);
  Json message = {{"kind", kind},     {"id", id},         {"from", from},           {"to", to},
                  {"method", method}, {"version", "1.0"}, {"args", std::move(args)}};
  if (!operation.empty()) message["operation"] = operation;
  if (!cause.empty()) message["cause"] = cause;
  event("send", {{"message", message}});
  return id;
}

std::int64_t RunBuilder::deliver(const std::string& id, const std::string& peer) {
  const auto release = release_.find(peer);
  return event(
      "deliver",
      {{"id", id}, {"receiver", peer}, {"release", release == release_.end() ? "" : release->second}});
}

std::string RunBuilder::reply(const std::string& to, const std::string& from, Json result,
                              const std::string& deliver_to) {
  const std::string id = fmt::format("{}/{}", from, ++messages_);
  event("send", {{"message",
                  {{"kind", "reply"},
                   {"id", id},
                   {"from", from},
                   {"to", to},
                   {"cause", to},
                   {"result", std::move(result)}}}});
  if (!deliver_to.empty()) deliver(id, deliver_to);
  return id;
}

std::string RunBuilder::refuse(const std::string& to, const std::string& from, const std::string& type,
                               const std::string& deliver_to) {
  const std::string id = fmt::format("{}/{}", from, ++messages_);
  const Json error = {{"type", type}, {"message", "said " + type}, {"kwargs", Json::object()}};
  event("send",
        {{"message",
          {{"kind", "reply"}, {"id", id}, {"from", from}, {"to", to}, {"cause", to}, {"error", error}}}});
  if (!deliver_to.empty()) deliver(id, deliver_to);
  return id;
}

Json RunBuilder::primitive(const std::string& release, const std::string& object, Json data,
                           std::vector<std::string> changes) const {
  const auto& catalog = snapshot_of(release);
  const std::string prefix = catalog.serial_namespace;
  Json out = {{prefix + ".name", object},
              {prefix + ".namespace", catalog.project_namespace},
              {prefix + ".version", catalog.releases.front().manifest.at(object).text()},
              {prefix + ".data", std::move(data)}};
  if (!changes.empty()) out[prefix + ".changes"] = changes;
  return out;
}

Json RunBuilder::manifest(const std::string& release) const {
  Json out = Json::object();
  for (const auto& entry : snapshot_of(release).releases.front().manifest)
    out[entry.first] = entry.second.text();
  return out;
}

const ClassHistory& RunBuilder::history(const std::string& object) const {
  return *snapshot_of(to_).history(object);
}

Json RunBuilder::to_column(const std::string& object, const std::string& column, const Json& wire) const {
  for (const auto& release : {to_, from_}) {
    if (!snapshot_of(release).releases.front().manifest.count(object)) continue;
    for (const auto& field : spec_of(release, object).fields) {
      if (field.name != column || wire.is_null()) continue;
      if (field.type.name == "Json") return wire.dump();
      if (field.type.name != "DateTime") return wire;
      std::string text = wire.get<std::string>();
      text[10] = ' ';
      text.back() = '.';
      return text + "123456";
    }
  }
  return wire;
}

std::int64_t RunBuilder::insert(const std::string& object, const std::string& row, const Json& values) {
  const std::string table = object.find('_') != std::string::npos ? object : history(object).table;
  auto& stored = rows_[table][row];
  std::int64_t first = -1;
  for (const auto& column : columns_.at(table)) {
    Json value = values.contains(column) ? to_column(object, column, values.at(column)) : Json();
    if (column == "created_at" && value.is_null()) value = "2015-10-15 00:00:01.000005";
    stored[column] = value;
    const auto n = event("change", {{"sequence", ++sequence_},
                                    {"action", "insert"},
                                    {"table", table},
                                    {"key", row},
                                    {"column", column},
                                    {"old", nullptr},
                                    {"new", value}});
    if (first < 0) first = n;
  }
  return first;
}

std::int64_t RunBuilder::update(const std::string& object, const std::string& row, const std::string& column,
                                const Json& wire) {
  const auto& table = history(object).table;
  const Json value = to_column(object, column, wire);
  const Json old = rows_[table][row][column];
  rows_[table][row][column] = value;
  return event("change", {{"sequence", ++sequence_},
                          {"action", "update"},
                          {"table", table},
                          {"key", row},
                          {"column", column},
                          {"old", old},
                          {"new", value}});
}

void RunBuilder::remove(const std::string& object, const std::string& row) {
  const std::string table = object.find('_') != std::string::npos ? object : history(object).table;
  for (const auto& column : columns_.at(table))
    event("change", {{"sequence", ++sequence_},
                     {"action", "delete"},
                     {"table", table},
                     {"key", row},
                     {"column", column},
                     {"old", rows_[table][row][column]},
                     {"new", nullptr}});
  rows_[table].erase(row);
}

const Json& RunBuilder::stored(const std::string& object, const std::string& row, const std::string& column) {
  return rows_[history(object).table][row][column];
}

void RunBuilder::drop_column(const std::string& object, const std::string& column) {
  auto& columns = columns_.at(history(object).table);
  columns.erase(std::remove(columns.begin(), columns.end(), column), columns.end());
  for (auto& row : rows_[history(object).table]) row.second.erase(column);
}

void RunBuilder::schema() {
  Json tables = Json::object();
  for (const auto& entry : columns_) tables[entry.first] = entry.second;
  event("schema", {{"tables", tables}});
}

std::string RunBuilder::ask(const std::string& sender, const std::string& action, const Json& objinst,
                            const std::string& operation, const std::string& cause) {
  const auto id =
      send("call", sender, "conductor", "object_action",
           {{"objinst", objinst}, {"objmethod", action}, {"args", Json::array()}, {"kwargs", Json::object()}},
           operation, cause);
  deliver(id, "conductor.1#1");
  return id;
}

std::string RunBuilder::done(const std::string& call, const std::string& sender, Json updates) {
  updates["obj_what_changed"] = Json::array();
  return reply(call, "conductor.1#1", {{"updates", std::move(updates)}, {"result", nullptr}}, sender);
}

void RunBuilder::create(const std::string& sender, const std::string& object, const Json& data,
                        const std::string& operation) {
  std::vector<std::string> names;
  for (auto it = data.begin(); it != data.end(); ++it) names.push_back(it.key());
  const auto call = ask(sender, "create", primitive(release_.at(sender), object, data, names), operation);
  Json values = data;
  if (values.contains("oozie_job_id"))
    values["engine_job_id"] = values["oozie_job_id"];
  else if (values.contains("engine_job_id"))
    values["oozie_job_id"] = values["engine_job_id"];
  insert(object, data.at("id").get<std::string>(), values);
  done(call, sender);
}

void RunBuilder::save(const std::string& sender, const std::string& object, const std::string& row,
                      const Json& values, const std::string& operation) {
  std::vector<std::string> names;
  Json data = {{"id", row}};
  for (auto it = values.begin(); it != values.end(); ++it) {
    names.push_back(it.key());
    data[it.key()] = it.value();
  }
  const auto call = ask(sender, "save", primitive(release_.at(sender), object, data, names), operation);
  for (auto it = values.begin(); it != values.end(); ++it) {
    const bool rename = it.key() == "oozie_job_id" || it.key() == "engine_job_id";
    update(object, row, it.key(), it.value());
    if (rename)
      update(object, row, it.key() == "oozie_job_id" ? "engine_job_id" : "oozie_job_id", it.value());
  }
  update(object, row, "updated_at", "2015-10-15T00:00:02Z");
  done(call, sender);
}

void RunBuilder::destroy(const std::string& sender, const std::string& object, const std::string& row) {
  const auto call = ask(sender, "destroy", primitive(release_.at(sender), object, {{"id", row}}));
  remove(object, row);
  done(call, sender);
}

void RunBuilder::get(const std::string& sender, const std::string& object, const Json& data,
                     const std::string& operation) {
  const auto call = send("call", sender, "conductor", "object_class_action_versions",
                         {{"objname", object},
                          {"objmethod", "get"},
                          {"object_versions", manifest(release_.at(sender))},
                          {"args", Json::array()},
                          {"kwargs", {{"id", data.at("id")}}}},
                         operation);
  deliver(call, "conductor.1#1");
  reply(call, "conductor.1#1", primitive(release_.at(sender), object, data), sender);
}

Json RunBuilder::row_data(const std::string& release, const std::string& object, const std::string& row,
                          const Json& over) {
  Json out = Json::object();
  const auto& catalog = snapshot_of(release);
  for (const auto& field : spec_of(release, object).fields) {
    if (field.deferred) continue;
    Json value;
    if (field.type.name == "ListOfObjects") {
      value = Json::array();
    } else {
      value = stored(object, row, field.name);
      const auto* contract = catalog.contract(object, field.name);
      if (field.type.name == "Json" && value.is_string()) value = Json::parse(value.get<std::string>());
      if (field.type.name == "DateTime" && value.is_string()) {
        std::string text = value.get<std::string>().substr(0, 19) + "Z";
        text[10] = 'T';
        value = text;
      }
      if (value.is_null() && contract && contract->absent_means) value = *contract->absent_means;
    }
    out[field.name] = value;
  }
  out.update(over);
  return out;
}

void RunBuilder::invoke(const std::string& op, const std::string& method, const std::string& object,
                        const std::string& row, const std::string& via, Json fields, Json more) {
  const auto release = release_.find(via + "#1");
  Json members = {{"op", op},
                  {"edge", "invoke"},
                  {"client", 1},
                  {"via", via},
                  {"release", release == release_.end() ? to_ : release->second},
                  {"method", method},
                  {"object", object},
                  {"row", row},
                  {"fields", std::move(fields)},
                  {"expect", "ok"},
                  {"want", nullptr},
                  {"purpose", "do"},
                  {"step", "1"}};
  members.update(more);
  event("op", members);
}
void RunBuilder::ok(const std::string& op, Json result) {
  event("op", {{"op", op}, {"edge", "ok"}, {"result", std::move(result)}});
}
void RunBuilder::fail(const std::string& op, const std::string& type) {
  event("op", {{"op", op},
               {"edge", "fail"},
               {"error", {{"type", type}, {"message", "said " + type}, {"kwargs", Json::object()}}}});
}
void RunBuilder::info(const std::string& op) {
  event("op", {{"op", op}, {"edge", "info"}, {"why", "no answer within 2 s"}});
}

RunFile RunBuilder::finish(const std::string& outcome) {
  for (const auto& table : columns_) {
    Json rows = Json::array();
    for (const auto& row : rows_[table.first]) {
      Json cells = Json::object();
      for (const auto& cell : row.second) cells[cell.first] = cell.second;
      for (const auto& cell : final_override[table.first][row.first]) cells[cell.first] = cell.second;
      rows.push_back(std::move(cells));
    }
    event("final", {{"table", table.first}, {"rows", rows}});
  }
  if (!outcome.empty()) event("end", {{"outcome", outcome}});
  RunFile run;
  run.path = "a-tale.ndjson";
  run.events = events;
  run.header = events.front();
  run.complete = !outcome.empty();
  return run;
}

Report RunBuilder::judged(const std::string& outcome) { return judge(finish(outcome)); }

const Json plain_template = {
    {"id", "t1"}, {"name", "small"}, {"plugin_name", "vanilla"}, {"hadoop_version", "2.6"}};
const Json plain_cluster = {
    {"id", "c1"}, {"name", "one"}, {"plugin_name", "vanilla"}, {"hadoop_version", "2.6"}};

void build_cluster(RunBuilder& run, const std::string& last) {
  const std::vector<std::string> all = {"Validating", "InfraUpdating", "Spawning", "Waiting",
                                        "Preparing",  "Configuring",   "Starting", "Active"};
  const Json& now = run.stored("Cluster", "c1", "status");
  const auto at = std::find(all.begin(), all.end(), now.is_string() ? now.get<std::string>() : "");
  for (auto next = at == all.end() ? all.begin() : std::next(at); next != all.end(); ++next) {
    run.save("engine.1#1", "Cluster", "c1", {{"status", *next}});
    if (*next == last) break;
  }
}

const CheckResult& check_of(const Report& report, const std::string& name) {
  for (const auto& check : report.checks)
    if (check.check == name) return check;
  throw std::runtime_error("no check " + name);
}

std::string first_of(const Report& report, const std::string& name) {
  const auto& check = check_of(report, name);
  if (check.verdict == Verdict::unknown) return "unknown: " + check.note;
  if (check.witnesses.empty()) return "pass";
  const auto& witness = check.witnesses.front();
  return fmt::format("{}.{}: {}", witness.object, witness.field, witness.summary);
}

std::vector<std::string> failing(const Report& report) {
  std::vector<std::string> out;
  for (const auto& check : report.checks)
    if (check.verdict == Verdict::fail) out.push_back(check.check);
  return out;
}

std::string argument_of(const Report& report, const std::string& name) {
  std::string out;
  const auto& check = check_of(report, name);
  if (check.witnesses.empty()) return out;
  for (const auto& sentence : check.witnesses.front().argument) out += sentence + "\n";
  return out;
}

}  // namespace caravan::reports
