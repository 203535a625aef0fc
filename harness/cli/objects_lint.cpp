// objects lint: may this change merge? Nothing is started.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>

#include "harness/cli/objects.hpp"
#include "harness/defects/plants.hpp"
#include "objects/conversions/declared.hpp"
#include "objects/conversions/recorded.hpp"
#include "reports/lint/render.hpp"

namespace caravan::harness {
namespace {

std::unique_ptr<const Conversions> conversions_of(const Options& options, const Catalog& code) {
  if (options.conversions.empty()) return std::make_unique<DeclaredConversions>(code);
  return std::make_unique<RecordedConversions>(load_conversions(options.conversions, code),
                                               code.serial_namespace);
}

/// The same for RPC: each release as it has shipped, then as it is to be.
void add_rpc_findings(const Catalog& shipped, const Catalog& promised, lint::LintReport& report) {
  Catalog both;
  for (const auto& release : promised.releases) {
    Release rpc;
    rpc.rpc = release.rpc;
    rpc.name = release.name;
    if (const auto* then = shipped.release(release.name)) {
      Release old;
      old.name = "shipped " + release.name;
      old.rpc = then->rpc;
      both.releases.push_back(old);
    }
    both.releases.push_back(rpc);
  }
  for (std::size_t i = 0; i < both.releases.size(); ++i) both.releases[i].index = static_cast<int>(i);
  for (auto& finding : lint::lint(both, {}, DeclaredConversions(both)).findings) {
    const bool known = std::any_of(report.findings.begin(), report.findings.end(),
                                   [&finding](const lint::Finding& other) { return other.id == finding.id; });
    if (!known) report.findings.push_back(std::move(finding));
  }
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
    say(fmt::format("planted {}: {}", options.plant, history.done));
  }
  std::optional<Catalog> shipped;
  if (!options.against.empty()) {
    shipped = catalog_at({options.against});
    // One more build, older than all: equal object and version, equal contract.
    history.builds.push_back({"shipped", *shipped});
  }
  auto report = lint::lint(history.promised, history.builds, *conversions_of(options, history.code));
  if (shipped) add_rpc_findings(*shipped, history.promised, report);
  const auto text = lint::render(report, format, screen());
  format == "text" ? show_out(text) : print_out(text);
  if (!report.findings.empty()) return static_cast<int>(Exit::not_as_expected);
  return static_cast<int>(report.unrecorded.empty() ? Exit::as_expected : Exit::undecided);
}

}  // namespace caravan::harness
