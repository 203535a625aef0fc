// What may be said to a node of mitaka, and the same with something in it in the place of something else.
#pragma once

#include <string>
#include <vector>

#include "nodes/core/services.hpp"
#include "objects/base/random.hpp"
#include "objects/loader/loader.hpp"
#include "tests/nodes/calls.hpp"

namespace caravan::nodes::testing {

/// Of one number, the same choices.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(splitmix64(seed)) {}
  std::size_t below(std::size_t limit) { return (state_ = splitmix64(state_)) % limit; }
  bool one_in(std::size_t n) { return below(n) == 0; }

 private:
  std::uint64_t state_;
};

/// Well within what a message may be.
inline Json nested(int levels) {
  Json json = "deep";
  for (int i = 0; i < levels; ++i) json = i % 2 == 0 ? Json{{"in", json}} : Json::array({json});
  return json;
}

/// Anything.
inline Json wild(Chance& chance) {
  static const std::vector<Json> values = {nullptr,
                                           true,
                                           -1,
                                           0,
                                           3,
                                           std::int64_t{9223372036854775807},
                                           std::uint64_t{18446744073709551615U},
                                           1.5e300,
                                           "",
                                           "x",
                                           "1.0",
                                           "99.9",
                                           "1.",
                                           "-1.0",
                                           "9223372036854775808.1",
                                           "c",
                                           "j",
                                           "r",
                                           "engine",
                                           "engine.7",
                                           "conductor",
                                           "create",
                                           "Cluster",
                                           "JobExecution",
                                           "2015-02-29T25:00:00Z",
                                           "\xC3\xA9\xF0\x9F\x90\xAA",
                                           std::string("a\0b", 3),
                                           std::string(5'000, 'y'),
                                           Json::array(),
                                           Json::object(),
                                           Json::array({nullptr}),
                                           Json::array({Json::array(), 7}),
                                           Json{{"", Json::object()}},
                                           Json{{"id", 7}},
                                           Json{{"versioned_object.name", "Cluster"}},
                                           Json{{"versioned_object.name", "Job"},
                                                {"versioned_object.version", "x"},
                                                {"versioned_object.data", 3},
                                                {"versioned_object.namespace", "sahara"}},
                                           nested(150)};
  return values[chance.below(values.size())];
}

/// Something in it is another thing, or missing, or there besides.
inline Json changed(Json json, Chance& chance) {
  if (!json.is_structured() || json.empty() || chance.one_in(6)) return wild(chance);
  const std::size_t place = chance.below(json.size());
  const auto at = std::next(json.begin(), static_cast<std::ptrdiff_t>(place));
  if (chance.one_in(6)) {
    json.erase(at);
  } else if (json.is_object() && chance.one_in(8)) {
    json[chance.one_in(2) ? "unheard_of" : "id"] = wild(chance);
  } else {
    Json inner = changed(*at, chance);
    *at = std::move(inner);
  }
  return json;
}

inline const Catalog& mitaka() {
  static const Catalog release = snapshot(sahara_catalog(), "mitaka");
  return release;
}
inline const std::shared_ptr<const Registry>& registry() {
  static const auto classes = Registry::from(mitaka());
  return classes;
}
inline Object made(const std::string& name, const Json& fields) {
  Object object = Object::create(registry(), name);
  for (const auto& [field, value] : fields.items()) object.set(field, value);
  return object;
}
inline Json job() { return made("Job", {{"id", "j"}, {"name", "j"}, {"type", "Pig"}}).to_primitive(); }
inline Json job_execution() {
  return made("JobExecution",
              {{"id", "r"}, {"job_id", "j"}, {"cluster_id", "c"}, {"info", {{"status", "PENDING"}}}})
      .to_primitive();
}
inline Json cluster(const std::string& id) {
  Object object = made("Cluster", {{"id", id},
                                   {"name", id},
                                   {"tenant_id", "t"},
                                   {"plugin_name", "vanilla"},
                                   {"hadoop_version", "2.6.0"},
                                   {"management_private_key", "private"},
                                   {"management_public_key", "public"},
                                   {"status", "Validating"}});
  object.set_children(
      "node_groups",
      {made("NodeGroup", {{"id", id + "-ng"}, {"name", "workers"}, {"flavor_id", "2"}, {"count", 1}})});
  return object.to_primitive();
}

/// To a conductor.
inline std::vector<Envelope> calls() {
  const Release& own = mitaka().releases.front();
  Json saved = job();
  saved["versioned_object.changes"] = {"name"};
  return {act("create", cluster("d")).message,
          act("create", job()).message,
          act("save", saved).message,
          act("save", cluster("c"), Json::array()).message,
          act("destroy", job_execution()).message,
          act("obj_load_attr", job(), {"mains"}).message,
          ask_for("Cluster", "get", {{"id", "c"}}, own).message,
          ask_for("Job", "list", {{"name", "j"}}, own).message,
          call("object_backport_versions", {{"objinst", cluster("c")}, {"object_versions", manifest_of(own)}},
               "engine.1#1")
              .message,
          call("service_update", {{"service", to_json(service_of("engine.9", "engine", own, 1))}}).message};
}
/// Of a client.
inline std::vector<Envelope> requests() {
  std::vector<Envelope> all;
  const auto add = [&](const char* method, const char* object, const char* row, const Json& fields) {
    Envelope request;
    request.kind = Envelope::Kind::request;
    request.from = "client.1";
    request.method = method;
    request.args = {{"object", object}, {"row", row}, {"fields", fields}, {"engine", "engine.1"}};
    all.push_back(std::move(request));
  };
  add("create", "Cluster", "d",
      {{"id", "d"},
       {"name", "d"},
       {"tenant_id", "t"},
       {"plugin_name", "vanilla"},
       {"hadoop_version", "2"},
       {"node_groups", {{{"id", "d-ng"}, {"name", "w"}, {"flavor_id", "2"}, {"count", 1}}}}});
  add("create", "Job", "k", {{"id", "k"}, {"name", "k"}, {"type", "Pig"}});
  add("create", "DataSource", "s",
      {{"id", "s"},
       {"name", "s"},
       {"type", "swift"},
       {"url", "swift://a"},
       {"credentials", {{"password", "p"}}}});
  add("update", "Job", "j", {{"description", "other"}});
  add("read", "Cluster", "c", {{"load", {"provision_progress"}}});
  add("list", "Job", "", {{"name", "j"}});
  add("delete", "Job", "j", Json::object());
  add("delete", "Cluster", "c", Json::object());
  add("scale", "Cluster", "c", {{"node_group", "c-ng"}, {"count", 2}, {"instances", {"i"}}});
  add("run", "JobExecution", "q",
      {{"id", "q"}, {"job_id", "j"}, {"job_configs", {{"configs", {{"caravan.polls", 1}}}}}});
  add("cancel", "JobExecution", "r", Json::object());
  add("suspend", "JobExecution", "r", Json::object());
  return all;
}
/// To an engine.
inline std::vector<Envelope> works(bool direct) {
  std::vector<Envelope> all;
  const auto add = [&](const char* method, Json args) {
    for (const auto kind : {Envelope::Kind::call, Envelope::Kind::cast}) {
      Envelope message;
      message.kind = kind;
      message.from = "api.1#1";
      message.to = "engine";
      message.method = method;
      message.version = "1.0";
      message.args = args;
      all.push_back(std::move(message));
    }
  };
  const Json on_cluster = direct ? Json{{"cluster_id", "c"}} : Json{{"cluster", cluster("c")}};
  const Json on_run = direct ? Json{{"job_execution_id", "r"}} : Json{{"job_execution", job_execution()}};
  Json scaled = on_cluster;
  scaled["node_group_id_map"] = {{"c-ng", 2}};
  add("provision_cluster", on_cluster);
  add("provision_scaled_cluster", scaled);
  add("terminate_cluster", on_cluster);
  add("run_edp_job", on_run);
  add("cancel_job_execution", on_run);
  add("delete_job_execution", on_run);
  add("job_execution_suspend", on_run);
  add("get_engine_type_and_version", Json::object());
  return all;
}

}  // namespace caravan::nodes::testing
