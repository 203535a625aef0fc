// lint(): the parts in order, and one finding a cause.
#include "reports/lint/lint.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reports/lint/causes.hpp"
#include "reports/lint/findings.hpp"
#include "reports/lint/history.hpp"

namespace caravan::lint {

namespace {

/// What nodes of a release load decides about its manifest and methods.
Catalog with_builds(const Catalog& promised, const std::vector<Build>& builds) {
  Catalog out = promised;
  for (auto& release : out.releases)
    for (const auto& build : builds)
      if (build.release == release.name)
        if (const auto* own = build.catalog.release(release.name)) {
          release.manifest = own->manifest;
          release.rpc = own->rpc;
        }
  return out;
}

}  // namespace

LintReport lint(const Catalog& promised, const std::vector<Build>& builds, const Conversions& conversions) {
  const Catalog effective = with_builds(promised, builds);
  const Promises promise(effective, conversions.declared());
  LintReport report;
  auto explored = explore(promise, conversions);
  report.objects = static_cast<std::int64_t>(promise.objects.size());
  report.pairs = explored.pairs;
  report.triangles = explored.triangles;
  report.samples = explored.samples;
  report.conversions = explored.conversions;
  report.unrecorded = std::move(explored.unrecorded);
  check_versions(promise, report.findings);
  check_closure(promise, report.findings);
  check_rules(promise, report.findings);
  check_builds(promise, builds, report.findings);
  add_causes(promise, explored.causes, report.findings);
  finish(promise, report.findings);
  report.declared = declared_by(promise);
  return report;
}

}  // namespace caravan::lint
