// A Cluster of liberty with node groups and instances: what a node does with it, beside what the JSON library
// needs for the same bytes. The figures that count are the ratios to ParseAndDump.
#include <benchmark/benchmark.h>

#include "objects/catalog_loader.hpp"
#include "objects/object.hpp"

namespace caravan {
namespace {

struct Tree {
  std::shared_ptr<const Registry> registry = Registry::from(snapshot(sahara_catalog(), "liberty"));
  Object cluster = Object::create(registry, "Cluster");
  Manifest kilo;
  Json primitive;
  std::string text;

  Tree() {
    for (const auto& [name, version] : sahara_catalog().release("kilo")->manifest)
      kilo[name] = version.text();
    cluster.set("id", "c");
    cluster.set("name", "a cluster");
    cluster.set("plugin_name", "vanilla");
    cluster.set("hadoop_version", "2.7.1");
    cluster.set("is_public", true);
    cluster.set("shares", {{{"id", "s"}, {"path", "/mnt"}}});
    std::vector<Object> groups;
    for (int g = 0; g < 3; ++g) {
      Object group = Object::create(registry, "NodeGroup");
      group.set("id", "g" + std::to_string(g));
      group.set("name", "workers");
      group.set("flavor_id", "2");
      group.set("count", 5);
      std::vector<Object> instances;
      for (int i = 0; i < 5; ++i) {
        Object instance = Object::create(registry, "Instance");
        instance.set("id", "i" + std::to_string(i));
        instance.set("instance_name", "worker");
        instance.set("internal_ip", "10.0.0.1");
        instance.set("storage_devices_number", 2);
        instances.push_back(instance);
      }
      group.set_children("instances", instances);
      groups.push_back(group);
    }
    cluster.set_children("node_groups", groups);
    primitive = cluster.to_primitive();
    text = primitive.dump();
  }
};

const Tree& tree() {
  static const Tree one;
  return one;
}

void ParseAndDump(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(Json::parse(tree().text).dump());
}
void ToPrimitive(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(tree().cluster.to_primitive());
}
void FromPrimitive(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(Object::from_primitive(tree().registry, tree().primitive));
}
void BackportToKilo(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(tree().cluster.to_primitive("1.2", &tree().kilo));
}
void TextToObjectBackportedToText(benchmark::State& state) {
  for (auto _ : state) {
    const Object object = Object::from_primitive(tree().registry, Json::parse(tree().text));
    benchmark::DoNotOptimize(object.to_primitive("1.2", &tree().kilo).dump());
  }
}
void CutASnapshot(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(snapshot(sahara_catalog(), "kilo"));
}

BENCHMARK(ParseAndDump);
BENCHMARK(ToPrimitive);
BENCHMARK(FromPrimitive);
BENCHMARK(BackportToKilo);
BENCHMARK(TextToObjectBackportedToText);
BENCHMARK(CutASnapshot);

}  // namespace
}  // namespace caravan
