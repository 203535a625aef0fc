#include "harness/process/log_files.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>

namespace caravan::harness {
namespace {

namespace fs = std::filesystem;

// "engine.2.1.log": engine.2, incarnation 1. A server's has no number.
Log log_of(const std::string& file) {
  Log log{file, {}, 0};
  const std::string stem = file.substr(0, file.rfind(".log"));
  const std::size_t dot = stem.rfind('.');
  log.node = stem.substr(0, dot);
  const std::string number = dot == std::string::npos ? "" : stem.substr(dot + 1);
  const bool digits =
      !number.empty() && number.size() < 9 &&
      std::all_of(number.begin(), number.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  log.incarnation = digits ? std::stoi(number) : 0;
  return log;
}

}  // namespace

std::string last_line(const std::string& file) {
  std::ifstream text(file);
  std::string line, last;
  while (std::getline(text, line))
    if (!line.empty()) last = line;
  return last.substr(0, 300);
}

Json said_in(const std::string& file, const std::string& member) {
  std::ifstream text(file);
  std::string line;
  Json said;
  while (std::getline(text, line)) {
    if (line.rfind("{\"" + member + "\"", 0) != 0) continue;
    const Json read = Json::parse(line, nullptr, false);
    if (read.is_object()) said = read.at(member);
  }
  return said;
}

std::vector<Log> logs_in(const std::string& folder) {
  std::vector<Log> out;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored))
    if (entry.path().extension() == ".log") out.push_back(log_of(entry.path().filename().string()));
  std::sort(out.begin(), out.end(), [](const Log& a, const Log& b) { return a.file < b.file; });
  return out;
}

}  // namespace caravan::harness
