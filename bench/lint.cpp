// The whole object history of Sahara through lint: the goal is less than a second.
#include "reports/lint/lint.hpp"

#include <benchmark/benchmark.h>

#include "objects/conversions/declared.hpp"
#include "objects/loader/loader.hpp"

namespace {

void LintSahara(benchmark::State& state) {
  const caravan::Catalog& catalog = caravan::sahara_catalog();
  std::int64_t conversions = 0;
  for (auto _ : state) {
    const caravan::DeclaredConversions declared(catalog);
    conversions = caravan::lint::lint(catalog, {}, declared).conversions;
    benchmark::DoNotOptimize(conversions);
  }
  state.counters["conversions"] = static_cast<double>(conversions);
}
BENCHMARK(LintSahara)->Unit(benchmark::kMillisecond);

}  // namespace
