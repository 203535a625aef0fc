// Helpers for the tests of scenarios and plans.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>

#include "objects/base/error.hpp"
#include "objects/loader/loader.hpp"
#include "scenarios/format/scenario.hpp"
#include "scenarios/planning/planner.hpp"

namespace caravan::scenarios::tests {

inline Scenario yaml(const std::string& text) {
  return load_scenario_text(text, "s.yaml", "yaml", sahara_catalog());
}
inline Scenario json(const std::string& text) {
  return load_scenario_text(text, "s.json", "json", sahara_catalog());
}
inline Scenario shipped(const std::string& name) { return find_scenario(name, sahara_catalog()); }
inline Plan plan_of(const Scenario& scenario, std::uint64_t seed = 1) {
  return make_plan(scenario, sahara_catalog(), seed);
}

/// What is said when it is refused; "accepted" if it is not.
inline std::string refusal(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.exit() == Exit::bad_request ? error.what() : std::string("other exit: ") + error.what();
  }
  return "accepted";
}

inline std::string source(const std::string& path) { return CARAVAN_SOURCE_DIR "/" + path; }

inline std::string content(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream out;
  out << stream.rdbuf();
  return out.str();
}

/// The approved text of a file; rewritten first when CARAVAN_GOLDEN=write.
inline std::string approved(const std::string& path, const std::string& actual) {
  const char* golden = std::getenv("CARAVAN_GOLDEN");
  if (golden != nullptr && std::string(golden) == "write") {
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path, std::ios::binary) << actual;
  }
  return content(path);
}

}  // namespace caravan::scenarios::tests
