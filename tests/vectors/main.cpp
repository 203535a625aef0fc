// caravan-vectors: runs a folder of recorded cases and says how many pass, by category.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <string>

#include "objects/error.hpp"
#include "tests/vectors/conformance.hpp"

namespace {

using caravan::Exit;
using caravan::Json;
using caravan::conformance::Outcome;

struct Count {
  int passed = 0, failed = 0, skipped = 0;

  void add(const Outcome& outcome) {
    ++(outcome.verdict == Outcome::Verdict::passed   ? passed
       : outcome.verdict == Outcome::Verdict::failed ? failed
                                                     : skipped);
  }
  Json json() const { return Json{{"passed", passed}, {"failed", failed}, {"skipped", skipped}}; }
  std::string text() const {
    return fmt::format("{} passed, {} failed, {} skipped", passed, failed, skipped);
  }
};

int run(const std::string& folder, bool as_json) {
  Count total;
  std::map<std::string, Count> by_category;
  Json trouble = Json::array();
  for (const auto& path : caravan::conformance::vector_files(folder)) {
    const caravan::conformance::VectorFile file(path);
    Count& count = by_category[file.category()];
    for (const Json& test : file.cases()) {
      const Outcome outcome = caravan::conformance::run_case(file, test);
      count.add(outcome);
      total.add(outcome);
      if (outcome.verdict == Outcome::Verdict::passed) continue;
      const bool failed = outcome.verdict == Outcome::Verdict::failed;
      trouble.push_back(
          Json{{"id", test.at("id")}, {"verdict", failed ? "failed" : "skipped"}, {"why", outcome.why}});
    }
  }
  if (total.passed + total.failed + total.skipped == 0) {
    throw caravan::bad_request(folder, "no vectors in this folder",
                               "files of format ovo-vectors/1 are looked for");
  }
  if (as_json) {
    Json categories = Json::object();
    for (const auto& [category, count] : by_category) categories[category] = count.json();
    Json out = total.json();
    out["categories"] = std::move(categories);
    out["cases"] = std::move(trouble);
    fmt::print("{}\n", out.dump(2));
  } else {
    for (const Json& one : trouble) {
      fmt::print("{} {}: {}\n", one.at("verdict").get<std::string>(), one.at("id").get<std::string>(),
                 one.at("why").get<std::string>());
    }
    for (const auto& [category, count] : by_category) fmt::print("{:<12} {}\n", category, count.text());
  }
  // With --json too, so that every caller finds it in the same place.
  fmt::print(as_json ? stderr : stdout, "{}\n", total.text());
  return static_cast<int>(total.failed == 0 ? Exit::as_expected : Exit::not_as_expected);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Runs cases recorded from oslo.versionedobjects."};
  std::string folder;
  bool as_json = false;
  app.add_option("DIR", folder, "folder of vector files")->required();
  app.add_flag("--json", as_json, "one JSON document on stdout");
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& done) {
    return app.exit(done);
  } catch (const CLI::ParseError& error) {
    app.exit(error);
    return static_cast<int>(Exit::bad_request);
  }
  try {
    return run(folder, as_json);
  } catch (const caravan::Error& error) {
    fmt::print(stderr, "caravan-vectors: {}\n", error.what());
    return static_cast<int>(error.exit());
  } catch (const std::exception& error) {
    fmt::print(stderr, "caravan-vectors: {}: {}\n", folder, error.what());
    return static_cast<int>(Exit::bad_request);
  }
}
