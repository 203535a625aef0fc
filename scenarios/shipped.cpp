// The scenarios that come with the program, and finding one by name or path.
#include <fmt/format.h>

#include "objects/error.hpp"
#include "objects/nearest.hpp"
#include "scenarios/scenario.hpp"

namespace caravan {

std::vector<std::string> shipped_scenario_names() {
  std::vector<std::string> result;
  for (const EmbeddedFile& file : shipped_scenario_files()) {
    result.emplace_back(file.name.substr(0, file.name.rfind('.')));
  }
  return result;
}

Scenario find_scenario(const std::string& name_or_path, const Catalog& catalog) {
  std::error_code ignored;
  if (std::filesystem::exists(name_or_path, ignored)) return load_scenario(name_or_path, catalog);
  for (const EmbeddedFile& file : shipped_scenario_files()) {
    const std::string_view stem = file.name.substr(0, file.name.rfind('.'));
    if (name_or_path == stem || name_or_path == file.name) {
      return load_scenario_text(file.text, "scenarios/" + std::string(file.name), "yaml", catalog);
    }
  }
  // What looks like a path gets the errors of a path; a bare word was meant as a name.
  const bool is_path =
      name_or_path.find('/') != std::string::npos || name_or_path.find('.') != std::string::npos;
  if (is_path) return load_scenario(name_or_path, catalog);
  throw bad_request(name_or_path, "no such file and no shipped scenario of this name",
                    did_you_mean(name_or_path, shipped_scenario_names()));
}

}  // namespace caravan
