// The scenarios that come with the program, and finding one by name or path.
#include <fmt/format.h>

#include "objects/base/error.hpp"
#include "objects/base/nearest.hpp"
#include "scenarios/format/scenario.hpp"

namespace caravan::scenarios {

namespace {

constexpr std::string_view history_folder = "history/";

std::string_view stem(const EmbeddedFile& file) { return file.name.substr(0, file.name.rfind('.')); }

const EmbeddedFile* find_file(std::span<const EmbeddedFile> files, std::string_view name) {
  for (const EmbeddedFile& file : files) {
    if (name == stem(file) || name == file.name) return &file;
  }
  return nullptr;
}

}  // namespace

std::vector<std::string> shipped_scenario_names() {
  std::vector<std::string> result;
  for (const EmbeddedFile& file : shipped_scenario_files()) result.emplace_back(stem(file));
  return result;
}

std::vector<std::string> history_scenario_names() {
  std::vector<std::string> result;
  for (const EmbeddedFile& file : history_scenario_files())
    result.push_back(std::string(history_folder) + std::string(stem(file)));
  return result;
}

Scenario find_scenario(const std::string& name_or_path, const Catalog& catalog) {
  std::error_code ignored;
  if (std::filesystem::exists(name_or_path, ignored)) return load_scenario(name_or_path, catalog);
  std::string folder = "scenarios/";
  const EmbeddedFile* file = find_file(shipped_scenario_files(), name_or_path);
  if (file == nullptr && name_or_path.rfind(history_folder, 0) == 0) {
    folder += history_folder;
    file = find_file(history_scenario_files(), std::string_view(name_or_path).substr(history_folder.size()));
  }
  if (file != nullptr)
    return load_scenario_text(file->text, folder + std::string(file->name), "yaml", catalog);
  // What looks like a path gets the errors of a path; a bare word was meant as a name.
  const bool is_path =
      name_or_path.rfind(history_folder, 0) != 0 &&
      (name_or_path.find('/') != std::string::npos || name_or_path.find('.') != std::string::npos);
  if (is_path) return load_scenario(name_or_path, catalog);
  std::vector<std::string> known = shipped_scenario_names();
  for (const std::string& name : history_scenario_names()) known.push_back(name);
  throw bad_request(name_or_path, "no such file and no shipped scenario of this name",
                    did_you_mean(name_or_path, known));
}

}  // namespace caravan::scenarios
