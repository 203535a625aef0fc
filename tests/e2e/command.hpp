// Runs the real programs, as a person would. Tests only.
#pragma once

#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "objects/base/json.hpp"

namespace caravan::testing {

struct Outcome {
  int exit = -1;
  std::string out, err;
};

/// A folder of the test's own, gone with it.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "caravan-e2e-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline std::string slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void spill(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

/// `caravan ARGUMENTS` with stdout and stderr apart.
inline Outcome caravan_once(const std::string& arguments) {
  const Folder folder;
  const std::string command = CARAVAN_BIN_DIR "/caravan " + arguments + " >" + (folder / "out") + " 2>" +
                              (folder / "err") + " </dev/null";
  const int status = std::system(command.c_str());
  Outcome outcome;
  outcome.exit = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  outcome.out = slurp(folder / "out");
  outcome.err = slurp(folder / "err");
  return outcome;
}

/// The same; up to three times, where the machine was starved: run again, says the report then.
inline Outcome caravan(const std::string& arguments) {
  auto outcome = caravan_once(arguments);
  for (int more = 2; more > 0 && outcome.exit == 3 && outcome.out.find("starved") != std::string::npos;
       --more)
    outcome = caravan_once(arguments);
  return outcome;
}

inline Json report_of(const std::string& folder) {
  return Json::parse(slurp(folder + "/report.json"), nullptr, false);
}

}  // namespace caravan::testing
