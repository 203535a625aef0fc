// The static half of the judgement: an object history against its contracts, without starting a process.
// Pure. Contracts (what was promised) and conversions (what code does) are separate inputs, so that a
// well-formed but wrong rule is found. Checks O1 to O4 of docs/checks.md, and what an object history must
// never do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "objects/catalog/catalog.hpp"
#include "objects/conversions/conversions.hpp"

namespace caravan::lint {

/// What the nodes of one release load.
struct Build {
  std::string release;
  Catalog catalog;
};

/// How to fix it: an RFC 6902 patch of one catalog file ("Cluster.json", "releases.json").
struct Suggestion {
  std::string text;                ///< one sentence
  std::string file;                ///< empty: the one document that the catalog is
  Json patch;                      ///< empty: nothing to paste, `text` says what to do
  std::vector<Suggestion> also{};  ///< what belongs to it in other files
};

/// One defect as a person is told of it.
struct Finding {
  std::string type;                     ///< of finding_table(): "leaked-field"
  std::string id;                       ///< stable: "leaked-field/Cluster.use_autoconfig/1.3-1.2"
  std::string oracle;                   ///< "O1" .. "O4", "history"
  std::string object, field, from, to;  ///< versions; may be empty
  std::vector<std::pair<std::string, std::string>> hurts;  ///< writer's release, reader's release
  std::string message;                                     ///< one sentence
  Json before, after;                                      ///< the smallest example; null if there is none
  std::optional<Suggestion> suggestion;
};

/// A loss, refusal or changed value that the contracts declare: listed, no finding.
struct Declared {
  std::string object, field, below, what;
};

/// What a recording leaves open. It is unknown, neither clean nor wrong.
struct Unrecorded {
  std::string object, from, to;  ///< versions; may be empty
  std::string writer, reader;    ///< releases; may be empty
  std::string what;              ///< "2 of 5 samples", "no sample sets width"
  std::vector<Json> asks;        ///< conversions to record, without their outcome (docs/checks.md)
};

/// What lint has to say: clean if there is no finding and nothing unrecorded.
struct LintReport {
  std::vector<Finding> findings;  ///< by object, field, versions
  std::vector<Declared> declared;
  std::int64_t objects = 0, pairs = 0, triangles = 0, samples = 0, conversions = 0;
  std::vector<Unrecorded> unrecorded;  ///< by object
};

/// One row of the table of findings. Its texts are literals.
struct FindingType {
  const char* type;
  const char* oracle;
  const char* promise;  ///< what is broken, for `caravan explain`
  const char* mend;     ///< how it is usually fixed
};
/// All types; the same table at every call.
const std::vector<FindingType>& finding_table();

/// `promised`: contracts, histories, releases, manifests. `builds`: what the nodes of each release load,
/// compared with each other (equal object and version: equal contract); empty: the snapshots of `promised`.
LintReport lint(const Catalog& promised, const std::vector<Build>& builds, const Conversions& conversions);

/// The report as `caravan objects lint --format json` prints it.
Json to_json(const LintReport& report);

}  // namespace caravan::lint
