// caravan-vectors: runs recorded cases and says how many pass, by category.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <map>
#include <string>

#include "objects/base/error.hpp"
#include "objects/base/printable.hpp"
#include "tests/vectors/conformance.hpp"

namespace {

using caravan::Exit;
using caravan::Json;
using caravan::one_line;
using caravan::printable;
using caravan::conformance::Outcome;

struct Count {
  int passed = 0, failed = 0, skipped = 0;

  void add(const Outcome& outcome) {
    ++(outcome.verdict == Outcome::Verdict::passed   ? passed
       : outcome.verdict == Outcome::Verdict::failed ? failed
                                                     : skipped);
  }
  int all() const { return passed + failed + skipped; }
  Json json() const { return Json{{"passed", passed}, {"failed", failed}, {"skipped", skipped}}; }
  std::string text() const {
    return fmt::format("{} passed, {} failed, {} skipped", passed, failed, skipped);
  }
};

struct Tag {
  const char* name;
  const char* about;
};
constexpr Tag tags[] = {{"quirk", "an accident of Python, need not match"},
                        {"bigint", "an integer beyond 64 bits"}};

struct Tally {
  Count total;
  std::map<std::string, Count> by_category, by_tag;
  Json trouble = Json::array();  ///< what failed or was skipped

  void add(const caravan::conformance::VectorFile& file, const Json& test, const Outcome& outcome) {
    total.add(outcome);
    by_category[file.category()].add(outcome);
    for (const Tag& tag : tags)
      if (caravan::conformance::has_tag(test, tag.name)) by_tag[tag.name].add(outcome);
    if (outcome.verdict == Outcome::Verdict::passed) return;
    const bool failed = outcome.verdict == Outcome::Verdict::failed;
    trouble.push_back(Json{{"id", test.at("id")},
                           {"category", file.category()},
                           {"verdict", failed ? "failed" : "skipped"},
                           {"why", outcome.why},
                           {"file", file.where()}});
  }

  std::string text() const {
    std::string out;
    for (const Json& one : trouble)
      out += fmt::format("{} {}: {}\n", one.at("verdict").get<std::string>(), one.at("id").get<std::string>(),
                         one.at("why").get<std::string>());
    std::size_t width = 8;
    for (const auto& [category, count] : by_category) width = std::max(width, category.size());
    for (const auto& [category, count] : by_category)
      out += fmt::format("{:<{}}  {:>5} passed, {} failed, {} skipped\n", category, width, count.passed,
                         count.failed, count.skipped);
    for (const Tag& tag : tags) {
      const auto found = by_tag.find(tag.name);
      if (found == by_tag.end()) continue;
      out += fmt::format("{:<{}}  {:>5} of {} match ({})\n", tag.name, width, found->second.passed,
                         found->second.all(), tag.about);
    }
    return out;
  }

  Json json() const {
    Json categories = Json::object(), tagged = Json::object();
    for (const auto& [category, count] : by_category) categories[category] = count.json();
    for (const auto& [tag, count] : by_tag) {
      tagged[tag] = count.json();
      tagged[tag]["matching"] = count.passed;
    }
    Json out = total.json();
    out["categories"] = std::move(categories);
    out["tags"] = std::move(tagged);
    out["cases"] = trouble;
    return out;
  }
};

int run(const std::vector<std::string>& paths, bool as_json) {
  Tally tally;
  for (const std::string& path : paths) {
    for (const auto& file : caravan::conformance::vector_files(path)) {
      for (const Json& test : file->cases())
        tally.add(*file, test, caravan::conformance::run_case(*file, test));
    }
  }
  if (as_json)
    fmt::print("{}\n", printable(tally.json().dump(2, ' ', false, Json::error_handler_t::replace)));
  else
    fmt::print("{}", printable(tally.text()));
  // With --json stdout is one document; the line goes where people look.
  fmt::print(as_json ? stderr : stdout, "{}\n", tally.total.text());
  return static_cast<int>(tally.total.failed == 0 ? Exit::as_expected : Exit::not_as_expected);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Runs cases recorded from oslo.versionedobjects."};
  std::vector<std::string> paths;
  bool as_json = false;
  app.add_option("DIR|FILE", paths, "folders of vector files, or such files")->required();
  app.add_flag("--json", as_json, "one JSON document on stdout, the last line on stderr");
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& done) {
    return app.exit(done);
  } catch (const CLI::ParseError& error) {
    app.exit(error);
    return static_cast<int>(Exit::bad_request);
  }
  try {
    return run(paths, as_json);
  } catch (const caravan::Error& error) {
    fmt::print(stderr, "caravan-vectors: {}\n", one_line(error.what()));
    return static_cast<int>(error.exit());
  } catch (const std::exception& error) {
    fmt::print(stderr, "caravan-vectors: unexpected: {}\n", one_line(error.what()));
    return static_cast<int>(Exit::machine);
  }
}
