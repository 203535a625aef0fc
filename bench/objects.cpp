// The object layer on the tree that bench/python_ovo.py builds: 19 objects, the same classes (tree.json) and
// values. Names of the cases are those of the Python program; bench/compare.py puts the two side by side.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdio>
#include <cstring>

#include "objects/base/embedded.hpp"
#include "objects/base/json_text.hpp"
#include "objects/loader/loader.hpp"
#include "objects/model/fingerprint.hpp"
#include "objects/model/object_impl.hpp"
#include "objects/model/object_text.hpp"

namespace caravan {

std::span<const EmbeddedFile> bench_files();

namespace {

using RegistryRef = std::shared_ptr<const Registry>;

std::string uid(int n) { return fmt::format("6b8f0c1e-90aa-4a4f-8d39-{:012x}", n); }

List texts(std::initializer_list<const char*> items) {
  List list;
  for (const char* item : items) list.items.emplace_back(std::string(item));
  return list;
}

template <class V>
Dict dict(const char* key, V value) {
  Dict made;
  made.items.emplace_back(key, Value(std::move(value)));
  return made;
}

Dict with(Dict made, const char* key, Value value) {
  made.items.emplace_back(key, std::move(value));
  return made;
}

void set(const Object& object, const char* field, Value value) { assign(object, field, std::move(value)); }
void set(const Object& object, const char* field, const char* value) {
  assign(object, field, std::string(value));
}
void set(const Object& object, const char* field, int value) {
  assign(object, field, static_cast<std::int64_t>(value));
}

Object build_instance(const RegistryRef& registry, const Value& now, int g, int i) {
  Object made = Object::create(registry, "Instance");
  set(made, "id", uid(100 + 10 * g + i));
  set(made, "instance_name", fmt::format("g{}-{}", g, i));
  set(made, "internal_ip", fmt::format("10.0.{}.{}", g, i));
  set(made, "management_ip", fmt::format("172.16.{}.{}", g, i));
  List volumes;
  volumes.items.emplace_back(fmt::format("v{}", i));
  volumes.items.emplace_back(fmt::format("w{}", i));
  set(made, "volumes", std::move(volumes));
  set(made, "dns_hostname", Null{});
  set(made, "created_at", now);
  return made;
}

Object build_group(const RegistryRef& registry, const Value& now, int g) {
  Object made = Object::create(registry, "NodeGroup");
  set(made, "id", uid(g));
  set(made, "name", fmt::format("group-{}", g));
  set(made, "tenant_id", "t1");
  set(made, "flavor_id", "42");
  set(made, "image_id", uid(900));
  set(made, "node_processes", texts({"namenode", "datanode"}));
  set(made, "node_configs",
      with(dict("HDFS", with(dict("dfs.replication", std::string("3")), "heap", std::string("1024"))), "YARN",
           dict("heap", std::string("2048"))));
  set(made, "volumes_per_node", 2);
  set(made, "volumes_size", 10);
  set(made, "volume_type", "lvm");
  set(made, "count", 5);
  set(made, "auto_security_group", Value(true));
  set(made, "is_proxy_gateway", Value(false));
  set(made, "created_at", now);
  set(made, "updated_at", now);
  List instances;
  for (int i = 0; i < 5; ++i) instances.items.emplace_back(build_instance(registry, now, g, i));
  set(made, "instances", std::move(instances));
  return made;
}

Object build(const RegistryRef& registry, const Value& now) {
  List groups;
  for (int g = 0; g < 3; ++g) groups.items.emplace_back(build_group(registry, now, g));
  Object made = Object::create(registry, "Cluster");
  set(made, "id", uid(500));
  set(made, "name", "prod");
  set(made, "description", "production");
  set(made, "tenant_id", "t1");
  set(made, "trust_id", "tr");
  set(made, "is_transient", Value(false));
  set(made, "is_public", Value(false));
  set(made, "is_protected", Value(true));
  set(made, "plugin_name", "vanilla");
  set(made, "hadoop_version", "2.7.1");
  set(made, "cluster_configs",
      with(dict("HDFS", dict("dfs.blocksize", std::string("128m"))), "general",
           dict("timeout", std::string("300"))));
  set(made, "default_image_id", uid(900));
  set(made, "neutron_management_network", uid(901));
  set(made, "anti_affinity", texts({"namenode"}));
  set(made, "management_private_key", std::string(400, 'k'));
  set(made, "management_public_key", std::string(200, 'p'));
  set(made, "user_keypair_id", "kp");
  set(made, "status", "Starting");
  set(made, "status_description", "");
  set(made, "info",
      dict("HDFS",
           with(dict("NameNode", std::string("hdfs://x:9000")), "Web UI", std::string("http://x:50070"))));
  set(made, "extra", with(dict("a", std::string("b")), "c", Null{}));
  set(made, "rollback_info", Null{});
  set(made, "sahara_info", dict("infrastructure_engine", std::string("heat")));
  set(made, "use_autoconfig", Value(true));
  set(made, "cluster_template_id", uid(902));
  List shares;
  shares.items.emplace_back(with(dict("id", uid(3)), "path", Null{}));
  set(made, "shares", std::move(shares));
  set(made, "domain_name", "example.org");
  set(made, "created_at", now);
  set(made, "updated_at", Null{});
  set(made, "node_groups", std::move(groups));
  return made;
}

/// What every case works on; made once, changed by none.
struct Tree {
  RegistryRef registry = Registry::from(load_catalog_text(bench_files().front().text, "tree.json"));
  Value now = make_datetime(DateTime{2024, 5, 6, 7, 8, 9, 0, 0, "UTC"});
  Object cluster = build(registry, now);
  Manifest old = {{"Cluster", "1.0"}, {"NodeGroup", "1.0"}, {"Instance", "1.0"}};
  Json primitive = cluster.to_primitive();
  std::string text = primitive.dump();
};

const Tree& tree() {
  static const Tree one;
  return one;
}

Object read_text(const std::string& text) { return object_from_text(tree().registry, text, "tree"); }

template <class Body>
void repeat(benchmark::State& state, Body body) {
  tree();
  for (auto _ : state) benchmark::DoNotOptimize(body());
}

void construct(benchmark::State& state) {
  repeat(state, [] { return build(tree().registry, tree().now); });
}
void to_primitive(benchmark::State& state) {
  repeat(state, [] { return tree().cluster.to_primitive(); });
}
void from_primitive(benchmark::State& state) {
  repeat(state, [] { return Object::from_primitive(tree().registry, tree().primitive); });
}
void text_to_object(benchmark::State& state) {
  repeat(state, [] { return read_text(tree().text); });
}
void object_to_text(benchmark::State& state) {
  repeat(state, [] { return object_text(tree().cluster); });
}
void object_to_text_to_object(benchmark::State& state) {
  repeat(state, [] { return read_text(object_text(tree().cluster)); });
}
void backport_with_manifest(benchmark::State& state) {
  repeat(state, [] { return tree().cluster.to_primitive("1.0", &tree().old); });
}
void what_changed(benchmark::State& state) {
  repeat(state, [] { return tree().cluster.what_changed(); });
}
void clone_tree(benchmark::State& state) {
  repeat(state, [] { return clone(tree().cluster); });
}
void manifest(benchmark::State& state) {
  repeat(state, [] { return tree().registry->manifest("Cluster"); });
}
void fingerprint_cluster(benchmark::State& state) {
  repeat(state, [] { return fingerprint(*tree().registry->newest("Cluster")); });
}

// What bounds an exact codec from below: the JSON library alone, on the same bytes.
void json_parse(benchmark::State& state) {
  repeat(state, [] { return Json::parse(tree().text); });
}
void json_dump(benchmark::State& state) {
  repeat(state, [] { return tree().primitive.dump(); });
}
void json_parse_strict(benchmark::State& state) {
  repeat(state, [] { return parse_json_strict(tree().text, "tree"); });
}
void json_parse_and_dump(benchmark::State& state) {
  repeat(state, [] { return Json::parse(tree().text).dump(); });
}
void text_to_object_backported_to_text(benchmark::State& state) {
  repeat(state, [] { return read_text(tree().text).to_primitive("1.0", &tree().old).dump(); });
}

BENCHMARK(construct);
BENCHMARK(to_primitive);
BENCHMARK(from_primitive);
BENCHMARK(text_to_object);
BENCHMARK(object_to_text);
BENCHMARK(object_to_text_to_object);
BENCHMARK(backport_with_manifest);
BENCHMARK(what_changed);
BENCHMARK(clone_tree)->Name("clone");
BENCHMARK(manifest);
BENCHMARK(fingerprint_cluster)->Name("fingerprint");
BENCHMARK(json_parse);
BENCHMARK(json_parse_strict);
BENCHMARK(json_dump);
BENCHMARK(json_parse_and_dump);
BENCHMARK(text_to_object_backported_to_text);

/// What the cases make, for compare.py: the two sides must have done the same.
Json results() {
  Json out = Json::object();
  out["tree"] = tree().primitive;
  out["read_again"] = read_text(tree().text).to_primitive();
  out["backported"] = tree().cluster.to_primitive("1.0", &tree().old);
  out["changed"] = tree().cluster.what_changed();
  out["manifest"] = tree().registry->manifest("Cluster");
  out["fingerprint"] = fingerprint(*tree().registry->newest("Cluster"));
  return out;
}

}  // namespace
}  // namespace caravan

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--results") == 0) {
    std::puts(caravan::results().dump().c_str());
    return 0;
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
