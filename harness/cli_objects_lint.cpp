// objects lint: may this change merge? Nothing is started.
#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "harness/cli_objects.hpp"
#include "harness/plants.hpp"
#include "objects/declared_conversions.hpp"
#include "objects/recorded_conversions.hpp"
#include "reports/lint.hpp"

namespace caravan {
namespace {

std::unique_ptr<const Conversions> conversions_of(const Options& options, const Catalog& code) {
  if (options.conversions.empty()) return std::make_unique<DeclaredConversions>(code);
  return std::make_unique<RecordedConversions>(load_conversions(options.conversions, code),
                                               code.serial_namespace);
}

}  // namespace
int cli_objects_lint(const Options& options) {
  const auto format = format_of(options, {"text", "json", "github", "junit"});
  const auto catalog = catalog_at(options.catalogs);
  PlantedHistory history{catalog, catalog, {}, {}};
  if (!options.plant.empty()) {
    if (!options.conversions.empty())
      throw bad_request("--plant", "a defect is planted in declared rules, not in recorded conversions",
                        "leave out --plant or --conversions");
    history = plant_in_history(catalog, find_plant(options.plant));
    fmt::print(stderr, "planted {}: {}\n", options.plant, history.done);
  }
  // What has shipped is one more build, older than all: equal object and version, equal contract.
  if (!options.against.empty()) history.builds.push_back({"shipped", catalog_at({options.against})});
  const auto report = lint(history.promised, history.builds, *conversions_of(options, history.code));
  print_out(render(report, format, format == "text" && colour_on_stdout()));
  return static_cast<int>(report.findings.empty() ? Exit::as_expected : Exit::not_as_expected);
}

}  // namespace caravan
